#include <fmt/format.h>

#include <sstream>
#include <utility>

#include "transport/udp/configuration/configuration.hpp"
#include "transport/udp/configuration/configuration_keys.hpp"

// Makes the configuration file, with a comment for each key, that `print-config` prints.

namespace swarm::udp {
namespace {

constexpr std::size_t columns = 96;

// Formats `text` as comment lines. Long lines are broken at blanks.
std::string comment(std::string_view text) {
  std::string out, line = "#";
  std::istringstream words{std::string(text)};
  for (std::string word; words >> word;) {
    if (line.size() > 1 && line.size() + 1 + word.size() > columns)
      out += std::exchange(line, "#") + '\n';
    line += ' ' + word;
  }
  return out + line + '\n';
}

std::string printed(const ConfigurationKey& key) {
  const std::string standard = key.default_text();
  const std::string within = key.bounds.empty() ? "" : fmt::format(" within {}", key.bounds);
  const std::string reloads = key.reloadable ? " Taken over by a reload." : "";
  return comment(key.meaning) +
         comment(fmt::format("Unit: {}{}. Default: {}.{}", key.unit, within,
                             standard.empty() ? key.when_unset : standard, reloads)) +
         fmt::format("#{} = {}\n\n", key.name, standard.empty() ? key.example : standard);
}

}  // namespace

std::string default_configuration() {
  std::string text =
      comment(fmt::format("Configuration of swarm-tracker: {}", default_configuration_file)) +
      "#\n" +
      comment(
          "A line of `#key = value` shows the default, or an example where there is none: take "
          "the `#` away to set it. The same keys are flags (--keep-alive 10ms) and variables of "
          "the environment (SWARM_TRACKER_KEEP_ALIVE=10ms), which count more than this file, "
          "flags most. Durations have a unit: ns, us, ms, s, min, h; sizes may have one: kB, "
          "MB, GB, KiB, MiB, GiB. `swarm-tracker check-config` says what is wrong.") +
      "\n";
  for (const auto& section : configuration_sections()) {
    text += fmt::format("# ---- {}\n", section.title) + comment(section.prose) + "\n";
    for (const auto& key : section.keys) text += printed(key);
  }
  text.pop_back();  // one newline at the end
  return text;
}

}  // namespace swarm::udp
