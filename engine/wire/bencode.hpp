// Reads and writes bencode (BEP 3).
//
//   value  := "i" integer "e"  |  length ":" bytes  |  "l" value* "e"  |  "d" (string value)* "e"
//
// The writer sorts the keys of a dictionary in ascending order and writes each number in its
// shortest form. The reader also accepts keys in any order, "-0" and leading zeros, because all
// other clients accept them. It refuses a dictionary that has a key twice, because programs differ
// in which of the two values they use. Numbers must fit 64 bits. The reader accepts at most
// `deepest` levels and `most_values` values. So a megabyte of nested lists from an attacker takes
// only some megabytes of memory.
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
  static constexpr int deepest = 32;                    // levels of lists and dictionaries
  static constexpr std::size_t most_values = 1u << 21;  // enough for 190,000 files, 8 folders deep

  Bencode(std::int64_t number = 0) : value_(number) {}               // NOLINT: implicit
  Bencode(std::string text) : value_(std::move(text)) {}             // NOLINT
  Bencode(List list) : value_(std::move(list)) {}                    // NOLINT
  Bencode(Dictionary dictionary) : value_(std::move(dictionary)) {}  // NOLINT

  // Null if the value is of another kind.
  const std::int64_t* number() const { return std::get_if<std::int64_t>(&value_); }
  const std::string* text() const { return std::get_if<std::string>(&value_); }
  const List* list() const { return std::get_if<List>(&value_); }
  const Dictionary* dictionary() const { return std::get_if<Dictionary>(&value_); }
  // The value of a key; null if the key is missing, or if this value is no dictionary.
  const Bencode* find(std::string_view key) const;

  friend bool operator==(const Bencode&, const Bencode&) = default;

 private:
  std::variant<std::int64_t, std::string, List, Dictionary> value_;
};

struct BencodeError {
  std::size_t at{};      // index of the wrong byte, from 0
  std::string sentence;  // "a string of 9 bytes, and 3 are left"
};

// Reads one value from the beginning of `bytes`. By default no bytes may follow the value. With
// Trailing::ignored, the reader ignores such bytes.
enum class Trailing : std::uint8_t { refused, ignored };
tl::expected<Bencode, BencodeError> parse_bencode(Bytes bytes,
                                                  Trailing trailing = Trailing::refused);
std::vector<std::uint8_t> to_bytes(const Bencode& value);

// Returns the bytes of the value that `key` has in the outermost dictionary, exactly as they are in
// `bytes`: the info-hash is the hash of such bytes. Empty if the dictionary has no such key.
// parse_bencode must have accepted `bytes`.
Bytes raw_value(Bytes bytes, std::string_view key);

}  // namespace swarm::wire
