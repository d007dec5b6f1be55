// The configuration of swarm-tracker (read with Boost.Program_options). It has four sources: flags,
// environment, file, defaults. If two sources set a key, the one that is named first here wins. The
// keys of the engine are those of engine/tracker/settings_keys, written with hyphens: keep-alive.
//
//   flag          --keep-alive 10ms
//   environment   SWARM_TRACKER_KEEP_ALIVE=10ms
//   file          keep-alive = 10ms
//
// If --config or SWARM_TRACKER_CONFIG names a file, this file is read and must exist. Otherwise
// /etc/swarm-tracker/swarm-tracker.conf is read if it exists. Abbreviated key names are not
// accepted. Unknown keys, repeated keys and bad values are errors. A bad value is an error even if
// another source overrides it. configuration_keys.hpp has the table of the keys.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "engine/tracker/settings.hpp"
#include "transport/udp/system/logger.hpp"

namespace swarm::udp {

// `what()` has one sentence per line, and at most ten lines. Each line begins with the place of the
// error: `FILE:LINE: key: `, `--key: ` or `SWARM_TRACKER_KEY: `. No line contains a secret.
struct ConfigurationError : std::runtime_error {
  using std::runtime_error::runtime_error;
};
// This host does not have a configured interface or address. It may get it later, so a later start
// may succeed.
struct HostError : ConfigurationError {
  using ConfigurationError::ConfigurationError;
};

class TlsIdentity;

// The value of an address key that means: the first usable address of the interface, or none.
inline constexpr const char* automatic = "auto";

// Another tracker, given by its host name. ContactNames looks up the name later.
struct NamedContact {
  std::string name;
  std::uint16_t port{};
  friend bool operator==(const NamedContact&, const NamedContact&) = default;
};

// The doors that speak TLS, if there is a certificate: http_address (pages),
// announce_http_addresses (clients), or both.
enum class TlsDoors : std::uint8_t { both, pages, clients };

struct Configuration {
  // The settings of the engine. resolve() fills in the addresses, the contacts that are configured
  // as addresses, the secret and the list of contents.
  TrackerSettings tracker;
  // resolve() fills this in: where this instance answers peers over IPv6.
  std::optional<Endpoint> peers6;
  // resolve() fills this in: the contacts that are configured as names. It looks up no name.
  std::vector<NamedContact> named_contacts;

  std::string name;  // this instance's name in logs and traces; default: the host's name
  std::filesystem::path data_directory = "/var/lib/swarm-tracker";
  // If true, an instance with damaged files sets them aside and joins its swarm again.
  bool rejoin_when_damaged = false;
  bool core_dumps = false;               // if true, a crash may leave a core dump
  std::filesystem::path control_socket;  // default: data_directory / "control.sock"

  std::string interface;            // name or address; default: the interface of the default route
  std::uint32_t cluster_address{};  // 0: the interface's address
  std::uint16_t cluster_port = 7000;           // tracker to tracker, by unicast and multicast
  std::uint32_t peers_address{};               // 0: the interface's address
  std::string peers_address6 = automatic;      // an IPv6 address, "auto" or "none"
  std::uint16_t peers_port = 6969;             // peer to tracker, by unicast and multicast
  std::uint32_t multicast_group = 0xefff0001;  // 239.255.0.1; 0: "none"
  int multicast_ttl = 1;
  std::vector<std::string> contacts;  // HOST[:PORT] of other trackers that multicast does not reach
  std::filesystem::path secret_file;  // the first line of this file is the secret
  std::string secret;  // the secret itself, if it is in no file; unsafe on a command line
  std::size_t socket_buffer = 8 << 20;  // bytes

  std::vector<std::string> announce_http_addresses;  // empty: clients are not served over HTTP
  // Files that list info-hashes; at most one of the two paths is set.
  std::filesystem::path allow_list, deny_list;

  std::string http_address = "127.0.0.1:6980";  // "none": no metrics and no health checks over TCP
  std::vector<std::string> http_names;          // hosts that a request to http_address may name
  std::filesystem::path http_token_file;        // its first line is the token of http_address
  std::filesystem::path http_tls_certificate, http_tls_key;  // both or none
  TlsDoors http_tls_for = TlsDoors::both;
  // resolve() fills these in. Empty and null: there are none.
  std::string http_token;
  std::shared_ptr<TlsIdentity> tls;
  LogLevel log_level = LogLevel::info;
  LogFormat log_format = LogFormat::automatic;
  // Every event is written to this file as a line of JSON (observe/live/trace.hpp). It grows
  // quickly.
  std::filesystem::path trace_file;
  // How long a master that is ordered to stop waits at most for another member to take over.
  Duration stop_timeout = 10s;

  std::filesystem::path file;  // the configuration file that was read; empty if there was none
  // The warnings of read_configuration(). resolve() returns them together with its own.
  std::vector<std::string> warnings;
};

// Reads all four sources. `arguments` must not contain the program's name or the command.
// `environment` has entries NAME=VALUE; only those named SWARM_TRACKER_* are read. Throws
// ConfigurationError for an unknown or repeated key, a bad value, a contradiction or an unreadable
// file. Does not read the interfaces or the file of the secret, because a command that only gives
// orders to a running instance needs neither.
Configuration read_configuration(const std::vector<std::string>& arguments,
                                 const std::vector<std::string>& environment);
// Reads a configuration file's text, and no other source. Errors name the file as `file`.
Configuration parse_configuration(std::string_view text, const std::string& file);

// Fills in `tracker` from this host's interfaces and addresses, the secret and the contacts. Throws
// HostError if an interface or address is missing, and ConfigurationError for other errors. Returns
// warnings about settings that are allowed but unwise.
//
// The contacts in `tracker` are the configured contacts except this instance itself, and the
// multicast group's cluster endpoint. Without a secret, the key that authenticates datagrams is all
// zero; this is allowed only if the cluster address is a loopback address. Each channel sends its
// multicast datagrams on the interface that has the channel's address.
std::vector<std::string> look_at_host(Configuration& configuration);

// Reads the allow list or deny list that the configuration names. The list may be long, and its
// disk may hang. So call this only on a thread for which no other thread waits. Throws
// ConfigurationError.
struct ContentsTaken {
  std::optional<ContentList::Kind> kind;  // none: the tracker takes all contents
  std::vector<InfoHash> contents;
  std::vector<std::string> warnings;
};
ContentsTaken read_contents_taken(const Configuration& configuration);
// Puts the list into `tracker`.
void take(Configuration& configuration, ContentsTaken contents);

// Calls look_at_host(), read_contents_taken() and take(). Returns all warnings.
std::vector<std::string> resolve(Configuration& configuration);

// Returns the text of a configuration file that explains every key: its unit, default and purpose.
// Every setting is commented out, so the file as it stands changes nothing.
std::string default_configuration();
// Returns the part of --help about the options.
std::string options_help();

// Copies from `fresh` to `current` the values that a reload may change, and the list of contents. A
// value is not copied if it would contradict a value that stays. `changed` gets a sentence for each
// change, and `needs_restart` gets one for each difference that remains. The caller must have
// called resolve() for both configurations, or for neither.
struct Reload {
  std::vector<std::string> changed, needs_restart;
};
Reload reload(Configuration& current, const Configuration& fresh);

// Returns the values of the keys that a reload may change. set_reloadable_values() applies them in
// a new process that has the configuration from before the reload. The format is internal.
std::string reloadable_values(const Configuration& configuration);
void set_reloadable_values(Configuration& configuration, std::string_view values);

}  // namespace swarm::udp
