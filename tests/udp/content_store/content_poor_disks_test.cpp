// Disks that offer less: no symbolic links, no word of where the holes of a file are, no identity
// that lasts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>

#include "tests/udp/content_store/ownership.hpp"
#include "tests/udp/own_process.hpp"
#include "tests/udp/refused_call.hpp"

namespace swarm::udp {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using Kind = StoreRequest::Kind;
using Outcome = StoreReport::Outcome;

struct PoorDisks : Ownership {
  static MadeContent with_links() {
    const MadeContent made =
        make_content({{"tree/data", 70'000}, {"tree/sub/run", 500}}, chunk_size);
    const auto& one = *made.metainfo;
    return {make_metainfo(one.name, true, one.files, one.chunk_size, one.chunks,
                          {{"tree/up", "tree/sub/run"}, {"tree/sub/down", "tree/data"}}),
            made.bytes};
  }
};

// As vfat, exFAT and some network shares.
TEST_F(PoorDisks, WithoutSymbolicLinksAllFilesAreFetched) {
  for (const int error : {EPERM, EOPNOTSUPP, ENOSYS}) {
    OwnProcess child([&] {
      ASSERT_TRUE(refuse_call(SYS_symlinkat, error));
      const MadeContent tree = with_links();
      Shop shop(state);
      ASSERT_EQ(shop.open(tree, down).outcome, Outcome::done) << shop.failure(tree);
      shop.write(tree, 0, tree.metainfo->chunk_count());
      EXPECT_THAT(shop.store.take_remarks(tree.metainfo->info_hash),
                  testing::ElementsAre(AllOf(HasSubstr((down / "tree/up").string()),
                                             HasSubstr("and 1 more links cannot be made"),
                                             HasSubstr("takes no symbolic links"))));
      EXPECT_THAT(shop.store.take_remarks(tree.metainfo->info_hash), testing::IsEmpty()) << "once";
      EXPECT_EQ(read_bytes(down / "tree/data"), tree.file(0));
      EXPECT_EQ(read_bytes(down / "tree/sub/run"), tree.file(1));
      EXPECT_EQ(shop.done(Kind::close, tree).outcome, Outcome::done);
      EXPECT_EQ(rows(tree), tree.metainfo->chunk_count());
    });
    EXPECT_TRUE(child.ended_well()) << error;
    fs::remove_all(down);
    fs::remove_all(state);
  }
}

// What cannot be made for another reason is told before any file is there.
TEST_F(PoorDisks, ALinkThatFailsOtherwiseComesBeforeTheFiles) {
  OwnProcess child([&] {
    ASSERT_TRUE(refuse_call(SYS_symlinkat, ENOSPC));
    const MadeContent tree = with_links();
    Shop shop(state);
    EXPECT_THAT(refusal(shop, tree, down),
                AllOf(HasSubstr("tree/"), HasSubstr("the disk is full")));
    EXPECT_FALSE(fs::exists(down / "tree/data"));
    EXPECT_FALSE(fs::exists(down / "tree/sub/run"));
  });
  EXPECT_TRUE(child.ended_well());
}

// What reads as zeros may be the user's zeros: nothing but a record makes such a file ours.
TEST_F(PoorDisks, WithoutWordOfHolesOnlyARecordMakesAFileOurs) {
  for (const int error : {EINVAL, EOPNOTSUPP}) {
    OwnProcess child([&] {
      ASSERT_TRUE(refuse_call(SYS_lseek, error, {SEEK_DATA, SEEK_HOLE}));
      {
        Shop shop(state);
        ASSERT_EQ(shop.open(first, down).outcome, Outcome::done) << shop.failure(first);
        shop.write(first, 2, 5);
        fs::copy(state, folder / "crashed");
      }
      const auto before = film_on_disk();
      {
        Shop stranger(other_state);
        EXPECT_THAT(refusal(stranger, first, down), names_both_ways_out);
      }
      EXPECT_EQ(film_on_disk(), before);
      {
        Shop after_crash(folder / "crashed");
        const StoreReport opened = after_crash.open(first, down);
        ASSERT_EQ(opened.outcome, Outcome::done) << after_crash.failure(first);
        EXPECT_EQ(after_crash.check(first, opened.doubtful).count(), 3u);
      }
      Shop shop(other_state);
      const StoreReport opened = shop.open(first, down, Purpose::overwrite);
      ASSERT_EQ(opened.outcome, Outcome::done) << shop.failure(first);
      EXPECT_EQ(opened.had.count(), 3u);
      shop.write(first, 0, first.metainfo->chunk_count());
      EXPECT_EQ(film_on_disk(), first.bytes);
    });
    EXPECT_TRUE(child.ended_well()) << error;
    for (const auto& gone : {down, state, other_state, fs::path(folder / "crashed")})
      fs::remove_all(gone);
  }
}

// Its number is another one at each mount; the disk is the one that belongs there all the same.
TEST_F(PoorDisks, WithoutAnIdentityThatLastsNoDiskIsMissed) {
  fs::create_directories(down);
  OwnProcess child([&] {
    if (!mount_small_disk(down, 2048)) return;  // nothing to see without it
    {
      Shop shop(state);
      ASSERT_EQ(shop.open(first, down).outcome, Outcome::done);
      shop.write(first, 0, 6);
    }
    ASSERT_EQ(::umount(down.c_str()), 0);
    ASSERT_EQ(::mount("swarm", down.c_str(), "tmpfs", 0, "size=2048k"), 0);
    Shop shop(state);
    const StoreReport opened = shop.open(first, down);
    EXPECT_EQ(opened.outcome, Outcome::done) << shop.failure(first);
    EXPECT_TRUE(opened.had.none());
  });
  EXPECT_TRUE(child.ended_well());
}

}  // namespace
}  // namespace swarm::udp
