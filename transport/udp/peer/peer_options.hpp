// The command line of swarm-peer (Boost.Program_options). The help text is in peer_help.hpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/clock.hpp"
#include "engine/base/types.hpp"
#include "engine/peer/peer_settings.hpp"
#include "engine/wire/metainfo.hpp"
#include "engine/wire/seed_protocol.hpp"
#include "transport/command_line.hpp"
#include "transport/udp/system/network_interfaces.hpp"

namespace swarm::udp {

// The options of share, fetch, status, verify and forget. These commands work with the data of
// contents; the other commands need only hashes.
struct ContentOptions {
  // The words that name contents. For share each is a PATH, FILE.torrent or HASH, otherwise a
  // FILE.torrent or HASH. If status gets no word, it shows all contents.
  std::vector<std::string> what;
  // The value of -o. For share it is the FILE.torrent to write, for fetch and verify the folder of
  // the content. Empty means the default.
  std::string output;
  std::string from;   // for share: the folder of the content that a FILE.torrent or HASH names
  std::string state;  // the folder of the database; empty means state_folder()
  std::uint32_t chunk_size = default_chunk_size;
  bool force{}, overwrite{}, seed{}, quiet{};
  std::vector<Endpoint> peers;  // peers that the user names, besides those from the trackers
  bool any_port{};              // if PeerOptions::port is not free, uses any free port
  bool offload = true;          // see DatagramSocket::use_offload()
  ExchangeSettings exchange{};
};

struct PeerOptions {
  enum class Command {
    share,
    fetch,
    status,
    verify,
    forget,
    announce,
    declare,
    watch,
    help,
    version
  };

  Command command = Command::help;
  std::string help_of;             // the command that --help describes; empty means all commands
  std::vector<InfoHash> contents;  // announce and watch: one; declare: any number, each once
  ContentOptions content;
  std::uint16_t port{};  // the peer's port, which the trackers register; see content.any_port
  wire::AnnounceEvent event = wire::AnnounceEvent::started;
  std::uint32_t num_want = 50;
  std::optional<PeerId> peer_id;       // if unset, the peer draws a random one
  Endpoint tracker{0xefff0001, 6969};  // one tracker, or the multicast group of all trackers
  std::string interface;  // name or address; empty means the interface that leads to the trackers
  int ttl = 1;
  Duration timeout = 5s;  // the time without a tracker's answer after which the user is told
  Duration every{};       // watch announces at this interval; zero means the tracker's interval
  bool json{};

  bool multicast() const { return is_multicast(tracker.ip); }
};

using PeerUsageError = CommandLineError;

// `arguments` does not contain the program's name. Throws PeerUsageError.
PeerOptions read_peer_options(const std::vector<std::string>& arguments);

// Parses the 40 hexadecimal digits of an info-hash. Throws PeerUsageError.
InfoHash read_info_hash(const std::string& text);
bool looks_like_info_hash(const std::string& text);  // true for 40 hexadecimal digits

// The help of one command. If no command has this name, the help of all commands.
std::string peer_help(std::string_view command = {});

// The folder of the contents' database without --state: $XDG_STATE_HOME/swarm-peer, or
// $HOME/.local/state/swarm-peer if $XDG_STATE_HOME is not set. Throws PeerUsageError if neither
// variable is an absolute path.
std::string state_folder();

}  // namespace swarm::udp
