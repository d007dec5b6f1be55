#include "transport/udp/configuration/configuration.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <map>
#include <optional>
#include <sstream>

#include "engine/base/did_you_mean.hpp"
#include "engine/tracker/settings_keys.hpp"
#include "transport/udp/configuration/configuration_keys.hpp"
#include "transport/udp/system/text_file.hpp"

namespace swarm::udp {
namespace {

namespace options = boost::program_options;
namespace fs = std::filesystem;

constexpr std::string_view prefix = "SWARM_TRACKER_";
constexpr std::size_t longest_file = 256 << 10;

// A key and its value in one source (flags, environment or file). The text of an error about the
// entry begins with `place`.
struct Entry {
  std::string key, value, place;
};
using Source = std::vector<Entry>;

[[noreturn]] void fail(std::string_view place, std::string_view sentence) {
  throw ConfigurationError(fmt::format("{}: {}", place, sentence));
}

// Collects mistakes in several keys or lines, so that the user sees all of them at once.
class Mistakes {
 public:
  template <class Read>
  void each(Read read) {
    if (told_.size() < most_told) try {
        read();
      } catch (const ConfigurationError& mistake) {
        told_.emplace_back(mistake.what());
      }
  }
  void tell() const {
    if (!told_.empty()) throw ConfigurationError(fmt::format("{}", fmt::join(told_, "\n")));
  }

 private:
  static constexpr std::size_t most_told = 10;
  std::vector<std::string> told_;
};

options::options_description described() {
  options::options_description all("Configuration", 100, 50);
  const auto value = [](const std::string& unit) {
    return options::value<std::vector<std::string>>()->value_name("<" + unit + ">");
  };
  all.add_options()(
      "config", value("path"),
      fmt::format("The file to read. Default: {}, if it exists.", default_configuration_file)
          .c_str());
  for (const auto& section : configuration_sections()) {
    options::options_description part(section.title, 100, 50);
    for (const auto& key : section.keys) {
      const std::string standard = key.default_text();
      part.add_options()(
          key.name.c_str(), value(key.unit),
          fmt::format("{} Default: {}.", key.meaning, standard.empty() ? key.when_unset : standard)
              .c_str());
    }
    all.add(part);
  }
  return all;
}

const options::options_description& description() {
  static const auto all = described();
  return all;
}

// ---- The sources

Source from_flags(const std::vector<std::string>& arguments) {
  namespace style = options::command_line_style;
  Source source;
  try {
    const auto parsed = options::command_line_parser(arguments)
                            .options(description())
                            .style(style::unix_style & ~style::allow_guessing)
                            .run();
    for (const auto& option : parsed.options) {
      if (option.string_key.empty())
        throw ConfigurationError(
            fmt::format("`{}` is not expected here, keys are written --KEY "
                        "VALUE",
                        option.value.empty() ? "" : option.value.front()));
      source.push_back({option.string_key, option.value.front(), "--" + option.string_key});
    }
  } catch (const options::unknown_option& error) {
    std::vector<std::string> flags{"--config"};
    for (const auto name : configuration_key_names()) flags.push_back(fmt::format("--{}", name));
    const std::string name = error.get_option_name();
    fail(name,
         fmt::format("there is no such key{}", did_you_mean(name, {flags.begin(), flags.end()})));
  } catch (const options::error_with_option_name& error) {
    fail(error.get_option_name(), "it has no value");
  } catch (const options::error& error) {
    throw ConfigurationError(error.what());
  }
  return source;
}

std::string variable_of(std::string_view key) {
  std::string name(prefix);
  for (const char c : key)
    name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

Source from_environment(const std::vector<std::string>& environment) {
  std::map<std::string, std::string> key_of{{variable_of("config"), "config"}};
  for (const auto name : configuration_key_names()) key_of.emplace(variable_of(name), name);
  Source source;
  for (const auto& entry : environment) {
    if (!entry.starts_with(prefix)) continue;
    const auto equals = std::min(entry.find('='), entry.size());
    const std::string name = entry.substr(0, equals);
    const auto found = key_of.find(name);
    if (found == key_of.end()) {
      std::vector<std::string_view> names;
      for (const auto& [known, key] : key_of) names.push_back(known);
      fail(name, fmt::format("there is no such key{}", did_you_mean(name, names)));
    }
    source.push_back({found->second, entry.substr(std::min(equals + 1, entry.size())), name});
  }
  return source;
}

// Removes a comment from a line. A `#` begins a comment only at the start of the line or behind a
// blank; elsewhere it is an error. So a `#` in a secret cannot silently cut off the secret's end.
std::string_view without_comment(std::string_view line, const std::string& place) {
  const auto hash = line.find('#');
  if (hash == line.npos) return line;
  if (hash > 0 && std::isspace(static_cast<unsigned char>(line[hash - 1])) == 0)
    fail(place,
         "`#` begins a comment, put a blank before it; a secret with `#` in it can be in "
         "the secret-file");
  return line.substr(0, hash);
}

// Returns the error for an unknown key. Text that does not look like a key may be a secret, so the
// error does not quote it.
std::string no_such_key(std::string_view key) {
  const auto name = key.substr(0, key.size() - key.ends_with('6'));
  if (name.find_first_not_of("abcdefghijklmnopqrstuvwxyz-_") != key.npos || key.size() > 40)
    return "this is no key of swarm-tracker";
  return fmt::format("there is no key `{}`{}", key, did_you_mean(key, configuration_key_names()));
}

// Parses one line at a time, so that an error can name its line.
Entry from_line(std::string_view line, const std::string& place) {
  if (line.starts_with('[')) fail(place, "there are no sections here, only lines of `key = value`");
  std::istringstream text{std::string(line)};
  std::vector<options::option> parsed;
  try {
    parsed = options::parse_config_file(text, description(), true).options;
  } catch (const options::error&) {  // `parsed` stays empty, which is reported below
  }
  if (parsed.size() != 1) fail(place, "this is no line of `key = value`");
  const auto& [key, value] = std::pair(parsed[0].string_key, parsed[0].value);
  if (find_configuration_key(key) == nullptr) fail(place, no_such_key(key));
  return {key, value.empty() ? "" : value.front(), fmt::format("{}: {}", place, key)};
}

using Seen = std::map<std::string, std::string>;  // key -> where it occurs first in a source

void check_value(const Entry& entry, Seen& seen) {
  const auto& [key, value, place] = entry;
  const auto* known = find_configuration_key(key);
  const auto [earlier, first] = seen.emplace(key, place);
  if (!first && !known->repeatable)
    fail(place, earlier->second == place
                    ? "it is given twice"
                    : fmt::format("it is given already in {}",
                                  earlier->second.substr(0, earlier->second.rfind(": "))));
  if (value.empty()) fail(place, "it has no value; leave the key out to have its default");
  Configuration scratch;
  if (const auto good = known->set(scratch, value); !good) fail(place, good.error());
}

Source from_file(std::string_view text, const std::string& file, Mistakes& mistakes) {
  Source source;
  Seen seen;
  if (const auto wrong = take_byte_order_mark(text); !wrong.empty()) fail(file, wrong);
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string place = fmt::format("{}:{}", file, number);
    mistakes.each([&] {
      const auto line = trimmed(without_comment(text.substr(0, end), place));
      if (line.empty()) return;
      source.push_back(from_line(line, place));
      check_value(source.back(), seen);
    });
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return source;
}

// ---- The sum of the sources

void check_values(const Source& source, Mistakes& mistakes) {
  Seen seen;
  for (const auto& entry : source)
    if (entry.key != "config") mistakes.each([&] { check_value(entry, seen); });
}

options::parsed_options parsed(const Source& source) {
  options::parsed_options all(&description());
  for (const auto& entry : source)
    all.options.emplace_back(entry.key, std::vector<std::string>{entry.value});
  return all;
}

std::string host_name() {
  std::string name(256, '\0');
  ::gethostname(name.data(), name.size() - 1);
  name.resize(std::strlen(name.c_str()));
  Configuration scratch;
  const auto* key = find_configuration_key("name");
  return !name.empty() && key->set(scratch, name) ? name : "tracker";
}

// Merges the sources. The caller must add the source with the highest precedence first.
class Sum {
 public:
  Mistakes& mistakes() { return mistakes_; }

  void add(const Source& source) {
    options::store(parsed(source), values_);  // does not replace values of earlier sources
    for (const auto& [key, value, place] : source) places_.emplace(key, place);
  }

  std::optional<std::string> config() const {
    if (values_.count("config") == 0) return std::nullopt;
    const auto& given = values_["config"].as<std::vector<std::string>>();
    const auto& place = places_.at("config");
    if (given.size() > 1) fail(place, "it is given twice");
    if (given[0].empty()) fail(place, "it names no file");
    return given[0];
  }

  Configuration configuration() {
    mistakes_.tell();
    Configuration c;
    for (const auto& [name, value] : values_) {
      const auto* key = find_configuration_key(name);
      if (key == nullptr) continue;  // only `config` is missing from the table of keys
      for (const auto& text : value.as<std::vector<std::string>>()) key->set(c, text);
    }
    check_conflicts(c);
    mistakes_.tell();
    if (places_.contains("secret") && places_.at("secret").starts_with("--"))
      c.warnings.push_back(
          "--secret: every user of this host can see it in the list of processes; keep it in a "
          "secret-file");
    if (c.tracker.previous_protocol)
      c.warnings.push_back(
          "previous-protocol = true: part of what the trackers say to each other is not encrypted; "
          "remove the key when all hosts are upgraded");
    if (c.name.empty()) c.name = host_name();
    if (c.control_socket.empty()) c.control_socket = c.data_directory / "control.sock";
    return c;
  }

 private:
  void check_conflicts(const Configuration& c) {
    const auto check = [this](bool wrong, const std::string& key, std::string_view sentence) {
      if (wrong) mistakes_.each([&] { fail(place_of(key, sentence), sentence); });
    };
    const auto conflict = find_conflict(c.tracker);
    check(!conflict.key.empty(), in_words_of_the_file(conflict.key),
          in_words_of_the_file(conflict.sentence));
    check(!c.secret.empty() && !c.secret_file.empty(), "secret",
          "there is a secret-file too: leave one of them out");
    check(c.http_tls_key.empty() && !c.http_tls_certificate.empty(), "http-tls-certificate",
          "there is no http-tls-key for it: TLS needs both");
    check(!c.http_tls_key.empty() && c.http_tls_certificate.empty(), "http-tls-key",
          "there is no http-tls-certificate for it: TLS needs both");
    check(!c.allow_list.empty() && !c.deny_list.empty(), "deny-list",
          "there is an allow-list too: leave one of them out");
  }
  // Returns the place to name in the error about a conflict: the place that sets `key`. If no
  // source sets `key`, returns the place of another key that `sentence` names.
  std::string place_of(const std::string& key, std::string_view sentence) const {
    if (const auto found = places_.find(key); found != places_.end()) return found->second;
    for (const auto& [other, place] : places_)
      if (sentence.find(fmt::format(" {} ", other)) != sentence.npos) return place;
    return key;
  }

  Mistakes mistakes_;
  options::variables_map values_;
  std::map<std::string, std::string> places_;  // key -> the place that sets its effective value
};

}  // namespace

Configuration read_configuration(const std::vector<std::string>& arguments,
                                 const std::vector<std::string>& environment) {
  Sum sum;
  for (const auto& source : {from_flags(arguments), from_environment(environment)}) {
    check_values(source, sum.mistakes());
    sum.add(source);
  }
  const auto named = sum.config();
  const fs::path file = named.value_or(std::string(default_configuration_file));
  const auto text = read_text_file(file, longest_file);
  const bool missing = !text && text.error() == ENOENT && !named;
  if (!text && !missing)
    sum.mistakes().each([&] { fail(file.string(), why_unreadable(text.error())); });
  if (text) sum.add(from_file(*text, file.string(), sum.mistakes()));
  Configuration configuration = sum.configuration();
  if (text) configuration.file = file;
  return configuration;
}

Configuration parse_configuration(std::string_view text, const std::string& file) {
  Sum sum;
  sum.add(from_file(text, file, sum.mistakes()));
  return sum.configuration();
}

std::string options_help() {
  std::ostringstream text;
  text << description();
  return text.str();
}

}  // namespace swarm::udp
