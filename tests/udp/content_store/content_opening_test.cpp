// Whose files are: what a content may write to, and what it never touches.
#include "transport/udp/content_store/content_opening.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <thread>

#include "tests/udp/content_store/ownership.hpp"
#include "tests/udp/own_process.hpp"
#include "transport/udp/content_store/content_hash.hpp"
#include "transport/udp/content_store/content_keeper.hpp"
#include "transport/udp/system/file_systems.hpp"

namespace swarm::udp {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using Kind = StoreRequest::Kind;
using Outcome = StoreReport::Outcome;

using OwnershipOfAPath = Ownership;
using OwnershipOfFiles = Ownership;
using OwnershipOfDisks = Ownership;

// --- A path belongs to one content at a time

TEST_F(OwnershipOfAPath, TwoContentsOfOneNameInOneProcess) {
  Shop shop(state);
  ASSERT_EQ(shop.open(first, down).outcome, Outcome::done);
  for (const auto purpose : {Purpose::fetch, Purpose::overwrite})
    EXPECT_THAT(refusal(shop, second, down, purpose),
                AllOf(HasSubstr((down / "film").string()), names_both_ways_out));
  shop.write(first, 0, first.metainfo->chunk_count());
  EXPECT_EQ(film_on_disk(), first.bytes);
}

TEST_F(OwnershipOfAPath, TwoContentsOfOneNameInTwoProcesses) {
  for (const auto& second_state : {state, other_state}) {
    Shop one(state), other(second_state);
    ASSERT_EQ(one.open(first, down).outcome, Outcome::done) << one.failure(first);
    for (const auto purpose : {Purpose::fetch, Purpose::overwrite})
      EXPECT_THAT(refusal(other, second, down, purpose),
                  AllOf(HasSubstr((down / "film").string()), names_both_ways_out));
    one.write(first, 0, first.metainfo->chunk_count());
    EXPECT_EQ(film_on_disk(), first.bytes);
    EXPECT_THAT(refusal(other, second, down), names_both_ways_out) << "it is being seeded";
  }
}

TEST_F(OwnershipOfAPath, TwoVersionsOfAFolderDoNotMix) {
  const MadeContent old = make_album(1), next = make_album(2);
  for (const auto& second_state : {state, other_state}) {
    Shop one(state), other(second_state);
    ASSERT_EQ(one.open(old, down).outcome, Outcome::done) << one.failure(old);
    for (const auto purpose : {Purpose::fetch, Purpose::overwrite})
      EXPECT_THAT(refusal(other, next, down, purpose), names_both_ways_out);
    one.write(old, 0, old.metainfo->chunk_count());
  }
  EXPECT_EQ(read_bytes(down / "album/a"), old.file(0));
  EXPECT_EQ(read_bytes(down / "album/b"), old.file(1));
}

TEST_F(OwnershipOfAPath, AFileWithinAFolderOfAnotherContent) {
  const MadeContent album = make_album(1);
  const MadeContent inside = make_content({{"a", 100'000}}, chunk_size, 7);
  const MadeContent beside = make_content({{"c", 100'000}}, chunk_size, 8);
  Shop shop(state);
  ASSERT_EQ(shop.open(album, down).outcome, Outcome::done);
  EXPECT_THAT(refusal(shop, inside, down / "album", Purpose::overwrite), names_both_ways_out);
  EXPECT_EQ(shop.open(beside, down / "album").outcome, Outcome::done) << shop.failure(beside);
}

TEST_F(OwnershipOfAPath, TheSameFolderByAnotherName) {
  fetch_whole(first);
  fs::create_directory_symlink(down, folder / "link");
  Shop shop(state);
  EXPECT_THAT(refusal(shop, second, folder / "link", Purpose::overwrite),
              AllOf(HasSubstr("belongs to another content, film"), names_both_ways_out));
  EXPECT_EQ(film_on_disk(), first.bytes);
  EXPECT_EQ(shop.open(first, folder / "link").outcome, Outcome::done) << shop.failure(first);
}

TEST_F(OwnershipOfAPath, WhatIsSharedByAnotherUserIsNotWritten) {
  put_files(first, down);
  Shop sharer(state), fetcher(other_state);
  ASSERT_EQ(sharer.open(first, down, Purpose::share).outcome, Outcome::done);
  for (const auto purpose : {Purpose::fetch, Purpose::overwrite})
    EXPECT_THAT(refusal(fetcher, second, down, purpose), names_both_ways_out);
  EXPECT_EQ(film_on_disk(), first.bytes);
  Shop another(folder / "third_state");  // who only reads is no hindrance
  EXPECT_EQ(another.open(first, down, Purpose::share).outcome, Outcome::done);
  EXPECT_EQ(sharer.done(Kind::write, first, 0).outcome, Outcome::failed);
  EXPECT_THAT(sharer.failure(first), HasSubstr("never written to"));
}

TEST_F(OwnershipOfAPath, WhatIsFetchedIsNotSharedByOthers) {
  Shop fetcher(state), sharer(other_state);
  ASSERT_EQ(fetcher.open(first, down).outcome, Outcome::done);
  EXPECT_EQ(sharer.open(second, down, Purpose::share).outcome, Outcome::failed);
  EXPECT_THAT(sharer.failure(second), HasSubstr("is written to by another swarm-peer"));
  fetcher.write(first, 0, first.metainfo->chunk_count());
  EXPECT_EQ(sharer.open(first, down, Purpose::share).outcome, Outcome::done)
      << sharer.failure(first);
}

TEST_F(OwnershipOfAPath, WhoLooksForClaimsIsAlone) {
  fs::create_directories(state);
  ContentLocks one(state / "peer.lock"), other(state / "peer.lock");
  std::vector<int> order;
  std::thread waits;
  {
    const ContentLocks::Placing placing(one);
    waits = std::thread([&] {
      const ContentLocks::Placing next(other);
      order.push_back(2);
    });
    order.push_back(1);
  }
  waits.join();
  EXPECT_THAT(order, testing::ElementsAre(1, 2));
}

TEST_F(OwnershipOfAPath, WhoWaitsForAnotherSaysForWhat) {
  fs::create_directories(state);
  ContentLocks one(state / "peer.lock"), other(state / "peer.lock");
  std::optional<ContentLocks::Placing> placing(one);
  std::vector<std::string> told;
  const auto tell = [&](std::string sentence) {
    told.push_back(std::move(sentence));
    placing.reset();  // and that one goes on
  };
  const ContentLocks::Placing next(other, {.silent = 20ms, .longest = 60s, .tell = tell});
  ASSERT_EQ(told.size(), 1u);
  EXPECT_THAT(told[0],
              AllOf(HasSubstr("waiting, at most 60 s, for another swarm-peer of this user"),
                    HasSubstr((state / "peer.lock").string())));
}

TEST_F(OwnershipOfAPath, WhoWaitsInVainSaysForWhat) {
  fs::create_directories(state);
  ContentLocks one(state / "peer.lock"), other(state / "peer.lock");
  const ContentLocks::Placing placing(one);
  try {
    const ContentLocks::Placing next(other, {.silent = 1ms, .longest = 30ms});
    ADD_FAILURE() << "both have it";
  } catch (const FileError& error) {
    EXPECT_THAT(error.what(),
                AllOf(HasSubstr("another swarm-peer of this user is placing a content"),
                      HasSubstr((state / "peer.lock").string()),
                      HasSubstr("end that one and start again")));
  }
}

TEST_F(OwnershipOfAPath, WhatIsFetchedIsNotHashedByWhoShares) {
  Shop fetcher(state);
  ASSERT_EQ(fetcher.open(first, down).outcome, Outcome::done);
  const auto hash = [&] { return hash_content(down / "film", chunk_size, nullptr); };
  ASSERT_FALSE(hash());
  EXPECT_THAT(hash().error(), HasSubstr("is written to by another swarm-peer"));
  fetcher.write(first, 0, first.metainfo->chunk_count());
  EXPECT_TRUE(hash());
}

// --- What is not ours

TEST_F(OwnershipOfFiles, OnesOfTheUserStay) {
  put_files(second, down);  // of the same name and size
  Shop shop(state);
  EXPECT_THAT(refusal(shop, first, down),
              AllOf(HasSubstr((down / "film").string()),
                    HasSubstr("was not made by swarm-peer for it"), names_both_ways_out));
  EXPECT_EQ(film_on_disk(), second.bytes);
  EXPECT_EQ(record(first), std::nullopt);
  ASSERT_EQ(shop.open(first, down, Purpose::overwrite).outcome, Outcome::done)
      << shop.failure(first);
  shop.write(first, 0, first.metainfo->chunk_count());
  EXPECT_EQ(film_on_disk(), first.bytes);
}

TEST_F(OwnershipOfFiles, OneByteOfTheUserIsEnough) {
  put_files(first, down);
  damage(first, down, 5 * chunk_size + 77);
  const auto before = film_on_disk();
  Shop shop(state);
  EXPECT_THAT(refusal(shop, first, down), names_both_ways_out);
  EXPECT_EQ(film_on_disk(), before);
  const StoreReport opened = shop.open(first, down, Purpose::overwrite);
  EXPECT_EQ(opened.had.count(), first.metainfo->chunk_count() - 1) << "what is right is kept";
}

TEST_F(OwnershipOfFiles, OfAnotherSizeAreWrittenOverOnlyWhenAsked) {
  for (const std::size_t size : {std::size_t{100}, std::size_t{film_size + 1}}) {
    fs::create_directories(down);
    write_bytes(down / "film", std::vector<std::uint8_t>(size, 7));
    {
      Shop shop(state);
      EXPECT_THAT(refusal(shop, first, down),
                  AllOf(HasSubstr("has " + std::to_string(size) + " bytes"), names_both_ways_out));
      EXPECT_EQ(film_on_disk().size(), size);
      ASSERT_EQ(shop.open(first, down, Purpose::overwrite).outcome, Outcome::done)
          << shop.failure(first);
      shop.write(first, 0, first.metainfo->chunk_count());
      EXPECT_EQ(film_on_disk(), first.bytes);
    }
    fs::remove_all(down);
    fs::remove_all(state);
  }
}

TEST_F(OwnershipOfFiles, AnEarlierContentsStay) {
  fetch_whole(first);
  {
    Shop shop(state);
    for (const auto purpose : {Purpose::fetch, Purpose::overwrite})
      EXPECT_THAT(refusal(shop, second, down, purpose), names_both_ways_out);
  }
  EXPECT_EQ(film_on_disk(), first.bytes);
  EXPECT_EQ(rows(first), first.metainfo->chunk_count());
  // When it is gone, its place is free; and nobody says any more that it is there.
  fs::remove(down / "film");
  fetch_whole(second);
  EXPECT_EQ(film_on_disk(), second.bytes);
  EXPECT_EQ(record(first), std::nullopt);
  EXPECT_EQ(rows(first), 0u);
}

// As long as one of its files is there it has a record.
TEST_F(OwnershipOfFiles, AnEarlierContentsStayWhenOneOfThemIsGone) {
  const MadeContent album = make_album(1);
  const MadeContent inside = make_content({{"a", 100'000}}, chunk_size, 7);
  fetch_whole(album);
  fs::remove(down / "album/a");
  Shop shop(state);
  EXPECT_THAT(refusal(shop, inside, down / "album"),
              AllOf(HasSubstr("belongs to another content, album"), HasSubstr("-o")));
  EXPECT_TRUE(record(album));
  EXPECT_EQ(rows(album), album.metainfo->chunk_count());
  EXPECT_EQ(read_bytes(down / "album/b"), album.file(1));
}

TEST_F(OwnershipOfFiles, WhatWasPutInTheirPlaceStays) {
  fetch_whole(first);
  put_files(second, folder / "elsewhere");
  fs::rename(fs::path(folder / "elsewhere") / "film", down / "film");
  Shop shop(state);
  EXPECT_THAT(refusal(shop, first, down), names_both_ways_out);
  EXPECT_EQ(film_on_disk(), second.bytes);
}

// Nobody closed it, so nobody knows the times of its files.
TEST_F(OwnershipOfFiles, WhatWasPutInTheirPlaceAfterACrashStays) {
  {
    Shop shop(state);
    ASSERT_EQ(shop.open(first, down).outcome, Outcome::done);
    shop.write(first, 0, 4);
    fs::copy(state, other_state);  // as a crash leaves it
  }
  put_files(second, folder / "elsewhere");
  fs::rename(fs::path(folder / "elsewhere") / "film", down / "film");
  Shop shop(other_state);
  EXPECT_THAT(refusal(shop, first, down), names_both_ways_out);
  EXPECT_EQ(film_on_disk(), second.bytes);
}

TEST_F(OwnershipOfFiles, WhatComesInTheirPlaceMeanwhileStays) {
  Shop shop(state);
  ASSERT_EQ(shop.open(first, down).outcome, Outcome::done);
  put_files(second, folder / "elsewhere");
  fs::rename(fs::path(folder / "elsewhere") / "film", down / "film");
  EXPECT_EQ(shop.done(Kind::write, first, 0).outcome, Outcome::failed);
  EXPECT_THAT(shop.failure(first), HasSubstr("another file was put in the place of"));
  EXPECT_EQ(film_on_disk(), second.bytes);
}

TEST_F(OwnershipOfFiles, OneWithAnotherNameIsNotWrittenOver) {
  put_files(second, down);
  fs::create_hard_link(down / "film", folder / "precious");
  Shop shop(state);
  EXPECT_THAT(refusal(shop, first, down, Purpose::overwrite), HasSubstr("a hard link"));
  EXPECT_EQ(film_on_disk(), second.bytes);
}

// A chunk ends within a block of the disk: the next one's part of it is no hole, but zeros.
TEST_F(OwnershipOfFiles, WhatOnlyHasHolesIsOurs) {
  const MadeContent odd = make_content({{"odd", 100'000}}, 10'001, 3);
  {
    OpenFiles open;
    ContentFiles files(odd.metainfo, down, open);
    files.create(false);
    files.write(3, *odd.chunk(3));
    files.write(7, *odd.chunk(7));
  }
  Shop shop(state);  // which knows nothing of it
  const StoreReport opened = shop.open(odd, down);
  ASSERT_EQ(opened.outcome, Outcome::done) << shop.failure(odd);
  EXPECT_EQ(opened.had.count(), 2u);
  EXPECT_TRUE(opened.had.test(3) && opened.had.test(7));
  shop.write(odd, 0, odd.metainfo->chunk_count());
  EXPECT_EQ(read_bytes(down / "odd"), odd.bytes);
}

TEST_F(OwnershipOfFiles, WhatIsRememberedItselfIsNoContent) {
  const MadeContent db = make_content({{"peer.db", 100'000}}, chunk_size, 3);
  Shop shop(state);
  EXPECT_THAT(refusal(shop, db, state, Purpose::overwrite),
              HasSubstr("is the place of what swarm-peer remembers"));
}

TEST_F(OwnershipOfFiles, OfTheUserThatWereSharedStayWhenTheyChange) {
  put_files(first, down);
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

// Ctrl-C while a large file is looked at: it is no failure of the content.
TEST_F(OwnershipOfFiles, WhatIsGivenUpEndsSoon) {
  put_files(first, down);
  ContentKeeper keeper(state);
  StoreWork work;
  work.request = {Kind::open, 1, first.metainfo->info_hash, 0, first.metainfo, {}};
  work.directory = down;
  keeper.give_up(first.metainfo->info_hash);
  keeper.carry_out(work);
  const auto reports = keeper.take_reports();
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_EQ(reports[0].outcome, Outcome::failed);
  EXPECT_EQ(keeper.failure(first.metainfo->info_hash), "");
}

// --- Disks

TEST_F(OwnershipOfDisks, NothingIsFetchedOntoTheDiskBelow) {
  fs::create_directories(down);
  OwnProcess child([&] {
    if (!mount_small_disk(down, 2048)) return;  // nothing to see without it
    {
      Shop shop(state);
      ASSERT_EQ(shop.open(first, down).outcome, Outcome::done);
      shop.write(first, 0, 6);
    }
    ASSERT_EQ(::umount(down.c_str()), 0);
    Shop shop(state);
    EXPECT_THAT(refusal(shop, first, down),
                AllOf(HasSubstr("the disk of film is not there"), HasSubstr(down.string()),
                      HasSubstr("mount that disk"), names_both_ways_out));
    EXPECT_TRUE(fs::is_empty(down));
    EXPECT_EQ(rows(first), 6u);
    const StoreReport opened = shop.open(first, down, Purpose::overwrite);
    EXPECT_EQ(opened.outcome, Outcome::done) << shop.failure(first);
    EXPECT_TRUE(opened.had.none());
  });
  EXPECT_TRUE(child.ended_well());
}

TEST_F(OwnershipOfDisks, WhatLiesOnOneThatIsNotThereIsStillClaimed) {
  fs::create_directories(down);
  OwnProcess child([&] {
    if (!mount_small_disk(down, 2048)) return;  // nothing to see without it
    fetch_whole(first);
    ASSERT_EQ(::umount(down.c_str()), 0);
    Shop shop(state);
    EXPECT_THAT(refusal(shop, second, down),
                AllOf(HasSubstr("belongs to another content, film"), HasSubstr("-o")));
    EXPECT_TRUE(fs::is_empty(down));
    EXPECT_EQ(rows(first), first.metainfo->chunk_count());
  });
  EXPECT_TRUE(child.ended_well());
}

TEST_F(OwnershipOfDisks, FilesThatWereRemovedAreFetchedAnew) {
  fetch_whole(first);
  fs::remove(down / "film");
  Shop shop(state);
  const StoreReport opened = shop.open(first, down);
  EXPECT_EQ(opened.outcome, Outcome::done) << shop.failure(first);
  EXPECT_TRUE(opened.had.none() && opened.doubtful.none());
}

TEST_F(OwnershipOfDisks, RoomIsLookedForBefore) {
  fs::create_directories(down);
  OwnProcess child([&] {
    if (!mount_small_disk(down, 400)) return;  // nothing to see without it
    Shop shop(state);
    ASSERT_EQ(shop.open(first, down).outcome, Outcome::done) << shop.failure(first);
    const MadeContent more = make_content({{"more", 200'000}}, chunk_size, 4);
    EXPECT_THAT(refusal(shop, more, down),
                AllOf(HasSubstr("more needs 200 kB more in " + down.string()),
                      HasSubstr("others of this fetch need"), HasSubstr("free some space")));
    EXPECT_FALSE(fs::exists(down / "more"));
    const MadeContent large = make_content({{"large", 500'000}}, chunk_size, 4);
    shop.done(Kind::close, first);
    EXPECT_THAT(refusal(shop, large, down),
                AllOf(HasSubstr("large needs 500 kB more"), Not(HasSubstr("others"))));
    // What is there already needs no room.
    EXPECT_EQ(shop.open(first, down).outcome, Outcome::done);
  });
  EXPECT_TRUE(child.ended_well());
}

// What has less room than is missing is refused, unless it may compress what it takes.
TEST_F(OwnershipOfDisks, WhereMoreMayFitThanIsFreeItIsTriedAndTold) {
  fs::create_directories(state);
  db::SqlitePeerDb db((state / "peer.db").string());
  ContentLocks locks(state / "peer.lock");
  OpenFiles open_files;
  for (const bool exact : {true, false}) {
    std::vector<std::string> told;
    std::uint64_t commits = 0;
    ContentOpening::Context context{
        .db = db,
        .locks = locks,
        .open_files = open_files,
        .state = state,
        .in_use = [](const InfoHash&) { return false; },
        .promised = [](std::uint64_t) { return std::uint64_t{0}; },
        .given_up = [] { return false; },
        .remark = [&](std::string sentence) { told.push_back(std::move(sentence)); },
        .room =
            [&](const fs::path&) {
              return std::optional(Room{1000, exact});
            }};
    ContentOpening opening(context, first.metainfo, down, Purpose::fetch);
    if (exact) {
      EXPECT_THROW(opening.run(commits), FileError);
      EXPECT_FALSE(fs::exists(down / "film"));
      continue;
    }
    EXPECT_TRUE(opening.run(commits));
    ASSERT_EQ(told.size(), 1u);
    EXPECT_THAT(told[0],
                AllOf(HasSubstr("film needs 300 kB more in " + down.string()),
                      HasSubstr("1.00 kB are free"), HasSubstr("it is tried all the same")));
  }
}

TEST(FileSystems, AreToldFromEachOther) {
  const TemporaryDirectory folder;
  const fs::path here = folder / "here";
  fs::create_directory(here);
  EXPECT_NE(file_system_of(here), 0u);
  EXPECT_EQ(file_system_of(here), file_system_of(here / "not/there"));
  EXPECT_NE(file_system_of(here), file_system_of("/proc"));
  EXPECT_GT(room_in(here).value_or(Room{}).bytes, 0u);
}

}  // namespace
}  // namespace swarm::udp
