#include "transport/udp/content_store/content_files.hpp"

#include <fcntl.h>
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
using testing::HasSubstr;

// Chunks of 1,000 bytes that cross borders of files, several of them empty.
MadeContent album() {
  return make_content({{"album/a", 2500},
                       {"album/empty", 0},
                       {"album/deep/er/b", 1},
                       {"album/deep/c", 999},
                       {"album/none", 0},
                       {"album/z", 1700},
                       {"album/zero", 0}},
                      1000);
}

struct Files {
  explicit Files(MadeContent made, std::size_t most_open = 128)
      : content(std::move(made)), open(most_open) {}

  ContentFiles at(const fs::path& place) { return {content.metainfo, place, open}; }
  void write_all(ContentFiles& files) const {
    for (std::uint32_t i = content.metainfo->chunk_count(); i-- > 0;)
      files.write(i, *content.chunk(i));
  }
  void expect_equal(const fs::path& place) const {
    for (std::size_t i = 0; i < content.metainfo->files.size(); ++i)
      EXPECT_EQ(read_bytes(place / content.metainfo->files[i].path), content.file(i));
  }

  TemporaryDirectory folder;
  fs::path directory = folder / "down";
  MadeContent content;
  OpenFiles open;
};

template <class Body>
std::string error_of(Body&& body) {
  try {
    body();
  } catch (const FileError& error) {
    return error.what();
  }
  return "no error";
}

TEST(ContentFiles, ChunksCrossTheBordersOfFiles) {
  Files test(album());
  ContentFiles files = test.at(test.directory);
  files.create(false);
  test.write_all(files);
  files.sync();
  test.expect_equal(test.directory);
  for (std::uint32_t i = 0; i < test.content.metainfo->chunk_count(); ++i) {
    std::vector<std::uint8_t> bytes(test.content.metainfo->length(i));
    EXPECT_TRUE(files.read(i, bytes));
    EXPECT_EQ(bytes, *test.content.chunk(i));
  }
}

TEST(ContentFiles, AnyLayoutIsWrittenAndRead) {
  Random random(7);
  for (std::uint64_t round = 0; round < 30; ++round) {
    std::vector<Metainfo::File> list{{"r/first", 1}};
    for (std::uint64_t i = random.below(12); i > 0; --i)
      list.push_back({"r/" + std::to_string(i) + (i % 3 == 0 ? "d/f" : ""),
                      random.below(2) * random.below(700)});
    Files test(make_content(list, static_cast<std::uint32_t>(1 + random.below(300)), round), 2);
    ContentFiles files = test.at(test.directory);
    files.create(false);
    test.write_all(files);
    test.expect_equal(test.directory);
  }
}

TEST(ContentFiles, AreSparseAndOfTheirFinalSize) {
  Files test(make_content({{"big", 8 << 20}}, 1 << 20));
  ContentFiles files = test.at(test.directory);
  files.create(false);
  struct stat status {};
  ASSERT_EQ(::stat((test.directory / "big").c_str(), &status), 0);
  EXPECT_EQ(status.st_size, 8 << 20);
  EXPECT_EQ(status.st_blocks, 0);
}

TEST(ContentFiles, TellsWhatLiesInHoles) {
  Files test(make_content({{"h/one", (1 << 20) + 5}, {"h/two", 3 << 20}}, 256 << 10));
  ContentFiles files = test.at(test.directory);
  files.create(false);
  EXPECT_EQ(files.data().count(), 0u);
  files.write(1, *test.content.chunk(1));
  files.write(9, *test.content.chunk(9));
  Bitmap data = files.data();
  EXPECT_TRUE(data.test(1) && data.test(9));
  EXPECT_LE(data.count(), 2u + 2u);  // it ends with whole blocks of the disk
  test.write_all(files);
  EXPECT_TRUE(files.data().all());
}

TEST(ContentFiles, FilesOfOthersAreNotTouched) {
  Files test(album());
  ContentFiles files = test.at(test.directory);
  fs::create_directories(test.directory / "album");
  for (const std::size_t size : {std::size_t{2501}, std::size_t{10}}) {
    write_bytes(test.directory / "album/a", std::vector<std::uint8_t>(size, 7));
    EXPECT_THAT(error_of([&] { files.create(false); }),
                AllOf(HasSubstr("/album/a is there already and has " + std::to_string(size)),
                      HasSubstr("it has 2500")));
    EXPECT_FALSE(fs::exists(test.directory / "album/z"));
    EXPECT_EQ(fs::file_size(test.directory / "album/a"), size);
  }
  files.create(true);  // its own one, cut in a crash
  EXPECT_EQ(fs::file_size(test.directory / "album/a"), 2500u);
}

TEST(ContentFiles, WhatCameSinceTheyWereLookedAtIsNotTouched) {
  Files test(album());
  ContentFiles files = test.at(test.directory);
  const ContentFiles::Marks found = files.look();
  fs::create_directories(test.directory / "album");
  write_bytes(test.directory / "album/a", std::vector<std::uint8_t>(10, 7));
  EXPECT_THAT(error_of([&] { files.create(true, true, &found); }),
              HasSubstr("album changed while it was looked at"));
  EXPECT_EQ(fs::file_size(test.directory / "album/a"), 10u);
  EXPECT_FALSE(fs::exists(test.directory / "album/z"));
}

TEST(ContentFiles, LooksAtWhatIsThere) {
  Files test(album());
  ContentFiles files = test.at(test.directory);
  for (const auto& mark : files.look()) EXPECT_FALSE(mark);
  files.create(false);
  const ContentFiles::Marks made = files.look();
  ASSERT_TRUE(made[0] && made[6]);
  EXPECT_EQ(made[0]->path, "album/a");
  EXPECT_EQ(made[0]->size, 2500u);
  EXPECT_GT(made[0]->changed_ns, 1'700'000'000'000'000'000);
  fs::remove(test.directory / "album/deep/c");
  EXPECT_FALSE(files.look()[3]);
  fs::remove_all(test.directory / "album");
  write_bytes(test.directory / "album", {1});
  EXPECT_THAT(error_of([&] { files.look(); }), HasSubstr("a file where a folder should be"));
}

// What a folder of downloads holds, somebody else may have put there.
TEST(ContentFiles, NoLinkIsFollowed) {
  for (const std::string link : {"album", "album/deep", "album/deep/er", "album/a"}) {
    Files test(album());
    const fs::path outside = test.folder / "outside";
    fs::create_directories(outside / "deep/er");
    fs::create_directories(outside / "er");
    const bool file = link == "album/a";
    if (file) write_bytes(outside / "a", std::vector<std::uint8_t>(2500, 7));
    fs::create_directories((test.directory / link).parent_path());
    fs::create_symlink(file ? outside / "a" : outside, test.directory / link);
    ContentFiles files = test.at(test.directory);
    EXPECT_THAT(error_of([&] { files.look(); }), HasSubstr("symbolic link")) << link;
    EXPECT_THAT(error_of([&] { files.create(true); }), HasSubstr("symbolic link")) << link;
    const auto refused = testing::AnyOf(HasSubstr("symbolic link"), HasSubstr("is gone"));
    for (std::uint32_t i = 0; i < 6; ++i)
      EXPECT_THAT(error_of([&] { files.write(i, *test.content.chunk(i)); }), refused) << link;
    std::vector<std::uint8_t> bytes(1000);
    EXPECT_THAT(error_of([&] { files.read(file ? 0 : 2, bytes); }), refused) << link;
    for (const auto& entry : fs::recursive_directory_iterator(outside))
      EXPECT_TRUE(entry.is_directory() || entry.path() == outside / "a") << entry.path();
    if (file) {
      EXPECT_EQ(read_bytes(outside / "a"), std::vector<std::uint8_t>(2500, 7));
    }
  }
}

TEST(ContentFiles, WhatIsNoFileIsRefusedAtOnce) {
  Files test(album());
  fs::create_directories(test.directory / "album/z");
  ContentFiles files = test.at(test.directory);
  EXPECT_THAT(error_of([&] { files.create(false); }), HasSubstr("a folder is in its place"));
  fs::remove(test.directory / "album/z");
  files.create(false);
  fs::remove(test.directory / "album/z");
  ASSERT_EQ(::mkfifo((test.directory / "album/z").c_str(), 0600), 0);
  std::vector<std::uint8_t> bytes(1000);
  EXPECT_THAT(error_of([&] { files.read(4, bytes); }), HasSubstr("no regular file"));
  EXPECT_THAT(error_of([&] { files.write(4, bytes); }), HasSubstr("no regular file"));
}

TEST(ContentFiles, ShortAndMissingFilesAreTold) {
  Files test(album());
  put_files(test.content, test.directory);
  ContentFiles files = test.at(test.directory);
  std::vector<std::uint8_t> bytes(1000);
  EXPECT_TRUE(files.read(4, bytes));
  fs::resize_file(test.directory / "album/z", 600);
  EXPECT_FALSE(files.read(4, bytes));
  fs::remove(test.directory / "album/a");
  EXPECT_THAT(error_of([&] { files.read(0, bytes); }),
              AllOf(HasSubstr("cannot read"), HasSubstr("/album/a: it is gone")));
}

TEST(ContentFiles, AFileThatIsRemovedMeanwhileIsNotSynced) {
  Files test(album());
  ContentFiles files = test.at(test.directory);
  files.create(false);
  files.write(0, *test.content.chunk(0));
  fs::remove(test.directory / "album/a");
  EXPECT_THAT(error_of([&] { files.sync(); }), HasSubstr("album/a was removed"));
}

TEST(ContentFiles, MarksAreOfWhatWasLeftBehind) {
  Files test(album());
  ContentFiles files = test.at(test.directory);
  files.create(false);
  EXPECT_EQ(files.marks()[5], *files.look()[5]);
  test.write_all(files);
  files.sync();
  const auto marks = files.marks();
  ContentFiles others = test.at(test.directory);
  for (std::size_t i = 0; i < marks.size(); ++i) EXPECT_EQ(marks[i], others.look()[i]);
  // Another process changes a file: the marks stay as they were.
  fs::last_write_time(test.directory / "album/z", fs::file_time_type::clock::now() + 1h);
  EXPECT_EQ(files.marks(), marks);
  EXPECT_NE(marks[5], others.look()[5]);
  // And when it is written once more, it cannot be said what it holds.
  files.write(4, *test.content.chunk(4));
  files.sync();
  EXPECT_NE(files.marks()[5], others.look()[5]);
  EXPECT_EQ(files.marks()[0], others.look()[0]);
}

TEST(ContentFiles, FewFilesAreOpenAtATime) {
  std::vector<Metainfo::File> list;
  for (int i = 0; i < 50; ++i) list.push_back({"many/" + std::to_string(i), 100});
  Files test(make_content(list, 150), 4);
  {
    ContentFiles files = test.at(test.directory);
    files.create(false);
    for (int round = 0; round < 2; ++round) {
      test.write_all(files);
      EXPECT_EQ(test.open.size(), 4u);
    }
    files.sync();  // those that were closed in between, too
    test.expect_equal(test.directory);
  }
  EXPECT_EQ(test.open.size(), 0u);
}

TEST(ContentFiles, AFullDiskIsToldInOneSentence) {
  Files test(make_content({{"large", 1 << 20}}, 64 << 10));
  fs::create_directories(test.directory);
  OwnProcess child([&] {
    if (!mount_small_disk(test.directory, 256)) return;  // nothing to see without it
    ContentFiles files = test.at(test.directory);
    files.create(false);
    std::string error;
    std::uint32_t written = 0;
    while (error.empty() && written < 16) {
      try {
        files.write(written, *test.content.chunk(written));
        ++written;
      } catch (const FileError& full) {
        error = full.what();
      }
    }
    EXPECT_THAT(error, AllOf(HasSubstr("cannot write " + (test.directory / "large").string()),
                             HasSubstr("the disk is full; free some space")));
    EXPECT_LE(written, 4u);
  });
  EXPECT_TRUE(child.ended_well());
}

TEST(ContentFiles, AFolderThatMayNotBeWrittenIsTold) {
  Files test(album());
  fs::create_directories(test.directory);
  fs::permissions(test.folder / "", fs::perms::all);
  fs::permissions(test.directory, fs::perms::owner_read | fs::perms::owner_exec);
  OwnProcess child([&] {
    if (::geteuid() == 0 && ::seteuid(65534) != 0) return;
    ContentFiles files = test.at(test.directory);
    EXPECT_THAT(error_of([&] { files.create(false); }),
                AllOf(HasSubstr(test.directory.string()), HasSubstr("this user may not")));
  });
  EXPECT_TRUE(child.ended_well());
}

TEST(ContentFiles, NamesAreShownWithoutControlCharacters) {
  EXPECT_EQ(shown("a\x1b[2Jb\n\x7f"), "a?[2Jb??");
  EXPECT_EQ(shown("größe"), "größe");
}

}  // namespace
}  // namespace swarm::udp
