#include "transport/udp/peer/peer_session.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/udp/peer/fake_tracker.hpp"
#include "tests/udp/run_until.hpp"

namespace swarm::udp {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;
using Command = PeerOptions::Command;
using wire::AnnounceEvent;
using wire::AnnounceRequest;
using wire::ScrapeRequest;

constexpr std::uint32_t tracker_ip = 0x7f4d0301, other_ip = 0x7f4d0302;  // 127.77.3.1, .2
constexpr Endpoint ann{0x0a000007, 6881}, bob{0x0a000008, 6882}, cid{0x0a000009, 6883};

InfoHash content(std::uint8_t n) {
  InfoHash hash;
  hash.bytes.fill(n);
  return hash;
}

// From where the peers ask: an address of this process alone, so that a port that was free stays
// free.
const std::uint32_t peer_ip = 0x7f800000 | static_cast<std::uint32_t>(getpid());
DatagramSocket any_socket(asio::io_context& io) {
  return DatagramSocket::unicast(io, {peer_ip, 0}, {peer_ip});
}
std::uint16_t free_port(asio::io_context& io) {
  return any_socket(io).local().port;
}

struct Room {
  explicit Room(Command command) {
    options.command = command;
    options.contents = {content(1)};
    options.port = free_port(io);
    options.tracker = tracker.address();
    options.interface = address_text(peer_ip);
    options.timeout = 20s;  // of the test's own patience
  }

  void start() {
    report.emplace(out, messages, PeerStyle{options.json, colours});
    session.emplace(io, options, *report, [this](PeerExit code) { exit = code; });
  }
  bool until(const std::function<bool()>& holds) { return run_until(io, holds); }
  bool until_printed(const std::string& text) {
    return until([&] { return out.str().find(text) != std::string::npos; });
  }
  // To its end.
  PeerExit run() {
    if (!session) start();
    EXPECT_TRUE(until([&] { return exit.has_value(); })) << out.str() << messages.str();
    return exit.value_or(PeerExit::usage);
  }

  asio::io_context io;
  FakeTracker tracker{io, tracker_ip, other_ip};
  PeerOptions options;
  std::ostringstream out, messages;
  bool colours = false;
  std::optional<PeerReport> report;
  std::optional<PeerSession> session;
  std::optional<PeerExit> exit;
};

TEST(PeerSession, AnnouncePrintsThePeersAndTheInterval) {
  Room room(Command::announce);
  room.tracker.peers = {ann, bob};
  EXPECT_EQ(room.run(), PeerExit::done);
  EXPECT_EQ(room.out.str(), "10.0.0.7:6881\n10.0.0.8:6882\n");
  EXPECT_THAT(room.messages.str(), MatchesRegex("swarm-peer: 2 peers, announce again in 300 s; "
                                                "answered by 127.77.3.1 after .* m?s\n"));
  const auto asked = room.tracker.all<AnnounceRequest>();
  ASSERT_THAT(asked, SizeIs(1));
  EXPECT_EQ(asked[0].event, AnnounceEvent::started);
  EXPECT_EQ(asked[0].port, room.options.port);
  EXPECT_EQ(room.tracker.asked[0].from, (Endpoint{peer_ip, room.options.port}));
}

TEST(PeerSession, AnnounceSaysWhatItIsTold) {
  Room room(Command::announce);
  room.options.event = AnnounceEvent::completed;
  room.options.num_want = 3;
  room.options.peer_id = PeerId{};
  EXPECT_EQ(room.run(), PeerExit::done);
  const auto asked = room.tracker.all<AnnounceRequest>().at(0);
  EXPECT_EQ(asked.event, AnnounceEvent::completed);
  EXPECT_EQ(asked.num_want, 3U);
  EXPECT_EQ(asked.peer_id, PeerId{});
}

TEST(PeerSession, AnnounceAsJsonIsOneObject) {
  Room room(Command::announce);
  room.options.json = true;
  room.tracker.peers = {ann};
  EXPECT_EQ(room.run(), PeerExit::done);
  const auto object = nlohmann::json::parse(room.out.str());
  EXPECT_EQ(object["what"], "announced");
  EXPECT_EQ(object["content"], to_hex(content(1).bytes));
  EXPECT_EQ(object["event"], "started");
  EXPECT_EQ(object["tracker"], to_string(room.tracker.address()));
  EXPECT_EQ(object["interval_s"], 300);
  EXPECT_EQ(object["peers"], nlohmann::json::parse(R"(["10.0.0.7:6881"])"));
  EXPECT_THAT(room.messages.str(), IsEmpty());
}

TEST(PeerSession, AnErrorReplyIsExplainedAndFails) {
  Room room(Command::announce);
  room.tracker.refuses = wire::ClientError::bad_address;
  EXPECT_EQ(room.run(), PeerExit::failed);
  EXPECT_THAT(room.out.str(), IsEmpty());
  EXPECT_THAT(room.messages.str(),
              AllOf(HasSubstr("the announced address is not the one"), HasSubstr("(`bad ip`)")));
}

TEST(PeerSession, AnIdThatIsNeverGoodFailsAfterTheTimeout) {
  Room room(Command::announce);
  room.options.timeout = 1s;
  room.tracker.refuses = wire::ClientError::bad_connection;
  EXPECT_EQ(room.run(), PeerExit::failed);
  EXPECT_THAT(room.messages.str(), HasSubstr("connection id"));
}

TEST(PeerSession, SilenceIsFive) {
  Room room(Command::announce);
  room.options.timeout = 50ms;
  room.tracker.silent = true;
  EXPECT_EQ(room.run(), PeerExit::no_tracker);
  EXPECT_THAT(room.messages.str(), HasSubstr("did not answer within 50ms"));
}

TEST(PeerSession, ATrackerThatOnlyConnectsIsSuspectedOfNoMajority) {
  Room room(Command::announce);
  room.options.timeout = 1s;
  room.tracker.answers_connect_only = true;
  EXPECT_EQ(room.run(), PeerExit::no_tracker);
  EXPECT_THAT(room.messages.str(), AllOf(HasSubstr("answered, but has not confirmed the announce"),
                                         HasSubstr("majority")));
}

TEST(PeerSession, APortInUseIsAnnouncedFromAnother) {
  Room room(Command::announce);
  const auto client = any_socket(room.io);
  room.options.port = client.local().port;
  EXPECT_EQ(room.run(), PeerExit::done);
  EXPECT_EQ(room.tracker.all<AnnounceRequest>().at(0).port, client.local().port);
  EXPECT_NE(room.tracker.asked[0].from.port, client.local().port);
  EXPECT_THAT(room.messages.str(), HasSubstr("is not free here"));
}

TEST(PeerSession, DeclareNeedsItsPort) {
  Room room(Command::declare);
  const auto client = any_socket(room.io);
  room.options.port = client.local().port;
  try {
    room.start();
    FAIL() << "it declared from another port";
  } catch (const SocketError& error) {
    EXPECT_THAT(error.what(), HasSubstr("registers the port that it is sent from"));
  }
}

TEST(PeerSession, FiftyContentsAreDeclaredInThreeRequests) {
  Room room(Command::declare);
  room.options.contents.clear();
  std::string expected;
  for (std::uint8_t n = 1; n <= 50; ++n) {
    room.options.contents.push_back(content(n));
    expected += to_hex(content(n).bytes) + "\n";
  }
  EXPECT_EQ(room.run(), PeerExit::done);
  const auto asked = room.tracker.all<ScrapeRequest>();
  ASSERT_THAT(asked, SizeIs(3));
  EXPECT_EQ(asked[0].contents.size(), 24U);
  EXPECT_EQ(asked[2].contents.size(), 2U);
  EXPECT_EQ(room.tracker.asked[0].from.port, room.options.port);
  EXPECT_EQ(room.out.str(), expected);
  EXPECT_THAT(room.messages.str(), HasSubstr("50 contents declared as held by " +
                                             to_string({peer_ip, room.options.port})));
}

TEST(PeerSession, DeclareAsJsonIsOneObjectPerContent) {
  Room room(Command::declare);
  room.options.json = true;
  EXPECT_EQ(room.run(), PeerExit::done);
  const auto object = nlohmann::json::parse(room.out.str());
  EXPECT_EQ(object["what"], "declared");
  EXPECT_EQ(object["content"], to_hex(content(1).bytes));
}

TEST(PeerSession, ARefusedDeclarationFails) {
  Room room(Command::declare);
  room.tracker.refuses = wire::ClientError::too_many;
  EXPECT_EQ(room.run(), PeerExit::failed);
  EXPECT_THAT(room.messages.str(), HasSubstr("too many contents"));
}

TEST(PeerSession, WhenOneOfSeveralIsNotTakenTheOthersAreSaidToBe) {
  for (const std::size_t contents : {1u, 2u}) {
    Room room(Command::declare);
    room.options.contents.assign(contents, content(1));
    room.tracker.refuses = wire::ClientError::not_taken;
    EXPECT_EQ(room.run(), PeerExit::failed);
    EXPECT_EQ(
        room.messages.str().find("those that it does track are declared") == std::string::npos,
        contents == 1);
  }
}

// Watch.

struct WatchRoom : Room {
  WatchRoom() : Room(Command::watch) {
    options.every = 20ms;
    options.num_want = 82;
    tracker.peers = {ann, bob};
  }
  std::size_t announces() const { return tracker.all<AnnounceRequest>().size(); }
  bool until_announced_again() {
    const std::size_t before = announces();
    return until([&] { return announces() > before + 1; });
  }
};

TEST(PeerSession, WatchPrintsPeersAsTheyComeAndGo) {
  WatchRoom room;
  room.start();
  ASSERT_TRUE(room.until_printed("+ 10.0.0.8:6882\n"));
  EXPECT_EQ(room.out.str(), "+ 10.0.0.7:6881\n+ 10.0.0.8:6882\n");
  EXPECT_THAT(room.messages.str(), AllOf(HasSubstr("answered by 127.77.3.1"),
                                         HasSubstr(": 2 peers; asking every 20ms; Ctrl-C ends")));
  room.tracker.peers = {bob, cid};
  ASSERT_TRUE(room.until_printed("- 10.0.0.7:6881\n"));
  ASSERT_TRUE(room.until_announced_again());
  EXPECT_THAT(room.out.str(), EndsWith("+ 10.0.0.9:6883\n- 10.0.0.7:6881\n"));
  EXPECT_EQ(room.tracker.all<AnnounceRequest>().back().event, AnnounceEvent::none);
}

TEST(PeerSession, WatchShowsAFailover) {
  WatchRoom room;
  room.options.tracker = room.tracker.group();
  room.start();
  ASSERT_TRUE(room.until_printed("+ 10.0.0.8:6882\n"));
  room.tracker.silent = true;
  ASSERT_TRUE(room.until_announced_again());  // the request, and a retransmission
  room.tracker.silent = false;
  room.tracker.answers_from = Channel::cluster;
  ASSERT_TRUE(room.until_printed("without an answer\n"));
  EXPECT_THAT(room.out.str(),
              HasSubstr("= now answered by 127.77.3.2 (127.77.3.1 before), after "));
  ASSERT_TRUE(room.until_announced_again());
  EXPECT_EQ(room.out.str().find("= now"), room.out.str().rfind("= now")) << "told once";
}

TEST(PeerSession, WatchSaysStoppedWhenInterrupted) {
  WatchRoom room;
  room.start();
  ASSERT_TRUE(room.until_printed("+ 10.0.0.8:6882\n"));
  room.session->interrupt();
  EXPECT_EQ(room.run(), PeerExit::done);
  EXPECT_EQ(room.tracker.all<AnnounceRequest>().back().event, AnnounceEvent::stopped);
}

TEST(PeerSession, AFarewellWaitsOnlyShortly) {
  WatchRoom room;
  room.start();
  ASSERT_TRUE(room.until_printed("+ 10.0.0.8:6882\n"));
  room.tracker.silent = true;
  room.session->interrupt();
  EXPECT_EQ(room.run(), PeerExit::done);
  EXPECT_THAT(room.messages.str(), HasSubstr("no tracker has answered the farewell"));
}

TEST(PeerSession, ASecondInterruptEndsAtOnce) {
  WatchRoom room;
  room.start();
  ASSERT_TRUE(room.until_printed("+ 10.0.0.8:6882\n"));
  room.tracker.silent = true;
  room.session->interrupt();
  room.session->interrupt();
  EXPECT_EQ(room.run(), PeerExit::done);
  EXPECT_THAT(room.messages.str(), Not(HasSubstr("farewell")));
}

TEST(PeerSession, AnInterruptBeforeAnyAnswerEndsAtOnce) {
  WatchRoom room;
  room.tracker.silent = true;
  room.start();
  room.session->interrupt();
  EXPECT_EQ(room.run(), PeerExit::done);
}

TEST(PeerSession, WatchWithoutAnyTrackerIsFive) {
  WatchRoom room;
  room.options.timeout = 50ms;
  room.tracker.silent = true;
  EXPECT_EQ(room.run(), PeerExit::no_tracker);
}

TEST(PeerSession, WatchGoesOnAskingThroughALongSilence) {
  WatchRoom room;
  room.options.timeout = 1s;
  room.start();
  ASSERT_TRUE(room.until_printed("+ 10.0.0.8:6882\n"));
  room.tracker.silent = true;
  const auto told = [&] {
    return room.messages.str().find("no tracker has answered for 1s, still asking") !=
           std::string::npos;
  };
  ASSERT_TRUE(room.until(told));
  room.tracker.silent = false;
  room.tracker.peers = {bob};
  EXPECT_TRUE(room.until_printed("- 10.0.0.7:6881\n"));
  EXPECT_THAT(room.out.str(), HasSubstr("= answered again by 127.77.3.1, after "));
  EXPECT_FALSE(room.exit);
}

TEST(PeerSession, AFullAnswerIsAPartSoThatNobodyIsTakenForGone) {
  WatchRoom room;
  room.options.num_want = 2;
  room.start();
  ASSERT_TRUE(room.until_printed("+ 10.0.0.8:6882\n"));
  room.tracker.peers = {bob, cid};
  ASSERT_TRUE(room.until_printed("+ 10.0.0.9:6883\n"));
  ASSERT_TRUE(room.until_announced_again());
  EXPECT_THAT(room.out.str(), Not(HasSubstr("-")));
  room.tracker.peers = {bob};
  EXPECT_TRUE(room.until_printed("- 10.0.0.7:6881\n- 10.0.0.9:6883\n"));
}

TEST(PeerSession, WatchAsJsonIsOneObjectPerChange) {
  WatchRoom room;
  room.options.tracker = room.tracker.group();
  room.options.json = true;
  room.start();
  ASSERT_TRUE(room.until_printed("10.0.0.8"));
  room.tracker.peers = {bob};
  room.tracker.answers_from = Channel::cluster;
  ASSERT_TRUE(room.until_printed("went"));
  std::vector<nlohmann::json> objects;
  std::istringstream lines(room.out.str());
  for (std::string line; std::getline(lines, line);) objects.push_back(nlohmann::json::parse(line));
  ASSERT_THAT(objects, SizeIs(4));
  EXPECT_EQ(objects[0]["what"], "came");
  EXPECT_EQ(objects[0]["peer"], "10.0.0.7:6881");
  EXPECT_GT(objects[0]["at_ms"], 0);
  EXPECT_EQ(objects[2]["what"], "failover");
  EXPECT_THAT(objects[2]["tracker"], StartsWith("127.77.3.2:"));
  EXPECT_THAT(objects[2]["before"], StartsWith("127.77.3.1:"));
  EXPECT_GE(objects[2]["waited_ms"], 0);
  EXPECT_EQ(objects[3]["what"], "went");
}

TEST(PeerSession, ColoursTellComingsFromGoings) {
  WatchRoom room;
  room.colours = true;
  room.start();
  EXPECT_TRUE(room.until_printed("\x1b[32m+ 10.0.0.7:6881\x1b[0m\n"));
  room.tracker.peers = {};
  EXPECT_TRUE(room.until_printed("\x1b[31m- 10.0.0.7:6881\x1b[0m\n"));
}

TEST(PeerSession, AReaderThatGoesEndsTheWatchInGoodOrder) {
  WatchRoom room;
  room.start();
  ASSERT_TRUE(room.until_printed("+ 10.0.0.8:6882\n"));
  room.out.setstate(std::ios::badbit);  // as after a broken pipe
  EXPECT_EQ(room.run(), PeerExit::done);
  EXPECT_EQ(room.tracker.all<AnnounceRequest>().back().event, AnnounceEvent::stopped);
}

// Multicast over the loopback interface.
TEST(PeerSession, TheGroupIsAskedThroughTheChosenInterface) {
  Room room(Command::announce);
  const Endpoint group{0xef4d0301, free_port(room.io)};
  auto listener = DatagramSocket::group(room.io, group, {0x7f000001});
  room.options.tracker = group;
  room.start();
  std::vector<std::uint8_t> heard;
  ASSERT_TRUE(room.until([&] {
    for (const auto& datagram : listener.receive())
      heard.assign(datagram.bytes.begin(), datagram.bytes.end());
    return !heard.empty();
  }));
  const auto request = wire::decode_request(heard);
  ASSERT_TRUE(request);
  EXPECT_TRUE(std::holds_alternative<wire::ConnectRequest>(*request));
}

TEST(PeerReport, RefusalsAreWords) {
  for (std::uint8_t i = 0; i < static_cast<std::uint8_t>(wire::ClientError::count); ++i) {
    const auto error = static_cast<wire::ClientError>(i);
    EXPECT_THAT(explain_refusal(wire::error_number(error)),
                AllOf(HasSubstr(std::string(wire::error_text(error))), Not(HasSubstr("newer"))));
  }
  // Nothing of a stranger's steers the terminal.
  EXPECT_THAT(explain_refusal(0x1b5b33316d000000), AllOf(HasSubstr("newer"), HasSubstr("`?[31m`")));
}

}  // namespace
}  // namespace swarm::udp
