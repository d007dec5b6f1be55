// A content that is copied into another folder of this host: the folder that has it is known until
// all of it is in the new one.
#include "transport/udp/peer/content_copy.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/syscall.h>

#include <cerrno>

#include "tests/udp/content_store/ownership.hpp"
#include "tests/udp/own_process.hpp"
#include "tests/udp/refused_call.hpp"
#include "transport/udp/content_store/content_locks.hpp"
#include "transport/udp/system/open_files.hpp"

namespace swarm::udp {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using Kind = StoreRequest::Kind;
using Outcome = StoreReport::Outcome;

struct ContentCopy : Ownership {
  ContentSource source() const {
    return {.hash = first.metainfo->info_hash,
            .metainfo = first.metainfo,
            .directory = next,
            .known = false,
            .elsewhere = down,
            .complete = false};
  }
  std::uint32_t copy(const std::function<void(const std::string&)>& remark = [](const auto&) {
  }) const {
    return copy_content(source(), state, Purpose::fetch, {[] {}, [](std::uint32_t) {}, remark});
  }
  void expect_known_in(const fs::path& where) const {
    EXPECT_EQ(record(first)->directory, where.string());
    EXPECT_EQ(rows(first), chunks);
    EXPECT_TRUE(record(first)->clean);
  }
  // Four chunks of the copy are on disk, and the process is killed.
  void interrupt_copy() const {
    OwnProcess child([&] {
      Shop shop(state);
      ASSERT_EQ(shop.open(first, next).outcome, Outcome::done) << shop.failure(first);
      shop.write(first, 3, 7);
      ::kill(::getpid(), SIGKILL);
    });
    EXPECT_FALSE(child.ended_well());
  }

  fs::path next = folder / "next";
  const std::uint32_t chunks = first.metainfo->chunk_count();
};

TEST_F(ContentCopy, IsKnownWhenAllOfItIsThere) {
  fetch_whole(first);
  EXPECT_EQ(copy(), chunks);
  EXPECT_EQ(read_bytes(next / "film"), first.bytes);
  EXPECT_EQ(film_on_disk(), first.bytes) << "the other one stays";
  expect_known_in(next);
  Shop shop(state);
  const StoreReport opened = shop.open(first, next);
  EXPECT_TRUE(opened.had.all()) << "nothing is hashed again";
}

TEST_F(ContentCopy, ThatIsInterruptedLeavesTheGoodOneKnown) {
  fetch_whole(first);
  interrupt_copy();
  expect_known_in(down);
  {
    Shop shop(state);  // without a folder: where it is whole
    EXPECT_TRUE(shop.done(Kind::open, first).had.all()) << shop.failure(first);
  }
  EXPECT_EQ(copy(), chunks);
  EXPECT_EQ(read_bytes(next / "film"), first.bytes);
  expect_known_in(next);
}

// A part of a chunk was written: what lies there is ours, as the copy's record says.
TEST_F(ContentCopy, ThatIsInterruptedGoesOnInItsFiles) {
  fetch_whole(first);
  interrupt_copy();
  {
    std::fstream torn(next / "film", std::ios::binary | std::ios::in | std::ios::out);
    torn.seekp(8 * chunk_size + 5);
    torn << "torn";
  }
  Shop shop(state);
  const StoreReport opened = shop.open(first, next);
  ASSERT_EQ(opened.outcome, Outcome::done) << shop.failure(first);
  EXPECT_EQ(shop.check(first, opened.doubtful).count(), 4u);
  shop.write(first, 0, chunks);
  EXPECT_EQ(read_bytes(next / "film"), first.bytes);
  expect_known_in(next);
}

// It may come back: what is on it is known until all of it is here.
TEST_F(ContentCopy, OfADiskThatIsAwayLeavesThatKnown) {
  fs::create_directories(down);
  OwnProcess child([&] {
    if (!mount_small_disk(down, 2048)) return;  // nothing to see without it
    fetch_whole(first);
    ASSERT_EQ(::umount(down.c_str()), 0);
    EXPECT_EQ(copy(), 0u);
    Shop shop(state);
    ASSERT_TRUE(shop.open(first, next).had.none()) << shop.failure(first);
    shop.write(first, 0, 4);
    expect_known_in(down);
    shop.write(first, 4, chunks);
    expect_known_in(next);
  });
  EXPECT_TRUE(child.ended_well());
}

// What it is copied into is nobody else's meanwhile.
TEST_F(ContentCopy, ThatIsInterruptedIsClaimed) {
  fetch_whole(first);
  interrupt_copy();
  const auto before = read_bytes(next / "film");
  Shop shop(state);
  EXPECT_THAT(refusal(shop, second, next, Purpose::overwrite),
              AllOf(HasSubstr("belongs to another content, film"), HasSubstr("-o")));
  EXPECT_EQ(read_bytes(next / "film"), before);
}

TEST_F(ContentCopy, OfAPartIsKnownWhenAllOfThePartIsThere) {
  {
    Shop shop(state);
    ASSERT_EQ(shop.open(first, down).outcome, Outcome::done);
    shop.write(first, 0, 6);
  }
  EXPECT_EQ(copy(), 6u);
  EXPECT_EQ(record(first)->directory, next.string());
  EXPECT_EQ(rows(first), 6u);
  Shop shop(state);
  EXPECT_EQ(shop.open(first, next).had.count(), 6u);
}

// One that was damaged meanwhile is not copied; the rest comes from others, and only then is the
// old folder forgotten.
TEST_F(ContentCopy, OfWhatIsDamagedIsKnownWhenTheRestHasCome) {
  fetch_whole(first);
  damage(first, down, 2 * chunk_size + 1);
  EXPECT_EQ(copy(), chunks - 1);
  EXPECT_EQ(record(first)->directory, down.string());
  Shop shop(state);
  const StoreReport opened = shop.open(first, next);
  EXPECT_EQ(shop.check(first, opened.doubtful).count(), chunks - 1);
  EXPECT_EQ(record(first)->directory, down.string());
  shop.write(first, 2, 3);
  expect_known_in(next);
}

TEST_F(ContentCopy, ThatWaitsForAnotherProcessSaysForWhat) {
  fetch_whole(first);
  ContentLocks other(state / "peer.lock");
  std::optional<ContentLocks::Placing> placing(other);
  std::vector<std::string> told;
  const auto remark = [&](const std::string& sentence) {
    told.push_back(sentence);
    placing.reset();  // and that one goes on
  };
  EXPECT_EQ(copy(remark), chunks);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_THAT(told[0],
              HasSubstr("for another swarm-peer of this user, which is placing a content"));
}

TEST_F(ContentCopy, IsForgottenWithItsContent) {
  fetch_whole(first);
  interrupt_copy();
  db::SqlitePeerDb db((state / "peer.db").string());
  ASSERT_TRUE(db.copy(first.metainfo->info_hash));
  EXPECT_EQ(db.copies().size(), 1u);
  db::PeerWrite write;
  write.forget = {first.metainfo->info_hash};
  db.write(write);
  EXPECT_FALSE(db.copy(first.metainfo->info_hash));
  EXPECT_TRUE(db.copies().empty());
}

// --- Blocks of the disk in common, where the file system can do so

// Nothing to see on one that cannot: TMPDIR names another one.
TEST_F(ContentCopy, HasItsBlocksInCommonWhereTheDiskCan) {
  fs::create_directories(down);
  write_bytes(down / "one", std::vector<std::uint8_t>(1 << 16, 7));
  write_bytes(down / "two", {});
  const auto open = [](const fs::path& file) { return Descriptor(::open(file.c_str(), O_RDWR)); };
  if (::ioctl(open(down / "two").number(), FICLONE, open(down / "one").number()) != 0)
    GTEST_SKIP() << "this disk has no blocks in common";
  fetch_whole(first);
  EXPECT_EQ(copy(), chunks);
  EXPECT_EQ(read_bytes(next / "film"), first.bytes);
  constexpr std::uint32_t most = 64;
  std::vector<std::uint64_t> room((sizeof(fiemap) + most * sizeof(fiemap_extent)) / 8 + 1);
  auto* map = reinterpret_cast<fiemap*>(room.data());
  map->fm_length = FIEMAP_MAX_OFFSET;
  map->fm_extent_count = most;
  ASSERT_EQ(::ioctl(open(next / "film").number(), FS_IOC_FIEMAP, map), 0);
  std::uint64_t in_common = 0;
  for (std::uint32_t i = 0; i < map->fm_mapped_extents; ++i)
    if ((map->fm_extents[i].fe_flags & FIEMAP_EXTENT_SHARED) != 0)
      in_common += map->fm_extents[i].fe_length;
  EXPECT_GE(in_common, film_size - chunk_size);
}

// A file system that says so and does not do it, or of which the source changes meanwhile: what is
// there is looked at.
TEST_F(ContentCopy, OfBlocksThatDidNotComeIsWritten) {
  fetch_whole(first);
  for (const int error : {0, EOPNOTSUPP, EXDEV, EINVAL}) {
    OwnProcess child([&] {
      ASSERT_TRUE(refuse_call(SYS_ioctl, error));
      EXPECT_EQ(copy(), chunks);
      EXPECT_EQ(read_bytes(next / "film"), first.bytes);
      expect_known_in(next);
    });
    EXPECT_TRUE(child.ended_well()) << error;
    Shop shop(state);
    ASSERT_EQ(shop.open(first, down).outcome, Outcome::done) << "and back";
    shop.write(first, 0, chunks);
    fs::remove_all(next);
  }
}

}  // namespace
}  // namespace swarm::udp
