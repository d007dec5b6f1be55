// What parse_metainfo takes and keeps.
#include "engine/wire/metainfo.hpp"

#include <gtest/gtest.h>

#include "engine/wire/bencode.hpp"
#include "tests/engine/wire/torrents.hpp"

namespace swarm::torrents {
namespace {

std::vector<std::uint8_t> torrent_of(const Dictionary& info, Dictionary head = {}) {
  head.insert_or_assign("info", Bencode(info));
  return wire::to_bytes(Bencode(std::move(head)));
}

TEST(Metainfo, OfOneFile) {
  const auto metainfo = parse(one_file());
  ASSERT_TRUE(metainfo.has_value()) << metainfo.error();
  const Metainfo& m = **metainfo;
  EXPECT_EQ(m.name, "a.txt");
  EXPECT_FALSE(m.folder);
  EXPECT_EQ(m.files, (std::vector<Metainfo::File>{{"a.txt", 10}}));
  EXPECT_EQ(m.size, 10U);
  EXPECT_EQ(m.chunk_size, 4U);
  EXPECT_EQ(m.chunk_count(), 3U);
  EXPECT_EQ(m.chunks, std::vector<Sha1Digest>(3, hash_of('h')));
  EXPECT_EQ(m.offset(2), 8U);
  EXPECT_EQ(m.length(0), 4U);
  EXPECT_EQ(m.length(2), 2U);
  EXPECT_TRUE(m.trackers.empty());
  EXPECT_FALSE(m.is_private);
  EXPECT_EQ(m.info, wire::to_bytes(Bencode(one_file())));
  EXPECT_EQ(m.info_hash, sha1(m.info));
}

TEST(Metainfo, OfAFolder) {
  const auto metainfo =
      parse(folder({file(5, {"one"}), file(0, {"empty"}), file(7, {"sub", "deeper", "two"})}, 3));
  ASSERT_TRUE(metainfo.has_value()) << metainfo.error();
  EXPECT_TRUE((*metainfo)->folder);
  EXPECT_EQ((*metainfo)->files,
            (std::vector<Metainfo::File>{
                {"album/one", 5}, {"album/empty", 0}, {"album/sub/deeper/two", 7}}));
  EXPECT_EQ((*metainfo)->size, 12U);
  EXPECT_EQ((*metainfo)->length(2), 4U);
}

TEST(Metainfo, AFolderMayHoldOneFile) {
  const auto metainfo = parse(folder_of({"only"}));
  ASSERT_TRUE(metainfo.has_value());
  EXPECT_TRUE((*metainfo)->folder);
  EXPECT_EQ((*metainfo)->files, (std::vector<Metainfo::File>{{"album/only", 1}}));
}

TEST(Metainfo, OfEdgeSizes) {
  const auto parses = [](std::int64_t size, std::int64_t chunk_size, std::size_t chunks) {
    const auto info = with(with(with(one_file(), "length", size), "piece length", chunk_size),
                           "pieces", text(hashes(chunks)));
    const auto metainfo = parse(info);
    return metainfo.has_value() && (*metainfo)->length((*metainfo)->chunk_count() - 1) ==
                                       static_cast<std::uint32_t>((size - 1) % chunk_size + 1);
  };
  EXPECT_TRUE(parses(1, 1, 1));
  EXPECT_TRUE(parses(1, 67'108'864, 1));  // smaller than a chunk
  EXPECT_TRUE(parses(4, 4, 1));
  EXPECT_TRUE(parses(5, 4, 2));
  EXPECT_TRUE(parses(67'108'864, 67'108'864, 1));
  EXPECT_TRUE(parses(67'108'865, 67'108'864, 2));
  EXPECT_TRUE(parses(1'000'000 * std::int64_t{67'108'864}, 67'108'864, 1'000'000));
  EXPECT_FALSE(parses(4, 4, 2));
  EXPECT_FALSE(parses(5, 4, 1));
  EXPECT_FALSE(parses(4, 4, 0));
}

TEST(Metainfo, KeysOfOthersAreKeptInTheInfo) {
  const auto info = with(with(one_file(), "source", text("x")), "private", 1);
  const auto metainfo = parse(info);
  ASSERT_TRUE(metainfo.has_value());
  EXPECT_TRUE((*metainfo)->is_private);
  EXPECT_EQ((*metainfo)->info, wire::to_bytes(Bencode(info)));
  EXPECT_FALSE((*parse(with(one_file(), "private", Bencode(0))))->is_private);
}

TEST(Metainfo, OfVersions1And2IsReadAsVersion1) {
  const auto hybrid = with(with(one_file(), "meta version", Bencode(2)), "file tree", Dictionary{});
  EXPECT_TRUE(parse(hybrid).has_value());
}

TEST(Metainfo, PaddingFilesGetAPathOfTheirOwn) {
  const auto padding = [] {
    Dictionary keys = *file(3, {".pad", "3"}).dictionary();
    keys.emplace("attr", text("p"));
    return Bencode(keys);
  };
  const auto metainfo = parse(
      folder({file(1, {"one"}), padding(), file(1, {"two"}), padding(), file(4, {"three"})}, 3));
  ASSERT_TRUE(metainfo.has_value()) << metainfo.error();
  EXPECT_EQ((*metainfo)->files[1].path, "album/.pad/2");
  EXPECT_EQ((*metainfo)->files[3].path, "album/.pad/4");
}

TEST(Metainfo, ATorrentNamesItsTrackersOnceEach) {
  const List first{text("udp://a"), text("udp://b")}, second{text("udp://c"), text("udp://a")};
  const auto parsed = parse_metainfo(
      torrent_of(one_file(), {{"announce", text("udp://b")},
                              {"announce-list", Bencode(List{Bencode(first), Bencode(second)})}}));
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ((*parsed)->trackers, (std::vector<std::string>{"udp://b", "udp://a", "udp://c"}));
  EXPECT_EQ((*parsed)->info_hash, (*parse(one_file()))->info_hash);
}

TEST(Metainfo, TrackersOfAnotherFormAreLeftOut) {
  const auto parsed = parse_metainfo(torrent_of(
      one_file(), {{"announce", text("")},
                   {"announce-list", Bencode(List{text("udp://a"), Bencode(List{Bencode(3)})})}}));
  ASSERT_TRUE(parsed.has_value());
  EXPECT_TRUE((*parsed)->trackers.empty());
  const auto other = parse_metainfo(
      torrent_of(one_file(), {{"announce", Bencode(1)}, {"announce-list", text("x")}}));
  ASSERT_TRUE(other.has_value());
  EXPECT_TRUE((*other)->trackers.empty());
}

TEST(Metainfo, TheXBitIsKept) {
  auto program = *file(1, {"run"}).dictionary();
  program.emplace("attr", text("hx"));
  const auto metainfo = parse(folder({file(1, {"a"}), Bencode(program)}, 1));
  ASSERT_TRUE(metainfo.has_value());
  EXPECT_FALSE((*metainfo)->files[0].executable);
  EXPECT_TRUE((*metainfo)->files[1].executable);
  EXPECT_TRUE((*parse(with(one_file(), "attr", text("x"))))->files[0].executable);
}

// The bytes count, in whatever order they came.
TEST(Metainfo, TheInfoIsHashedAndKeptAsFound) {
  const std::string info =
      "d4:name5:a.txt6:pieces60:" + hashes(3) + "7:privatei-0e12:piece lengthi4e6:lengthi010ee";
  const std::string torrent = "d4:info" + info + "8:announce7:udp://ae\r\n and more";
  const auto parsed =
      parse_metainfo({reinterpret_cast<const std::uint8_t*>(torrent.data()), torrent.size()});
  ASSERT_TRUE(parsed.has_value()) << parsed.error();
  EXPECT_EQ(std::string((*parsed)->info.begin(), (*parsed)->info.end()), info);
  EXPECT_EQ((*parsed)->info_hash, sha1((*parsed)->info));
  EXPECT_EQ((*parsed)->trackers, std::vector<std::string>{"udp://a"});
  EXPECT_EQ((*parsed)->size, 10U);
  const auto again = parse_metainfo(to_torrent(**parsed));
  ASSERT_TRUE(again.has_value()) << again.error();
  EXPECT_EQ((*again)->info, (*parsed)->info);
  EXPECT_EQ((*again)->info_hash, (*parsed)->info_hash);
}

// What a peer sends as the info dictionary is that and nothing more: all of it is hashed.
TEST(Metainfo, AnInfoAloneHasNothingBehindIt) {
  auto info = wire::to_bytes(Bencode(one_file()));
  EXPECT_TRUE(parse_info(info).has_value());
  info.push_back('\n');
  expect_refused(parse_info(info), "1 bytes follow the value");
}

}  // namespace
}  // namespace swarm::torrents
