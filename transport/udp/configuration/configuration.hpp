// Everything that swarm-tracker can be told, from flags, environment, file and defaults, in this
// order of precedence (Boost.Program_options). Keys of the engine are those of
// engine/tracker/settings_keys, with hyphens: keep-alive.
//
//   flag          --keep-alive 10ms
//   environment   SWARM_TRACKER_KEEP_ALIVE=10ms
//   file          keep-alive = 10ms
//
// The file is /etc/swarm-tracker/swarm-tracker.conf where there is one, or what --config or
// SWARM_TRACKER_CONFIG names, which must exist. Names are never guessed, unknown and repeated keys
// are refused, and a bad value is refused even where another source overrides it. The table of the
// keys is in configuration_keys.hpp.
#pragma once

#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "engine/tracker/settings.hpp"
#include "transport/udp/system/logger.hpp"

namespace swarm::udp {

// A sentence a line, ten at most; each begins with its place: `FILE:LINE: key: `, `--key: ` or
// `SWARM_TRACKER_KEY: `. A secret is never in it.
struct ConfigurationError : std::runtime_error {
  using std::runtime_error::runtime_error;
};
// This host has not the interface or the address, or not yet: a later start may succeed.
struct HostError : ConfigurationError {
  using ConfigurationError::ConfigurationError;
};

// Of an address: the interface's first good one, if it has one.
inline constexpr const char* automatic = "auto";

// Another tracker, by its name, which somebody else knows the address of.
struct NamedContact {
  std::string name;
  std::uint16_t port{};
  friend bool operator==(const NamedContact&, const NamedContact&) = default;
};

struct Configuration {
  // Filled in by resolve(): addresses, contacts with an address, secret, contents taken.
  TrackerSettings tracker;
  std::optional<Endpoint> peers6;  // where peers are answered from over IPv6; resolve() too
  std::vector<NamedContact> named_contacts;  // the others; resolve() too, and asks nobody

  std::string name;  // of this instance in logs and traces; default: the host's name
  std::filesystem::path data_directory = "/var/lib/swarm-tracker";
  bool rejoin_when_damaged = false;      // its files are set aside then
  std::filesystem::path control_socket;  // default: data_directory / "control.sock"

  std::string interface;                       // name or address; default: of the default route
  std::uint32_t cluster_address{};             // 0: the interface's
  std::uint16_t cluster_port = 7000;           // unicast and the group's, tracker to tracker
  std::uint32_t peers_address{};               // 0: the interface's
  std::string peers_address6 = automatic;      // an IPv6 address, or "none"
  std::uint16_t peers_port = 6969;             // unicast and the group's, peer to tracker
  std::uint32_t multicast_group = 0xefff0001;  // 239.255.0.1; 0: "none"
  int multicast_ttl = 1;
  std::vector<std::string> contacts;  // HOST[:PORT] of other trackers, where no multicast is
  std::filesystem::path secret_file;  // its first line is the secret
  std::string secret;                 // instead; better not on a command line
  std::size_t socket_buffer = 8 << 20;

  std::vector<std::string> announce_http_addresses;  // none: clients are not served over HTTP
  std::filesystem::path allow_list, deny_list;       // info-hashes; at most one of the two

  std::string http_address = "127.0.0.1:6980";  // "none": no metrics, no health over TCP
  LogLevel log_level = LogLevel::info;
  LogFormat log_format = LogFormat::automatic;
  std::filesystem::path trace_file;  // every event as a line of JSON (observe/live/trace.hpp); big
  Duration stop_timeout = 10s;       // a stop that nobody can take over ends after this

  std::filesystem::path file;         // that was read; empty: none
  std::vector<std::string> warnings;  // of the reading; resolve() returns them with its own
};

// Reads all four sources. `arguments`: without the program's name and the command; `environment`:
// NAME=VALUE, of which only SWARM_TRACKER_* counts. Throws ConfigurationError: unknown or repeated
// key, bad value, contradiction, unreadable file. Looks at no interface and at no secret's file, so
// that orders to a running instance need neither.
Configuration read_configuration(const std::vector<std::string>& arguments,
                                 const std::vector<std::string>& environment);
// The same of a file's text alone; `file` is its name in errors.
Configuration parse_configuration(std::string_view text, const std::string& file);

// Looks at this host: interface and addresses, secret, contacts, and fills `tracker` with them.
// Throws ConfigurationError; HostError for its interfaces and addresses. A warning is returned for
// what is allowed but not wise.
//
// Contacts: those named, and the group's cluster endpoint; not this instance itself. Without a
// secret the key of the datagrams is all zero, which is allowed only when the cluster's address is
// the loopback's. Each channel's multicast uses the interface of the channel's address.
std::vector<std::string> look_at_host(Configuration& configuration);

// The list of contents that it names, read. It may be long, and its disk may not answer: no thread
// that others wait for does this. Throws ConfigurationError.
struct ContentsTaken {
  std::optional<ContentList::Kind> kind;  // none: all contents are taken
  std::vector<InfoHash> contents;
  std::vector<std::string> warnings;
};
ContentsTaken read_contents_taken(const Configuration& configuration);
// Into `tracker`.
void take(Configuration& configuration, ContentsTaken contents);

// All of these.
std::vector<std::string> resolve(Configuration& configuration);

// The commented file with every key, its unit, default and reason; reading it changes nothing.
std::string default_configuration();
// The options part of --help.
std::string options_help();

// What a reload may change: copies it from `fresh` to `current`. The sentences say what changed,
// and what else differs and needs a restart. What is new in a list of contents is taken over too.
// Both were read, and both or none of them resolved.
// A value that would contradict another one that stays needs a restart too.
struct Reload {
  std::vector<std::string> changed, needs_restart;
};
Reload reload(Configuration& current, const Configuration& fresh);

// The values of the keys that a reload may change, for a process that begins with the others: as
// set_reloadable_values() takes them, no text for people.
std::string reloadable_values(const Configuration& configuration);
void set_reloadable_values(Configuration& configuration, std::string_view values);

}  // namespace swarm::udp
