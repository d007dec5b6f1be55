// Files of a content that are right, beside others that are missing: they are kept, and only what
// is missing is made.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/udp/content_store/ownership.hpp"

namespace swarm::udp {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using Kind = StoreRequest::Kind;
using Outcome = StoreReport::Outcome;

// Chunk 3 has the end of `a` and the beginning of `b`.
struct OwnershipOfNeighbours : Ownership {
  const MadeContent album = make_album(1);
  const std::uint32_t chunks = album.metainfo->chunk_count();

  void put_without(const MadeContent& content, const std::string& missing) const {
    put_files(content, down);
    fs::remove(down / missing);
  }
  struct stat status(const std::string& file) const {
    struct stat found {};
    EXPECT_EQ(::stat((down / file).c_str(), &found), 0) << file;
    return found;
  }
  // What was fetched of it is all right; `a` is the very file that it was, and was not written.
  void expect_rest_fetched(Shop& shop, const struct stat& before) const {
    const StoreReport opened = shop.open(album, down);
    ASSERT_EQ(opened.outcome, Outcome::done) << shop.failure(album);
    Bitmap had = opened.had;
    const Bitmap right = shop.check(album, opened.doubtful);
    right.for_each([&](std::uint32_t chunk) { had.set(chunk); });
    EXPECT_GE(had.count(), 3u) << "what is right is kept";
    for (std::uint32_t chunk = 0; chunk < chunks; ++chunk)
      if (!had.test(chunk)) {
        EXPECT_EQ(shop.done(Kind::write, album, chunk).outcome, Outcome::done)
            << shop.failure(album);
      }
    shop.await_all();
    EXPECT_EQ(shop.failure(album), "");
    EXPECT_EQ(read_bytes(down / "album/a"), album.file(0));
    EXPECT_EQ(read_bytes(down / "album/b"), album.file(1));
    const auto after = status("album/a");
    EXPECT_EQ(after.st_ino, before.st_ino);
    EXPECT_EQ(after.st_mtim.tv_nsec, before.st_mtim.tv_nsec);
    EXPECT_EQ(shop.done(Kind::close, album).outcome, Outcome::done);
    EXPECT_EQ(rows(album), chunks);
  }
};

TEST_F(OwnershipOfNeighbours, CopiedByTheUserAreKeptAndTheRestIsMade) {
  put_without(album, "album/b");
  const auto before = status("album/a");
  Shop shop(state);
  expect_rest_fetched(shop, before);
  const auto known = record(album).value();
  EXPECT_FALSE(known.marks.at(0).made) << "the user's own";
  EXPECT_TRUE(known.marks.at(1).made);
}

TEST_F(OwnershipOfNeighbours, SharedByTheUserAreKeptAndTheRestIsMade) {
  put_files(album, down);
  {
    Shop shop(state);
    ASSERT_EQ(shop.open(album, down, Purpose::share).outcome, Outcome::done);
  }
  fs::remove(down / "album/b");
  const auto before = status("album/a");
  EXPECT_FALSE(verify(album).harms);
  Shop shop(state);
  expect_rest_fetched(shop, before);
}

TEST_F(OwnershipOfNeighbours, TheOtherWayRound) {
  put_without(album, "album/a");
  const auto before = status("album/b");
  Shop shop(state);
  ASSERT_EQ(shop.open(album, down).outcome, Outcome::done) << shop.failure(album);
  shop.write(album, 0, 4);
  EXPECT_EQ(shop.failure(album), "");
  EXPECT_EQ(read_bytes(down / "album/a"), album.file(0));
  EXPECT_EQ(status("album/b").st_mtim.tv_nsec, before.st_mtim.tv_nsec);
}

TEST_F(OwnershipOfNeighbours, OfAFetchAreKeptWhenOneWasRemoved) {
  fetch_whole(album);
  fs::remove(down / "album/b");
  Shop shop(state);
  const StoreReport opened = shop.open(album, down);
  ASSERT_EQ(opened.outcome, Outcome::done) << shop.failure(album);
  EXPECT_EQ(shop.check(album, opened.doubtful).count(), 3u);
  shop.write(album, 3, chunks);
  EXPECT_EQ(read_bytes(down / "album/a"), album.file(0));
  EXPECT_EQ(read_bytes(down / "album/b"), album.file(1));
  EXPECT_TRUE(record(album)->marks.at(0).made) << "still ours";
}

// What was begun beside it goes on: the neighbour is there now, and holds nothing yet.
TEST_F(OwnershipOfNeighbours, AreKeptWhenTheFetchGoesOn) {
  put_without(album, "album/b");
  const auto before = status("album/a");
  for (const auto& next_state : {state, other_state}) {  // in the end nothing is known of it
    Shop shop(next_state);
    ASSERT_EQ(shop.open(album, down).outcome, Outcome::done) << shop.failure(album);
    shop.write(album, 4, 5);
  }
  Shop shop(state);
  expect_rest_fetched(shop, before);
}

// Of the bytes at the border nobody can say whether they are right before the chunk is here.
TEST_F(OwnershipOfNeighbours, WrongAtTheBorderAreNotWrittenOver) {
  put_without(album, "album/b");
  damage(album, down, 99'999);
  const auto users = read_bytes(down / "album/a");
  {
    Shop shop(state);
    ASSERT_EQ(shop.open(album, down).outcome, Outcome::done) << shop.failure(album);
    EXPECT_EQ(shop.done(Kind::write, album, 3).outcome, Outcome::failed);
    EXPECT_THAT(shop.failure(album),
                AllOf(HasSubstr((down / "album/a").string() + " is there already"),
                      HasSubstr("is not this content"), names_both_ways_out));
    EXPECT_EQ(read_bytes(down / "album/a"), users);
  }
  Shop shop(state);
  ASSERT_EQ(shop.open(album, down, Purpose::overwrite).outcome, Outcome::done)
      << shop.failure(album);
  shop.write(album, 3, 5);
  EXPECT_EQ(read_bytes(down / "album/a"), album.file(0));
}

// A folder of small files has all of them in one chunk.
TEST_F(OwnershipOfNeighbours, SmallOnesAreComparedOnlyWhenTheirChunkIsHere) {
  const MadeContent small =
      make_content({{"small/a", 100}, {"small/b", 200}, {"small/c", 300}}, chunk_size, 3);
  for (const bool right : {true, false}) {
    put_without(small, "small/b");
    if (!right) damage(small, down, 350);  // in `c`
    const auto c = read_bytes(down / "small/c");
    Shop shop(state);
    ASSERT_EQ(shop.open(small, down).outcome, Outcome::done) << shop.failure(small);
    EXPECT_EQ(shop.done(Kind::write, small, 0).outcome, right ? Outcome::done : Outcome::failed);
    EXPECT_EQ(read_bytes(down / "small/c"), c);
    if (right) {
      EXPECT_EQ(read_bytes(down / "small/b"), small.file(1));
    } else {
      EXPECT_THAT(shop.failure(small), HasSubstr("small/c is there already"));
    }
    shop.done(Kind::close, small);
    fs::remove_all(down);
  }
}

// All of the chunk is there: it is certain that some of it is not this content.
TEST_F(OwnershipOfNeighbours, WrongBesideOthersThatAreThereAreRefusedAtOnce) {
  put_files(album, down);
  damage(album, down, 99'999);
  Shop shop(state);
  EXPECT_THAT(refusal(shop, album, down), names_both_ways_out);
  EXPECT_EQ(record(album), std::nullopt) << "nothing was changed";
}

// What has another name is somebody else's too.
TEST_F(OwnershipOfNeighbours, WithAnotherNameAreKeptEvenWhenAllMayBeWrittenOver) {
  put_without(album, "album/b");
  fs::create_hard_link(down / "album/a", folder / "precious");
  const auto before = status("album/a");
  Shop shop(state);
  ASSERT_EQ(shop.open(album, down, Purpose::overwrite).outcome, Outcome::done)
      << shop.failure(album);
  shop.write(album, 3, chunks);
  EXPECT_EQ(shop.failure(album), "");
  EXPECT_EQ(read_bytes(down / "album/b"), album.file(1));
  EXPECT_EQ(status("album/a").st_mtim.tv_nsec, before.st_mtim.tv_nsec);
}

}  // namespace
}  // namespace swarm::udp
