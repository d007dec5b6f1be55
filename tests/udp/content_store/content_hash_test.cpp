#include "transport/udp/content_store/content_hash.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/engine/db/temporary_directory.hpp"
#include "tests/udp/content_store/made_content.hpp"
#include "tests/udp/own_process.hpp"

namespace swarm::udp {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

bool go_on(std::uint64_t, std::uint64_t) {
  return true;
}

std::string error_of(const fs::path& path, const HashProgress& progress = go_on) {
  const auto hashed = hash_content(path, 1000, progress);
  return hashed ? "no error" : hashed.error();
}

TEST(ContentHash, OfOneFile) {
  const TemporaryDirectory folder;
  const MadeContent made = make_content({{"one file", 1'234'567}}, 10'000);
  put_files(made, folder / "");
  const auto hashed = hash_content(folder / "one file", 10'000, go_on);
  ASSERT_TRUE(hashed) << hashed.error();
  EXPECT_EQ(hashed->metainfo->info_hash, made.metainfo->info_hash);
  EXPECT_EQ(hashed->metainfo->chunks, made.metainfo->chunks);
  EXPECT_FALSE(hashed->metainfo->folder);
  EXPECT_EQ(hashed->directory, fs::canonical(folder / ""));
  EXPECT_THAT(hashed->skipped, IsEmpty());
}

TEST(ContentHash, OfAFolderSortedByPath) {
  const TemporaryDirectory folder;
  const MadeContent made = make_content({{"tree/a.txt", 70},
                                         {"tree/a/b", 12'345},
                                         {"tree/a/empty", 0},
                                         {"tree/größe", 3},
                                         {"tree/z", 4'000'000}},
                                        5000);
  put_files(made, folder / "");
  fs::create_directory(folder / "tree/nothing");
  fs::create_symlink("/etc/passwd", folder / "tree/link");
  fs::create_directory_symlink("/etc", folder / "tree/links");
  ASSERT_EQ(::mkfifo((folder / "tree/pipe").c_str(), 0600), 0);
  const auto hashed = hash_content(folder / "tree/", 5000, go_on);
  ASSERT_TRUE(hashed) << hashed.error();
  EXPECT_EQ(hashed->metainfo->files, made.metainfo->files);
  EXPECT_EQ(hashed->metainfo->info_hash, made.metainfo->info_hash);
  EXPECT_THAT(hashed->skipped, testing::UnorderedElementsAre(
                                   HasSubstr("/link"), HasSubstr("/links"), HasSubstr("/pipe")));
}

TEST(ContentHash, AChunkSizeAboveTheSizeMakesOneChunk) {
  const TemporaryDirectory folder;
  write_bytes(folder / "small", {1, 2, 3});
  const auto hashed = hash_content(folder / "small", default_chunk_size, go_on);
  ASSERT_TRUE(hashed);
  const std::vector<std::uint8_t> bytes{1, 2, 3};
  EXPECT_THAT(hashed->metainfo->chunks, ElementsAre(sha1(bytes)));
}

TEST(ContentHash, ALinkThatIsNamedIsWhatItLeadsTo) {
  const TemporaryDirectory folder;
  write_bytes(folder / "real", {1, 2, 3});
  fs::create_symlink("real", folder / "latest");
  const auto hashed = hash_content(folder / "latest", 1000, go_on);
  ASSERT_TRUE(hashed);
  EXPECT_EQ(hashed->metainfo->name, "real");
}

TEST(ContentHash, WhatCannotBeSharedIsToldInOneSentence) {
  const TemporaryDirectory folder;
  EXPECT_THAT(error_of(folder / "none"), AllOf(HasSubstr("/none"), HasSubstr("No such file")));
  fs::create_directory(folder / "void");
  write_bytes(folder / "void/nothing", {});
  EXPECT_THAT(error_of(folder / "void"), HasSubstr("not a single byte"));
  EXPECT_THAT(error_of(folder / "void/nothing"), HasSubstr("not a single byte"));
  EXPECT_THAT(error_of("/"), HasSubstr("whole file system"));
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_THAT(error_of(folder / "pipe"), HasSubstr("cannot share"));
}

TEST(ContentHash, NamesThatOthersCannotWriteAreRefused) {
  for (const char* name : {"line\nbreak", "\x1b[2J", "latin-\xe9", "\xc0\xaf", "\xed\xa0\x80",
                           "cut\xe2\x82", "\xf4\x90\x80\x80", "del\x7f"}) {
    const TemporaryDirectory folder;
    fs::create_directory(folder / "names");
    write_bytes(folder / "names" + "/" + name, {1});
    const std::string error = error_of(folder / "names");
    EXPECT_THAT(error, AllOf(HasSubstr("holds the byte 0x"), HasSubstr("rename it")));
    EXPECT_THAT(error, testing::Not(testing::AnyOf(HasSubstr("\n"), HasSubstr("\x1b"))));
  }
  const TemporaryDirectory folder;
  fs::create_directory(folder / "names");
  for (const char* name : {"größe", "漢字", "\xf0\x9f\x8e\xb5", "back\\slash", "a b"})
    write_bytes(folder / "names" + "/" + name, {1});
  EXPECT_EQ(error_of(folder / "names"), "no error");
}

TEST(ContentHash, TheByteThatOthersCannotWriteIsNamed) {
  const TemporaryDirectory folder;
  fs::create_directories(folder / "names/caf\xe9");
  write_bytes(folder / "names/caf\xe9/a", {1});
  EXPECT_THAT(
      error_of(folder / "names"),
      HasSubstr("the name \"caf?\" holds the byte 0xe9 at position 4: no UTF-8; rename it"));
}

TEST(ContentHash, LinksWithinTheFolderAreKept) {
  const TemporaryDirectory folder;
  fs::create_directories(folder / "tree/sub/deeper");
  write_bytes(folder / "tree/a", {1, 2, 3});
  write_bytes(folder / "outside", {1});
  const auto link = [&](const char* words, const std::string& name) {
    fs::create_symlink(words, folder / "tree/" + name);
  };
  link("a", "beside");
  link("../../a", "sub/deeper/up");
  link("sub/", "folder");
  link("sub/../a", "round");
  link("gone", "sub/to none");
  link("folder/deeper/up", "through");
  link("../outside", "out");
  link("/etc/passwd", "absolute");
  link("../tree", "itself");
  link("sub/../../outside", "out by way of sub");
  link("loop", "loop");
  const auto hashed = hash_content(folder / "tree", 1000, go_on);
  ASSERT_TRUE(hashed) << hashed.error();
  EXPECT_THAT(
      hashed->metainfo->links,
      ElementsAre(Metainfo::Link{"tree/beside", "tree/a"},
                  Metainfo::Link{"tree/folder", "tree/sub"}, Metainfo::Link{"tree/round", "tree/a"},
                  Metainfo::Link{"tree/sub/deeper/up", "tree/a"},
                  Metainfo::Link{"tree/sub/to none", "tree/sub/gone"},
                  Metainfo::Link{"tree/through", "tree/folder/deeper/up"}));
  EXPECT_THAT(hashed->metainfo->files, ElementsAre(Metainfo::File{"tree/a", 3}));
  EXPECT_THAT(hashed->skipped, testing::UnorderedElementsAre(
                                   HasSubstr("/tree/out is a link that leads out"),
                                   HasSubstr("/absolute is"), HasSubstr("/itself is"),
                                   HasSubstr("/out by way of sub is"), HasSubstr("/loop is")));
}

// `down/..` is the folder above where the link `down` leads, not the one that it lies in.
TEST(ContentHash, ALinkThatLeadsElsewhereThanItsWordsIsNotShared) {
  const TemporaryDirectory folder;
  fs::create_directories(folder / "tree/sub/deeper");
  write_bytes(folder / "tree/a", {1});
  write_bytes(folder / "tree/sub/a", {2});
  fs::create_symlink("sub/deeper", folder / "tree/down");
  fs::create_symlink("down/../a", folder / "tree/link");
  const auto hashed = hash_content(folder / "tree", 1000, go_on);
  ASSERT_TRUE(hashed) << hashed.error();
  EXPECT_THAT(hashed->metainfo->links, ElementsAre(Metainfo::Link{"tree/down", "tree/sub/deeper"}));
  EXPECT_THAT(hashed->skipped, ElementsAre(HasSubstr("/link is a link")));
}

TEST(ContentHash, TheXBitIsKept) {
  const TemporaryDirectory folder;
  fs::create_directory(folder / "tree");
  for (const char* name : {"tree/data", "tree/run", "tool"}) write_bytes(folder / name, {1});
  fs::permissions(folder / "tree/run", fs::perms::owner_all);
  fs::permissions(folder / "tool", fs::perms::owner_all);
  const auto tree = hash_content(folder / "tree", 1000, go_on);
  ASSERT_TRUE(tree) << tree.error();
  EXPECT_THAT(tree->metainfo->files, ElementsAre(Metainfo::File{"tree/data", 1, false},
                                                 Metainfo::File{"tree/run", 1, true}));
  const auto tool = hash_content(folder / "tool", 1000, go_on);
  ASSERT_TRUE(tool) << tool.error();
  EXPECT_TRUE(tool->metainfo->files[0].executable);
}

TEST(ContentHash, AFileThatMayNotBeReadIsTold) {
  const TemporaryDirectory folder;
  fs::permissions(folder / "", fs::perms::all);
  write_bytes(folder / "secret", {1});
  fs::permissions(folder / "secret", fs::perms::none);
  OwnProcess child([&] {
    if (::geteuid() == 0 && ::seteuid(65534) != 0) return;
    EXPECT_THAT(error_of(folder / "secret"),
                AllOf(HasSubstr("/secret"), HasSubstr("this user may not")));
  });
  EXPECT_TRUE(child.ended_well());
}

TEST(ContentHash, AFileThatChangesMeanwhileIsTold) {
  const TemporaryDirectory folder;
  write_bytes(folder / "log", std::vector<std::uint8_t>(100'000));
  const auto append = [&](std::uint64_t, std::uint64_t) {
    std::ofstream(folder / "log", std::ios::app) << "one line more";
    return true;
  };
  EXPECT_THAT(error_of(folder / "log", append), AllOf(HasSubstr("/log"), HasSubstr("it changed")));
  const auto cut = [&](std::uint64_t, std::uint64_t) {
    fs::resize_file(folder / "log", 5);
    return true;
  };
  EXPECT_THAT(error_of(folder / "log", cut), HasSubstr("it changed"));
  const auto remove = [&](std::uint64_t, std::uint64_t) {
    fs::remove(folder / "log");
    return true;
  };
  EXPECT_THAT(error_of(folder / "log", remove), HasSubstr("it changed"));
}

TEST(ContentHash, ProgressEndsWithTheWholeAndMayCancel) {
  const TemporaryDirectory folder;
  write_bytes(folder / "file", std::vector<std::uint8_t>(300'000));
  std::uint64_t last = 0, whole = 0;
  EXPECT_EQ(error_of(folder / "file",
                     [&](std::uint64_t done, std::uint64_t size) {
                       EXPECT_GE(done, last);
                       last = done;
                       whole = size;
                       return true;
                     }),
            "no error");
  EXPECT_EQ(last, 300'000u);
  EXPECT_EQ(whole, 300'000u);
  EXPECT_EQ(error_of(folder / "file", [](std::uint64_t, std::uint64_t) { return false; }),
            "cancelled");
}

TEST(ContentHash, TooManyChunksAreRefusedBeforeHashing) {
  const TemporaryDirectory folder;
  write_bytes(folder / "huge", {});
  fs::resize_file(folder / "huge", std::uint64_t{1} << 40);
  EXPECT_THAT(error_of(folder / "huge"), HasSubstr("choose a larger chunk size"));
}

}  // namespace
}  // namespace swarm::udp
