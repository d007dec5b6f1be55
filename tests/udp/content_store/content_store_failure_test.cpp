// The store of contents: no row claims what a disk has not, whatever fails.
#include "transport/udp/content_store/content_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "engine/db/sqlite_peer_db.hpp"
#include "tests/udp/content_store/album_room.hpp"
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

namespace swarm::udp::albums {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using ContentStoreFailure = StoreTest;

TEST_F(ContentStoreChunks, HaveTheirRowsAfterTheSync) {
  ContentKeeper keeper(state);
  StoreWork work;
  work.directory = down;
  work.request = {Kind::open, 1, album.metainfo->info_hash, 0, album.metainfo, {}};
  keeper.carry_out(work);
  work.request = {Kind::write, 2,  album.metainfo->info_hash,
                  9,           {}, album.chunk(9)};  // in two files
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
    store.request({Kind::open, 1, album.metainfo->info_hash, 0, album.metainfo, {}});
    for (std::uint32_t i = 0; i < all; ++i)
      store.request({Kind::write, 2 + i, album.metainfo->info_hash, i, {}, album.chunk(i)});
  }
  io.run();
  EXPECT_EQ(reports, 0);
}

}  // namespace
}  // namespace swarm::udp::albums
