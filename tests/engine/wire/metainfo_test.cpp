// What parse_metainfo takes, each of its refusals, and that what is written is read as the same.
#include "engine/wire/metainfo.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/base/assert.hpp"
#include "engine/wire/bencode.hpp"

namespace swarm {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using wire::Bencode;
using List = Bencode::List;
using Dictionary = Bencode::Dictionary;

Bencode text(std::string_view text) {
  return std::string(text);
}

Bencode file(std::int64_t size, const std::vector<std::string>& path) {
  List parts;
  for (const auto& part : path) parts.emplace_back(part);
  return Dictionary{{"length", Bencode(size)}, {"path", Bencode(std::move(parts))}};
}

List parts_of(const std::vector<std::string>& path) {
  List parts;
  for (const auto& part : path) parts.emplace_back(part);
  return parts;
}

Bencode link(const std::vector<std::string>& path, const std::vector<std::string>& target) {
  return Dictionary{{"attr", text("l")},
                    {"length", Bencode(0)},
                    {"path", Bencode(parts_of(path))},
                    {"symlink path", Bencode(parts_of(target))}};
}

std::string hashes(std::size_t count) {
  return std::string(20 * count, 'h');
}

Dictionary one_file() {
  return {{"length", Bencode(10)},
          {"name", text("a.txt")},
          {"piece length", Bencode(4)},
          {"pieces", text(hashes(3))}};
}

Dictionary folder(List files, std::size_t chunks) {
  return {{"files", Bencode(std::move(files))},
          {"name", text("album")},
          {"piece length", Bencode(4)},
          {"pieces", text(hashes(chunks))}};
}

Dictionary folder_of(const std::vector<std::string>& path) {
  return folder({file(1, path)}, 1);
}

ParsedMetainfo parse(const Dictionary& info) {
  return parse_info(wire::to_bytes(Bencode(info)));
}

Dictionary with(Dictionary info, const std::string& key, Bencode value) {
  info.insert_or_assign(key, std::move(value));
  return info;
}

Dictionary without(Dictionary info, const std::string& key) {
  info.erase(key);
  return info;
}

void expect_refused(const ParsedMetainfo& parsed, const std::string& sentence) {
  ASSERT_FALSE(parsed.has_value()) << "should be refused: " << sentence;
  EXPECT_THAT(parsed.error(), HasSubstr(sentence));
}

std::vector<std::uint8_t> torrent_of(const Dictionary& info, Dictionary head = {}) {
  head.insert_or_assign("info", Bencode(info));
  return wire::to_bytes(Bencode(std::move(head)));
}

Sha1Digest hash_of(std::uint8_t byte) {
  Sha1Digest hash;
  hash.bytes.fill(byte);
  return hash;
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

TEST(Metainfo, RefusesWhatIsNoTorrent) {
  expect_refused(parse_metainfo({}), "it is no bencoded data");
  const std::string html = "<html>";
  expect_refused(parse_metainfo({reinterpret_cast<const std::uint8_t*>(html.data()), html.size()}),
                 "it is no bencoded data: no value begins with this byte (byte 0)");
  expect_refused(parse_metainfo(wire::to_bytes(List{})), "it has no info dictionary");
  expect_refused(parse_metainfo(wire::to_bytes(Dictionary{{"announce", text("x")}})),
                 "it has no info dictionary");
  expect_refused(parse_metainfo(wire::to_bytes(Dictionary{{"info", text("x")}})),
                 "the info of it is no dictionary");
  expect_refused(parse_info(wire::to_bytes(List{})), "the info of it is no dictionary");
  expect_refused(parse_info({}), "it is no bencoded data");
}

TEST(Metainfo, RefusesWhatLacksAKeyOrHasItOfAnotherKind) {
  expect_refused(parse(without(one_file(), "name")), "lacks the name");
  expect_refused(parse(with(one_file(), "name", 3)), "lacks the name");
  for (const char* key : {"piece length", "pieces"}) {
    expect_refused(parse(without(one_file(), key)), "lacks the chunk size");
    expect_refused(parse(with(one_file(), key, List{})), "lacks the chunk size");
  }
  expect_refused(parse(without(one_file(), "length")), "either one file");
  expect_refused(parse(with(one_file(), "files", List{})), "either one file");
  expect_refused(parse(with(one_file(), "length", text("10"))), "is missing or below 0");
  expect_refused(parse(with(one_file(), "length", Bencode(-10))), "is missing or below 0");
  expect_refused(parse(folder({}, 1)), "its list of files is empty");
  expect_refused(parse(with(folder({}, 1), "files", text("x"))), "its list of files is empty");
}

TEST(Metainfo, RefusesFilesOfAnotherForm) {
  expect_refused(parse(folder({text("x")}, 1)), "its file 1 has no path");
  expect_refused(parse(folder({file(1, {"a"}), file(1, {})}, 1)), "its file 2 has no path");
  expect_refused(parse(folder({Dictionary{{"length", Bencode(1)}}}, 1)), "its file 1 has no path");
  expect_refused(parse(folder({Dictionary{{"length", Bencode(1)}, {"path", text("a")}}}, 1)),
                 "its file 1 has no path");
  expect_refused(parse(folder({Dictionary{{"length", Bencode(1)}, {"path", List{Bencode(1)}}}}, 1)),
                 "in the path of its file 1 the name \"\" is no name of a file");
  expect_refused(parse(folder({file(-1, {"a"})}, 1)), "the size of its file \"album/a\"");
  expect_refused(parse(folder({Dictionary{{"path", List{text("a")}}}}, 1)),
                 "the size of its file \"album/a\"");
}

const std::string nul("a\0b", 3);

TEST(Metainfo, RefusesNamesThatLeaveTheFolder) {
  for (const std::string& name :
       {std::string(), std::string("."), std::string(".."), std::string("/"), std::string("/etc"),
        std::string("a/b"), std::string("../a"), std::string("a/"), nul}) {
    expect_refused(parse(with(one_file(), "name", name)), "is no name of a file");
    expect_refused(parse(with(folder_of({"a"}), "name", name)), "is no name of a file");
    expect_refused(parse(folder_of({name})), "is no name of a file");
    expect_refused(parse(folder_of({"sub", name})), "is no name of a file");
    expect_refused(parse(folder_of({name, "a"})), "is no name of a file");
    expect_refused(parse(folder_of({"sub", name, "a"})), "is no name of a file");
  }
}

TEST(Metainfo, TakesNamesThatOnlyLookDangerous) {
  for (const char* name : {"...", "..a", "a..", ".hidden", " ", "~", "-rf", "a\\b", "\\..\\a",
                           "C:", "*", "\u00a0", "\u200e", "\U0001f3b5"}) {
    EXPECT_TRUE(parse(folder_of({name})).has_value()) << name;
    EXPECT_TRUE(parse(with(one_file(), "name", text(name))).has_value()) << name;
  }
}

TEST(Metainfo, RefusesBytesOfNoUtf8AndControlCharactersByName) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"line\nbreak", "\"line?break\" holds the byte 0x0a at position 5: a control character"},
      {"\x1b[2J", "holds the byte 0x1b at position 1: a control character"},
      {"del\x7f", "holds the byte 0x7f at position 4: a control character"},
      {"csi\u009b", "holds the byte 0x9b at position 5: a control character"},
      {"caf\xe9", "\"caf?\" holds the byte 0xe9 at position 4: no UTF-8"},
      {"\xc3\xa4\xc0\xaf", "holds the byte 0xc0 at position 3: no UTF-8"},
      {"\xed\xa0\x80", "holds the byte 0xed at position 1: no UTF-8"},
      {"cut\xe2\x82", "holds the byte 0xe2 at position 4: no UTF-8"}};
  for (const auto& [name, sentence] : cases) {
    expect_refused(parse(with(one_file(), "name", text(name))), "its name \"");
    expect_refused(parse(with(one_file(), "name", text(name))), sentence);
    expect_refused(parse(with(folder_of({"a"}), "name", text(name))), sentence);
    expect_refused(parse(folder({file(1, {"a"}), file(1, {"sub", name})}, 1)),
                   "in the path of its file 2 the name ");
    expect_refused(parse(folder({file(1, {"a"}), file(1, {name, "b"})}, 1)), sentence);
  }
}

TEST(Metainfo, NamesInUtf8AreUsedWhereTheyAreThere) {
  const auto named = [](Bencode name, Bencode utf8) {
    return parse(with(with(one_file(), "name", std::move(name)), "name.utf-8", std::move(utf8)));
  };
  EXPECT_EQ((*named(text("caf\xe9"), text("café")))->name, "café");
  EXPECT_EQ((*named(text("cafe"), text("café")))->files[0].path, "café");
  EXPECT_EQ((*parse(with(without(one_file(), "name"), "name.utf-8", text("café"))))->name, "café");
  // One that cannot be used is as none.
  for (const auto& useless : {text("caf\xe9"), text("../a"), text(""), Bencode(1), text("\n")})
    EXPECT_EQ((*named(text("cafe"), useless))->name, "cafe");
  expect_refused(named(text("caf\xe9"), text("\n")), "holds the byte 0xe9 at position 4");

  const auto path = [](const Bencode& utf8) {
    auto keys = *file(1, {"a", "caf\xe9"}).dictionary();
    keys.emplace("path.utf-8", utf8);
    return parse(folder({Bencode(keys)}, 1));
  };
  EXPECT_EQ((*path(parts_of({"ä", "café"})))->files[0].path, "album/ä/café");
  for (const auto& useless :
       {Bencode(List{}), Bencode(parts_of({"a", ".."})), text("a"), Bencode(List{Bencode(1)})})
    expect_refused(path(useless), "\"caf?\" holds the byte 0xe9");
}

TEST(Metainfo, RefusesNamesThatNoFileSystemTakes) {
  const std::string longest(255, 'n'), longer(256, 'n');
  EXPECT_TRUE(parse(with(one_file(), "name", text(longest))).has_value());
  expect_refused(parse(with(one_file(), "name", text(longer))),
                 "has 256 bytes, and 255 are possible");
  EXPECT_TRUE(parse(folder_of({longest, longest})).has_value());
  expect_refused(parse(folder_of({longer, "a"})), "has 256 bytes, and 255 are possible");
  expect_refused(parse(folder_of({"a", longer})), "in the path of its file 1 the name");
  // "album" and 15 longest ones with their '/' are 3,845 bytes; 249 more and a '/' are the most.
  std::vector<std::string> parts(15, longest);
  parts.emplace_back(249, 'n');
  EXPECT_TRUE(parse(folder_of(parts)).has_value());
  parts.back() += 'n';
  expect_refused(parse(folder_of(parts)), "has 4096 bytes, and 4095 are possible");
}

TEST(Metainfo, LinksAreNoFiles) {
  const auto metainfo = parse(folder({file(1, {"a"}), link({"sub", "b"}, {"a"}),
                                      link({"sub", "none"}, {"sub", "gone"}), file(3, {"c"})},
                                     1));
  ASSERT_TRUE(metainfo.has_value()) << metainfo.error();
  EXPECT_EQ((*metainfo)->files, (std::vector<Metainfo::File>{{"album/a", 1}, {"album/c", 3}}));
  EXPECT_EQ((*metainfo)->links,
            (std::vector<Metainfo::Link>{{"album/sub/b", "album/a"},
                                         {"album/sub/none", "album/sub/gone"}}));
}

TEST(Metainfo, RefusesLinksThatLeadOutOfTheFolder) {
  const auto expect_link = [](const std::vector<std::string>& target, const std::string& sentence) {
    expect_refused(parse(folder({file(1, {"a"}), link({"s", "b"}, target)}, 1)),
                   "its link \"album/s/b\" " + sentence);
  };
  expect_link({"..", "..", "etc", "passwd"},
              "leads out of the folder, or to the folder itself: \"../../etc/passwd\"");
  expect_link({"a", "..", "..", "b"}, "leads out of the folder");
  expect_link({".."}, "leads out of the folder, or to the folder itself: \"..\"");
  expect_link({"a", ".."}, "leads out of the folder, or to the folder itself");
  expect_link({"/etc/passwd"}, "leads out of the folder, or to the folder itself: \"/etc/passwd\"");
  expect_link({"", "etc"}, "leads out of the folder");
  expect_link({"a", "."}, "leads out of the folder");
  expect_link({}, "does not say where it leads");
  auto keys = *link({"b"}, {"a"}).dictionary();
  expect_refused(parse(folder({file(1, {"a"}), Bencode(without(keys, "symlink path"))}, 1)),
                 "its link \"album/b\" does not say where it leads");
  expect_refused(parse(folder({file(1, {"a"}), Bencode(with(keys, "length", 3))}, 1)),
                 "its link \"album/b\" has a size");
  expect_refused(parse(folder({file(1, {"a"}), link({"b"}, {"x\n"})}, 1)),
                 "in the target of its link \"album/b\" the name \"x?\" holds the byte 0x0a");
}

TEST(Metainfo, LinksBeginAtTheFolderAndThoseWithDotsWhereTheyLie) {
  const auto target = [](const std::vector<std::string>& words) {
    const auto parsed = parse(folder({file(1, {"a"}), link({"s", "t", "b"}, words)}, 1));
    return parsed ? (*parsed)->links[0].target : parsed.error();
  };
  EXPECT_EQ(target({"s", "c"}), "album/s/c");
  EXPECT_EQ(target({"..", "c"}), "album/s/c");
  EXPECT_EQ(target({"..", "..", "c"}), "album/c");
  EXPECT_EQ(target({"..", "..", "s", "..", "c"}), "album/c");
  EXPECT_EQ(target({"s", "..", "c"}), "album/c");
  EXPECT_EQ(target({".."}), "album/s");
}

// What lies in a folder that is a link would be written wherever the link leads.
TEST(Metainfo, RefusesALinkInThePlaceOfSomethingElse) {
  const std::string sentence = "two of its files have the path";
  expect_refused(parse(folder({file(1, {"a"}), link({"a"}, {"b"})}, 1)), sentence);
  expect_refused(parse(folder({file(1, {"a", "b"}), link({"a"}, {"c"})}, 1)), sentence);
  expect_refused(parse(folder({file(1, {"a"}), link({"a", "b"}, {"c"})}, 1)), sentence);
  expect_refused(parse(folder({file(1, {"a"}), link({"b"}, {"a"}), link({"b", "c"}, {"a"})}, 1)),
                 sentence);
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

TEST(Metainfo, RefusalsCanBeShownOnATerminal) {
  const std::string nasty = "\x1b[2J\n" + std::string(500, 'x');
  for (const auto& info :
       {with(one_file(), "name", text("/" + nasty)), with(one_file(), "name", text(nasty)),
        folder_of({nasty}), folder({file(1, {"a"}), link({"b"}, {"..", nasty})}, 1)}) {
    const auto parsed = parse(info);
    ASSERT_FALSE(parsed.has_value());
    EXPECT_EQ(parsed.error().find_first_of("\x1b\n"), std::string::npos);
    EXPECT_LT(parsed.error().size(), 200U);
  }
}

TEST(Metainfo, RefusesTwoFilesInOnePlace) {
  const auto expect_conflict = [](const std::vector<std::vector<std::string>>& paths) {
    List files;
    for (const auto& path : paths) files.push_back(file(1, path));
    const std::size_t chunks = (files.size() + 3) / 4;
    expect_refused(parse(folder(std::move(files), chunks)), "two of its files have the path");
  };
  expect_conflict({{"a"}, {"a"}});
  expect_conflict({{"b"}, {"a", "x"}, {"c"}, {"a", "x"}});
  expect_conflict({{"a"}, {"a", "b"}});
  expect_conflict({{"a", "b", "c"}, {"a!"}, {"a"}});  // '!' is before '/' in ASCII
  expect_conflict({{"a", "b"}, {"a", "b", "c", "d"}, {"a", "b-"}, {"a", "b!"}});
}

TEST(Metainfo, TakesFilesWhoseNamesBeginAlike) {
  EXPECT_TRUE(parse(folder({file(1, {"a"}), file(1, {"ab"}), file(1, {"a!", "b"}),
                            file(1, {"a-", "a"}), file(1, {"b", "a"}), file(1, {"A"})},
                           2))
                  .has_value());
}

TEST(Metainfo, RefusesChunkSizesOutOfRange) {
  for (const std::int64_t size : {std::int64_t{0}, std::int64_t{-4}, std::int64_t{67'108'865},
                                  std::int64_t{1} << 32, (std::int64_t{1} << 32) + 4})
    expect_refused(parse(with(one_file(), "piece length", size)), "its chunk size is");
}

TEST(Metainfo, RefusesHashesThatDoNotFitTheSize) {
  expect_refused(parse(with(one_file(), "pieces", text(hashes(3) + "h"))), "no multiple of 20");
  expect_refused(parse(with(one_file(), "pieces", text(hashes(2)))),
                 "10 bytes in chunks of 4 need 3 hashes, and it has 2");
  expect_refused(parse(with(one_file(), "pieces", text(hashes(4)))), "need 3 hashes");
  expect_refused(parse(with(one_file(), "pieces", text(""))), "need 3 hashes");
}

TEST(Metainfo, RefusesSizesThatOverflow) {
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  expect_refused(parse(with(one_file(), "length", most)), "need 2305843009213693952 hashes");
  expect_refused(parse(folder({file(most, {"a"}), file(1, {"b"})}, 1)), "larger than any disk");
  expect_refused(parse(folder({file(most, {"a"}), file(most, {"b"}), file(12, {"c"})}, 3)),
                 "larger than any disk");
}

TEST(Metainfo, RefusesAContentWithoutBytes) {
  expect_refused(parse(with(with(one_file(), "length", 0), "pieces", text(""))), "holds no bytes");
  expect_refused(parse(folder({file(0, {"a"}), file(0, {"b"})}, 0)), "holds no bytes");
}

TEST(Metainfo, RefusesVersion2Alone) {
  const auto info = without(with(one_file(), "meta version", Bencode(2)), "pieces");
  expect_refused(parse(info), "version 2 of the format only");
  expect_refused(parse(without(info, "length")), "version 2 of the format only");
}

TEST(Metainfo, RefusesAnInfoThatIsTooLong) {
  const auto info = with(one_file(), "source", text(std::string(longest_info, 'x')));
  expect_refused(parse(info), "33554432 are possible at most");
  const std::size_t rest = wire::to_bytes(Bencode(info)).size() - longest_info;
  const auto longest = with(one_file(), "source", text(std::string(longest_info - rest, 'x')));
  EXPECT_EQ(wire::to_bytes(Bencode(longest)).size(), longest_info);
  EXPECT_TRUE(parse(longest).has_value());
}

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
}  // namespace swarm
