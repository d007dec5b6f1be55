// What is done to the files of a data directory between two starts, and what the next start says.
#include "transport/udp/tracker/store_files.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/random.hpp"
#include "tests/engine/db/temporary_directory.hpp"
#include "tests/udp/counting_vfs.hpp"
#include "transport/udp/tracker/start_note.hpp"

namespace swarm::udp {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;

db::TrackerWrite block_of(std::uint64_t index, std::uint64_t term = 1) {
  db::TrackerWrite w;
  w.append = {std::make_shared<const Block>(
      Block{{index}, {term}, {1000 * index}, std::vector<std::uint8_t>(100, 4)})};
  return w;
}

class StoreFilesTest : public testing::Test {
 protected:
  StoreFilesTest() { fs::create_directory(data()); }

  fs::path data() const { return folder_ / "data"; }
  fs::path tracker() const { return data() / "tracker.db"; }
  fs::path ballot() const { return data() / "ballot.db"; }
  static fs::path wal(const fs::path& file) { return file.string() + "-wal"; }

  std::unique_ptr<StoreFiles> open() {
    return std::make_unique<StoreFiles>(data(), [this] { return random_.next(); });
  }
  std::string refusal() {
    try {
      open();
    } catch (const db::Damaged& damage) {
      return damage.what();
    }
    return "none";
  }

  // A member from here on, with a term and a vote.
  static void join(StoreFiles& files, std::uint64_t term = 1) {
    db::Ballot ballot = files.ballot();
    ballot.cluster = {77};
    ballot.member = {2};
    ballot.term = {term};
    files.ballot_db().write(ballot);
  }
  static void vote(StoreFiles& files, std::uint64_t term) { join(files, term); }
  static void append(StoreFiles& files, std::uint64_t first, std::uint64_t last,
                     std::uint64_t term = 1) {
    for (; first <= last; ++first) {
      const auto w = block_of(first, term);
      const db::TrackerWrite* group[] = {&w};
      files.tracker_db().write(group);
    }
  }
  // A member with so many blocks, as a process that was killed leaves it; its end is not clean.
  void killed_after(std::uint64_t blocks) {
    in_a_process([&] {
      auto& files = *open().release();
      join(files);
      append(files, 1, blocks);
    });
  }
  // The directory is that of a second member; the files of the first are in aside("other").
  void another_member() {
    killed_after(5);
    copy(data(), aside("other"));
    fs::remove_all(data());
    fs::create_directory(data());
    random_ = Random(6);
    killed_after(5);
  }
  // Which ends at once after it, without closing what is still open.
  template <class Body>
  int in_a_process(const Body& body) {
    const pid_t child = ::fork();
    if (child == 0) {
      int code = 0;
      try {
        body();
      } catch (const db::Damaged&) {
        code = 2;
      } catch (const db::DbError&) {
        code = 1;
      }
      ::_exit(code);
    }
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  void copy(const fs::path& from, const fs::path& to) const {
    fs::remove_all(to);
    fs::copy(from, to, fs::copy_options::recursive);
  }
  fs::path aside(const char* name) const { return folder_ / name; }

  TemporaryDirectory folder_;
  Random random_{5};
};

TEST_F(StoreFilesTest, WhatIsThereIsThereAgain) {
  StoreId store;
  {
    auto files = open();
    store = files->ballot().store;
    EXPECT_TRUE(store);
    join(*files, 3);
    append(*files, 1, 20);
    files->checkpoint();
    append(*files, 21, 30);
  }
  auto files = open();
  EXPECT_EQ(files->ballot().store, store);
  EXPECT_EQ(files->ballot().term, Term{3});
  EXPECT_EQ(files->take_image().log.size(), 30u);
}

TEST_F(StoreFilesTest, AfterAKillEverythingIsThereAndFits) {
  killed_after(30);
  ASSERT_TRUE(fs::exists(wal(tracker())));
  for (int start = 0; start < 3; ++start) EXPECT_EQ(open()->take_image().log.size(), 30u);
}

// ---- One of the files is lost, emptied, cut or older

constexpr const char* remedy =
    "; move the data directory aside, and start with an empty one and `first-start = join`: this "
    "instance joins anew";

TEST_F(StoreFilesTest, ALostWriteAheadLogIsNoticed) {
  killed_after(50);
  copy(data(), aside("before"));
  fs::remove(wal(tracker()));
  EXPECT_EQ(refusal(),
            "the files in " + data().string() +
                " do not belong together: tracker.db holds nothing, as a new one or one that has "
                "lost its tracker.db-wal" +
                remedy);
  for (const std::uintmax_t size : {0u, 32u, 4000u}) {
    copy(aside("before"), data());
    fs::resize_file(wal(tracker()), size);
    EXPECT_THAT(refusal(), HasSubstr("lost its tracker.db-wal")) << size;
  }
}

// Each start and each checkpoint begins a new one.
TEST_F(StoreFilesTest, ALostWriteAheadLogIsNoticedAfterACheckpointToo) {
  in_a_process([&] {
    auto& files = *open().release();
    join(files);
    append(files, 1, 30);
    files.checkpoint();
    append(files, 31, 31);
  });
  fs::remove(wal(tracker()));
  EXPECT_THAT(refusal(),
              HasSubstr("tracker.db is older than ballot.db, or has lost its tracker.db-wal"));
}

TEST_F(StoreFilesTest, AnEmptiedOrLostTrackerDatabaseIsNoticedAndLeftAsItIs) {
  killed_after(50);
  fs::resize_file(tracker(), 0);
  EXPECT_EQ(refusal(), "the files in " + data().string() +
                           " do not belong together: tracker.db is empty" + remedy);
  EXPECT_EQ(fs::file_size(tracker()), 0u);
  EXPECT_GT(fs::file_size(wal(tracker())), 0u) << "SQLite would have deleted it";
  fs::remove(tracker());
  EXPECT_THAT(refusal(), HasSubstr("tracker.db is missing"));
  EXPECT_FALSE(fs::exists(tracker()));
}

TEST_F(StoreFilesTest, ANewDatabaseInThePlaceOfTheOldIsNoticed) {
  killed_after(50);
  fs::remove(tracker());
  fs::remove(wal(tracker()));
  { db::SqliteTrackerDb fresh(tracker().string()); }
  EXPECT_THAT(refusal(), HasSubstr("tracker.db is new, or of version 0.1.0, and ballot.db is not"));
}

TEST_F(StoreFilesTest, AnOlderCopyOfTheLogIsNoticed) {
  {
    auto files = open();
    join(*files);
    append(*files, 1, 20);
  }
  const auto older = aside("older.db");
  fs::copy_file(tracker(), older);
  append(*open(), 21, 22);
  fs::copy_file(older, tracker(), fs::copy_options::overwrite_existing);
  EXPECT_THAT(refusal(), HasSubstr("tracker.db is older than ballot.db"));
}

// Within one generation the ballot's number tells: a vote says how far the log reaches.
TEST_F(StoreFilesTest, ACutWriteAheadLogIsNoticedUpToTheLastVote) {
  in_a_process([&] {
    auto& files = *open().release();
    join(files);
    append(files, 1, 20);
    fs::copy_file(wal(tracker()), aside("older-wal"));
    append(files, 21, 40);
    vote(files, 5);
  });
  fs::copy_file(aside("older-wal"), wal(tracker()), fs::copy_options::overwrite_existing);
  EXPECT_THAT(refusal(),
              HasSubstr("the log in tracker.db ends at block 20 and has reached block 40"));
}

TEST_F(StoreFilesTest, WhatWasTruncatedIsNotMissed) {
  in_a_process([&] {
    auto& files = *open().release();
    join(files);
    append(files, 1, 20);
    vote(files, 5);
    auto w = block_of(11, 2);
    w.truncate_from = LogIndex{11};
    const db::TrackerWrite* group[] = {&w};
    files.tracker_db().write(group);
  });
  EXPECT_EQ(open()->take_image().log.size(), 11u);
}

TEST_F(StoreFilesTest, AnOlderBallotIsNoticed) {
  {
    auto files = open();
    join(*files);
    append(*files, 1, 20);
  }
  fs::copy_file(ballot(), aside("older.db"));
  {
    auto files = open();
    vote(*files, 9);
    append(*files, 21, 21, 9);
  }
  fs::copy_file(aside("older.db"), ballot(), fs::copy_options::overwrite_existing);
  EXPECT_THAT(refusal(), AllOf(HasSubstr("ballot.db is older than tracker.db"), EndsWith(remedy)));
}

// All that was voted since the last clean end is in there.
TEST_F(StoreFilesTest, ALostWriteAheadLogOfTheBallotIsNoticed) {
  { join(*open()); }
  in_a_process([&] {
    auto& files = *open().release();
    vote(files, 9);
    append(files, 1, 1, 9);
  });
  ASSERT_TRUE(fs::exists(wal(ballot())));
  fs::remove(wal(ballot()));
  EXPECT_THAT(refusal(), HasSubstr("ballot.db is older than tracker.db"));
}

TEST_F(StoreFilesTest, ALostOrEmptiedBallotIsNoticed) {
  killed_after(5);
  fs::resize_file(ballot(), 0);
  EXPECT_THAT(refusal(), AllOf(HasSubstr("ballot.db is empty"), EndsWith(remedy)));
  EXPECT_EQ(fs::file_size(ballot()), 0u);
  fs::remove(ballot());
  EXPECT_THAT(refusal(), HasSubstr("ballot.db is missing"));
  EXPECT_FALSE(fs::exists(ballot()));
}

// All that it ever held was in there.
TEST_F(StoreFilesTest, ALostFirstWriteAheadLogOfTheBallotIsCalledThat) {
  killed_after(5);
  fs::remove(wal(ballot()));
  const auto sentence =
      "ballot.db holds nothing, as a new one or one that has lost its ballot.db-wal";
  EXPECT_THAT(refusal(), AllOf(HasSubstr(sentence), EndsWith(remedy)));
  EXPECT_THAT(refusal(), HasSubstr(sentence)) << "and again";
}

// ---- Both at once: they fit each other

constexpr const char* both =
    "tracker.db and ballot.db have both less than at the last start: each has lost its -wal, or "
    "both are older copies";

// Else it would come back as the voter that it was, without what it has acknowledged since.
TEST_F(StoreFilesTest, BothWriteAheadLogsLostAreNoticed) {
  {
    auto files = open();
    join(*files);
    append(*files, 1, 20);
  }
  in_a_process([&] {
    auto& files = *open().release();
    append(files, 21, 40);
    vote(files, 5);
  });
  copy(data(), aside("before"));
  for (const bool emptied : {false, true}) {
    copy(aside("before"), data());
    for (const auto& file : {wal(tracker()), wal(ballot())})
      emptied ? fs::resize_file(file, 0) : static_cast<void>(fs::remove(file));
    EXPECT_EQ(refusal(),
              "the files in " + data().string() + " do not belong together: " + both + remedy);
    EXPECT_THAT(refusal(), HasSubstr(both)) << "and again";
  }
}

TEST_F(StoreFilesTest, BothWriteAheadLogsOfTheFirstStartLostAreNoticed) {
  killed_after(50);
  for (const auto& file : {wal(tracker()), wal(ballot())}) fs::remove(file);
  EXPECT_THAT(refusal(), HasSubstr(both)) << "it is no empty disk";
}

TEST_F(StoreFilesTest, OlderCopiesOfBothDatabasesAreNoticed) {
  {
    auto files = open();
    join(*files);
    append(*files, 1, 20);
  }
  copy(data(), aside("older"));
  append(*open(), 21, 40);
  for (const auto& file : {tracker(), ballot()})
    fs::copy_file(aside("older") / file.filename(), file, fs::copy_options::overwrite_existing);
  EXPECT_THAT(refusal(), HasSubstr(both));
}

TEST_F(StoreFilesTest, BothDatabasesOfAnotherMemberAreNoticed) {
  another_member();
  for (const auto& file : {tracker(), wal(tracker()), ballot(), wal(ballot())})
    fs::copy_file(aside("other") / file.filename(), file, fs::copy_options::overwrite_existing);
  EXPECT_THAT(refusal(), AllOf(HasSubstr("last-start is of store"), EndsWith(remedy)));
}

// As whoever wants an empty disk may do it. It is another store then.
TEST_F(StoreFilesTest, WhereBothDatabasesWereTakenAwayItBeginsAnew) {
  killed_after(5);
  const auto noted = read_start_note(data());
  ASSERT_TRUE(noted);
  random_ = Random(6);
  for (const auto& file : {tracker(), wal(tracker()), ballot(), wal(ballot())}) fs::remove(file);
  EXPECT_NE(open()->ballot().store, noted->store);
  EXPECT_EQ(refusal(), "none");
}

TEST_F(StoreFilesTest, AFirstStartThatIsCutShortIsNotJudgedByTheNoteOfBefore) {
  killed_after(5);
  for (const auto& file : {tracker(), wal(tracker()), ballot(), wal(ballot())}) fs::remove(file);
  EXPECT_THROW(StoreFiles(data(), []() -> std::uint64_t { throw std::runtime_error("killed"); }),
               std::runtime_error);
  ASSERT_TRUE(fs::exists(tracker())) << "it has come as far as that";
  EXPECT_EQ(refusal(), "none");
}

TEST_F(StoreFilesTest, ANoteThatIsDamagedTellsNothing) {
  killed_after(5);
  fs::resize_file(data() / start_note_file, 20);
  EXPECT_FALSE(read_start_note(data()));
  EXPECT_EQ(refusal(), "none");
  EXPECT_TRUE(read_start_note(data())) << "it is written anew";
}

TEST_F(StoreFilesTest, TheBallotOfAnotherMemberIsNoticed) {
  another_member();
  for (const auto& file : {ballot(), wal(ballot())})
    fs::copy_file(aside("other") / file.filename(), file, fs::copy_options::overwrite_existing);
  EXPECT_THAT(refusal(), AllOf(HasSubstr("tracker.db is of store"),
                               HasSubstr("and ballot.db of store"), EndsWith(remedy)));
}

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

// ---- Set aside

TEST_F(StoreFilesTest, WhatIsSetAsideIsKept) {
  killed_after(5);
  const auto size = fs::file_size(wal(tracker()));
  EXPECT_FALSE(was_set_aside(data()));
  const auto folder = set_aside(data());
  EXPECT_TRUE(was_set_aside(data()));
  EXPECT_FALSE(fs::exists(tracker()) || fs::exists(ballot()));
  EXPECT_EQ(fs::file_size(wal(folder / "tracker.db")), size);
  EXPECT_NE(set_aside(data()), folder) << "another time, another folder";
  EXPECT_EQ(refusal(), "none");
}

}  // namespace
}  // namespace swarm::udp
