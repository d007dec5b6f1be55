// The store of contents: chunks that are written, read, and found again after a crash.
#include "transport/udp/content_store/content_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "engine/db/sqlite_peer_db.hpp"
#include "tests/udp/content_store/album_room.hpp"
#include "tests/udp/content_store/made_content.hpp"
#include "tests/udp/content_store/store_shop.hpp"
#include "tests/udp/own_process.hpp"
#include "transport/udp/content_store/content_keeper.hpp"

namespace swarm::udp::albums {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using ContentStoreCrash = StoreTest;

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
    work.request = {kind,  ticket,         album.metainfo->info_hash,
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
  work.request = {Kind::open, 1, album.metainfo->info_hash, 0, album.metainfo, {}};
  keeper.carry_out(work);
  for (const bool lost_last : {false, true}) {
    StoreWork written;
    written.request = {Kind::write, 2, album.metainfo->info_hash, 4, {}, album.chunk(4)};
    written.found = StoreWork::Found::right;
    StoreWork lost;
    lost.request = {Kind::read, 3, album.metainfo->info_hash, 4, {}, {}};
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
    shop.request(Kind::write, album, i);
    shop.request(Kind::write, other, i);
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
      for (std::uint32_t i = 0; i < chunks; ++i) shop.request(Kind::write, large, i * 7 % chunks);
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

}  // namespace
}  // namespace swarm::udp::albums
