// The harness itself: that it sees what is wrong, and that its networks cut what they are to cut.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <fstream>

#include "engine/db/sqlite_tracker_db.hpp"
#include "observe/live/trace.hpp"
#include "tests/engine/db/temporary_directory.hpp"
#include "tests/lan/harness/child_process.hpp"
#include "tests/lan/harness/eventually.hpp"
#include "tests/lan/harness/site.hpp"
#include "tests/lan/harness/trace_reader.hpp"
#include "tests/lan/harness/verdict.hpp"
#include "transport/udp/net/datagram_socket.hpp"

namespace swarm::lan {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

// --- what peers were told ----------------------------------------------------------------------

const Endpoint peer_a{0x7f000001, 1001}, peer_b{0x7f000001, 1002};
const Endpoint tracker_1{0x7f000001, 6969}, tracker_2{0x7f000002, 6969};

TEST(Ledger, ALateAnswerSettlesNothingThatIsWantedSince) {
  Ledger ledger;
  const Registration one{{}, peer_a};
  ledger.tried(one, Wanted::leecher);
  ledger.tried(one, Wanted::absent);
  ledger.acknowledged(one, Wanted::leecher);
  EXPECT_EQ(ledger.acknowledged(), 1u);
  EXPECT_EQ(ledger.stopped(), 0u);
  ledger.acknowledged(one, Wanted::absent);
  EXPECT_EQ(ledger.stopped(), 1u);
  EXPECT_EQ(ledger.standing(), 0u);
}

TEST(Ledger, TheLongestSilenceIsBetweenTwoAnswersOfTheStream) {
  Ledger ledger;
  for (const Duration at : {1ms, 2ms, 9ms, 10ms, 99ms})
    ledger.received({Time(at), tracker_1, peer_a});
  ledger.stream_ended(Time(11ms));
  EXPECT_EQ(ledger.longest_silence(), 7ms);
}

class TermsHeard : public testing::Test {
 protected:
  // Tracker 1 serves in term 1 from 10 ms on, tracker 2 in term 2 from 20 ms on.
  TermsHeard() {
    say("t1", 10ms, event::Serving{{1}, {1}});
    say("t2", 20ms, event::Serving{{2}, {2}});
  }
  void say(const std::string& tracker, Duration at, const Event& event) {
    std::ofstream file(directory_ / (tracker + ".jsonl").c_str(), std::ios::app);
    observe::TraceWriter(file).event(at, tracker, event);
  }
  std::vector<std::string> check(const std::vector<Receipt>& receipts) {
    return check_terms(receipts,
                       {{tracker_1, directory_ / "t1.jsonl"}, {tracker_2, directory_ / "t2.jsonl"}})
        .complaints;
  }

 private:
  TemporaryDirectory directory_;
};

TEST_F(TermsHeard, OneAfterAnotherIsFine) {
  EXPECT_THAT(check({{Time(11ms), tracker_1, peer_a},
                     {Time(21ms), tracker_2, peer_a},
                     {Time(22ms), tracker_2, peer_b}}),
              IsEmpty());
}

TEST_F(TermsHeard, APeerMustNotHearAnOlderTermAgain) {
  EXPECT_THAT(check({{Time(21ms), tracker_2, peer_a}, {Time(22ms), tracker_1, peer_a}}), SizeIs(1));
}

// To another peer it may have been under way before; but not when it was sent afterwards.
TEST_F(TermsHeard, NobodyIsAnsweredInAnOldTermOnceANewerOneWasHeard) {
  const std::vector<Receipt> receipts{{Time(21ms), tracker_2, peer_a},
                                      {Time(23ms), tracker_1, peer_b}};
  EXPECT_THAT(check(receipts), IsEmpty());
  say("t1", 22ms, event::Answered{{1}, peer_b, 1});
  EXPECT_THAT(check(receipts), SizeIs(1));
}

TEST_F(TermsHeard, AnAnswerOfOneThatNeverServedIsNone) {
  EXPECT_THAT(check({{Time(9ms), tracker_1, peer_a}}), SizeIs(1));
}

TEST(TraceReader, PassesOverHalfALine) {
  const TemporaryDirectory directory;
  const std::string path = directory / "trace.jsonl";
  std::ofstream(path) << R"({"at_ms":1.000000,"node":"t1","eve)"
                      << observe::to_json(2ms, "t1", event::Serving{{1}, {1}}) << '\n'
                      << R"({"at_ms":3.0000)";
  TraceReader reader(path);
  EXPECT_THAT(reader.read(), SizeIs(1));
  std::ofstream(path, std::ios::app) << "00,\"node\":\"t1\",\"event\":\"serving\",\"term\":2}\n";
  const auto lines = reader.read();
  ASSERT_THAT(lines, SizeIs(1));
  EXPECT_EQ(lines[0].at, 3ms);
}

// --- what the databases hold -------------------------------------------------------------------

class Judgement : public testing::Test {
 protected:
  // Two registrations, of which the swarm has acknowledged both; peer b has stopped its own.
  Judgement() {
    for (const auto& peer : {peer_a, peer_b}) {
      ledger_.tried({content_, peer}, Wanted::leecher);
      ledger_.acknowledged({content_, peer}, Wanted::leecher);
    }
    ledger_.tried({content_, peer_b}, Wanted::absent);
    ledger_.acknowledged({content_, peer_b}, Wanted::absent);
    answers_.peers[content_] = {peer_a};
  }
  void write(const std::string& name, const std::vector<std::pair<Endpoint, PeerState>>& rows) {
    db::SnapshotHead snapshot;
    snapshot.applied = {{1}, {1}, {1}, {static_cast<std::int64_t>(rows.size()) + 1}};
    snapshot.config_index = {1};
    snapshot.config.members = {{{1}, {7}, Standing::voter, true, tracker_1}};
    snapshot.config.next_id = {2};
    db::TrackerWrite write;
    PeerRowId id{1};
    for (const auto& [peer, state] : rows) {
      write.staging.rows.push_back(db::PutPeer{{id, peer}});
      write.staging.rows.push_back(db::PutContent{{content_, id, state}});
      ++id;
    }
    write.install = snapshot;
    const std::vector<const db::TrackerWrite*> group{&write};
    db::SqliteTrackerDb(directory_ / (name + ".db").c_str()).write(group);
  }
  std::vector<std::string> judged() {
    return judge(ledger_, answers_,
                 {{"t1", tracker_1, directory_ / "t1.db", directory_ / "t1.jsonl"},
                  {"t2", tracker_2, directory_ / "t2.db", directory_ / "t2.jsonl"}},
                 {})
        .complaints;
  }

  const InfoHash content_{{1, 2, 3}};
  TemporaryDirectory directory_;
  Ledger ledger_;
  Answers answers_;
};

TEST_F(Judgement, IsContentWithWhatWasAcknowledged) {
  write("t1", {{peer_a, PeerState::leecher}});
  write("t2", {{peer_a, PeerState::leecher}});
  EXPECT_THAT(judged(), IsEmpty());
}

TEST_F(Judgement, MissesALostRegistrationInEachPlace) {
  write("t1", {});
  write("t2", {});
  answers_.peers.clear();
  EXPECT_THAT(judged(), SizeIs(3));
}

TEST_F(Judgement, SeesOneThatIsBackOneThatIsAnotherAndOneOfNobody) {
  const std::vector<std::pair<Endpoint, PeerState>> rows{
      {peer_a, PeerState::seeder}, {peer_b, PeerState::leecher}, {tracker_1, PeerState::seeder}};
  write("t1", rows);
  write("t2", rows);
  EXPECT_THAT(judged(), SizeIs(6));
}

TEST_F(Judgement, SeesDatabasesThatDiffer) {
  write("t1", {{peer_a, PeerState::leecher}});
  write("t2", {{peer_a, PeerState::leecher}, {peer_b, PeerState::leecher}});
  EXPECT_THAT(judged(), SizeIs(2));
}

// --- processes ---------------------------------------------------------------------------------

TEST(ChildProcess, TellsHowItEnded) {
  EXPECT_EQ(ChildProcess({"/bin/sh", "-c", "exit 7"}, STDERR_FILENO, nullptr).wait(), 7);
  ChildProcess sleeper({"/bin/sleep", "60"}, STDERR_FILENO, nullptr);
  sleeper.handle().stop();
  EXPECT_FALSE(sleeper.handle().ended());
  sleeper.handle().signal(SIGKILL);
  EXPECT_EQ(sleeper.wait(), 128 + SIGKILL);
  EXPECT_FALSE(sleeper.handle().signal(SIGCONT)) << "nobody is meant";
}

TEST(ChildProcess, EndsWithItsObject) {
  std::optional<ProcessHandle> same;
  {
    const ChildProcess sleeper({"/bin/sleep", "60"}, STDERR_FILENO, nullptr);
    same.emplace(sleeper.handle().pid());
    EXPECT_FALSE(same->ended());
  }
  EXPECT_TRUE(same->ended());
}

// --- networks ----------------------------------------------------------------------------------

// Two hosts with a socket each and one that listens to the group.
class Network : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto missing = Lan::missing(); !missing.empty())
      GTEST_SKIP() << "needs hosts of a network: " << missing;
    lan_.emplace(directory_ / "lan", 2);
    for (const unsigned host : {1u, 2u}) {
      unicast_.push_back(open(host, false));
      group_.push_back(open(host, true));
    }
  }
  udp::DatagramSocket open(unsigned host, bool group) {
    return lan_->network(host)->inside([&] {
      const udp::MulticastSettings multicast{lan_->address(host), 1};
      return group ? udp::DatagramSocket::group(io_, {lan_->group(), 7000}, multicast)
                   : udp::DatagramSocket::unicast(io_, address(host), multicast);
    });
  }
  Endpoint address(unsigned host) const { return {lan_->address(host), 7000}; }
  Endpoint group() const { return {lan_->group(), 7000}; }
  udp::DatagramSocket& unicast(unsigned host) { return unicast_[host - 1]; }

  void send(unsigned from, const Endpoint& to, std::uint8_t byte) {
    const std::vector<udp::DatagramSocket::Outgoing> one{{to, Bytes(&byte, 1)}};
    unicast(from).send(one);
  }
  // Everything that a host hears until somebody's byte `last` comes: datagrams keep their order.
  std::vector<std::uint8_t> hear(udp::DatagramSocket& socket, std::uint8_t last) {
    std::vector<std::uint8_t> heard;
    eventually("the last byte", [&] {
      for (const auto& datagram : socket.receive()) heard.push_back(datagram.bytes[0]);
      return !heard.empty() && heard.back() == last;
    });
    heard.pop_back();
    return heard;
  }

  TemporaryDirectory directory_;
  std::optional<Lan> lan_;
  udp::asio::io_context io_;
  std::vector<udp::DatagramSocket> unicast_, group_;
};

TEST_F(Network, HostsHearEachOtherAndTheGroup) {
  send(1, group(), 1);
  send(1, group(), 9);
  EXPECT_THAT(hear(group_[1], 9), testing::ElementsAre(1));
  send(2, address(1), 2);
  send(2, address(1), 9);
  EXPECT_THAT(hear(unicast(1), 9), testing::ElementsAre(2));
}

TEST_F(Network, ACutIsOneWayUntilItIsHealed) {
  lan_->cut_one_way(1, 2);
  send(1, address(2), 1);
  send(2, address(1), 2);
  send(2, address(1), 9);
  EXPECT_THAT(hear(unicast(1), 9), testing::ElementsAre(2));
  lan_->heal();
  send(1, address(2), 9);
  EXPECT_THAT(hear(unicast(2), 9), IsEmpty());
}

TEST_F(Network, ACableIsPulledAndPluggedIn) {
  send(1, address(2), 0);
  EXPECT_THAT(hear(unicast(2), 0), IsEmpty());
  lan_->unplug(1);
  send(1, address(2), 1);
  lan_->plug(1);
  std::vector<std::uint8_t> heard;
  eventually("a datagram from host 1", [&] {
    send(1, address(2), 9);
    for (const auto& datagram : unicast(2).receive()) heard.push_back(datagram.bytes[0]);
    return !heard.empty();
  });
  EXPECT_EQ(heard[0], 9) << "sent before it was plugged in";
}

TEST_F(Network, AboutOneDatagramInTwentyIsLost) {
  send(1, address(2), 0);
  EXPECT_THAT(hear(unicast(2), 0), IsEmpty());
  lan_->lose(5);
  for (int i = 0; i < 1000; ++i) {
    send(1, address(2), 1);
    if (i % 50 == 49) unicast(2).receive();
  }
  lan_->heal();
  send(1, address(2), 9);
  EXPECT_THAT(hear(unicast(2), 9), IsEmpty());
  EXPECT_GT(unicast(2).counters().received, 850u);
  EXPECT_LT(unicast(2).counters().received, 1000u);
}

}  // namespace
}  // namespace swarm::lan
