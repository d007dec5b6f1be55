// Real trackers on loopback whose files are lost, emptied, exchanged or put back between two
// starts, while the disks that are whole hold what was acknowledged.
#include <signal.h>

#include <filesystem>
#include <functional>

#include "tests/lan/stage.hpp"

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
    await_logged(hurt.host(),
                 "move the data directory aside and start with an empty one: this instance joins "
                 "anew");
    start(3);
    await_registrations(50);
    fs::rename(hurt.data(), folder() / "aside");
    start(hurt.host(), {{"first-start", "join"}});
    await_members();
    await_registrations(50);
    verdict();
  }
};

TEST_F(WithDamagedFiles, ALostWriteAheadLogIsRefused) {
  is_refused_after([](const fs::path& data) { fs::remove(wal(data)); },
                   "has lost its tracker.db-wal");
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
  await_logged(hurt.host(), "(rejoin-when-damaged: its files are now in ");
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

}  // namespace
}  // namespace swarm::lan
