// Whatever the bytes are: a configuration, or a ConfigurationError of a few lines, each a mistake
// that begins with its place. What was read is printed and read again without a difference. The
// same bytes as a list of contents: hashes, or an error of one line.
#include <cstddef>
#include <cstdint>
#include <sstream>
#include <string>

#include "transport/udp/configuration/configuration_keys.hpp"
#include "transport/udp/configuration/content_list_file.hpp"

namespace {

void expect(bool condition) {
  if (!condition) __builtin_trap();
}

void read_again(const swarm::udp::Configuration& configuration) {
  swarm::udp::Configuration again;
  for (const auto& section : swarm::udp::configuration_sections())
    for (const auto& key : section.keys) {
      const std::string text = key.text(configuration);
      if (text.empty()) continue;
      expect(key.set(again, text).has_value());
      expect(key.text(again) == text);
    }
  const auto difference = swarm::udp::reload(again, configuration);
  expect(difference.changed.empty() && difference.needs_restart.empty());
}

void read_list(const std::string& text) {
  try {
    const auto contents = swarm::udp::parse_content_list(text, "fuzz.list");
    expect(contents.size() <= text.size() / 40);
  } catch (const swarm::udp::ConfigurationError& error) {
    const std::string sentence = error.what();
    expect(sentence.starts_with("fuzz.list:") && sentence.find('\n') == sentence.npos);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  read_list(text);
  try {
    read_again(swarm::udp::parse_configuration(text, "fuzz.conf"));
  } catch (const swarm::udp::ConfigurationError& error) {
    std::istringstream lines(error.what());
    int mistakes = 0;
    for (std::string line; std::getline(lines, line); ++mistakes) {
      const auto key = line.substr(0, line.find(": "));  // a contradiction with a default
      expect(line.starts_with("fuzz.conf:") || swarm::udp::find_configuration_key(key) != nullptr);
    }
    expect(mistakes >= 1 && mistakes <= 10);
  }
  return 0;
}
