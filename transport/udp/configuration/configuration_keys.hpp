// The table of all configuration keys. It has each key's name and meaning, and the functions that
// parse and print a value. Flags, environment, file, --help, the printed default file and reload
// all use this table, so none of them can miss a key.
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
  std::string name;     // for example keep-alive
  std::string unit;     // "duration", "size", "port", "ranked or drawn", ...
  std::string bounds;   // for example "100us..60s"; empty if there are none
  std::string meaning;  // sentences that say what the key is for, and why
  // Only for a key whose default is empty. `when_unset` says what the empty value means, and
  // `example` is a value to print as an example.
  std::string when_unset, example;
  bool reloadable{}, repeatable{}, hidden{};  // hidden: the value is never shown

  // Parses a value and stores it. A repeatable key adds the value to those that are already stored.
  // The error is a sentence that says why this key cannot have the text as its value.
  std::function<Parsed<bool>(Configuration&, std::string_view)> set;
  // Returns the value in a form that set() accepts; empty if the key is not set.
  std::function<std::string(const Configuration&)> text;

  std::string default_text() const { return text(Configuration()); }
};

struct ConfigurationSection {
  std::string title, prose;
  std::vector<ConfigurationKey> keys;
};

// The sections in the order of the printed file: first the keys that every user must set, then the
// keys of the daemon, then the keys of the engine.
const std::vector<ConfigurationSection>& configuration_sections();
const ConfigurationKey* find_configuration_key(std::string_view name);  // nullptr if there is none
std::vector<std::string_view> configuration_key_names();

// Translates a sentence of the engine into the notation of the configuration file: keep_alive
// becomes keep-alive, and `key: value` between backquotes becomes `key = value`.
std::string in_words_of_the_file(std::string_view sentence);

}  // namespace swarm::udp
