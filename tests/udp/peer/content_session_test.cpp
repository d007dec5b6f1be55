#include "transport/udp/peer/content_session.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "engine/base/random.hpp"
#include "tests/udp/peer/fake_tracker.hpp"
#include "tests/udp/run_until.hpp"
#include "transport/udp/content_store/content_locks.hpp"
#include "transport/udp/peer/content_commands.hpp"
#include "transport/udp/system/network_interfaces.hpp"

namespace swarm::udp {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Command = PeerOptions::Command;
using wire::AnnounceEvent;
using wire::AnnounceRequest;
using wire::ScrapeRequest;
using Json = nlohmann::json;

constexpr std::uint32_t tracker_ip = 0x7f4d0501, other_ip = 0x7f4d0502;  // 127.77.5.1, .2
// Of this process alone.
const std::uint32_t peer_ip = 0x7f900000 | static_cast<std::uint32_t>(getpid() & 0xfffff);

std::string random_bytes(std::size_t size, std::uint64_t seed) {
  Random random(seed);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random.below(256));
  return bytes;
}

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
void write_file(const fs::path& path, const std::string& bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

struct Folder {
  Folder() {
    std::string pattern = (fs::temp_directory_path() / "content_session_XXXXXX").string();
    path = ::mkdtemp(pattern.data());
  }
  ~Folder() { fs::remove_all(path); }
  fs::path path;
};

// A swarm-peer, as far as it goes without a process of its own.
struct User {
  User(asio::io_context& context, Command command, const fs::path& home, const Endpoint& tracker)
      : io(context) {
    options.command = command;
    options.tracker = tracker;
    options.interface = address_text(peer_ip);
    options.timeout = 20s;  // of the test's own patience
    options.port = 0;
    options.content.state = (home / "state").string();
    options.content.any_port = true;
  }

  void start() {
    report.emplace(out, messages, ContentStyle{.json = options.json});
    prepared = options.command == Command::share ? prepare_share(options, *report)
                                                 : prepare_fetch(options, *report);
    session.emplace(io, options, prepared.contents, *report,
                    [this](PeerExit code) { exit = code; });
  }
  bool until(const std::function<bool()>& holds) { return run_until(io, holds); }
  bool until_said(const std::string& text) {
    return until([&] { return messages.str().find(text) != std::string::npos; });
  }
  // To its end.
  PeerExit run() {
    if (!session) start();
    EXPECT_TRUE(until([&] { return exit.has_value(); })) << out.str() << messages.str();
    const auto code = exit.value_or(PeerExit::usage);
    session.reset();
    return code;
  }
  PeerExit interrupted() {
    session->interrupt();
    return run();
  }
  std::vector<Json> objects(std::string_view what) const {
    std::istringstream lines(out.str());
    std::vector<Json> found;
    for (std::string line; std::getline(lines, line);)
      if (auto object = Json::parse(line); object["what"] == what) found.push_back(object);
    return found;
  }

  asio::io_context& io;
  PeerOptions options;
  std::ostringstream out, messages;
  std::optional<ContentReport> report;
  PreparedContents prepared;
  std::optional<ContentSession> session;
  std::optional<PeerExit> exit;
};

constexpr auto in_use =
    "swarm-peer: film is in use by another swarm-peer of this user; stop that one, or name another "
    "state folder\n";

// One who shares `film`, and a tracker that names it to all.
struct Room {
  Room() { write_file(film, bytes); }

  void share() {
    sharer.options.content.what = {film.string()};
    sharer.options.content.output = torrent.string();
    sharer.start();
    tracker.peers = {sharer.session->local()};
    ASSERT_TRUE(sharer.until_said("is known to the trackers"));
  }
  User fetcher(const std::string& name) {
    User user(io, Command::fetch, folder.path / name, tracker.address());
    user.options.content.what = {torrent.string()};
    user.options.content.output = (folder.path / name).string();
    return user;
  }
  fs::path fetched(const std::string& name) const { return folder.path / name / "film"; }

  Folder folder;
  asio::io_context io;
  FakeTracker tracker{io, tracker_ip, other_ip};
  fs::path film = folder.path / "ann" / "film", torrent = folder.path / "film.torrent";
  std::string bytes = random_bytes(3'000'000, 1);
  User sharer{io, Command::share, folder.path / "ann", tracker.address()};
};

TEST(ContentSession, WhatIsSharedIsFetched) {
  Room room;
  room.share();
  EXPECT_THAT(room.sharer.out.str(), HasSubstr("  " + room.torrent.string() + "\n"));
  User bob = room.fetcher("bob");
  EXPECT_EQ(bob.run(), PeerExit::done);
  EXPECT_EQ(read_file(room.fetched("bob")), room.bytes);
  EXPECT_EQ(bob.out.str(), room.fetched("bob").string() + "\n");
  EXPECT_THAT(bob.messages.str(), HasSubstr("film is complete and verified: 3.00 MB in "));
  EXPECT_EQ(room.sharer.interrupted(), PeerExit::done);
}

TEST(ContentSession, TheTrackersAreToldOfBeginningAndEnd) {
  Room room;
  room.share();
  EXPECT_THAT(room.tracker.all<ScrapeRequest>(), SizeIs(1));
  User bob = room.fetcher("bob");
  EXPECT_EQ(bob.run(), PeerExit::done);
  const auto port = room.sharer.session->local().port;
  EXPECT_EQ(room.sharer.interrupted(), PeerExit::done);
  std::vector<AnnounceEvent> of_bob;
  bool sharer_stopped = false;
  for (const auto& asked : room.tracker.all<AnnounceRequest>()) {
    if (asked.port != port) of_bob.push_back(asked.event);
    sharer_stopped |= asked.port == port && asked.event == AnnounceEvent::stopped;
  }
  EXPECT_TRUE(sharer_stopped);
  ASSERT_THAT(of_bob, SizeIs(testing::Ge(2U)));
  EXPECT_EQ(of_bob.front(), AnnounceEvent::started);
  EXPECT_EQ(of_bob.back(), AnnounceEvent::stopped);
}

TEST(ContentSession, AHashAloneIsEnough) {
  Room room;
  room.share();
  User bob = room.fetcher("bob");
  bob.options.content.what = {room.sharer.out.str().substr(0, 40)};
  EXPECT_EQ(bob.run(), PeerExit::done);
  EXPECT_EQ(read_file(room.fetched("bob")), room.bytes);
  EXPECT_THAT(bob.messages.str(), HasSubstr(" is film: 3.00 MB in 1 file\n"));
}

TEST(ContentSession, APeerThatIsNamedNeedsNoTracker) {
  Room room;
  room.share();
  room.tracker.silent = true;
  User bob = room.fetcher("bob");
  bob.options.content.peers = {room.sharer.session->local()};
  EXPECT_EQ(bob.run(), PeerExit::done);
  EXPECT_EQ(read_file(room.fetched("bob")), room.bytes);
}

TEST(ContentSession, ManyContentsOfOneProcess) {
  Room room;
  write_file(room.folder.path / "ann" / "tree" / "leaf", random_bytes(70'000, 2));
  write_file(room.folder.path / "ann" / "tree" / "twig" / "leaf", random_bytes(500'000, 3));
  User ann(room.io, Command::share, room.folder.path / "ann", room.tracker.address());
  const auto before = fs::current_path();
  fs::current_path(room.folder.path);
  ann.options.content.what = {"ann/film", "ann/tree"};
  ann.start();
  fs::current_path(before);
  room.tracker.peers = {ann.session->local()};
  User bob = room.fetcher("bob");
  for (const char* name : {"tree.torrent", "film.torrent"})
    bob.options.content.what.push_back((room.folder.path / name).string());
  EXPECT_EQ(bob.run(), PeerExit::done);
  EXPECT_EQ(read_file(room.fetched("bob")), room.bytes);
  EXPECT_EQ(read_file(room.folder.path / "bob/tree/leaf"), random_bytes(70'000, 2));
  EXPECT_EQ(read_file(room.folder.path / "bob/tree/twig/leaf"), random_bytes(500'000, 3));
}

TEST(ContentSession, AnInterruptedFetchGoesOnLater) {
  Room room;
  room.share();
  User bob = room.fetcher("bob");
  bob.options.json = true;
  bob.options.content.exchange.download_rate = 1'000'000;
  bob.start();
  ASSERT_TRUE(bob.until([&] {
    const auto told = bob.objects("progress");
    return !told.empty() && told.back()["had"] > 0;
  }));
  EXPECT_EQ(bob.interrupted(), PeerExit::stopped);
  EXPECT_THAT(bob.messages.str(),
              AllOf(HasSubstr("film: stopped at "), HasSubstr("goes on from there")));
  ASSERT_THAT(bob.objects("stopped"), SizeIs(1));
  User again = room.fetcher("bob");
  again.options.json = true;
  EXPECT_EQ(again.run(), PeerExit::done);
  const std::uint64_t received = again.objects("complete").at(0)["received"];
  EXPECT_LT(received, 3'000'000U);
  EXPECT_EQ(read_file(room.fetched("bob")), room.bytes);
}

TEST(ContentSession, WhatIsHereAlreadyIsNotFetched) {
  Room room;
  room.share();
  EXPECT_EQ(room.fetcher("bob").run(), PeerExit::done);
  User again = room.fetcher("bob");
  room.tracker.peers.clear();
  EXPECT_EQ(again.run(), PeerExit::done);
  EXPECT_THAT(again.messages.str(), HasSubstr("film is here already, complete and verified"));
}

// Nobody else has it, and the network is not asked.
TEST(ContentSession, WhatAnotherFolderHasIsCopied) {
  Room room;
  room.share();
  EXPECT_EQ(room.fetcher("bob").run(), PeerExit::done);
  EXPECT_EQ(room.sharer.interrupted(), PeerExit::done);
  room.tracker.peers.clear();
  User again = room.fetcher("bob");
  again.options.json = true;
  again.options.content.output = (room.folder.path / "second").string();
  EXPECT_EQ(again.run(), PeerExit::done);
  EXPECT_THAT(again.messages.str(), HasSubstr("film: 12 of 12 chunks were copied from there"));
  EXPECT_EQ(again.objects("complete").at(0)["received"], 0);
  EXPECT_EQ(read_file(room.folder.path / "second" / "film"), room.bytes);
  EXPECT_EQ(read_file(room.fetched("bob")), room.bytes);
}

TEST(ContentSession, AFileOfTheUserIsNotWrittenOverUnlessAsked) {
  Room room;
  room.share();
  const std::string own = random_bytes(room.bytes.size(), 5);
  write_file(room.fetched("bob"), own);
  User bob = room.fetcher("bob");
  EXPECT_EQ(bob.run(), PeerExit::failed);
  EXPECT_THAT(bob.messages.str(),
              AllOf(HasSubstr("film is there already"), HasSubstr("-o"), HasSubstr("--overwrite")));
  EXPECT_EQ(read_file(room.fetched("bob")), own);
  User again = room.fetcher("bob");
  again.options.content.overwrite = true;
  EXPECT_EQ(again.run(), PeerExit::done);
  EXPECT_EQ(read_file(room.fetched("bob")), room.bytes);
}

// The disk that it lay on may only be away.
TEST(ContentSession, AFolderThatIsGoneIsNotMadeAnew) {
  Room room;
  room.share();
  EXPECT_EQ(room.fetcher("bob").run(), PeerExit::done);
  User again = room.fetcher("bob");
  again.options.content.state = (room.folder.path / "bobs state").string();
  fs::rename(room.folder.path / "bob" / "state", again.options.content.state);
  fs::remove_all(room.folder.path / "bob");
  EXPECT_EQ(again.run(), PeerExit::failed);
  EXPECT_THAT(again.messages.str(), HasSubstr("mount its disk"));
  EXPECT_FALSE(fs::exists(room.folder.path / "bob"));
}

TEST(ContentSession, ASeedUploadsUntilItIsInterrupted) {
  Room room;
  room.share();
  User bob = room.fetcher("bob");
  bob.options.content.seed = true;
  bob.start();
  ASSERT_TRUE(bob.until_said("is complete and verified"));
  EXPECT_THAT(bob.messages.str(), HasSubstr("uploading until Ctrl-C"));
  room.tracker.peers = {bob.session->local()};
  EXPECT_EQ(room.sharer.interrupted(), PeerExit::done);
  User cid = room.fetcher("cid");
  EXPECT_EQ(cid.run(), PeerExit::done);
  EXPECT_EQ(read_file(room.fetched("cid")), room.bytes);
  EXPECT_EQ(bob.interrupted(), PeerExit::done);
}

TEST(ContentSession, AContentInUseIsNotOpenedTwice) {
  Room room;
  room.share();
  User bob = room.fetcher("bob");
  bob.options.content.state = room.sharer.options.content.state;
  bob.options.json = true;
  EXPECT_EQ(bob.run(), PeerExit::failed);
  EXPECT_EQ(bob.messages.str(), in_use) << "and nothing before it";
  EXPECT_THAT(bob.objects("failed"), SizeIs(1));
}

// What it was to go on in, or to be copied from, is not announced either.
TEST(ContentSession, AContentInUseIsRefusedBeforeItsFolderIsTold) {
  Room room;
  room.share();
  User bob = room.fetcher("bob");
  ASSERT_EQ(bob.run(), PeerExit::done) << bob.messages.str();
  ContentLocks locks(fs::path(bob.options.content.state) / "peer.lock");
  ASSERT_TRUE(locks.take(bob.prepared.contents.at(0).hash));
  User again = room.fetcher("bob");
  EXPECT_EQ(again.run(), PeerExit::failed);
  EXPECT_EQ(again.messages.str(), in_use);
  User elsewhere = room.fetcher("bob");
  elsewhere.options.content.output = (room.folder.path / "elsewhere").string();
  EXPECT_EQ(elsewhere.run(), PeerExit::failed);
  EXPECT_EQ(elsewhere.messages.str(), in_use);
  locks.release(bob.prepared.contents.at(0).hash);
  User free = room.fetcher("bob");
  free.options.content.output = elsewhere.options.content.output;
  EXPECT_EQ(free.run(), PeerExit::done);
  EXPECT_THAT(free.messages.str(), HasSubstr("film was in " + (room.folder.path / "bob").string() +
                                             " so far; now it goes into "));
  User last = room.fetcher("bob");
  last.options.content.output = elsewhere.options.content.output;
  EXPECT_EQ(last.run(), PeerExit::done);
  EXPECT_THAT(last.messages.str(), HasSubstr("film goes on in "));
}

// Nor is its FILE.torrent written.
TEST(ContentSession, AContentInUseIsNotSaidToBeShared) {
  Room room;
  room.share();
  User bob(room.io, Command::share, room.folder.path / "sharer", room.tracker.address());
  bob.options.content.state = room.sharer.options.content.state;
  bob.options.content.what = {room.film.string()};
  bob.options.content.output = (room.folder.path / "second.torrent").string();
  bob.report.emplace(bob.out, bob.messages, ContentStyle{});
  const auto prepared = prepare_share(bob.options, *bob.report);
  EXPECT_EQ(prepared.exit, PeerExit::failed);
  EXPECT_TRUE(prepared.contents.empty());
  EXPECT_EQ(bob.messages.str(), in_use);
  EXPECT_EQ(bob.out.str(), "");
  EXPECT_FALSE(fs::exists(bob.options.content.output));
}

TEST(ContentSession, AFileThatChangesIsNotSharedAnyMore) {
  Room room;
  room.share();
  write_file(room.film, random_bytes(3'000'000, 9));
  User bob = room.fetcher("bob");
  bob.start();
  EXPECT_EQ(room.sharer.run(), PeerExit::failed);
  EXPECT_THAT(room.sharer.messages.str(), HasSubstr("film changed after it was hashed"));
  EXPECT_EQ(read_file(room.film), random_bytes(3'000'000, 9)) << "it is the user's";
  EXPECT_EQ(bob.interrupted(), PeerExit::stopped);
}

// Between the end of its hashing and its opening.
TEST(ContentSession, AFileThatChangesBeforeItIsSharedIsTold) {
  for (const bool again : {false, true}) {
    Room room;
    auto& ann = room.sharer;
    ann.options.content.what = {room.film.string()};
    ann.options.content.output = room.torrent.string();
    if (again) {
      room.share();
      ASSERT_EQ(ann.interrupted(), PeerExit::done);
      ann.options.content.what = {room.torrent.string()};
      ann.options.content.from = room.film.parent_path().string();
      ann.exit.reset();
    }
    ann.report.emplace(ann.out, ann.messages, ContentStyle{});
    ann.prepared = prepare_share(ann.options, *ann.report);
    ASSERT_THAT(ann.prepared.contents, SizeIs(1)) << ann.messages.str();
    std::fstream(room.film, std::ios::binary | std::ios::in | std::ios::out) << "another beginning";
    fs::last_write_time(room.film, fs::last_write_time(room.film) + std::chrono::seconds(1));
    ann.session.emplace(room.io, ann.options, ann.prepared.contents, *ann.report,
                        [&](PeerExit code) { ann.exit = code; });
    EXPECT_EQ(ann.run(), PeerExit::failed) << again;
    EXPECT_THAT(ann.messages.str(), HasSubstr("film is not as it was when it was hashed; share it "
                                              "again"));
  }
}

TEST(ContentSession, SilentTrackersAreToldAndAskedOn) {
  Room room;
  room.share();
  room.tracker.silent = true;
  User bob = room.fetcher("bob");
  bob.options.timeout = 50ms;
  bob.start();
  ASSERT_TRUE(bob.until_said("did not answer within 50ms"));
  EXPECT_THAT(bob.messages.str(), HasSubstr("; still asking\n"));
  room.tracker.silent = false;
  EXPECT_EQ(bob.run(), PeerExit::done);
  EXPECT_THAT(bob.messages.str(), HasSubstr(": 127.77.5.1 answers\n"));
}

TEST(ContentSession, ATrackerThatRefusesIsExplainedOnce) {
  Room room;
  room.share();
  room.tracker.refuses = wire::ClientError::bad_address;
  User bob = room.fetcher("bob");
  bob.options.content.peers = {room.sharer.session->local()};
  bob.options.content.seed = true;
  bob.start();
  ASSERT_TRUE(bob.until_said("the announced address is not the one"));
  ASSERT_TRUE(bob.until_said("is complete and verified"));
  EXPECT_EQ(bob.interrupted(), PeerExit::done);
}

TEST(ContentSession, AnotherPortServesUnlessOneIsNamed) {
  Room room;
  room.share();
  User bob = room.fetcher("bob");
  bob.options.port = room.sharer.session->local().port;
  EXPECT_EQ(bob.run(), PeerExit::done);
  EXPECT_THAT(bob.messages.str(), HasSubstr("is not free here: listening on port "));
  User cid = room.fetcher("cid");
  cid.options.port = room.sharer.session->local().port;
  cid.options.content.any_port = false;
  EXPECT_THROW(cid.start(), SocketError);
}

TEST(ContentSession, QuietSaysResultsAndErrorsOnly) {
  Room room;
  room.share();
  User bob = room.fetcher("bob");
  bob.options.content.quiet = true;
  bob.report.reset();
  std::ostringstream out, messages;
  ContentReport report(out, messages, {.quiet = true});
  std::optional<PeerExit> exit;
  ContentSession session(room.io, bob.options, prepare_fetch(bob.options, report).contents, report,
                         [&](PeerExit code) { exit = code; });
  ASSERT_TRUE(run_until(room.io, [&] { return exit.has_value(); }));
  EXPECT_EQ(out.str(), room.fetched("bob").string() + "\n");
  EXPECT_THAT(messages.str(), testing::AnyOf(IsEmpty(), HasSubstr("buffer")));
}

TEST(ContentSession, ASecondInterruptEndsAtOnce) {
  Room room;
  room.share();
  room.tracker.silent = true;
  room.sharer.session->interrupt();
  EXPECT_EQ(room.sharer.interrupted(), PeerExit::done);
}

}  // namespace
}  // namespace swarm::udp
