#include "transport/udp/configuration.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <sstream>

#include "engine/did_you_mean.hpp"
#include "engine/tracker/settings_keys.hpp"
#include "engine/wire/secret.hpp"
#include "transport/udp/configuration_keys.hpp"
#include "transport/udp/content_list_file.hpp"
#include "transport/udp/network_interfaces.hpp"
#include "transport/udp/text_file.hpp"

namespace swarm::udp {
namespace {

namespace options = boost::program_options;
namespace fs = std::filesystem;

constexpr std::string_view default_file = "/etc/swarm-tracker/swarm-tracker.conf";
constexpr std::string_view prefix = "SWARM_TRACKER_";
constexpr std::size_t longest_file = 256 << 10;

// A key with a value in one of the sources; `place`: what an error begins with.
struct Given {
  std::string key, value, place;
};
using Givens = std::vector<Given>;

[[noreturn]] void fail(std::string_view place, std::string_view sentence) {
  throw ConfigurationError(fmt::format("{}: {}", place, sentence));
}

options::options_description described() {
  options::options_description all("Configuration", 100, 50);
  const auto value = [](const std::string& unit) {
    return options::value<std::vector<std::string>>()->value_name("<" + unit + ">");
  };
  all.add_options()(
      "config", value("path"),
      fmt::format("The file to read. Default: {}, if it exists.", default_file).c_str());
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

Givens from_flags(const std::vector<std::string>& arguments) {
  namespace style = options::command_line_style;
  Givens givens;
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
      givens.push_back({option.string_key, option.value.front(), "--" + option.string_key});
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
  return givens;
}

std::string variable_of(std::string_view key) {
  std::string name(prefix);
  for (const char c : key)
    name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

Givens from_environment(const std::vector<std::string>& environment) {
  std::map<std::string, std::string> key_of{{variable_of("config"), "config"}};
  for (const auto name : configuration_key_names()) key_of.emplace(variable_of(name), name);
  Givens givens;
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
    givens.push_back({found->second, entry.substr(std::min(equals + 1, entry.size())), name});
  }
  return givens;
}

// A comment begins a line, or follows a blank: a secret cannot lose its end to one unnoticed.
std::string_view without_comment(std::string_view line, const std::string& place) {
  const auto hash = line.find('#');
  if (hash == line.npos) return line;
  if (hash > 0 && std::isspace(static_cast<unsigned char>(line[hash - 1])) == 0)
    fail(place,
         "`#` begins a comment, put a blank before it; a secret with `#` in it can be in "
         "the secret-file");
  return line.substr(0, hash);
}

// A line that looks like no key may be a secret: it is not repeated.
std::string no_such_key(std::string_view key) {
  const auto name = key.substr(0, key.size() - key.ends_with('6'));
  if (name.find_first_not_of("abcdefghijklmnopqrstuvwxyz-_") != key.npos || key.size() > 40)
    return "this is no key of swarm-tracker";
  return fmt::format("there is no key `{}`{}", key, did_you_mean(key, configuration_key_names()));
}

// One line at a time, so that an error knows its line.
Given from_line(std::string_view line, const std::string& place) {
  if (line.starts_with('[')) fail(place, "there are no sections here, only lines of `key = value`");
  std::istringstream text{std::string(line)};
  std::vector<options::option> parsed;
  try {
    parsed = options::parse_config_file(text, description(), true).options;
  } catch (const options::error&) {  // said below
  }
  if (parsed.size() != 1) fail(place, "this is no line of `key = value`");
  const auto& [key, value] = std::pair(parsed[0].string_key, parsed[0].value);
  if (find_configuration_key(key) == nullptr) fail(place, no_such_key(key));
  return {key, value.empty() ? "" : value.front(), fmt::format("{}: {}", place, key)};
}

Givens from_file(std::string_view text, const std::string& file) {
  Givens givens;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string place = fmt::format("{}:{}", file, number);
    const auto line = trimmed(without_comment(text.substr(0, end), place));
    if (!line.empty()) givens.push_back(from_line(line, place));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return givens;
}

// ---- Their sum

void check_values(const Givens& givens) {
  std::map<std::string_view, std::string_view> seen;
  for (const auto& [key, value, place] : givens) {
    if (key == "config") continue;
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
}

options::parsed_options parsed(const Givens& givens) {
  options::parsed_options all(&description());
  for (const auto& given : givens)
    all.options.emplace_back(given.key, std::vector<std::string>{given.value});
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

// The sources, the one that counts most first.
class Sum {
 public:
  void add(const Givens& givens) {
    check_values(givens);
    options::store(parsed(givens), values_);  // what is there already stays
    for (const auto& [key, value, place] : givens) places_.emplace(key, place);
  }

  std::optional<std::string> config() const {
    if (values_.count("config") == 0) return std::nullopt;
    const auto& given = values_["config"].as<std::vector<std::string>>();
    const auto& place = places_.at("config");
    if (given.size() > 1) fail(place, "it is given twice");
    if (given[0].empty()) fail(place, "it names no file");
    return given[0];
  }

  Configuration configuration() const {
    Configuration c;
    for (const auto& [name, value] : values_) {
      const auto* key = find_configuration_key(name);
      if (key == nullptr) continue;  // config
      for (const auto& text : value.as<std::vector<std::string>>()) key->set(c, text);
    }
    check_conflicts(c);
    if (places_.contains("secret") && places_.at("secret").starts_with("--"))
      c.warnings.push_back(
          "--secret: every user of this host can see it in the list of processes; keep it in a "
          "secret-file");
    if (c.name.empty()) c.name = host_name();
    if (c.control_socket.empty()) c.control_socket = c.data_directory / "control.sock";
    return c;
  }

 private:
  void check_conflicts(const Configuration& c) const {
    const auto conflict = find_conflict(c.tracker);
    if (!conflict.key.empty())
      fail(place_of(in_words_of_the_file(conflict.key)), in_words_of_the_file(conflict.sentence));
    if (!c.secret.empty() && !c.secret_file.empty())
      fail(place_of("secret"), "there is a secret-file too: leave one of them out");
    if (!c.allow_list.empty() && !c.deny_list.empty())
      fail(place_of("deny-list"), "there is an allow-list too: leave one of them out");
  }
  std::string place_of(const std::string& key) const {
    const auto found = places_.find(key);
    return found == places_.end() ? key : found->second;
  }

  options::variables_map values_;
  std::map<std::string, std::string> places_;  // of the value that counts
};

// ---- A look at this host

bool others_may_read(const fs::path& path) {
  struct stat file {};
  return ::stat(path.c_str(), &file) == 0 && (file.st_mode & S_IROTH) != 0;
}

class Resolver {
 public:
  explicit Resolver(Configuration& configuration) : c_(configuration) {}

  std::vector<std::string> run() {
    warnings_ = c_.warnings;
    addresses();
    contacts();
    secret();
    first_start();
    http();
    contents_taken();
    return std::move(warnings_);
  }

 private:
  void warn(std::string sentence) {  // once, though both addresses may have the same interface
    if (std::find(warnings_.begin(), warnings_.end(), sentence) == warnings_.end())
      warnings_.push_back(std::move(sentence));
  }

  // Of the interface when `own` is none; which must be this host's when it is one.
  NetworkInterface interface_of(std::string_view key, std::uint32_t own) {
    try {
      const auto chosen = choose_interface(own == 0 ? c_.interface : address_text(own));
      if (c_.multicast_group != 0 && !chosen.multicast && !chosen.loopback)
        warn(
            fmt::format("the interface {} carries no multicast: say `multicast-group = none`, and "
                        "name the other trackers by `contact`",
                        chosen.name));
      return chosen;
    } catch (const InterfaceError& error) {
      throw HostError(fmt::format("{}: {}", own == 0 ? "interface" : key, error.what()));
    }
  }

  void addresses() {
    auto& t = c_.tracker;
    const auto peers = interface_of("peers-address", c_.peers_address);
    t.cluster_address = {interface_of("cluster-address", c_.cluster_address).ip, c_.cluster_port};
    t.peers_address = {peers.ip, c_.peers_port};
    if (t.cluster_address == t.peers_address)
      fail("peers-port", fmt::format("{} is the trackers' own port at this address: take another "
                                     "one for the peers",
                                     c_.peers_port));
    const auto six = address6(peers);
    c_.peers6 = six ? std::optional<Endpoint>({*six, c_.peers_port}) : std::nullopt;
  }

  std::optional<Ip> address6(const NetworkInterface& peers) {
    if (c_.peers_address6 == "none") return std::nullopt;
    if (c_.peers_address6 == automatic) return first_address6(peers);
    const Ip own = parse_address6(c_.peers_address6).value();
    if (is_own_address(own)) return own;
    throw HostError(
        fmt::format("peers-address6: {} is no address of this host", c_.peers_address6));
  }

  // The loopback's only address is not taken unasked: several instances may be there for a trial.
  std::optional<Ip> first_address6(const NetworkInterface& peers) {
    if (peers.loopback) return std::nullopt;
    const auto there = addresses6(peers.name);
    const auto is = [](Address6::State state) {
      return [state](const Address6& address) { return address.state == state; };
    };
    const auto good = std::find_if(there.begin(), there.end(), is(Address6::State::good));
    if (good != there.end()) return good->ip;
    const auto early = std::find_if(there.begin(), there.end(), is(Address6::State::not_ready));
    if (early != there.end())
      warn(
          fmt::format("peers-address6: the network does not let this host use {} yet, so peers are "
                      "not served over IPv6 until a restart",
                      address_text(early->ip)));
    return std::nullopt;
  }

  void contacts() {
    auto& contacts = c_.tracker.contacts;
    contacts.clear();
    for (const auto& text : c_.contacts) {
      const auto contact = parse_endpoint(text, c_.cluster_port);
      if (!contact) fail("contact", contact.error());
      if (*contact != c_.tracker.cluster_address) contacts.push_back(*contact);
    }
    if (c_.multicast_group != 0) contacts.push_back({c_.multicast_group, c_.cluster_port});
  }

  void secret() {
    c_.tracker.swarm_secret = {};
    if (!c_.secret_file.empty())
      c_.tracker.swarm_secret = wire::secret_from_text(secret_in_file());
    else if (!c_.secret.empty())
      c_.tracker.swarm_secret = wire::secret_from_text(c_.secret);
    else
      no_secret();
    if (!c_.secret.empty() && !c_.file.empty() && others_may_read(c_.file))
      warn(fmt::format("every user of this host may read {}: chmod o-r, if the secret is in it",
                       c_.file.string()));
  }

  std::string secret_in_file() {
    const std::string place = fmt::format("secret-file: {}", c_.secret_file.string());
    const auto text = read_text_file(c_.secret_file, longest_file);
    if (!text) fail(place, why_unreadable(text.error()));
    if (others_may_read(c_.secret_file))
      warn(
          fmt::format("{} may be read by every user of this host, who can then take part in the "
                      "swarm: chmod o-r {}",
                      place, c_.secret_file.string()));
    const auto line = trimmed(std::string_view(*text).substr(0, text->find('\n')));
    if (line.empty()) fail(place, fmt::format("its first line is empty; {}", how_to_make_one()));
    if (line.size() < shortest_secret)
      fail(place, fmt::format("its first line has less than {} characters; {}", shortest_secret,
                              how_to_make_one()));
    return std::string(line);
  }

  void no_secret() {
    if (!is_loopback(c_.tracker.cluster_address.ip))
      fail("secret-file", fmt::format("without a secret anybody in the network could take part in "
                                      "the swarm: put the same one into a file on each host and "
                                      "name it here; {}",
                                      how_to_make_one()));
    warn(
        "there is no secret: whoever is on this host can take part in the swarm, which is for "
        "trials on loopback only");
  }

  static std::string how_to_make_one() { return "`head -c 24 /dev/urandom | base64` makes one"; }

  void first_start() {
    const auto& t = c_.tracker;
    const bool founds = t.first_start == FirstStart::bootstrap;
    if (founds && t.bootstrap_expect == 1)
      warn(
          "bootstrap-expect = 1: this instance founds a swarm alone, and until others join "
          "nobody takes over when it dies; say so on one host only");
    if (founds && t.bootstrap_expect == 2)
      warn(
          "bootstrap-expect = 2: of two members, the death of either stops all answers until it "
          "is back; three go on after the death of one");
    const bool needs_others =
        t.first_start == FirstStart::join || (founds && t.bootstrap_expect > 1);
    if (needs_others && t.contacts.empty())
      warn(
          "no contact is named and multicast-group is none: an instance with an empty disk asks "
          "nobody for its swarm");
  }

  void http() {
    std::map<Endpoint, std::string_view> taken;
    const auto take = [&](std::string_view key, const std::string& text) {
      const auto address = own_http_address(key, text);
      const auto [earlier, first] = taken.emplace(address, key);
      if (!first) fail(key, fmt::format("{} is taken already, by {}", text, earlier->second));
      return address;
    };
    if (c_.http_address != "none" && !is_loopback(take("http-address", c_.http_address).ip))
      warn(fmt::format("http-address = {}: status and metrics are open to the network",
                       c_.http_address));
    for (const auto& text : c_.announce_http_addresses) take("announce-http-address", text);
  }

  static Endpoint own_http_address(std::string_view key, const std::string& text) {
    const auto address = parse_endpoint_of_either(text).value();
    const bool any = address.ip == Ip{} || address.ip == Ip::v6({});
    if (any || is_own_address(address.ip)) return address;
    throw HostError(
        fmt::format("{}: {} is no address of this host", key, address_text(address.ip)));
  }

  void contents_taken() {
    auto& taken = c_.tracker.contents_taken;
    taken.reset();
    const bool allow = !c_.allow_list.empty();
    if (!allow && c_.deny_list.empty()) return;
    taken = std::make_shared<const ContentList>(
        allow ? ContentList::Kind::allow : ContentList::Kind::deny,
        read_content_list(allow ? c_.allow_list : c_.deny_list));
    if (allow && taken->size() == 0)
      warn(fmt::format("allow-list: {} names no content, so none is tracked",
                       c_.allow_list.string()));
  }

  Configuration& c_;
  std::vector<std::string> warnings_;
};

// ---- Printed

constexpr std::size_t columns = 96;

// Lines of a comment, cut at blanks.
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

// ---- Reload

struct Difference {
  const ConfigurationKey* key;
  std::string was, is;

  std::string sentence() const {
    const auto shown = [this](const std::string& text) {
      return text.empty() ? key->when_unset : text;
    };
    if (key->hidden) return fmt::format("{}: it is another one", key->name);
    return fmt::format("{}: {} becomes {}", key->name, shown(was), shown(is));
  }
};

std::vector<Difference> differences(const Configuration& current, const Configuration& fresh) {
  std::vector<Difference> found;
  for (const auto& section : configuration_sections())
    for (const auto& key : section.keys)
      if (key.text(current) != key.text(fresh))
        found.push_back({&key, key.text(current), key.text(fresh)});
  return found;
}

// Takes over what contradicts nothing; again as long as something was, because a value may need
// another one that comes later. What is left stays in `waiting`.
void take_over(Configuration& current, std::vector<Difference>& waiting, Reload& result) {
  const auto take = [&](const Difference& difference) {
    if (!difference.key->reloadable) return false;
    Configuration candidate = current;
    if (!difference.key->set(candidate, difference.is)) return false;
    if (!find_conflict(candidate.tracker).key.empty()) return false;
    current = std::move(candidate);
    result.changed.push_back(difference.sentence());
    return true;
  };
  while (std::erase_if(waiting, take) > 0) {
  }
}

std::string contents_text(const ContentList* list) {
  if (list == nullptr) return "all contents are tracked";
  const bool allow = list->kind() == ContentList::Kind::allow;
  return fmt::format("{} the contents of the {} are tracked, {} in all", allow ? "only" : "all but",
                     allow ? "allow-list" : "deny-list", list->size());
}

// The files of the lists may be the old ones, and what is in them new.
void take_over_contents(Configuration& current, const Configuration& fresh, Reload& result) {
  auto& was = current.tracker.contents_taken;
  const auto& is = fresh.tracker.contents_taken;
  const bool same = was && is ? *was == *is : was == is;
  if (!same) result.changed.push_back(contents_text(is.get()));
  was = is;
}

// What resolve() found and no key says: an address that the interface has now, a new secret in the
// old file.
void compare_found(const Configuration& current, const Configuration& fresh, Reload& result) {
  const auto& was = current.tracker;
  const auto& is = fresh.tracker;
  const auto address = [&](std::string_view channel, const Ip& before, const Ip& now) {
    if (before != now && before != Ip{} && now != Ip{})
      result.needs_restart.push_back(fmt::format("the {} address: {} becomes {}", channel,
                                                 address_text(before), address_text(now)));
  };
  const bool same_keys = current.interface == fresh.interface &&
                         current.cluster_address == fresh.cluster_address &&
                         current.peers_address == fresh.peers_address;
  if (same_keys) {
    address("cluster", was.cluster_address.ip, is.cluster_address.ip);
    address("peers", was.peers_address.ip, is.peers_address.ip);
    if (current.peers_address6 == fresh.peers_address6 && current.peers6 && fresh.peers6)
      address("IPv6 peers", current.peers6->ip, fresh.peers6->ip);
  }
  if (current.secret_file == fresh.secret_file && current.secret == fresh.secret &&
      was.swarm_secret != is.swarm_secret)
    result.needs_restart.push_back("secret-file: another secret is in it");
}

}  // namespace

Configuration read_configuration(const std::vector<std::string>& arguments,
                                 const std::vector<std::string>& environment) {
  Sum sum;
  sum.add(from_flags(arguments));
  sum.add(from_environment(environment));
  const auto named = sum.config();
  const fs::path file = named.value_or(std::string(default_file));
  const auto text = read_text_file(file, longest_file);
  const bool missing = !text && text.error() == ENOENT && !named;
  if (!text && !missing) fail(file.string(), why_unreadable(text.error()));
  if (text) sum.add(from_file(*text, file.string()));
  Configuration configuration = sum.configuration();
  if (text) configuration.file = file;
  return configuration;
}

Configuration parse_configuration(std::string_view text, const std::string& file) {
  Sum sum;
  sum.add(from_file(text, file));
  return sum.configuration();
}

std::vector<std::string> resolve(Configuration& configuration) {
  return Resolver(configuration).run();
}

std::string default_configuration() {
  std::string text =
      comment(fmt::format("Configuration of swarm-tracker: {}", default_file)) + "#\n" +
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

std::string options_help() {
  std::ostringstream text;
  text << description();
  return text.str();
}

Reload reload(Configuration& current, const Configuration& fresh) {
  Reload result;
  auto waiting = differences(current, fresh);
  take_over(current, waiting, result);
  for (const auto& difference : waiting) result.needs_restart.push_back(difference.sentence());
  take_over_contents(current, fresh, result);
  compare_found(current, fresh, result);
  return result;
}

}  // namespace swarm::udp
