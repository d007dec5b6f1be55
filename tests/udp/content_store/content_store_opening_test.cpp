// The store of contents: what is believed of the files that a content is opened on.
#include "transport/udp/content_store/content_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/db/sqlite_peer_db.hpp"
#include "tests/udp/content_store/album_room.hpp"
#include "tests/udp/content_store/made_content.hpp"
#include "tests/udp/content_store/store_shop.hpp"
#include "transport/udp/content_store/content_keeper.hpp"

namespace swarm::udp::albums {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

using ContentStoreOpening = StoreTest;

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
    for (std::uint32_t i = 0; i < 5; ++i) shop.request(Kind::write, album, i);
  }
  EXPECT_TRUE(record()->clean);
  EXPECT_EQ(Shop(state).open(album, down).had.count(), 5u);
}

TEST_F(ContentStoreOpening, AgainAfterClosingInOneProcess) {
  Shop shop(state);
  shop.open(album, down);
  for (std::uint32_t i = 0; i < 5; ++i) shop.request(Kind::write, album, i);
  shop.request(Kind::close, album);
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

}  // namespace
}  // namespace swarm::udp::albums
