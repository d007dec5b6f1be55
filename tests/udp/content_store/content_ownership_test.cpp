// Whose files are when they change, or others come to their place.
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
struct OwnershipOfChangedFiles : Ownership {};

// To look at a file makes it nobody's.
TEST_F(OwnershipOfChangedFiles, WhatWasPutInTheirPlaceAndVerifiedStays) {
  fetch_whole(first);
  move_into_place(second, "film");
  EXPECT_TRUE(verify(first).harms);
  EXPECT_TRUE(verify(first).harms);
  Shop shop(state);
  EXPECT_THAT(refusal(shop, first, down), names_both_ways_out);
  EXPECT_EQ(film_on_disk(), second.bytes);
}

TEST_F(OwnershipOfChangedFiles, WhatWasPutInTheirPlaceAndSharedStays) {
  fetch_whole(first);
  move_into_place(first, "film");  // a copy of the user's
  {
    Shop shop(state);
    ASSERT_EQ(shop.open(first, down, Purpose::share).outcome, Outcome::done);
  }
  damage(first, down, 9);
  const auto before = film_on_disk();
  Shop shop(state);
  EXPECT_THAT(refusal(shop, first, down), names_both_ways_out);
  EXPECT_EQ(film_on_disk(), before);
}

TEST_F(OwnershipOfChangedFiles, WhatIsVerifiedWhileOneIsMissingKeepsTheOthersMarks) {
  const MadeContent album = make_album(1), users = make_album(7);
  fetch_whole(album);
  fs::remove(down / "album/b");
  EXPECT_FALSE(verify(album).harms);
  move_into_place(users, "album/a");
  Shop shop(state);
  EXPECT_THAT(refusal(shop, album, down), names_both_ways_out);
  EXPECT_EQ(read_bytes(down / "album/a"), users.file(0));
}

// A complete one that is seeded: whoever changes it meanwhile wants it so.
TEST_F(OwnershipOfChangedFiles, OfTheUserThatAreSeededStayWhenTheyChange) {
  put_files(first, down);
  Shop shop(state);
  ASSERT_TRUE(shop.open(first, down).had.all()) << shop.failure(first);
  damage(first, down, 9);
  const auto before = film_on_disk();
  EXPECT_EQ(shop.done(Kind::read, first, 0).outcome, Outcome::failed);
  EXPECT_THAT(shop.failure(first),
              AllOf(HasSubstr((down / "film").string()), HasSubstr("changed after it was complete"),
                    names_both_ways_out));
  EXPECT_EQ(shop.done(Kind::write, first, 0).outcome, Outcome::failed);
  EXPECT_EQ(film_on_disk(), before);
}

TEST_F(OwnershipOfChangedFiles, OfAFetchThatAreSeededAreMended) {
  fetch_whole(first);
  Shop shop(state);
  ASSERT_TRUE(shop.open(first, down).had.all()) << shop.failure(first);
  damage(first, down, 9);
  EXPECT_EQ(shop.done(Kind::read, first, 0).outcome, Outcome::wrong);
  shop.write(first, 0, 1);
  EXPECT_EQ(film_on_disk(), first.bytes);
}

TEST_F(OwnershipOfChangedFiles, OfAFetchThatOthersClaimAreNotMended) {
  fetch_whole(first);
  const MadeContent same = make_content({{"film", film_size}}, chunk_size / 2, 1);
  ASSERT_EQ(same.bytes, first.bytes);
  Shop shop(state);
  ASSERT_TRUE(shop.open(first, down).had.all()) << shop.failure(first);
  ASSERT_EQ(shop.open(same, down, Purpose::share).outcome, Outcome::done) << shop.failure(same);
  ASSERT_EQ(shop.done(Kind::close, same).outcome, Outcome::done);
  damage(first, down, 9);
  EXPECT_EQ(shop.done(Kind::read, first, 0).outcome, Outcome::failed);
  EXPECT_THAT(shop.failure(first), HasSubstr("belongs to another content, film"));
}

// A file system gives the number of a file that is gone to the next one.
TEST_F(OwnershipOfChangedFiles, OfTheUserThatGotTheInodeOfOursStay) {
  for (const bool born : {true, false}) {
    fetch_whole(first);
    auto known = record(first).value();
    fs::remove(down / "film");
    put_files(second, down);
    struct stat status {};
    ASSERT_EQ(::stat((down / "film").c_str(), &status), 0);
    known.marks.at(0).inode = status.st_ino;
    if (!born) known.marks.at(0).born_ns = 0;  // no file system says it
    db::SqlitePeerDb((state / "peer.db").string())
        .write({.put = {known}, .have = {}, .lost = {}, .forget = {}});
    {
      Shop shop(state);
      EXPECT_THAT(refusal(shop, first, down), names_both_ways_out) << born;
    }
    EXPECT_EQ(film_on_disk(), second.bytes) << born;
    fs::remove_all(state);
    fs::remove_all(down);
  }
}

// The user's own one that was right when the rest was fetched.
TEST_F(OwnershipOfChangedFiles, ThoseOfTheUserBesideFetchedOnesStayWhenTheyChange) {
  const MadeContent album =
      make_content({{"album/a", 4 * chunk_size}, {"album/b", 50'000}}, chunk_size, 1);
  put_files(album, down);
  fs::remove(down / "album/b");
  fetch_whole(album);
  damage(album, down, 9);
  const auto before = read_bytes(down / "album/a");
  {
    Shop shop(state);
    EXPECT_THAT(refusal(shop, album, down), names_both_ways_out);
  }
  EXPECT_EQ(read_bytes(down / "album/a"), before);
  damage(album, down, 9);  // as it was
  damage(album, down, 4 * chunk_size + 9);
  Shop shop(state);
  EXPECT_EQ(shop.open(album, down).outcome, Outcome::done) << "that one was fetched";
}

}  // namespace
}  // namespace swarm::udp
