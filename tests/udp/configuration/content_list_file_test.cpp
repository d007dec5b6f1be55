#include "transport/udp/configuration/content_list_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/engine/db/temporary_directory.hpp"
#include "transport/udp/configuration/configuration.hpp"

namespace swarm::udp {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

InfoHash all(std::uint8_t byte) {
  InfoHash hash;
  hash.bytes.fill(byte);
  return hash;
}
const std::string ones(40, '1'), tens(40, 'a'), capital_tens(40, 'A');

std::string error_of(std::string_view text) {
  try {
    parse_content_list(text, "list");
  } catch (const ConfigurationError& error) {
    return error.what();
  }
  return "none";
}

TEST(ContentListFile, IsAnInfoHashALine) {
  EXPECT_THAT(parse_content_list(ones + "\n" + capital_tens + "\n", "list"),
              ElementsAre(all(0x11), all(0xaa)));
  EXPECT_THAT(parse_content_list(tens, "list"), ElementsAre(all(0xaa)));  // without a last line end
}

TEST(ContentListFile, CommentsBlanksAndLineEndsOfOtherSystemsAreNothing) {
  EXPECT_THAT(
      parse_content_list("# ours\r\n\r\n \t" + ones + " # a film\r\n#" + tens + "\n", "list"),
      ElementsAre(all(0x11)));
  EXPECT_THAT(parse_content_list("", "list"), IsEmpty());
}

// As some editors of Windows write it.
TEST(ContentListFile, AByteOrderMarkIsNothingAndThatOfAnotherEncodingIsNamed) {
  EXPECT_THAT(parse_content_list("\xEF\xBB\xBF" + ones + "\r\n" + tens, "list"),
              ElementsAre(all(0x11), all(0xaa)));
  EXPECT_THAT(parse_content_list("\xEF\xBB\xBF# ours\n" + ones, "list"), ElementsAre(all(0x11)));
  for (const std::string mark : {"\xFF\xFE", "\xFE\xFF"})
    EXPECT_EQ(error_of(mark + ones),
              "list: it begins with the byte order mark of UTF-16: save it as UTF-8, or as plain "
              "text");
}

TEST(ContentListFile, AnErrorNamesItsLine) {
  EXPECT_EQ(error_of(ones + "\n\n123\n"),
            "list:3: `123` is no info-hash: it has 3 characters, not 40");
  EXPECT_THAT(error_of(ones + "1"), HasSubstr("it has 41 characters"));
  EXPECT_THAT(error_of("g" + ones.substr(1)), HasSubstr("character 1 is `g`"));
  EXPECT_THAT(error_of(ones + " " + tens), HasSubstr("list:1: "));
}

TEST(ContentListFile, WhatCannotBeShownIsNotShown) {
  EXPECT_EQ(error_of("\x1b[31m" + ones), "list:1: this is no info-hash of 40 digits");
  EXPECT_THAT(error_of(std::string(1000, '1')), Not(HasSubstr("1111")));
}

TEST(ContentListFile, IsReadFromItsFile) {
  const TemporaryDirectory folder;
  std::ofstream(folder / "list") << ones << '\n';
  EXPECT_THAT(read_content_list(folder / "list"), ElementsAre(all(0x11)));
  try {
    read_content_list(folder / "none");
    FAIL();
  } catch (const ConfigurationError& error) {
    EXPECT_THAT(error.what(), EndsWith("/none: there is no such file"));
  }
}

}  // namespace
}  // namespace swarm::udp
