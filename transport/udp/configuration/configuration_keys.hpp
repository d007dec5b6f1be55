// The table of every key of the configuration: what it is called, what it means and why, how it is
// read and printed. Flags, environment, file, --help, the printed default file and a reload all go
// by it, so that none of them can forget a key.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/quantity.hpp"
#include "transport/udp/configuration/configuration.hpp"

namespace swarm::udp {

inline constexpr std::string_view default_configuration_file =
    "/etc/swarm-tracker/swarm-tracker.conf";
constexpr std::size_t shortest_secret = 16;  // characters

struct ConfigurationKey {
  std::string name;     // keep-alive
  std::string unit;     // "duration", "size", "port", "ranked or drawn", ...
  std::string bounds;   // "100us..60s"; empty: none
  std::string meaning;  // what for, and why; sentences
  // Where the default is empty: what that means, and a value to show in its place.
  std::string when_unset, example;
  bool reloadable{}, repeatable{}, hidden{};  // hidden: its value is never shown

  // True, or a sentence: not a value of this key. A repeatable key adds to what is there.
  std::function<Parsed<bool>(Configuration&, std::string_view)> set;
  // As set() takes it; empty: not set.
  std::function<std::string(const Configuration&)> text;

  std::string default_text() const { return text(Configuration()); }
};

struct ConfigurationSection {
  std::string title, prose;
  std::vector<ConfigurationKey> keys;
};

// In the order of the printed file: what is to be set first, the daemon's own, the engine's.
const std::vector<ConfigurationSection>& configuration_sections();
const ConfigurationKey* find_configuration_key(std::string_view name);  // or nullptr
std::vector<std::string_view> configuration_key_names();

// A sentence of the engine on its keys, in this file's words: keep_alive is keep-alive here, and
// `key: value` is `key = value`.
std::string in_words_of_the_file(std::string_view sentence);

}  // namespace swarm::udp
