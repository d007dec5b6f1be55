// Links and x bits, as they are made for a content that is fetched; nothing of others is touched.
#include "transport/udp/content_store/content_layout.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/engine/db/temporary_directory.hpp"
#include "tests/udp/content_store/made_content.hpp"
#include "transport/udp/content_store/content_files.hpp"

namespace swarm::udp {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

struct Place {
  explicit Place(std::vector<Metainfo::Link> links = {{"tree/up", "tree/sub/run"},
                                                      {"tree/sub/deep/down", "tree/data"},
                                                      {"tree/sub/none", "tree/gone"},
                                                      {"tree/folder", "tree/sub"}}) {
    const auto& one = *made.metainfo;
    content = make_metainfo(one.name, true, one.files, one.chunk_size, one.chunks, links);
  }
  void create() { ContentFiles(content, folder / "", open).create(false); }
  std::string refusal() {
    try {
      create();
    } catch (const FileError& error) {
      return error.what();
    }
    return "none";
  }
  std::string words(const std::string& link) const {
    return fs::read_symlink(folder / "tree/" + link).string();
  }

  TemporaryDirectory folder;
  MadeContent made = make_content({{"tree/data", 1000}, {"tree/sub/run", 500, true}}, 1000);
  MetainfoPtr content;
  OpenFiles open;
};

TEST(ContentLayout, LinksLeadFromWhereTheyLie) {
  Place place;
  place.create();
  EXPECT_EQ(place.words("up"), "sub/run");
  EXPECT_EQ(place.words("sub/deep/down"), "../../data");
  EXPECT_EQ(place.words("sub/none"), "../gone");
  EXPECT_EQ(place.words("folder"), "sub");
  EXPECT_EQ(fs::canonical(place.folder / "tree/sub/deep/down"),
            fs::canonical(place.folder / "tree/data"));
}

TEST(ContentLayout, ProgramsMayBeRunAndOtherFilesMayNot) {
  Place place;
  const auto before = ::umask(022);
  place.create();
  ::umask(before);
  EXPECT_EQ(fs::status(place.folder / "tree/sub/run").permissions(), fs::perms(0755));
  EXPECT_EQ(fs::status(place.folder / "tree/data").permissions(), fs::perms(0644));
}

TEST(ContentLayout, AFileThatIsThereKeepsItsBits) {
  Place place;
  fs::create_directories(place.folder / "tree/sub");
  write_bytes(place.folder / "tree/sub/run", std::vector<std::uint8_t>(500));
  fs::permissions(place.folder / "tree/sub/run", fs::perms(0600));
  place.create();
  EXPECT_EQ(fs::status(place.folder / "tree/sub/run").permissions(), fs::perms(0600));
}

TEST(ContentLayout, MakingItAgainChangesNothing) {
  Place place;
  place.create();
  const auto before = fs::last_write_time(place.folder / "tree");
  place.create();
  EXPECT_EQ(fs::last_write_time(place.folder / "tree"), before);
  EXPECT_EQ(place.words("up"), "sub/run");
}

TEST(ContentLayout, WhatLiesInThePlaceOfALinkStaysAndIsNamed) {
  const auto expect_left = [](const auto& put, const auto& still_there) {
    Place place;
    fs::create_directory(place.folder / "tree");
    const fs::path at = place.folder / "tree/up";
    put(at);
    EXPECT_THAT(place.refusal(), AllOf(HasSubstr("/tree/up is there already"),
                                       HasSubstr("a link to sub/run"), HasSubstr("-o")));
    EXPECT_TRUE(still_there(at));
    EXPECT_FALSE(fs::exists(place.folder / "tree/data")) << "it is told before anything is made";
  };
  expect_left(
      [](const fs::path& at) {
        write_bytes(at.string(), {1, 2});
      },
      [](const fs::path& at) { return fs::file_size(at) == 2; });
  expect_left([](const fs::path& at) { fs::create_directory(at); },
              [](const fs::path& at) { return fs::is_directory(at); });
  for (const char* words : {"sub/other", "sub/run/and more", "sub"})
    expect_left([&](const fs::path& at) { fs::create_symlink(words, at); },
                [&](const fs::path& at) { return fs::read_symlink(at) == words; });
}

// A link that others have put in the place of a folder would lead the content's own link out.
TEST(ContentLayout, NoLinkIsMadeThroughALink) {
  Place place(std::vector<Metainfo::Link>{{"tree/far/link", "tree/data"}});
  fs::create_directories(place.folder / "tree");
  fs::create_directory(place.folder / "elsewhere");
  fs::create_directory_symlink("../elsewhere", place.folder / "tree/far");
  EXPECT_THAT(place.refusal(), HasSubstr("a symbolic link"));
  EXPECT_TRUE(fs::is_empty(place.folder / "elsewhere"));
}

TEST(ContentLayout, PathsThatAreTooLongThereAreToldAtOnce) {
  Place place;
  std::string deep = place.folder / "";
  while (deep.size() + 101 < 4095 - std::string("tree/sub/deep/down").size())
    deep += std::string(100, 'd') + "/";
  deep += std::string(4095 - std::string("tree/sub/deep/down").size() - deep.size() - 1, 'e') + "/";
  EXPECT_NO_THROW(refuse_other_layout(*place.content, deep));
  try {
    refuse_other_layout(*place.content, deep.substr(0, deep.size() - 1) + "e/");
    ADD_FAILURE() << "it is too long";
  } catch (const FileError& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("has 4096 bytes there, and 4095 are possible"),
                                    HasSubstr("name a folder with a shorter path")));
  }
}

}  // namespace
}  // namespace swarm::udp
