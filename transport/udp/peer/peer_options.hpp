// The command line of swarm-peer (Boost.Program_options). peer_help.hpp has its help.
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

// The options of share, fetch, status, verify and forget. These commands work with contents, not
// only with their hashes.
struct ContentOptions {
  // share: PATH, FILE.torrent or HASH. The others: FILE.torrent or HASH; status without any: all.
  std::vector<std::string> what;
  // -o. share: the FILE.torrent; the others: the folder. Empty: the default.
  std::string output;
  std::string from;   // share: the folder of the content of a FILE.torrent or HASH
  std::string state;  // the folder of the database; empty: state_folder()
  std::uint32_t chunk_size = default_chunk_size;
  bool force{}, overwrite{}, seed{}, quiet{};
  std::vector<Endpoint> peers;  // additional peers, besides those from the trackers
  bool any_port{};              // if `port` is taken, any free port will do
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
  std::string help_of;             // the command; empty: all commands
  std::vector<InfoHash> contents;  // announce, watch: one; declare: each once
  ContentOptions content;
  std::uint16_t port{};  // the peer listens here
  wire::AnnounceEvent event = wire::AnnounceEvent::started;
  std::uint32_t num_want = 50;
  std::optional<PeerId> peer_id;  // if unset, drawn at random
  Endpoint tracker{0xefff0001, 6969};
  std::string interface;  // name or address; empty: the interface that leads to the trackers
  int ttl = 1;
  Duration timeout = 5s;
  Duration every{};  // for watch; zero: the tracker's interval
  bool json{};

  bool multicast() const { return is_multicast(tracker.ip); }
};

using PeerUsageError = CommandLineError;

// `arguments` does not have the program's name. Throws PeerUsageError.
PeerOptions read_peer_options(const std::vector<std::string>& arguments);

// Parses the 40 hexadecimal digits of an info-hash. Throws PeerUsageError.
InfoHash read_info_hash(const std::string& text);
bool looks_like_info_hash(const std::string& text);  // 40 hexadecimal digits

// The help of one command; of all commands if there is none of that name.
std::string peer_help(std::string_view command = {});

// The folder of the contents' database if there is no --state: swarm-peer in $XDG_STATE_HOME or in
// ~/.local/state. Throws PeerUsageError if neither is set.
std::string state_folder();

}  // namespace swarm::udp
