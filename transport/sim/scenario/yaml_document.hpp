// A small, strict reader of one YAML document: maps, lists and scalars, each with its place. It
// refuses anchors, aliases, tags, several documents, repeated keys and deep nesting.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "transport/sim/scenario/scenario.hpp"

namespace swarm::sim {

struct YamlError : std::runtime_error {
  YamlError(Place where, const std::string& sentence)
      : std::runtime_error(sentence), place(where) {}
  Place place;
};

struct YamlNode {
  enum class Kind { nothing, scalar, list, map };
  Kind kind = Kind::nothing;
  Place place;                  // the place of its first character
  std::string text;             // scalar
  std::vector<YamlNode> keys;   // map: keys[i] is the key of items[i], always a scalar
  std::vector<YamlNode> items;  // list, map
};

// Throws only YamlError. If the text has only blanks and comments, it returns Kind::nothing.
YamlNode parse_yaml(const std::string& text);

inline constexpr std::size_t yaml_most_bytes = 1 << 20;
inline constexpr std::size_t yaml_most_depth = 12;

}  // namespace swarm::sim
