#include "transport/udp/content_store/content_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <set>

#include "engine/db/sqlite_peer_db.hpp"
#include "tests/engine/db/temporary_directory.hpp"
#include "tests/udp/content_store/made_content.hpp"
#include "tests/udp/content_store/store_shop.hpp"
#include "tests/udp/own_process.hpp"
#include "transport/udp/content_store/content_keeper.hpp"

namespace {
std::function<int()> at_sync;  // of a test: called instead of a sync of a file, with its result
}

// In place of the C library's, here and in what this program is linked with.
extern "C" int fdatasync(int file) {
  if (at_sync && at_sync() != 0) {
    errno = EIO;
    return -1;
  }
  return static_cast<int>(::syscall(SYS_fdatasync, file));
}

namespace swarm::udp {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Kind = StoreWish::Kind;
using Outcome = StoreReport::Outcome;

constexpr std::uint32_t chunk_size = 32 << 10;

MadeContent make_album() {  // of 20 chunks
  return make_content({{"album/a", 300'000}, {"album/b/c", 0}, {"album/b/d", 350'000}}, chunk_size);
}

struct StoreTest : testing::Test {
  // What a database of its own reads meanwhile.
  std::vector<std::uint64_t> rows(const MadeContent& of) const {
    return db::SqlitePeerDb((state / "peer.db").string()).chunks(of.metainfo->info_hash);
  }
  std::optional<db::ContentRecord> record() const {
    return db::SqlitePeerDb((state / "peer.db").string()).content(album.metainfo->info_hash);
  }
  // A process that opens the content, has the first n chunks, tells so and then waits for its end.
  void killed_after(std::uint32_t chunks) {
    int told[2];
    ASSERT_EQ(::pipe(told), 0);
    OwnProcess child([&] {
      Shop shop(state);
      shop.open(album, down);
      shop.write(album, 0, chunks);
      if (::write(told[1], "", 1) == 1) ::pause();
    });
    char byte;
    ::close(told[1]);
    EXPECT_EQ(::read(told[0], &byte, 1), 1);
    ::close(told[0]);
    child.kill();
  }
  void expect_equal_files(const fs::path& directory) const {
    for (std::size_t i = 0; i < album.metainfo->files.size(); ++i)
      EXPECT_EQ(read_bytes(directory / album.metainfo->files[i].path), album.file(i));
  }

  TemporaryDirectory folder;
  fs::path state = folder / "state", down = folder / "down";
  MadeContent album = make_album();
  const std::uint32_t all = album.metainfo->chunk_count();
};
using ContentStoreOpening = StoreTest;
using ContentStoreChunks = StoreTest;
using ContentStoreCrash = StoreTest;
using ContentStoreFailure = StoreTest;

// --- Chunks

TEST_F(ContentStoreChunks, AreWrittenAndThenHad) {
  Shop shop(state);
  const StoreReport opened = shop.open(album, down);
  EXPECT_EQ(opened.outcome, Outcome::done);
  EXPECT_TRUE(opened.had.none() && opened.doubtful.none());
  EXPECT_EQ(opened.had.size(), all);
  const auto bytes = album.chunk(3);
  const StoreReport written = shop.done(Kind::write, album, 3, bytes);
  EXPECT_EQ(written.outcome, Outcome::done);
  EXPECT_EQ(written.chunk, 3u);
  EXPECT_EQ(written.bytes, bytes);
  EXPECT_THAT(rows(album), ElementsAre(3u * chunk_size));
  shop.write(album, 0, all);
  EXPECT_EQ(rows(album).size(), all);
  expect_equal_files(down);
  EXPECT_EQ(shop.store.counters().chunks_written, all);
  EXPECT_EQ(shop.store.under_way(), 0u);
}

TEST_F(ContentStoreChunks, WrongBytesAreNotWritten) {
  Shop shop(state);
  shop.open(album, down);
  const std::vector<std::uint8_t> zeros(300'000);
  EXPECT_EQ(shop.done(Kind::write, album, 2, album.chunk(1)).outcome, Outcome::wrong);
  EXPECT_EQ(shop.done(Kind::write, album, all - 1, album.chunk(1)).outcome, Outcome::wrong);
  EXPECT_EQ(read_bytes(down / "album/a"), zeros);
  EXPECT_THAT(rows(album), IsEmpty());
  EXPECT_EQ(shop.done(Kind::write, album, 2).outcome, Outcome::done);
  EXPECT_EQ(shop.store.counters().wrong, 2u);
}

TEST_F(ContentStoreChunks, WhatIsReadIsVerified) {
  Shop shop(state);
  shop.open(album, down);
  shop.write(album, 0, all);
  const StoreReport read = shop.done(Kind::read, album, 9);  // in two files
  EXPECT_EQ(read.outcome, Outcome::done);
  ASSERT_TRUE(read.bytes);
  EXPECT_EQ(*read.bytes, *album.chunk(9));
  EXPECT_TRUE(record()->clean);  // nothing is left to be written

  damage(album, down, 9 * chunk_size + 5);
  const StoreReport damaged = shop.done(Kind::read, album, 9);
  EXPECT_EQ(damaged.outcome, Outcome::wrong);
  EXPECT_FALSE(damaged.bytes);
  EXPECT_EQ(rows(album).size(), all - 1);
  EXPECT_FALSE(record()->clean);
  EXPECT_EQ(shop.done(Kind::write, album, 9).outcome, Outcome::done);
  EXPECT_EQ(shop.done(Kind::read, album, 9).outcome, Outcome::done);
  EXPECT_EQ(rows(album).size(), all);
  expect_equal_files(down);
}

TEST_F(ContentStoreChunks, AFileThatBecameShorterIsNotHad) {
  Shop shop(state);
  shop.open(album, down);
  shop.write(album, 0, all);
  fs::resize_file(down / "album/b/d", 100);
  EXPECT_EQ(shop.done(Kind::read, album, all - 1).outcome, Outcome::wrong);
  EXPECT_EQ(rows(album).size(), all - 1);
}

TEST_F(ContentStoreChunks, AreCommittedInGroups) {
  ContentKeeper keeper(state);
  const auto work_of = [&](Kind kind, std::uint32_t chunk, std::uint64_t ticket) {
    StoreWork work;
    work.wish = {kind,  ticket,         album.metainfo->info_hash,
                 chunk, album.metainfo, kind == Kind::write ? album.chunk(chunk) : nullptr};
    work.directory = down;
    work.found = StoreWork::Found::right;
    return work;
  };
  keeper.carry_out(work_of(Kind::open, 0, 1));
  EXPECT_EQ(keeper.take_reports().size(), 1u);
  for (std::uint32_t i = 0; i < 10; ++i) keeper.carry_out(work_of(Kind::write, i, 2 + i));
  EXPECT_THAT(keeper.take_reports(), IsEmpty());
  EXPECT_THAT(rows(album), IsEmpty());
  const auto commits = keeper.counters.commits;
  keeper.commit();
  EXPECT_EQ(keeper.counters.commits, commits + 1);
  EXPECT_THAT(keeper.take_reports(), IsEmpty());  // they were reported when they were written
  EXPECT_EQ(rows(album).size(), 10u);
}

// Lost and written again before the group was committed: the last one counts.
TEST_F(ContentStoreChunks, TheLastOfAGroupDecides) {
  ContentKeeper keeper(state);
  StoreWork work;
  work.directory = down;
  work.wish = {Kind::open, 1, album.metainfo->info_hash, 0, album.metainfo, {}};
  keeper.carry_out(work);
  for (const bool lost_last : {false, true}) {
    StoreWork written;
    written.wish = {Kind::write, 2, album.metainfo->info_hash, 4, {}, album.chunk(4)};
    written.found = StoreWork::Found::right;
    StoreWork lost;
    lost.wish = {Kind::read, 3, album.metainfo->info_hash, 4, {}, {}};
    lost.found = StoreWork::Found::wrong;
    keeper.carry_out(lost_last ? written : lost);
    keeper.carry_out(lost_last ? lost : written);
    keeper.commit();
    EXPECT_EQ(rows(album).size(), lost_last ? 0u : 1u);
  }
}

TEST_F(ContentStoreChunks, OfSeveralContentsGoTogether) {
  Shop shop(state);
  const MadeContent other = make_content({{"single", 100'001}}, chunk_size, 5);
  shop.open(album, down);
  shop.open(other, down);
  for (std::uint32_t i = 0; i < other.metainfo->chunk_count(); ++i) {
    shop.wish(Kind::write, album, i);
    shop.wish(Kind::write, other, i);
  }
  shop.await_all();
  EXPECT_EQ(rows(album).size(), other.metainfo->chunk_count());
  EXPECT_EQ(rows(other).size(), other.metainfo->chunk_count());
  EXPECT_EQ(read_bytes(down / "single"), other.bytes);
  shop.done(Kind::close, album);
  EXPECT_EQ(shop.done(Kind::read, other, 2).outcome, Outcome::done);
}

TEST_F(ContentStoreChunks, AClosedContentTakesNone) {
  Shop shop(state);
  EXPECT_EQ(shop.done(Kind::read, album, 0).outcome, Outcome::failed);
  EXPECT_EQ(shop.done(Kind::write, album, 0).outcome, Outcome::failed);
  EXPECT_THAT(shop.failure(album), HasSubstr("not open"));
  EXPECT_EQ(shop.done(Kind::close, album).outcome, Outcome::done);
}

TEST_F(ContentStoreChunks, HaveTheirRowsAfterTheSync) {
  ContentKeeper keeper(state);
  StoreWork work;
  work.directory = down;
  work.wish = {Kind::open, 1, album.metainfo->info_hash, 0, album.metainfo, {}};
  keeper.carry_out(work);
  work.wish = {Kind::write, 2, album.metainfo->info_hash, 9, {}, album.chunk(9)};  // in two files
  work.found = StoreWork::Found::right;
  keeper.find(album.metainfo->info_hash)->files.write(9, *album.chunk(9));
  keeper.carry_out(work);
  std::vector<std::size_t> rows_at_sync;
  at_sync = [&] {
    at_sync = nullptr;  // the next one may be the database's
    rows_at_sync.push_back(rows(album).size());
    return 0;
  };
  keeper.commit();
  EXPECT_THAT(rows_at_sync, ElementsAre(0u));
  EXPECT_EQ(rows(album).size(), 1u);
}

// --- Opening

TEST_F(ContentStoreOpening, AfterAnOrderlyEndRowsAreBelieved) {
  {
    Shop shop(state);
    shop.open(album, down);
    shop.write(album, 2, 7);
    EXPECT_FALSE(record()->clean);
    EXPECT_EQ(shop.done(Kind::close, album).outcome, Outcome::done);
    EXPECT_TRUE(record()->clean);
    EXPECT_EQ(record()->info, album.metainfo->info);
    EXPECT_EQ(record()->directory, down.string());
  }
  Shop shop(state);
  const StoreReport opened = shop.done(Kind::open, album);  // where it was, without being placed
  EXPECT_EQ(opened.had.count(), 5u);
  EXPECT_TRUE(opened.had.test(2) && opened.had.test(6));
  EXPECT_TRUE(opened.doubtful.none());
  EXPECT_FALSE(record()->clean);
}

TEST_F(ContentStoreOpening, TheEndOfTheStoreClosesInGoodOrder) {
  {
    Shop shop(state);
    shop.open(album, down);
    for (std::uint32_t i = 0; i < 5; ++i) shop.wish(Kind::write, album, i);
  }
  EXPECT_TRUE(record()->clean);
  EXPECT_EQ(Shop(state).open(album, down).had.count(), 5u);
}

TEST_F(ContentStoreOpening, AgainAfterClosingInOneProcess) {
  Shop shop(state);
  shop.open(album, down);
  for (std::uint32_t i = 0; i < 5; ++i) shop.wish(Kind::write, album, i);
  shop.wish(Kind::close, album);
  EXPECT_EQ(shop.done(Kind::open, album).had.count(), 5u);
}

TEST_F(ContentStoreOpening, ChangedFilesAreDoubtful) {
  {
    Shop shop(state);
    shop.open(album, down);
    shop.write(album, 0, all);
  }
  damage(album, down, 4 * chunk_size);
  Shop shop(state);
  const StoreReport opened = shop.open(album, down);
  EXPECT_TRUE(opened.had.none());
  EXPECT_TRUE(opened.doubtful.all());
  EXPECT_FALSE(record()->clean);
  const Bitmap right = shop.check(album, opened.doubtful);
  EXPECT_EQ(right.count(), all - 1);
  EXPECT_FALSE(right.test(4));
  EXPECT_EQ(rows(album).size(), all - 1);
  EXPECT_EQ(shop.store.counters().chunks_checked, all);
  shop.write(album, 4, 5);
  EXPECT_TRUE(record()->clean);
  expect_equal_files(down);
}

TEST_F(ContentStoreOpening, WhatIsNotCheckedStaysDoubtful) {
  killed_after(10);
  {
    Shop shop(state);
    const StoreReport opened = shop.open(album, down);
    EXPECT_GE(opened.doubtful.count(), 10u);
    EXPECT_EQ(shop.done(Kind::check, album, 3).outcome, Outcome::done);
  }
  EXPECT_FALSE(record()->clean);
  Shop shop(state);
  const StoreReport opened = shop.open(album, down);
  EXPECT_TRUE(opened.had.none());
  EXPECT_GE(opened.doubtful.count(), 10u);
}

TEST_F(ContentStoreOpening, FilesThatWereThereAreHashedBeforeAnythingIsWritten) {
  put_files(album, down);
  Shop shop(state);
  const StoreReport opened = shop.open(album, down);
  EXPECT_TRUE(opened.had.all());
  EXPECT_TRUE(opened.doubtful.none());
  EXPECT_EQ(rows(album).size(), all);
  EXPECT_TRUE(record()->clean);
  EXPECT_FALSE(record()->fetched) << "they are the user's";
}

TEST_F(ContentStoreOpening, OtherFilesOfTheNameAreNotOverwritten) {
  fs::create_directories(down / "album");
  write_bytes(down / "album/a", {1, 2, 3});
  Shop shop(state);
  EXPECT_EQ(shop.open(album, down).outcome, Outcome::failed);
  EXPECT_THAT(shop.failure(album), HasSubstr("album/a is there already and has 3 bytes"));
  EXPECT_EQ(read_bytes(down / "album/a").size(), 3u);
  EXPECT_EQ(record(), std::nullopt);
  const fs::path elsewhere = folder / "elsewhere";
  EXPECT_EQ(shop.open(album, elsewhere).outcome, Outcome::done);
  EXPECT_THAT(shop.failure(album), IsEmpty());
}

TEST_F(ContentStoreOpening, SharedFilesAreTakenAsTheyWereHashed) {
  put_files(album, down);
  {
    Shop shop(state);
    const StoreReport opened = shop.open(album, down, Purpose::share);
    EXPECT_TRUE(opened.had.all());
    EXPECT_EQ(rows(album).size(), all);
    EXPECT_TRUE(record()->clean);
    EXPECT_EQ(shop.done(Kind::read, album, 5).outcome, Outcome::done);
    // What is opened again is no longer what was hashed just now.
    shop.done(Kind::close, album);
    damage(album, down, 0);
    EXPECT_EQ(shop.done(Kind::open, album).outcome, Outcome::failed);
    EXPECT_THAT(shop.failure(album), HasSubstr("was not made by swarm-peer"));
  }
  Shop shop(state);
  fs::resize_file(down / "album/a", 5);
  EXPECT_EQ(shop.open(album, down, Purpose::share).outcome, Outcome::failed);
  EXPECT_THAT(shop.failure(album), HasSubstr("share it again"));
}

TEST_F(ContentStoreOpening, AContentMayBeMoved) {
  {
    Shop shop(state);
    shop.open(album, down);
    shop.write(album, 0, 6);
  }
  const fs::path moved = folder / "moved";
  fs::rename(down, moved);
  {
    Shop shop(state);
    EXPECT_EQ(shop.open(album, moved).had.count(), 6u);
    EXPECT_EQ(record()->directory, moved.string());
  }
  // Where nothing lies nothing is had; what the other folder has is known until all of it is here.
  Shop shop(state);
  const StoreReport opened = shop.open(album, folder / "empty");
  EXPECT_TRUE(opened.had.none() && opened.doubtful.none());
  EXPECT_EQ(record()->directory, moved.string());
  EXPECT_EQ(rows(album).size(), 6u);
}

TEST_F(ContentStoreOpening, AFolderThatIsGoneIsNotMadeAnew) {
  {
    Shop shop(state);
    shop.open(album, down);
    shop.write(album, 0, 6);
  }
  fs::remove_all(down);  // as when its disk is not mounted
  Shop shop(state);
  EXPECT_EQ(shop.open(album, down).outcome, Outcome::failed);
  EXPECT_THAT(shop.failure(album), AllOf(HasSubstr(down.string()), HasSubstr("mount its disk")));
  EXPECT_EQ(rows(album).size(), 6u);
  fs::create_directory(down);
  EXPECT_TRUE(shop.open(album, down).had.none());
  EXPECT_THAT(rows(album), IsEmpty());
}

TEST_F(ContentStoreOpening, ChunksOfZerosAreFoundInHoles) {
  std::vector<std::uint8_t> bytes(10 * chunk_size + 7);
  bytes[3 * chunk_size] = 1;
  const MadeContent zeros = content_of(bytes, {{"zeros", bytes.size()}}, chunk_size);
  fs::create_directories(down);
  write_bytes(down / "zeros", {});
  fs::resize_file(down / "zeros", bytes.size());
  Shop shop(state);
  const StoreReport opened = shop.open(zeros, down);
  EXPECT_EQ(opened.had.count(), 10u);
  shop.write(zeros, 3, 4);
  EXPECT_EQ(read_bytes(down / "zeros"), bytes);
}

TEST_F(ContentStoreOpening, RowsThatFitNoChunkAreDropped) {
  {
    Shop shop(state);
    shop.open(album, down);
    shop.write(album, 0, 2);
  }
  {
    db::SqlitePeerDb db((state / "peer.db").string());
    db::PeerWrite write;
    for (const std::uint64_t offset : {std::uint64_t{5}, std::uint64_t{1} << 50})
      write.have.push_back({album.metainfo->info_hash, offset});
    db.write(write);
  }
  EXPECT_EQ(Shop(state).open(album, down).had.count(), 2u);
  EXPECT_EQ(rows(album).size(), 2u);
}

TEST_F(ContentStoreOpening, BelongsToOneAtATime) {
  const MadeContent other = make_content({{"single", 100'001}}, chunk_size, 5);
  Shop first(state), second(state);
  EXPECT_EQ(first.open(album, down).outcome, Outcome::done);
  EXPECT_EQ(second.open(album, down).outcome, Outcome::failed);
  EXPECT_THAT(second.failure(album), HasSubstr("album is in use by another swarm-peer"));
  EXPECT_EQ(second.open(other, down).outcome, Outcome::done);
  second.write(other, 0, 2);
  first.write(album, 0, 2);
  first.done(Kind::close, album);
  EXPECT_EQ(second.open(album, down).had.count(), 2u);
  EXPECT_EQ(first.open(album, down).outcome, Outcome::failed);
}

TEST_F(ContentStoreOpening, ALinkInItsPathIsRefused) {
  const fs::path outside = folder / "outside";
  fs::create_directories(outside);
  fs::create_directories(down / "album");
  fs::create_symlink(outside, down / "album/b");
  Shop shop(state);
  EXPECT_EQ(shop.open(album, down).outcome, Outcome::failed);
  EXPECT_THAT(shop.failure(album), HasSubstr("symbolic link"));
  EXPECT_TRUE(fs::is_empty(outside));
}

TEST_F(ContentStoreOpening, AStateFolderThatCannotBeIsToldAtOnce) {
  write_bytes(state.string(), {1});
  EXPECT_THROW(Shop shop(state), db::DbError);
}

// --- Crashes

TEST_F(ContentStoreCrash, WhatWasReportedIsFoundAgain) {
  killed_after(7);
  EXPECT_EQ(rows(album).size(), 7u);
  Shop shop(state);  // and the lock ended with its process
  const StoreReport opened = shop.open(album, down);
  EXPECT_TRUE(opened.had.none());
  EXPECT_LT(opened.doubtful.count(), all);  // nothing is read where nothing was written
  const Bitmap right = shop.check(album, opened.doubtful);
  EXPECT_EQ(right.count(), 7u);
  shop.write(album, 7, all);
  expect_equal_files(down);
}

TEST_F(ContentStoreCrash, DamageMeanwhileIsFound) {
  killed_after(7);
  damage(album, down, 2 * chunk_size + 9);
  Shop shop(state);
  const Bitmap right = shop.check(album, shop.open(album, down).doubtful);
  EXPECT_EQ(right.count(), 6u);
  EXPECT_FALSE(right.test(2));
  EXPECT_EQ(rows(album).size(), 6u);
}

TEST_F(ContentStoreCrash, ACompleteContentIsBelieved) {
  killed_after(all);
  EXPECT_TRUE(record()->clean);
  EXPECT_TRUE(Shop(state).open(album, down).had.all());
}

// Killed at any moment: every row's chunk is in the files, every reported one has its row, and what
// is doubtful contains all of them.
TEST_F(ContentStoreCrash, RowsNeverClaimWhatIsNotThere) {
  const MadeContent large = make_content({{"l/a", 3'000'001}, {"l/b", 5'000'000}}, chunk_size, 3);
  const std::uint32_t chunks = large.metainfo->chunk_count();
  Random random(11);
  for (int round = 0; round < 12; ++round) {
    const fs::path here = folder / ("round" + std::to_string(round)).c_str();
    int told[2];
    ASSERT_EQ(::pipe(told), 0);
    OwnProcess child([&] {
      Shop shop(here / "state");
      shop.open(large, here);
      for (std::uint32_t i = 0; i < chunks; ++i) shop.wish(Kind::write, large, i * 7 % chunks);
      for (std::size_t seen = 1; seen < shop.reports.size() || shop.store.under_way() > 0;) {
        if (seen == shop.reports.size()) {
          shop.io.restart();
          shop.io.run_one();
          continue;
        }
        const auto chunk = static_cast<std::uint16_t>(shop.reports[seen++].chunk);
        if (::write(told[1], &chunk, sizeof(chunk)) != sizeof(chunk)) return;
      }
    });
    ::close(told[1]);
    std::set<std::uint32_t> reported;
    std::uint16_t chunk;
    for (auto left = random.below(chunks); left > 0; --left)
      if (::read(told[0], &chunk, sizeof(chunk)) == sizeof(chunk)) reported.insert(chunk);
    child.kill();
    while (::read(told[0], &chunk, sizeof(chunk)) == sizeof(chunk)) reported.insert(chunk);
    ::close(told[0]);
    if (!fs::exists(here / "state/peer.db")) continue;  // killed at its very beginning

    std::set<std::uint32_t> rows;
    OpenFiles open_files;
    const ContentFiles files(large.metainfo, here, open_files);
    for (const auto offset :
         db::SqlitePeerDb((here / "state/peer.db").string()).chunks(large.metainfo->info_hash)) {
      const auto i = static_cast<std::uint32_t>(offset / chunk_size);
      rows.insert(i);
      std::vector<std::uint8_t> bytes(large.metainfo->length(i));
      EXPECT_TRUE(files.read(i, bytes));
      EXPECT_EQ(sha1(bytes), large.metainfo->chunks[i]);
    }
    Shop shop(here / "state");
    const StoreReport opened = shop.open(large, here);
    ASSERT_EQ(opened.outcome, Outcome::done) << shop.failure(large);
    for (const auto i : rows) EXPECT_TRUE(opened.had.test(i) || opened.doubtful.test(i)) << i;
    const Bitmap right = shop.check(large, opened.doubtful);
    for (const auto i : rows) EXPECT_TRUE(opened.had.test(i) || right.test(i)) << i;
    // What was reported may have no row yet, and is found all the same.
    for (const auto i : reported) EXPECT_TRUE(opened.had.test(i) || right.test(i)) << i;
  }
}

// --- Failures

TEST_F(ContentStoreFailure, AFullDiskStandsStillUntilThereIsRoom) {
  fs::create_directories(down);
  OwnProcess child([&] {
    if (!mount_small_disk(down, 1024)) return;  // nothing to see without it
    Shop shop(state);
    shop.open(album, down);
    write_bytes(down / "filler", std::vector<std::uint8_t>(768 << 10));  // somebody else's
    shop.write(album, 0, all);
    EXPECT_THAT(shop.failure(album), HasSubstr("the disk is full; free some space"));
    std::uint32_t done = 0;
    for (const auto& report : shop.reports)
      if (report.kind == Kind::write && report.outcome == Outcome::done) ++done;
    EXPECT_LT(done, 9u);
    EXPECT_EQ(rows(album).size(), done);
    EXPECT_EQ(shop.done(Kind::write, album, all - 1).outcome, Outcome::failed);
    EXPECT_EQ(shop.done(Kind::close, album).outcome, Outcome::failed);
    EXPECT_FALSE(record()->clean);

    fs::remove(down / "filler");
    const StoreReport opened = shop.open(album, down);
    EXPECT_EQ(opened.outcome, Outcome::done);
    EXPECT_THAT(shop.failure(album), IsEmpty());
    EXPECT_GE(shop.check(album, opened.doubtful).count(), done);
    EXPECT_EQ(shop.done(Kind::write, album, 10).outcome, Outcome::done);
  });
  EXPECT_TRUE(child.ended_well());
}

TEST_F(ContentStoreFailure, WhatIsNotSyncedIsNotClaimed) {
  Shop shop(state);
  shop.open(album, down);
  shop.write(album, 0, 3);
  at_sync = [] { return -1; };
  EXPECT_EQ(shop.done(Kind::write, album, 3).outcome, Outcome::done);  // as it is written
  at_sync = nullptr;
  ASSERT_TRUE(run_until(shop.io, [&] { return shop.reports.back().outcome == Outcome::failed; }));
  EXPECT_EQ(shop.reports.back().ticket, 0u);
  EXPECT_THAT(shop.failure(album), AllOf(HasSubstr("album/a"), HasSubstr("the disk fails")));
  EXPECT_EQ(rows(album).size(), 3u);
  EXPECT_EQ(shop.done(Kind::write, album, 4).outcome, Outcome::failed);
  EXPECT_EQ(shop.done(Kind::close, album).outcome, Outcome::failed);
  EXPECT_FALSE(record()->clean);
}

// It may have been written a moment ago, by whomever.
TEST_F(ContentStoreFailure, WhatIsFoundAtTheOpeningIsNotClaimedBeforeItIsSynced) {
  const MadeContent pair = make_content({{"pair/a", 8192}, {"pair/b", 8192}}, 4096);
  put_files(pair, down);
  fs::remove(down / "pair/b");
  Shop shop(state);
  at_sync = [] { return -1; };
  EXPECT_EQ(shop.open(pair, down).outcome, Outcome::failed);
  at_sync = nullptr;
  EXPECT_THAT(shop.failure(pair), AllOf(HasSubstr("pair/a"), HasSubstr("the disk fails")));
  EXPECT_THAT(rows(pair), IsEmpty());
  EXPECT_EQ(shop.open(pair, down).had.count(), 2u) << shop.failure(pair);
  EXPECT_EQ(rows(pair).size(), 2u);
}

TEST_F(ContentStoreFailure, ADatabaseWithoutRoomClaimsNothing) {
  OwnProcess child([&] {
    ::signal(SIGXFSZ, SIG_IGN);
    std::vector<std::uint8_t> bytes(4000, 9);
    const MadeContent tiny = content_of(bytes, {{"tiny", bytes.size()}}, 4);
    Shop shop(state);
    shop.open(tiny, down);
    // No file may grow any more; the content's has its size.
    const auto log = fs::file_size(state / "peer.db-wal");
    const rlimit limit{log, RLIM_INFINITY};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
    shop.done(Kind::write, tiny, 0);
    const rlimit none{RLIM_INFINITY, RLIM_INFINITY};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &none), 0);
    EXPECT_EQ(shop.reports.back().outcome, Outcome::failed);
    EXPECT_THAT(shop.failure(tiny), HasSubstr("peer.db"));
    EXPECT_THAT(rows(tiny), IsEmpty());
    shop.done(Kind::close, tiny);
    EXPECT_EQ(shop.open(tiny, down).outcome, Outcome::done);
    EXPECT_EQ(shop.done(Kind::write, tiny, 0).outcome, Outcome::done);
    EXPECT_THAT(rows(tiny), ElementsAre(0u));
  });
  EXPECT_TRUE(child.ended_well());
}

TEST_F(ContentStoreFailure, FilesThatAreGoneAreToldAndKeepTheirRows) {
  put_files(album, down);
  Shop shop(state);
  shop.open(album, down, Purpose::share);
  fs::remove_all(down / "album");
  const StoreReport read = shop.done(Kind::read, album, 0);
  EXPECT_EQ(read.outcome, Outcome::failed);
  EXPECT_THAT(shop.failure(album), HasSubstr("is gone"));
  EXPECT_EQ(rows(album).size(), all);
}

TEST_F(ContentStoreFailure, ReportsThatComeTooLateFindNobody) {
  asio::io_context io;
  int reports = 0;
  {
    ContentStore store(io, state, [&](const StoreReport&) { ++reports; });
    store.place(album.metainfo->info_hash, down);
    store.wish({Kind::open, 1, album.metainfo->info_hash, 0, album.metainfo, {}});
    for (std::uint32_t i = 0; i < all; ++i)
      store.wish({Kind::write, 2 + i, album.metainfo->info_hash, i, {}, album.chunk(i)});
  }
  io.run();
  EXPECT_EQ(reports, 0);
}

}  // namespace
}  // namespace swarm::udp
