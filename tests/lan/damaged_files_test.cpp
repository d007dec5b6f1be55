// Real trackers on loopback whose files are lost, emptied, exchanged or put back between two
// starts, while the disks that are whole hold what was acknowledged.
#include <signal.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>

#include "tests/lan/harness/stage.hpp"

namespace swarm::lan {
namespace {

namespace fs = std::filesystem;

constexpr int refused = 3;

class WithDamagedFiles : public LoopbackStage {
 protected:
  static fs::path tracker(const fs::path& data) { return data / "tracker.db"; }
  static fs::path wal(const fs::path& data) { return data / "tracker.db-wal"; }
  static void copy(const fs::path& from, const fs::path& to) {
    fs::remove_all(to);
    fs::copy(from, to, fs::copy_options::recursive);
  }

  static bool says(const TrackerProcess& tracker, const std::string& words) {
    std::ifstream log(tracker.log());
    const std::string all((std::istreambuf_iterator<char>(log)), {});
    return all.find(words) != std::string::npos;
  }

  // Two of three acknowledge registrations, and the slave of the two is hurt. It must not elect a
  // master with the third, which has none of them.
  void is_refused_after(const std::function<void(const fs::path& data)>& damage,
                        const std::string& sentence) {
    found({{"removal-silence", "1s"}});
    t(3).kill();
    load();
    await_registrations(50);
    auto& hurt = slave();
    hurt.kill();
    damage(hurt.data());
    hurt.start();
    EXPECT_EQ(hurt.wait_for_exit(), refused);
    await_logged(hurt.host(), sentence);
    await_logged(
        hurt.host(),
        "move the data directory aside, and start with an empty one and `first-start = join`: "
        "this instance joins anew");
    start(3);
    await_registrations(50);
    fs::rename(hurt.data(), folder() / "aside");
    start(hurt.host(), {{"first-start", "join"}});
    await_members();
    await_registrations(50);
    verdict();
  }

  // It is started again with its own directory as it was 200 registrations ago.
  void fall_back(TrackerProcess& hurt) {
    hurt.kill();
    copy(hurt.data(), folder() / "older");
    hurt.start();
    await_members();
    await_registrations(200);
    await_members();
    hurt.kill();
    copy(folder() / "older", hurt.data());
    hurt.start();
  }
};

TEST_F(WithDamagedFiles, ALostWriteAheadLogIsRefused) {
  is_refused_after([](const fs::path& data) { fs::remove(wal(data)); },
                   "has lost its tracker.db-wal");
}

// The two files that are left fit each other.
TEST_F(WithDamagedFiles, BothWriteAheadLogsLostIsRefused) {
  is_refused_after(
      [](const fs::path& data) {
        fs::remove(wal(data));
        fs::remove(data / "ballot.db-wal");
      },
      "tracker.db and ballot.db have both less than at the last start");
}

TEST_F(WithDamagedFiles, AnEmptiedDatabaseIsRefused) {
  is_refused_after([](const fs::path& data) { fs::resize_file(tracker(data), 0); },
                   "tracker.db is empty");
}

TEST_F(WithDamagedFiles, TheBallotOfAnotherMemberIsRefused) {
  is_refused_after(
      [this](const fs::path& data) {
        for (const char* name : {"ballot.db", "ballot.db-wal"})
          if (fs::exists(t(3).data() / name))
            fs::copy_file(t(3).data() / name, data / name, fs::copy_options::overwrite_existing);
      },
      "and ballot.db of store ");
}

// With the key it does by itself what an operator is told to do.
TEST_F(WithDamagedFiles, OneThatMayRejoinsByItself) {
  found({{"removal-silence", "1s"}, {"rejoin-when-damaged", "yes"}});
  load();
  await_registrations(50);
  auto& hurt = slave();
  hurt.kill();
  fs::remove(wal(hurt.data()));
  hurt.start();
  await_logged(hurt.host(), "; rejoin-when-damaged: its files are now in ");
  await_members();
  await_registrations(50);
  verdict();
  const auto kept = [&] {
    for (const auto& entry : fs::directory_iterator(hurt.data()))
      if (entry.path().filename().string().starts_with("damaged-"))
        return fs::exists(tracker(entry.path()));
    return false;
  };
  EXPECT_TRUE(kept());
}

// By another member's word. All goes as configured, and no line says otherwise.
TEST_F(WithDamagedFiles, OneThatFellBackMayRejoinByItselfToo) {
  found({{"removal-silence", "1s"}, {"rejoin-when-damaged", "yes"}});
  load();
  await_registrations(50);
  auto& hurt = slave();
  fall_back(hurt);
  await_logged(hurt.host(), "it is an older copy; rejoin-when-damaged: its files are now in ");
  await_members();
  await_registrations(50);
  verdict();
  for (const auto* const alarm : {"cannot go on", "ended with code", "move the data directory"})
    EXPECT_FALSE(says(hurt, alarm)) << alarm;
}

// Both files, of one time: they fit each other, and the master knows better.
TEST_F(WithDamagedFiles, ADirectoryPutBackIsRefused) {
  found({{"removal-silence", "1s"}});
  load();
  await_registrations(50);
  auto& hurt = slave();
  fall_back(hurt);
  EXPECT_EQ(hurt.wait_for_exit(), refused);
  await_logged(hurt.host(), "this disk has acknowledged more than it holds");
  bool told = false;
  for (auto* other : running())
    told = told || metric(other->host(), "swarm_tracker_disks_differ_total") >= 1;
  EXPECT_TRUE(told) << "both sides say so";
  await_registrations(50);
  // It is on its disk, too: nobody lives now who could say it again.
  const auto others = running();
  for (auto* other : others) other->kill();
  hurt.start();
  EXPECT_EQ(hurt.wait_for_exit(), refused);
  for (auto* other : others) other->start();
  await_registrations(50);
  fs::rename(hurt.data(), folder() / "aside");
  start(hurt.host(), {{"first-start", "join"}});
  await_members();
  await_registrations(50);
  verdict();
}

// Nobody who knew better lived: what the two had acknowledged is lost. The one that still has it
// must neither take part nor come and go for ever, and all must say so.
TEST_F(WithDamagedFiles, TheTrueCopyStaysHarmless) {
  found();
  load();
  await_registrations(20);
  await_members();
  t(3).kill();
  await_registrations(20);
  auto& back = slave();
  auto& holder = master();
  back.kill();
  copy(back.data(), folder() / "older");
  back.start();
  await_registrations(200);
  back.kill();
  holder.kill();
  copy(folder() / "older", back.data());
  back.start();
  start(3);
  await_registrations(20);
  holder.start();
  EXPECT_EQ(holder.wait_for_exit(), refused);
  await_logged(holder.host(), "is not what the swarm has committed");
  holder.start();
  EXPECT_EQ(holder.wait_for_exit(), refused) << "it does not come and go";
  bool told = false;
  for (auto* other : running())
    told = told || metric(other->host(), "swarm_tracker_disks_differ_total") >= 1;
  EXPECT_TRUE(told) << "both sides say so";
  await_registrations(100);
}

// Two processes that speak as one member, from two addresses, while nothing is registered: neither
// disk is older than the other. Neither may be believed alone what the two have acknowledged.
TEST_F(WithDamagedFiles, ACopiedDirectoryEndsBothOfItsProcesses) {
  auto keys = long_promise;
  keys["removal-silence"] = "3s";
  found(keys);
  await_members();
  await_in_step();
  auto& original = slave();
  auto& copied = t(4);
  copied.keys()["promise"] = keys["promise"];
  // After an election of a busy machine the original has a block that the copy lacks: then once
  // more.
  for (int attempt = 1; attempt <= 5 && !says(copied, "two processes use"); ++attempt) {
    original.kill();
    copy(original.data(), copied.data());
    original.start();
    await_members();
    copied.start();
    EXPECT_EQ(copied.wait_for_exit(), refused);
  }
  EXPECT_EQ(original.wait_for_exit(), refused);
  // Until it is taken out of the list of members.
  eventually("the others' status tells of the copy", [&] {
    for (auto* other : running())
      if (const auto status = other->status())
        for (const auto& member : status->members)
          if (member.two_processes && !member.moved()) return true;
    return false;
  });
  for (const auto* ended : {&original, &copied})
    await_logged(ended->host(), "two processes use this data directory or copies of it");
  load();
  await_registrations(50);
  fs::remove_all(copied.data());
  fs::rename(original.data(), folder() / "aside");
  start(original.host(), {{"first-start", "join"}});
  await_members();
  await_registrations(50);
  verdict();
}

// Under load the swarm has gone on when the copy starts: it is an older one. The original stays.
TEST_F(WithDamagedFiles, ACopyOfADirectoryThatHasGoneOnIsRefusedAlone) {
  found({{"removal-silence", "1s"}});
  load();
  await_registrations(50);
  auto& original = slave();
  original.kill();
  auto& copied = t(4);
  copy(original.data(), copied.data());
  original.start();
  await_members();
  await_registrations(100);
  copied.start();
  EXPECT_EQ(copied.wait_for_exit(), refused);
  await_logged(copied.host(), "this disk has acknowledged more than it holds");
  fs::remove_all(copied.data());
  await_registrations(100);
  await_members();
  verdict();
}

// SWARM_OLD_TRACKER names the program of the version before: one after the other of its members is
// upgraded, and its directory taken.
TEST_F(WithDamagedFiles, ARollingUpgradeKeepsEverything) {
  const char* const old = std::getenv("SWARM_OLD_TRACKER");
  if (old == nullptr) GTEST_SKIP() << "SWARM_OLD_TRACKER names no program of the version before";
  for (const unsigned host : {1u, 2u, 3u}) t(host).set_program(old);
  found();
  load();
  for (const unsigned host : {1u, 2u, 3u}) {
    await_registrations(100);
    t(host).supervisor().signal(SIGTERM);
    EXPECT_EQ(t(host).wait_for_exit(), 0);
    t(host).set_program({});
    start(host);
    await_members();
  }
  await_registrations(100);
  verdict();
}

}  // namespace
}  // namespace swarm::lan
