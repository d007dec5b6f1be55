// What version 0.1.0 left half-fetched: it had an empty file in the place of each link.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <SQLiteCpp/SQLiteCpp.h>

#include "tests/udp/content_store/ownership.hpp"

namespace swarm::udp {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using Kind = StoreRequest::Kind;
using Outcome = StoreReport::Outcome;

struct OldVersion : Ownership {
  OldVersion() {
    const MadeContent made =
        make_content({{"tree/data", 300'000}, {"tree/sub/run", 500}}, chunk_size);
    const auto& one = *made.metainfo;
    tree = {make_metainfo(one.name, true, one.files, one.chunk_size, one.chunks,
                          {{"tree/a link", "tree/sub/run"}, {"tree/sub/down", "tree/data"}}),
            made.bytes};
    plain = made;
  }

  // Chunks 2 to 4 are here, and a part of chunk 6; nobody closed it.
  void leave_half() const {
    {
      Shop shop(state);
      ASSERT_EQ(shop.open(plain, down).outcome, Outcome::done) << shop.failure(plain);
      shop.write(plain, 2, 5);
    }
    std::fstream torn(down / "tree/data", std::ios::binary | std::ios::in | std::ios::out);
    torn.seekp(6 * chunk_size + 100);
    torn << "torn";
    torn.close();
    write_bytes(down / "tree/a link", {});
    write_bytes(down / "tree/sub/down", {});
    make_old();
  }

  // The database as that version wrote it, for the hash with the links.
  void make_old() const {
    const std::string hash = to_hex(tree.metainfo->info_hash.bytes);
    SQLite::Database old((state / "peer.db").string(), SQLite::OPEN_READWRITE);
    old.exec("DELETE FROM CONTENT; DELETE FROM FILE_MARK; DELETE FROM INFO; DELETE FROM CHUNK");
    old.exec(
        "ALTER TABLE FILE_MARK DROP COLUMN born_ns; ALTER TABLE FILE_MARK DROP COLUMN made;"
        "ALTER TABLE FILE_MARK DROP COLUMN inode; ALTER TABLE CONTENT DROP COLUMN fetched;"
        "ALTER TABLE CONTENT DROP COLUMN file_system; DROP TABLE COPY; DROP TABLE COPY_MARK;"
        "PRAGMA user_version = 1");
    old.exec("INSERT INTO CONTENT VALUES('" + hash + "', 'tree', '" + down.string() + "', " +
             std::to_string(tree.metainfo->size) + ", " + std::to_string(chunk_size) + ", 0)");
    int position = 0;
    for (const char* path : {"tree/a link", "tree/data", "tree/sub/down", "tree/sub/run"})
      old.exec("INSERT INTO FILE_MARK VALUES('" + hash + "', " + std::to_string(++position) +
               ", '" + path + "', " + std::to_string(fs::file_size(down / path)) + ", " +
               std::to_string(changed_ns(path)) + ")");
    for (const std::uint32_t chunk : {2u, 3u, 4u})
      old.exec("INSERT INTO CHUNK VALUES('" + hash + "', " +
               std::to_string(std::uint64_t{chunk} * chunk_size) + ")");
    SQLite::Statement info(old, "INSERT INTO INFO VALUES('" + hash + "', ?)");
    info.bind(1, tree.metainfo->info.data(), static_cast<int>(tree.metainfo->info.size()));
    info.exec();
  }
  std::int64_t changed_ns(const std::string& path) const {
    struct stat status {};
    EXPECT_EQ(::stat((down / path).c_str(), &status), 0);
    return std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
  }

  MadeContent tree, plain;
};

TEST_F(OldVersion, WhatIsHalfFetchedGoesOnAndGetsItsLinks) {
  leave_half();
  Shop shop(state);
  const StoreReport opened = shop.open(tree, down);
  ASSERT_EQ(opened.outcome, Outcome::done) << shop.failure(tree);
  EXPECT_EQ(shop.check(tree, opened.doubtful).count(), 3u);
  shop.write(tree, 0, tree.metainfo->chunk_count());
  EXPECT_EQ(shop.failure(tree), "");
  EXPECT_EQ(read_bytes(down / "tree/data"), tree.file(0));
  EXPECT_EQ(fs::read_symlink(down / "tree/a link"), "sub/run");
  EXPECT_EQ(fs::read_symlink(down / "tree/sub/down"), "../data");
}

// One that the user has changed, or put there, is no file of that version's.
TEST_F(OldVersion, WhatTheUserPutInThePlaceOfALinkStays) {
  for (const std::vector<std::uint8_t>& users :
       {std::vector<std::uint8_t>{1, 2, 3}, std::vector<std::uint8_t>{}}) {
    leave_half();
    fs::remove(down / "tree/a link");
    write_bytes(down / "tree/a link", users);
    fs::last_write_time(down / "tree/a link",
                        fs::last_write_time(down / "tree/data") + std::chrono::seconds(5));
    {
      Shop shop(state);
      EXPECT_THAT(refusal(shop, tree, down),
                  AllOf(HasSubstr("/tree/a link is there already"), HasSubstr("it is a link to"),
                        HasSubstr("move it away")));
    }
    EXPECT_FALSE(fs::is_symlink(down / "tree/a link"));
    EXPECT_EQ(read_bytes(down / "tree/a link"), users);
    EXPECT_TRUE(fs::is_regular_file(down / "tree/sub/down")) << "nothing was changed";
    fs::remove_all(down);
    fs::remove_all(state);
  }
}

// To look at it says no more than is true.
TEST_F(OldVersion, VerifyCountsWhatIsHere) {
  leave_half();
  const auto checked = verify(tree);
  EXPECT_EQ(checked.wrong.size(), tree.metainfo->chunk_count() - 3);
  EXPECT_FALSE(checked.harms);
}

}  // namespace
}  // namespace swarm::udp
