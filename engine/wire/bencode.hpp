// Bencode (BEP 3): reading and writing.
//
//   value  := "i" integer "e"  |  length ":" bytes  |  "l" value* "e"  |  "d" (string value)* "e"
//
// What is written has its keys ascending and one form of each number. What is read may be of
// others: keys in any order, "-0" and leading zeros are taken, for every other client takes them. A
// key that comes twice in a dictionary is refused: programs differ in which of the two holds.
// Numbers fit 64 bits; at most `deepest` levels and `most_values` values, so that a hostile
// megabyte of brackets stays some megabytes of memory.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <variant>
#include <vector>

#include "engine/base/types.hpp"

namespace swarm::wire {

class Bencode {
 public:
  using List = std::vector<Bencode>;
  using Dictionary = std::map<std::string, Bencode, std::less<>>;
  static constexpr int deepest = 32;                    // lists and dictionaries in each other
  static constexpr std::size_t most_values = 1u << 21;  // 190,000 files, each 8 folders deep

  Bencode(std::int64_t number = 0) : value_(number) {}               // NOLINT: a value is one
  Bencode(std::string text) : value_(std::move(text)) {}             // NOLINT
  Bencode(List list) : value_(std::move(list)) {}                    // NOLINT
  Bencode(Dictionary dictionary) : value_(std::move(dictionary)) {}  // NOLINT

  // Null when it is of another kind.
  const std::int64_t* number() const { return std::get_if<std::int64_t>(&value_); }
  const std::string* text() const { return std::get_if<std::string>(&value_); }
  const List* list() const { return std::get_if<List>(&value_); }
  const Dictionary* dictionary() const { return std::get_if<Dictionary>(&value_); }
  // The value of a key of a dictionary; null when there is none, or this is no dictionary.
  const Bencode* find(std::string_view key) const;

  friend bool operator==(const Bencode&, const Bencode&) = default;

 private:
  std::variant<std::int64_t, std::string, List, Dictionary> value_;
};

struct BencodeError {
  std::size_t at{};      // byte, from 0
  std::string sentence;  // "a string of 9 bytes, and 3 are left"
};

// `bytes` is one value, and nothing else; with `ignored` whatever follows the value is left out.
enum class Trailing : std::uint8_t { refused, ignored };
tl::expected<Bencode, BencodeError> parse_bencode(Bytes bytes,
                                                  Trailing trailing = Trailing::refused);
std::vector<std::uint8_t> to_bytes(const Bencode& value);

// Where the value of a key of the outermost dictionary stands in `bytes`, as it was written (the
// info-hash is of these very bytes). Only for what parse_bencode accepts; empty: no such key.
Bytes raw_value(Bytes bytes, std::string_view key);

}  // namespace swarm::wire
