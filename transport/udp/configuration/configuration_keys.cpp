#include "transport/udp/configuration/configuration_keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "engine/base/did_you_mean.hpp"
#include "engine/tracker/settings_keys.hpp"
#include "transport/udp/configuration/configuration_values.hpp"
#include "transport/udp/configuration/contact_names.hpp"
#include "transport/udp/net/named_host.hpp"
#include "transport/udp/system/network_interfaces.hpp"
#include "transport/udp/system/text_file.hpp"

namespace swarm::udp {
namespace {

using namespace value;
using C = Configuration;
using Key = ConfigurationKey;

// ---- Keys of the daemon

template <class T>
Key key(std::string name, std::string unit, T C::*member, Parsed<T> (*parse)(std::string_view),
        std::string (*printed)(T), std::string meaning) {
  Key made;
  made.name = std::move(name);
  made.unit = std::move(unit);
  made.meaning = std::move(meaning);
  made.set = [member, parse](C& c, std::string_view text) {
    return parse(text).map([&](T value) {
      c.*member = std::move(value);
      return true;
    });
  };
  made.text = [member, printed](const C& c) { return printed(c.*member); };
  return made;
}

template <class T>
Key key(std::string name, std::string unit, T C::*member, Parsed<T> (*parse)(std::string_view),
        std::string meaning) {
  return key<T>(
      std::move(name), std::move(unit), member, parse, [](T value) { return print(value); },
      std::move(meaning));
}

Key unset(Key made, std::string when_unset, std::string example) {
  made.when_unset = std::move(when_unset);
  made.example = std::move(example);
  return made;
}

Key bounded(Key made, std::string bounds) {
  made.bounds = std::move(bounds);
  return made;
}

Key secret_key() {
  Key made = unset(key("secret", "text", &C::secret, parse_secret,
                       "The secret itself, instead of a file; not on a command line, which every "
                       "user of the host can see. At least 16 characters."),
                   "that of secret-file", "...");
  made.hidden = true;
  return made;
}

// Calls `add` for each value of a list that is separated by commas. So an environment variable can
// set a key that a file repeats.
template <class Add>
Parsed<bool> add_each(std::string_view text, const Add& add) {
  while (true) {
    const auto comma = text.find(',');
    if (const auto good = add(trimmed(text.substr(0, comma))); !good) return good;
    if (comma == text.npos) return true;
    text.remove_prefix(comma + 1);
  }
}

Parsed<bool> add_contacts(C& c, std::string_view text) {
  return add_each(text, [&c](std::string_view one) {
    return parse_contact(one, 1).map([&](const auto&) {
      c.contacts.emplace_back(one);
      return true;
    });
  });
}

Parsed<bool> add_announce_http_addresses(C& c, std::string_view text) {
  if (text == "none") return true;
  return add_each(text, [&c](std::string_view one) -> Parsed<bool> {
    if (one == "none")
      return tl::unexpected(std::string("`none` stands alone, not among addresses"));
    return parse_endpoint_of_either(one).map([&](const Endpoint&) {
      c.announce_http_addresses.emplace_back(one);
      return true;
    });
  });
}

Key announce_http_address_key() {
  Key made;
  made.name = "announce-http-address";
  made.unit = "ADDRESS:PORT or none";
  made.meaning =
      "Where clients are served over HTTP too (/announce, /scrape), for those that know "
      "nothing else; "
      "[IPV6]:PORT for IPv6. Once for each address, or several with commas between them.";
  made.repeatable = true;
  made.set = add_announce_http_addresses;
  made.text = [](const C& c) {
    return c.announce_http_addresses.empty()
               ? "none"
               : fmt::format("{}", fmt::join(c.announce_http_addresses, ", "));
  };
  return made;
}

Parsed<bool> add_http_names(C& c, std::string_view text) {
  return add_each(text, [&c](std::string_view one) -> Parsed<bool> {
    const auto host = parse_named_host(one);
    if (!host || one.find(':', one.find(']') == one.npos ? 0 : one.find(']')) != one.npos)
      return tl::unexpected(fmt::format(
          "`{}` is no name of a host, like tracker.example or [2001:db8::1], without a port",
          one.substr(0, 40)));
    c.http_names.emplace_back(one);
    return true;
  });
}

Key http_names_key() {
  Key made;
  made.name = "http-names";
  made.unit = "HOST";
  made.meaning =
      "The names by which clients reach http-address, beside localhost and the addresses of this "
      "host. A request that asks for another name is refused, because a web page could use it to "
      "read /status and /metrics through a browser. Once for each, or several with commas between "
      "them.";
  made.repeatable = true;
  made.set = add_http_names;
  made.text = [](const C& c) { return fmt::format("{}", fmt::join(c.http_names, ", ")); };
  return unset(std::move(made), "none", "tracker-1.example, tracker-1");
}

// A file whose content a reload reads again.
Key file_key(std::string name, std::filesystem::path C::*member, std::string example,
             std::string meaning) {
  Key made = unset(key(std::move(name), "path", member, parse_path, std::move(meaning)), "none",
                   std::move(example));
  made.reloadable = true;
  return made;
}

std::vector<Key> http_secret_keys() {
  return {file_key("http-token-file", &C::http_token_file, "/etc/swarm-tracker/http-token",
                   "File whose first line is the token that /status and /metrics ask for "
                   "(Authorization: Bearer TOKEN): at least 16 characters, not readable by every "
                   "user. A reload reads it again."),
          file_key("http-tls-certificate", &C::http_tls_certificate, "/etc/swarm-tracker/tls.crt",
                   "File of the certificate with which HTTP is served over TLS, and of those of "
                   "its issuers (PEM). A reload reads it again."),
          file_key("http-tls-key", &C::http_tls_key, "/etc/swarm-tracker/tls.key",
                   "File of the certificate's private key (PEM), without a passphrase, not "
                   "readable by every user. A reload reads it again."),
          key("http-tls-for", "both, pages or clients", &C::http_tls_for, parse_tls_doors,
              "What is served over TLS where there is a certificate. pages: http-address; clients: "
              "announce-http-address.")};
}

Key list_key(const std::string& name, std::filesystem::path C::*member, std::string meaning) {
  return file_key(name, member, "/etc/swarm-tracker/" + name, std::move(meaning));
}

Key contact_key() {
  Key made;
  made.name = "contact";
  made.unit = "HOST[:PORT]";
  made.meaning =
      "Another tracker, where multicast does not reach it: its cluster address, or a name that has "
      "this address; once for each, or several with commas between them. A fresh instance asks "
      "there for its swarm. All hosts may have the same list: an instance does not ask itself. A "
      "name that is not known yet is asked for again.";
  made.repeatable = true;
  made.set = add_contacts;
  made.text = [](const C& c) { return fmt::format("{}", fmt::join(c.contacts, ", ")); };
  return unset(std::move(made), "none, multicast finds the others", "192.0.2.2, 192.0.2.3");
}

Key log_level_key() {
  Key made = key("log-level", "error, warning, notice, info or debug", &C::log_level, parse_level,
                 "The least severity that is logged. An election is about five lines of "
                 "notice and info; debug tells of each datagram that is dropped.");
  made.reloadable = true;
  return made;
}

// ---- Keys of the engine

std::string bounds_of(const TrackerSettingsKey& key) {
  const auto range = [&key](auto text) {
    return fmt::format("{}..{}", text(key.low), text(key.high));
  };
  if (std::holds_alternative<std::uint32_t TrackerSettings::*>(key.member))
    return range([](std::int64_t bound) { return fmt::format("{}", bound); });
  if (std::holds_alternative<std::uint64_t TrackerSettings::*>(key.member))
    return range([](std::int64_t bound) { return size_text(static_cast<std::uint64_t>(bound)); });
  if (std::holds_alternative<Duration TrackerSettings::*>(key.member) ||
      std::holds_alternative<DrawnRange>(key.member))
    return range([](std::int64_t bound) { return swarm::to_text(Duration(bound)); });
  return "";
}

Key engine_key(const TrackerSettingsKey& key) {
  Key made;
  made.name = in_words_of_the_file(key.name);
  made.unit = key.unit;
  made.bounds = bounds_of(key);
  made.meaning = in_words_of_the_file(key.meaning);
  made.reloadable = key.reloadable;
  made.set = [&key](C& c, std::string_view text) {
    return set_tracker_setting(c.tracker, key, text);
  };
  made.text = [&key](const C& c) { return tracker_setting_text(c.tracker, key); };
  return made;
}

Key engine_key(std::string_view name) {
  return engine_key(*find_tracker_settings_key(name));
}

// R21: the file does not accept `init`. With it, an instance whose disk was wiped would found a
// second swarm.
Key first_start_key() {
  Key made = engine_key("first_start");
  made.unit = "bootstrap, join or manual";
  made.meaning =
      "How an instance with an empty disk finds its swarm. bootstrap: it founds one with "
      "bootstrap-expect - 1 others like it; join: a swarm is there, as on every host that comes "
      "later or has lost its disk; manual: it waits for `swarm-tracker init` or `swarm-tracker "
      "join`. Without effect once it is a member.";
  made.set = [set = made.set](C& c, std::string_view text) -> Parsed<bool> {
    if (text == "init")
      return tl::unexpected(
          std::string("`init` is an order, no setting: an instance that lost its disk would found "
                      "a second swarm; say `manual` here, then `swarm-tracker init` once"));
    if (text == "bootstrap" || text == "join" || text == "manual") return set(c, text);
    return tl::unexpected(fmt::format("`{}` is none of the choices{}", text.substr(0, 40),
                                      did_you_mean(text, {"bootstrap", "join", "manual"})));
  };
  return made;
}

Key bootstrap_expect_key() {
  Key made = engine_key("bootstrap_expect");
  made.meaning =
      "With `first-start = bootstrap`, how many instances found the swarm together: the same "
      "number "
      "on exactly so many hosts. None of them begins without the others, so that a cut network "
      "cannot give two swarms. Three go on after the death of one, five after that of two.";
  return made;
}

// ---- Sections

ConfigurationSection first_section() {
  return {
      "To set first",
      "Three hosts of one LAN need the same secret, and nothing else. A fourth also says "
      "`first-start = join`. Name the interface where a host has several.",
      {unset(key("secret-file", "path", &C::secret_file, parse_path,
                 "File whose first line is the secret that all instances of the swarm share: at "
                 "least 16 characters, readable by swarm-tracker alone. An instance that has it "
                 "can take part; one that has not is not heard. Needed except on loopback."),
             "none", "/etc/swarm-tracker/secret"),
       secret_key(), bootstrap_expect_key(), first_start_key(),
       unset(key("interface", "name or address", &C::interface, parse_text,
                 "Where other trackers and peers are: the name of an interface, or one of its "
                 "IPv4 addresses."),
             "that of the default route, or the only one", "eth0")}};
}

ConfigurationSection instance_section() {
  return {
      "This instance",
      "Its name, and where it keeps its data.",
      {unset(key("name", "text", &C::name, parse_name,
                 "Its name in its log, its traces and its status."),
             "the host's name", "tracker-1"),
       key("data-directory", "path", &C::data_directory, parse_path,
           "Its databases; one instance for each directory. On a disk whose syncs are quick: "
           "each registration waits for one."),
       key("rejoin-when-damaged", "yes or no", &C::rejoin_when_damaged, parse_yes_or_no,
           "How it treats databases that are damaged, lost in part or put back from an older "
           "copy. no: the instance says so and ends, until its directory is moved away; yes: "
           "it moves them into a folder of its data directory, damaged-TIME, deletes nothing, "
           "and joins its swarm as a new member."),
       key("core-dumps", "yes or no", &C::core_dumps, parse_yes_or_no,
           "yes: a crash may leave a core dump, and a debugger of the same user may attach. The "
           "dump has the secrets of the instance."),
       unset(key("control-socket", "path", &C::control_socket, parse_path,
                 "Where `swarm-tracker status` and the other orders reach it."),
             "control.sock in data-directory", "/run/swarm-tracker/control.sock"),
       bounded(
           key("stop-timeout", "duration", &C::stop_timeout, parse_stop_timeout,
               "A stop hands over first; when no member takes over for this long, the "
               "instance ends without a hand-over. Nothing that was acknowledged is lost by that."),
           "0s..1h")}};
}

ConfigurationSection network_section() {
  return {
      "Network",
      "Trackers talk to each other on the cluster's port, peers ask on the peers' port, both over "
      "UDP: by multicast to the group, and to each instance's own address.",
      {unset(key<std::uint32_t>("cluster-address", "address", &C::cluster_address, parse_host,
                                print_host,
                                "Own address for the other trackers, where it is not the "
                                "interface's: a network between the trackers alone."),
             "the interface's", "192.0.2.1"),
       bounded(key("cluster-port", "port", &C::cluster_port, parse_port,
                   "Of the trackers among themselves; the same on all hosts."),
               "1..65535"),
       unset(
           key<std::uint32_t>("peers-address", "address", &C::peers_address, parse_host, print_host,
                              "Own address for the peers, where it is not the interface's. "
                              "Answers leave from it."),
           "the interface's", "198.51.100.1"),
       key("peers-address6", "IPv6 address, auto or none", &C::peers_address6, parse_peers_address6,
           "Own IPv6 address for the peers, beside the other one. auto: the first lasting one of "
           "the same interface, global or unique-local; without one there is none."),
       bounded(key("peers-port", "port", &C::peers_port, parse_port,
                   "Where peers ask; the same on all hosts."),
               "1..65535"),
       key<std::uint32_t>(
           "multicast-group", "address or none", &C::multicast_group, parse_group, print_group,
           "The group that peers ask, whichever member is the master, and by which fresh instances "
           "find each other. 239.255.0.0/16 stays within a site (RFC "
           "2365). none: peers need the address of an instance, trackers a "
           "contact."),
       bounded(key("multicast-ttl", "count", &C::multicast_ttl, parse_ttl,
                   "How many networks a multicast datagram may cross; 1: the LAN only."),
               "0..255"),
       contact_key(),
       bounded(key("socket-buffer", "size", &C::socket_buffer, parse_buffer,
                   "Asked of the kernel for each socket, so that bursts of peers are not lost. It "
                   "gives at most net.core.rmem_max and net.core.wmem_max."),
               fmt::format("{}..{}", size_text(least_buffer), size_text(most_buffer)))}};
}

ConfigurationSection clients_section() {
  return {"Clients",
          "Which contents are tracked, and HTTP beside UDP. Give all instances the same lists.",
          {list_key("allow-list", &C::allow_list,
                    "File of the only contents that are tracked: an info-hash of 40 hexadecimal "
                    "digits a line, `#` begins a comment. A reload reads it again."),
           list_key("deny-list", &C::deny_list,
                    "The same, of the contents that are not tracked. There is one of the two lists "
                    "at most."),
           announce_http_address_key()}};
}

ConfigurationSection sight_section() {
  ConfigurationSection section{
      "Observation",
      "Metrics, health and logs.",
      {key("http-address", "ADDRESS:PORT or none", &C::http_address, parse_http_address,
           "Where /metrics, /healthz, /readyz and /status are served over HTTP, to any client; "
           "loopback by default. They give no orders."),
       http_names_key(), log_level_key(),
       key("log-format", "automatic, text, journal or json", &C::log_format, parse_format,
           "One line for each sentence, on stderr. automatic: for the journal where stderr is "
           "the journal, else text."),
       unset(key("trace-file", "path", &C::trace_file, parse_path,
                 "Every event as a line of JSON, for looking into a fault: it grows quickly."),
             "none", "/var/tmp/swarm-tracker.jsonl")}};
  const auto secrets = http_secret_keys();
  section.keys.insert(section.keys.begin() + 2, secrets.begin(), secrets.end());
  return section;
}

// Names the first key of each section of engine keys, and the section's title and text. The keys
// are in the order of TrackerSettings.
struct Opening {
  std::string_view key, title, prose;
};
constexpr Opening openings[] = {
    {"keep_alive", "Keep-alives",
     "How soon a death is noticed. Give all instances the same; the defaults are for one LAN."},
    {"rank_delay", "Elections", "How the next master is found. Give all instances the same."},
    {"ready", "Log and disk", "How registrations are copied to the others and written."},
    {"hello_interval", "Finding each other", "While this instance has no swarm."},
    {"announce_interval", "Answers to peers",
     "The answers to peers, and how many registrations are kept. Give all instances the same."}};

// True for keys that are in no section of engine keys. first_start and bootstrap_expect are in the
// section "To set first". `election` and `drawn` are no configuration keys at all: they serve to
// compare elections in the simulator. A swarm with drawn elections has no leases, so it would
// answer no peer.
bool is_elsewhere(std::string_view key) {
  return key == "first_start" || key == "bootstrap_expect" || key == "election" || key == "drawn";
}

void add_engine_sections(std::vector<ConfigurationSection>& sections) {
  for (const auto& key : tracker_settings_keys()) {
    if (is_elsewhere(key.name)) continue;
    for (const auto& opening : openings)
      if (opening.key == key.name)
        sections.push_back({std::string(opening.title), std::string(opening.prose), {}});
    sections.back().keys.push_back(engine_key(key));
  }
}

std::vector<ConfigurationSection> make_sections() {
  std::vector<ConfigurationSection> sections{first_section(), instance_section(), network_section(),
                                             clients_section(), sight_section()};
  add_engine_sections(sections);
  return sections;
}

}  // namespace

std::string in_words_of_the_file(std::string_view sentence) {
  std::string text(sentence);
  std::replace(text.begin(), text.end(), '_', '-');
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '`') quoted = !quoted;
    if (quoted && text.compare(i, 2, ": ") == 0) text.replace(i, 1, " =");
  }
  return text;
}

const std::vector<ConfigurationSection>& configuration_sections() {
  static const std::vector<ConfigurationSection> sections = make_sections();
  return sections;
}

const ConfigurationKey* find_configuration_key(std::string_view name) {
  for (const auto& section : configuration_sections())
    for (const auto& key : section.keys)
      if (key.name == name) return &key;
  return nullptr;
}

std::vector<std::string_view> configuration_key_names() {
  std::vector<std::string_view> names;
  for (const auto& section : configuration_sections())
    for (const auto& key : section.keys) names.push_back(key.name);
  return names;
}

}  // namespace swarm::udp
