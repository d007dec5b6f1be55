// What is made of files is read as the same.
#include "engine/wire/metainfo.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/base/assert.hpp"
#include "engine/wire/bencode.hpp"
#include "tests/engine/wire/torrents.hpp"

namespace swarm::torrents {
namespace {

using testing::AllOf;

TEST(Metainfo, WhatIsMadeIsReadAsTheSame) {
  const std::vector<Metainfo::File> files{
      {"album/b", 5, true}, {"album/a/x", 0}, {"album/a/y z", 4}};
  const std::vector<Metainfo::Link> links{{"album/a/l", "album/b"}, {"album/m", "album/none"}};
  const std::vector<Sha1Digest> chunks{hash_of(1), hash_of(2), hash_of(3)};
  const auto made = make_metainfo("album", true, files, 4, chunks, links);
  EXPECT_EQ(made->name, "album");
  EXPECT_TRUE(made->folder);
  EXPECT_EQ(made->files, files);
  EXPECT_EQ(made->chunk_size, 4U);
  EXPECT_EQ(made->chunks, chunks);
  const auto read = parse_metainfo(to_torrent(*made));
  ASSERT_TRUE(read.has_value()) << read.error();
  EXPECT_EQ((*read)->info_hash, made->info_hash);
  EXPECT_EQ((*read)->info, made->info);
  EXPECT_EQ((*read)->files, files);
  EXPECT_EQ((*read)->links, links);
  EXPECT_EQ((*read)->chunks, chunks);
}

TEST(Metainfo, OfOneFileIsMadeByteForByte) {
  const auto made = make_metainfo("a.txt", false, {{"a.txt", 10}}, 4, std::vector(3, hash_of('h')));
  EXPECT_EQ(made->info, wire::to_bytes(Bencode(one_file())));
  const auto torrent = to_torrent(*made);
  EXPECT_EQ(std::string(torrent.begin(), torrent.end()),
            "d4:infod6:lengthi10e4:name5:a.txt12:piece lengthi4e6:pieces60:" + hashes(3) + "ee");
}

TEST(Metainfo, ATorrentKeepsTheInfoAndTheTrackers) {
  auto metainfo = **parse(with(one_file(), "source", text("kept")));
  for (const char* tracker : {"udp://a", "udp://b", "udp://c"}) {
    metainfo.trackers.emplace_back(tracker);
    const auto torrent = to_torrent(metainfo);
    const auto read = parse_metainfo(torrent);
    ASSERT_TRUE(read.has_value()) << read.error();
    EXPECT_EQ((*read)->trackers, metainfo.trackers);
    EXPECT_EQ((*read)->info_hash, metainfo.info_hash);
    EXPECT_EQ(to_torrent(**read), torrent);
  }
}

TEST(Metainfo, MakingWhatCannotBeReadIsABug) {
  const std::vector<Sha1Digest> one{hash_of(1)};
  EXPECT_THROW(make_metainfo("..", false, {{"..", 1}}, 4, one), AssertionFailed);
  EXPECT_THROW(make_metainfo("a", false, {{"b", 1}}, 4, one), AssertionFailed);
  EXPECT_THROW(make_metainfo("a", true, {{"ab", 1}}, 4, one), AssertionFailed);
  EXPECT_THROW(make_metainfo("a", true, {{"a", 1}}, 4, one), AssertionFailed);
  EXPECT_THROW(make_metainfo("a", true, {{"a/../b", 1}}, 4, one), AssertionFailed);
  EXPECT_THROW(make_metainfo("a", true, {{"a//b", 1}}, 4, one), AssertionFailed);
  EXPECT_THROW(make_metainfo("a", false, {{"a", 5}}, 4, one), AssertionFailed);
  EXPECT_THROW(make_metainfo("a", false, {{"a", 0}}, 4, {}), AssertionFailed);
}

Metainfo plan_of(std::size_t files, const std::string& folder, std::uint64_t size_of_each) {
  Metainfo plan;
  plan.name = "tree";
  plan.folder = true;
  plan.chunk_size = 256 * 1024;
  for (std::size_t i = 0; i < files; ++i)
    plan.files.push_back({fmt::format("tree/{}/{}", folder, i), size_of_each});
  plan.size = files * size_of_each;
  return plan;
}

MetainfoPtr made_of(const Metainfo& plan) {
  const std::uint64_t chunks = (plan.size - 1) / plan.chunk_size + 1;
  return make_metainfo(plan.name, plan.folder, plan.files, plan.chunk_size,
                       std::vector<Sha1Digest>(chunks, hash_of(1)), plan.links);
}

TEST(Metainfo, ManyFilesInDeepFoldersAreMade) {
  const Metainfo plan = plan_of(96'000, "a/b/c/d/e/f/g/h/i", 10);
  ASSERT_EQ(too_much_for_metainfo(plan), "");
  EXPECT_EQ(made_of(plan)->files.size(), 96'000U);
}

// By each of its two limits, and with nothing between what is refused and what is made.
TEST(Metainfo, TooManyFilesAreToldBeforeAnythingIsMade) {
  std::string deep = "a";
  while (deep.size() < 400) deep += "/a";
  struct Case {
    std::string folder;
    std::size_t fits, over;  // files, roughly
  };
  for (auto [folder, fits, over] :
       {Case{deep, 9'000, 11'000}, {std::string(200, 'n'), 100'000, 120'000}}) {
    ASSERT_EQ(too_much_for_metainfo(plan_of(fits, folder, 1)), "");
    ASSERT_NE(too_much_for_metainfo(plan_of(over, folder, 1)), "");
    while (over - fits > 1) {
      const std::size_t middle = (fits + over) / 2;
      (too_much_for_metainfo(plan_of(middle, folder, 1)).empty() ? fits : over) = middle;
    }
    EXPECT_THAT(too_much_for_metainfo(plan_of(over, folder, 1)),
                AllOf(HasSubstr("it has too many files"), HasSubstr("in parts, or packed")));
    EXPECT_EQ(made_of(plan_of(fits, folder, 1))->files.size(), fits);
  }
}

TEST(Metainfo, TooManyChunksAreToldBeforeAnythingIsMade) {
  EXPECT_EQ(too_much_for_metainfo(plan_of(1, "a", std::uint64_t{400} << 30)), "");
  EXPECT_THAT(too_much_for_metainfo(plan_of(1, "a", std::uint64_t{500} << 30)),
              HasSubstr("larger chunk size"));
  EXPECT_THAT(too_much_for_metainfo(plan_of(3, "a", 0)), HasSubstr("not a single byte"));
}

}  // namespace
}  // namespace swarm::torrents
