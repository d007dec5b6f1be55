// Names, folders and links of a torrent: which ones parse_metainfo takes.
#include "engine/wire/metainfo.hpp"

#include <gtest/gtest.h>

#include "engine/wire/bencode.hpp"
#include "tests/engine/wire/torrents.hpp"

namespace swarm::torrents {
namespace {

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

}  // namespace
}  // namespace swarm::torrents
