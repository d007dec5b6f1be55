// Bencode both ways, each refusal with its place, and the sizes that a hostile text may have.
#include "engine/wire/bencode.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace swarm::wire {
namespace {

using List = Bencode::List;
using Dictionary = Bencode::Dictionary;

Bytes bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::string written(const Bencode& value) {
  const auto bytes = to_bytes(value);
  return {bytes.begin(), bytes.end()};
}

std::string raw(std::string_view text, std::string_view key) {
  const Bytes found = raw_value(bytes_of(text), key);
  return {found.begin(), found.end()};
}

void expect_same(std::string_view text, const Bencode& value) {
  const auto parsed = parse_bencode(bytes_of(text));
  ASSERT_TRUE(parsed.has_value()) << text << ": " << parsed.error().sentence;
  EXPECT_TRUE(*parsed == value) << text;
  EXPECT_EQ(written(value), text);
}

// Read as others write it, and written in the one form that is ours.
void expect_read(std::string_view text, std::string_view ours) {
  const auto parsed = parse_bencode(bytes_of(text));
  ASSERT_TRUE(parsed.has_value()) << text << ": " << parsed.error().sentence;
  EXPECT_EQ(written(*parsed), ours);
}

void expect_refused(std::string_view text, std::size_t at, std::string_view sentence) {
  const auto parsed = parse_bencode(bytes_of(text));
  ASSERT_FALSE(parsed.has_value()) << text;
  EXPECT_EQ(parsed.error().at, at) << text;
  EXPECT_EQ(parsed.error().sentence, sentence) << text;
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

TEST(Bencode, Numbers) {
  expect_same("i0e", 0);
  expect_same("i42e", 42);
  expect_same("i-1e", -1);
  expect_same("i9223372036854775807e", std::numeric_limits<std::int64_t>::max());
  expect_same("i-9223372036854775808e", std::numeric_limits<std::int64_t>::min());
}

TEST(Bencode, Strings) {
  expect_same("0:", std::string());
  expect_same("4:spam", std::string("spam"));
  expect_same(std::string_view("3:\0e\xff", 5), std::string("\0e\xff", 3));
  expect_same("10:i1e2:xxl0:", std::string("i1e2:xxl0:"));
}

TEST(Bencode, ListsAndDictionaries) {
  expect_same("le", List{});
  expect_same("de", Dictionary{});
  expect_same("l4:spami-3elee", List{Bencode(std::string("spam")), Bencode(-3), Bencode(List{})});
  expect_same("d0:i1e1:ali2ee2:aa1:xe", Dictionary{{"", Bencode(1)},
                                                   {"a", Bencode(List{Bencode(2)})},
                                                   {"aa", Bencode(std::string("x"))}});
}

TEST(Bencode, KeysAreWrittenAsBytesWithoutSign) {
  expect_same("d1:zi1e1:\x80i2ee", Dictionary{{"z", Bencode(1)}, {"\x80", Bencode(2)}});
}

// As every other client takes them: mktorrent's own order, and what was edited by hand.
TEST(Bencode, KeysMayComeInAnyOrder) {
  expect_read("d1:bi1e1:ai2ee", "d1:ai2e1:bi1ee");
  expect_read("d1:\x80i2e1:zi1ee", "d1:zi1e1:\x80i2ee");
  expect_read("d2:aai1e1:ad1:xi1e1:ci2eee", "d1:ad1:ci2e1:xi1ee2:aai1ee");
}

TEST(Bencode, NumbersMayHaveMoreThanOneForm) {
  expect_read("i-0e", "i0e");
  expect_read("i00e", "i0e");
  expect_read("i042e", "i42e");
  expect_read("i-01e", "i-1e");
  expect_read("i" + std::string(1000, '0') + "7e", "i7e");
  expect_read("04:spam", "4:spam");
  expect_read("00:", "0:");
}

TEST(Bencode, WhatFollowsTheValueIsLeftOutOnRequest) {
  for (const char* rest : {"\n", "i2e", "e", "\xff\xff"}) {
    const std::string text = std::string("d1:ai1ee") + rest;
    EXPECT_FALSE(parse_bencode(bytes_of(text)).has_value());
    const auto parsed = parse_bencode(bytes_of(text), Trailing::ignored);
    ASSERT_TRUE(parsed.has_value()) << text;
    EXPECT_EQ(written(*parsed), "d1:ai1ee");
    EXPECT_EQ(raw(text, "a"), "i1e");
  }
  EXPECT_FALSE(parse_bencode(bytes_of("d1:ai1e"), Trailing::ignored).has_value());
}

TEST(Bencode, AValueTellsItsKind) {
  const Bencode value = Dictionary{{"a", Bencode(7)}};
  ASSERT_NE(value.find("a"), nullptr);
  EXPECT_EQ(*value.find("a")->number(), 7);
  EXPECT_EQ(value.find("b"), nullptr);
  EXPECT_EQ(value.find("a")->find("a"), nullptr);
  EXPECT_EQ(value.number(), nullptr);
  EXPECT_EQ(value.text(), nullptr);
  EXPECT_EQ(value.list(), nullptr);
  EXPECT_NE(value.dictionary(), nullptr);
}

TEST(Bencode, RefusesNumbersOfAnotherForm) {
  const std::string_view sentence = "a number that is not written as i42e, or does not fit 64 bits";
  for (const char* text :
       {"ie", "i-e", "i+1e", "i 1e", "i1", "i", "i-", "i1.5e", "i0x1e", "i--1e", "i-", "i0", "i00",
        "i-0", "i9223372036854775808e", "i-9223372036854775809e", "i99999999999999999999999999e"})
    expect_refused(text, 0, sentence);
  expect_refused("li1ei+2ee", 4, sentence);
}

TEST(Bencode, RefusesStringsOfAnotherForm) {
  const std::string_view sentence = "a string must begin with its length and ':'";
  for (const char* text : {"4", "4spam", "0", "00", "18446744073709551616:x"})
    expect_refused(text, 0, sentence);
  expect_refused("9:abc", 0, "a string of 9 bytes, and 3 are left");
  expect_refused("1:", 0, "a string of 1 bytes, and 0 are left");
  expect_refused("18446744073709551615:x", 0,
                 "a string of 18446744073709551615 bytes, and 1 are left");
  expect_refused("di1ei2ee", 1, sentence);  // a key that is a number
  expect_refused("d-1:ae", 1, sentence);
}

TEST(Bencode, RefusesAKeyThatComesTwice) {
  const std::string_view sentence =
      "a key comes twice in its dictionary, and programs differ in which one holds";
  expect_refused("d1:ai1e1:ai1ee", 7, sentence);
  expect_refused("d1:ai1e1:bi2e1:ai3ee", 13, sentence);
  expect_refused("d1:bd1:ai1e2:aai1e1:ai2eee", 18, sentence);
  expect_read("d1:ad1:ai1eee", "d1:ad1:ai1eee");  // in another dictionary it is another key
}

TEST(Bencode, RefusesWhatEndsEarlyOrLate) {
  expect_refused("", 0, "it ends where a value must be");
  expect_refused("l", 1, "it ends where a value must be");
  expect_refused("li1e", 4, "it ends where a value must be");
  expect_refused("d1:a", 4, "it ends where a value must be");
  expect_refused("d", 1, "a string must begin with its length and ':'");
  expect_refused("d1:ae", 4, "no value begins with this byte");
  expect_refused("e", 0, "no value begins with this byte");
  expect_refused("x", 0, "no value begins with this byte");
  expect_refused(std::string_view("l\0e", 3), 1, "no value begins with this byte");
  expect_refused("i1ei2e", 3, "3 bytes follow the value");
  expect_refused("i1e\n", 3, "1 bytes follow the value");
}

TEST(Bencode, RefusesEveryBeginningOfAValue) {
  const std::string_view text = "d1:ali1e3:abcd0:i-5eee2:bb1:xe";
  ASSERT_TRUE(parse_bencode(bytes_of(text)).has_value());
  for (std::size_t size = 0; size < text.size(); ++size)
    EXPECT_FALSE(parse_bencode(bytes_of(text.substr(0, size))).has_value()) << size;
}

TEST(Bencode, HasAtMost32Levels) {
  const auto nested = [](std::size_t levels) {
    return repeated("l", levels) + repeated("e", levels);
  };
  EXPECT_TRUE(parse_bencode(bytes_of(nested(32))).has_value());
  expect_refused(nested(33), 32, "more than 32 levels of lists");
  expect_refused(repeated("l", 1'000'000), 32, "more than 32 levels of lists");
  expect_refused(repeated("d0:", 1'000'000), 96, "more than 32 levels of lists");
  EXPECT_TRUE(parse_bencode(bytes_of("l" + repeated(nested(31), 100) + "e")).has_value());
}

TEST(Bencode, HasAtMostTwoMillionValues) {
  const std::size_t most = Bencode::most_values;
  EXPECT_TRUE(parse_bencode(bytes_of("l" + repeated("0:", most - 1) + "e")).has_value());
  expect_refused("l" + repeated("0:", most) + "e", 1 + 2 * (most - 1), "more than 2097152 values");
}

TEST(Bencode, RawValueIsWhatWasWritten) {
  const std::string_view text = "d1:ai1e4:infod1:xle1:y3:i1ee5:otherl1:e1:d1:lee";
  EXPECT_EQ(raw(text, "a"), "i1e");
  EXPECT_EQ(raw(text, "info"), "d1:xle1:y3:i1ee");
  EXPECT_EQ(raw(text, "other"), "l1:e1:d1:le");
  EXPECT_EQ(raw(text, "x"), "");  // of an inner one
  EXPECT_EQ(raw(text, ""), "");
  EXPECT_EQ(raw("d4:infod4:infoi1eee", "info"), "d4:infoi1ee");
  EXPECT_EQ(raw("d1:zi1e4:infod1:yi-0e01:xi01eee", "info"), "d1:yi-0e01:xi01ee");
  EXPECT_EQ(raw("de", "info"), "");
  EXPECT_EQ(raw("l4:infoi1ee", "info"), "");
  EXPECT_EQ(raw("4:info", "info"), "");
}

}  // namespace
}  // namespace swarm::wire
