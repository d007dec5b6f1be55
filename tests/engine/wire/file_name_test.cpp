// Which names of files are taken, and what is said of the others.
#include "engine/wire/file_name.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace swarm::wire {
namespace {

TEST(FileName, CharactersOfUtf8HaveOneToFourBytes) {
  EXPECT_EQ(utf8_character("a"), 1U);
  EXPECT_EQ(utf8_character("\u00e4x"), 2U);
  EXPECT_EQ(utf8_character("\u20acx"), 3U);
  EXPECT_EQ(utf8_character("\U0001f3b5x"), 4U);
  EXPECT_EQ(utf8_character("\U0010ffff"), 4U);
}

TEST(FileName, WhatIsNoUtf8HasNone) {
  for (const char* text :
       {"\x80", "\xbf", "\xc0\xaf", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xed\xbf\xbf",
        "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xc3", "\xc3(",
        "\xe2\x82", "\xe2(\xac", "\xf0\x9f\x8e"})
    EXPECT_EQ(utf8_character(text), 0U) << text;
}

TEST(FileName, TheFirstBadByteIsTold) {
  EXPECT_FALSE(bad_byte("").has_value());
  EXPECT_FALSE(bad_byte("gr\u00f6\u00dfe \u6f22 \U0001f3b5 a\\b").has_value());
  const auto bad = bad_byte("\u00e4b\xff\n");
  ASSERT_TRUE(bad.has_value());
  EXPECT_EQ(bad->at, 3U);
  EXPECT_EQ(bad->value, 0xff);
  EXPECT_EQ(bad->why, "no UTF-8");
}

TEST(FileName, ControlCharactersAreThoseOfC0AndC1) {
  for (const char c : {'\x01', '\n', '\x1f', '\x7f'})
    EXPECT_EQ(problem_of_name(std::string("ab") + c),
              fmt::format("holds the byte 0x{:02x} at position 3: a control character", c));
  EXPECT_EQ(problem_of_name("\u0080"), "holds the byte 0x80 at position 2: a control character");
  EXPECT_EQ(problem_of_name("\u009f"), "holds the byte 0x9f at position 2: a control character");
  EXPECT_EQ(problem_of_name("\u00a0"), "");
  EXPECT_EQ(problem_of_name(" ~"), "");
}

TEST(FileName, LongestIsInBytes) {
  std::string name;
  for (int i = 0; i < 127; ++i) name += "\u00e4";
  EXPECT_EQ(problem_of_name(name + "x"), "");
  EXPECT_EQ(problem_of_name(name + "\u00e4"), "has 256 bytes, and 255 are possible");
}

}  // namespace
}  // namespace swarm::wire
