// A member that is killed at any act on its files loses nothing and is never refused.
#include "transport/udp/tracker/store_files.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>

#include "tests/udp/counting_vfs.hpp"
#include "tests/udp/tracker/store_files_room.hpp"
#include "transport/udp/tracker/start_note.hpp"

namespace swarm::udp::files {
namespace {

using testing::HasSubstr;

// ---- The first start

// Killed at the n-th act on the files, or on a disk that is full from there on; for each n.
TEST_F(StoreFilesTest, AFirstStartThatWasCutShortBeginsAgain) {
  for (const auto what : {CountingVfs::At::kill, CountingVfs::At::full}) {
    int cut_short = 0;
    for (int n = 1;; ++n) {
      fs::remove_all(data());
      fs::create_directory(data());
      const int code = in_a_process([&] {
        CountingVfs::begin(n, what);
        open().release();
      });
      if (code != 0) {
        ++cut_short;
        EXPECT_EQ(code, what == CountingVfs::At::kill ? 128 + SIGKILL : 1) << n;
      }
      ASSERT_EQ(refusal(), "none") << n;
      EXPECT_TRUE(fs::exists(ballot()));
      if (code == 0) break;
    }
    EXPECT_GT(cut_short, 20);
  }
}

// ---- A member that is killed at any point loses nothing and is never refused

TEST_F(StoreFilesTest, KilledAtEachActOnTheFilesNothingIsLost) {
  { join(*open()); }
  copy(data(), aside("begin"));
  auto* const written = static_cast<std::uint64_t*>(
      ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  ASSERT_NE(written, MAP_FAILED);
  int killed = 0;
  for (int n = 1;; ++n) {
    copy(aside("begin"), data());
    *written = 0;
    const int code = in_a_process([&] {
      CountingVfs::begin(n, CountingVfs::At::kill);
      {
        auto files = open();
        const auto go_on = [&](std::uint64_t last, std::uint64_t term) {
          while (*written < last) {
            append(*files, *written + 1, *written + 1, term);
            ++*written;
          }
        };
        go_on(3, 1);
        files->checkpoint();
        go_on(5, 1);
        vote(*files, 4);
        go_on(7, 4);
      }  // and a clean end
      ++written[1];
    });
    ASSERT_EQ(refusal(), "none") << n;
    EXPECT_GE(open()->take_image().log.size(), *written) << n;
    if (code == 0) break;
    EXPECT_EQ(code, 128 + SIGKILL);
    ++killed;
  }
  EXPECT_GT(killed, 30);
  ::munmap(written, 4096);
}

// ---- A directory of the version before

class OldStoreFilesTest : public StoreFilesTest {
 protected:
  // As version 0.1.0 has written them.
  void go_back() const {
    SQLite::Database(tracker().string(), SQLite::OPEN_READWRITE)
        .exec(
            "ALTER TABLE LOG DROP COLUMN sum; ALTER TABLE META DROP COLUMN digest;"
            "ALTER TABLE META DROP COLUMN store; ALTER TABLE META DROP COLUMN pair;"
            "ALTER TABLE META DROP COLUMN ballot; ALTER TABLE META DROP COLUMN generation;"
            "ALTER TABLE META DROP COLUMN reached; ALTER TABLE META DROP COLUMN seal;"
            "ALTER TABLE META DROP COLUMN applied_position;"
            R"(DROP TABLE "STAGED-SEEDERS"; DROP TABLE "STAGED-CONTENTS";
               DROP TABLE "STAGED-PEER-INFO"; DROP TABLE "STAGED-COMPLETED";
               DROP TABLE "STAGED-LOG"; DROP TABLE CHUNKS; DROP TABLE PULL;)"
            "PRAGMA user_version = 2");
    SQLite::Database(ballot().string(), SQLite::OPEN_READWRITE)
        .exec(
            "ALTER TABLE BALLOT DROP COLUMN pair; ALTER TABLE BALLOT DROP COLUMN number;"
            "ALTER TABLE BALLOT DROP COLUMN log_generation;"
            "ALTER TABLE BALLOT DROP COLUMN log_last; ALTER TABLE BALLOT DROP COLUMN seal;"
            "DROP TABLE UNFIT;"
            "PRAGMA user_version = 1");
    fs::remove(data() / start_note_file);
  }
  void old_member() {
    {
      auto files = open();
      join(*files, 3);
      append(*files, 1, 20);
    }
    go_back();
  }
};

TEST_F(OldStoreFilesTest, IsTakenOnceAndMarked) {
  old_member();
  const auto old_ballot = aside("old.db");
  fs::copy_file(ballot(), old_ballot);
  {
    auto files = open();
    EXPECT_EQ(files->ballot().term, Term{3});
    EXPECT_EQ(files->take_image().log.size(), 20u);
    append(*files, 21, 21, 3);
  }
  EXPECT_EQ(refusal(), "none");
  fs::copy_file(old_ballot, ballot(), fs::copy_options::overwrite_existing);
  EXPECT_THAT(refusal(), HasSubstr("its last ballot is 0"));
}

TEST_F(OldStoreFilesTest, OfWhichTheLogIsLostIsRefused) {
  old_member();
  fs::resize_file(tracker(), 0);
  EXPECT_THAT(refusal(), HasSubstr("tracker.db is empty"));
  SQLite::Database(tracker().string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE)
      .exec("PRAGMA journal_mode = WAL; PRAGMA user_version = 0; VACUUM");
  EXPECT_THAT(refusal(), HasSubstr("tracker.db holds nothing")) << "4 kB without a table";
}

TEST_F(OldStoreFilesTest, IsTakenWhereverItIsKilled) {
  old_member();
  copy(data(), aside("old"));
  for (int n = 1;; ++n) {
    copy(aside("old"), data());
    const int code = in_a_process([&] {
      CountingVfs::begin(n, CountingVfs::At::kill);
      open().release();
    });
    ASSERT_EQ(refusal(), "none") << n;
    ASSERT_EQ(open()->take_image().log.size(), 20u) << n;
    if (code == 0) break;
  }
}

}  // namespace
}  // namespace swarm::udp::files
