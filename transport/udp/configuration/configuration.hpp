// The configuration of swarm-tracker. Its sources, in order of precedence (Boost.Program_options):
// flags, environment, file, defaults. The keys of the engine are those of
// engine/tracker/settings_keys, written with hyphens: keep-alive.
//
//   flag          --keep-alive 10ms
//   environment   SWARM_TRACKER_KEEP_ALIVE=10ms
//   file          keep-alive = 10ms
//
// The file is the one that --config or SWARM_TRACKER_CONFIG names, and this file must exist.
// Otherwise it is /etc/swarm-tracker/swarm-tracker.conf, if that exists. Abbreviated key names are
// not accepted. Unknown keys, repeated keys and bad values are errors; a bad value is an error even
// if another source overrides it. configuration_keys.hpp has the table of the keys.
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

// The message has one sentence per line, at most ten. Each line begins with the place of the error:
// `FILE:LINE: key: `, `--key: ` or `SWARM_TRACKER_KEY: `. It never contains a secret.
struct ConfigurationError : std::runtime_error {
  using std::runtime_error::runtime_error;
};
// This host does not have the interface or the address, or does not have it yet. A later start may
// succeed.
struct HostError : ConfigurationError {
  using ConfigurationError::ConfigurationError;
};

// Means, as the value of an address: the first usable address of the interface, or none.
inline constexpr const char* automatic = "auto";

// Another tracker, by host name. The name is looked up later (ContactNames).
struct NamedContact {
  std::string name;
  std::uint16_t port{};
  friend bool operator==(const NamedContact&, const NamedContact&) = default;
};

struct Configuration {
  // resolve() fills in addresses, contacts with an address, the secret and the list of contents.
  TrackerSettings tracker;
  // Filled in by resolve(): where this instance answers peers over IPv6.
  std::optional<Endpoint> peers6;
  // Filled in by resolve(), which looks up no names: the contacts without an address.
  std::vector<NamedContact> named_contacts;

  std::string name;  // of this instance in logs and traces; default: the host's name
  std::filesystem::path data_directory = "/var/lib/swarm-tracker";
  bool rejoin_when_damaged = false;      // then damaged files are set aside
  std::filesystem::path control_socket;  // default: data_directory / "control.sock"

  std::string interface;            // name or address; default: the interface of the default route
  std::uint32_t cluster_address{};  // 0: the interface's address
  std::uint16_t cluster_port = 7000;           // tracker to tracker; for unicast and multicast
  std::uint32_t peers_address{};               // 0: the interface's address
  std::string peers_address6 = automatic;      // an IPv6 address, "auto" or "none"
  std::uint16_t peers_port = 6969;             // peer to tracker; for unicast and multicast
  std::uint32_t multicast_group = 0xefff0001;  // 239.255.0.1; 0: "none"
  int multicast_ttl = 1;
  std::vector<std::string> contacts;  // HOST[:PORT] of other trackers that multicast does not reach
  std::filesystem::path secret_file;  // its first line is the secret
  std::string secret;  // the secret itself, instead of a file; unsafe on a command line
  std::size_t socket_buffer = 8 << 20;

  std::vector<std::string> announce_http_addresses;  // empty: clients are not served over HTTP
  // Files of info-hashes; at most one of the two is set.
  std::filesystem::path allow_list, deny_list;

  std::string http_address = "127.0.0.1:6980";  // "none": no metrics and no health checks over TCP
  LogLevel log_level = LogLevel::info;
  LogFormat log_format = LogFormat::automatic;
  // Gets every event as a line of JSON (observe/live/trace.hpp); grows quickly.
  std::filesystem::path trace_file;
  Duration stop_timeout = 10s;  // longest wait of a stop for another member to take over

  std::filesystem::path file;         // the file that was read; empty if there was none
  std::vector<std::string> warnings;  // from reading; resolve() returns them with its own warnings
};

// Reads all four sources. `arguments` has neither the program's name nor the command. `environment`
// has entries NAME=VALUE; only SWARM_TRACKER_* are read. Throws ConfigurationError for an unknown
// or repeated key, a bad value, a contradiction or an unreadable file. Does not look at interfaces
// or at the file of the secret: orders to a running instance need neither.
Configuration read_configuration(const std::vector<std::string>& arguments,
                                 const std::vector<std::string>& environment);
// Reads only the text of a file. `file` is the file's name in errors.
Configuration parse_configuration(std::string_view text, const std::string& file);

// Looks at this host's interfaces and addresses, reads the secret and parses the contacts, and
// fills in `tracker`. Throws ConfigurationError, and HostError if an interface or address is
// missing. Returns warnings about settings that are allowed but unwise.
//
// The contacts in `tracker` are the configured ones without this instance itself, and the multicast
// group's cluster endpoint. Without a secret the key of the datagrams is all zero; this is allowed
// only if the cluster address is a loopback address. Each channel sends its multicast on the
// interface that has the channel's address.
std::vector<std::string> look_at_host(Configuration& configuration);

// Reads the allow list or deny list that the configuration names. The list may be long and its disk
// may hang: call this only on a thread that no other thread waits for. Throws ConfigurationError.
struct ContentsTaken {
  std::optional<ContentList::Kind> kind;  // none: all contents are taken
  std::vector<InfoHash> contents;
  std::vector<std::string> warnings;
};
ContentsTaken read_contents_taken(const Configuration& configuration);
// Puts the list into `tracker`.
void take(Configuration& configuration, ContentsTaken contents);

// Calls look_at_host(), read_contents_taken() and take(). Returns all warnings.
std::vector<std::string> resolve(Configuration& configuration);

// The text of a configuration file with every key and, in comments, its unit, default and reason.
// Every setting in it is commented out, so reading the file changes nothing.
std::string default_configuration();
// The text of --help about the options.
std::string options_help();

// Copies from `fresh` to `current` what a reload may change. `changed` gets a sentence for each
// change, `needs_restart` one for each other difference. A value that would contradict a value that
// stays needs a restart too. New entries in a list of contents are taken over. Either both
// configurations are resolved or neither is.
struct Reload {
  std::vector<std::string> changed, needs_restart;
};
Reload reload(Configuration& current, const Configuration& fresh);

// The values of the keys that a reload may change, for a process that starts with the old
// configuration. The format is meant for set_reloadable_values(), not for people.
std::string reloadable_values(const Configuration& configuration);
void set_reloadable_values(Configuration& configuration, std::string_view values);

}  // namespace swarm::udp
