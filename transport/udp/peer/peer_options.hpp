// The command line of swarm-peer (Boost.Program_options). Its help: peer_help.hpp.
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

// Of share, fetch, status, verify and forget: the commands that have contents, not only their
// hashes.
struct ContentOptions {
  std::vector<std::string> what;  // share: PATH, FILE.torrent or HASH; fetch, verify: without PATH;
                                  // status: the same, or none: all; forget: the same
  std::string output;             // -o: of share the FILE.torrent, else the folder; empty: default
  std::string from;               // share: the folder of what FILE.torrent or HASH names
  std::string state;              // the folder of the database; empty: state_folder()
  std::uint32_t chunk_size = default_chunk_size;
  bool force{}, overwrite{}, seed{}, quiet{};
  std::vector<Endpoint> peers;  // asked beside those that the trackers name
  bool any_port{};              // when `port` is taken, any free one serves
  bool offload = true;          // see DatagramSocket
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
  std::string help_of;             // of one command; empty: of all
  std::vector<InfoHash> contents;  // announce, watch: one; declare: each once
  ContentOptions content;
  std::uint16_t port{};  // that the peer listens on
  wire::AnnounceEvent event = wire::AnnounceEvent::started;
  std::uint32_t num_want = 50;
  std::optional<PeerId> peer_id;  // none: drawn
  Endpoint tracker{0xefff0001, 6969};
  std::string interface;  // name or address; empty: the one that leads to the trackers
  int ttl = 1;
  Duration timeout = 5s;
  Duration every{};  // watch; zero: the interval that the tracker tells
  bool json{};

  bool multicast() const { return is_multicast(tracker.ip); }
};

using PeerUsageError = CommandLineError;

// `arguments` without the program's name. Throws PeerUsageError.
PeerOptions read_peer_options(const std::vector<std::string>& arguments);

// The 40 hexadecimal digits of an info-hash. Throws PeerUsageError.
InfoHash read_info_hash(const std::string& text);
bool looks_like_info_hash(const std::string& text);  // 40 hexadecimal digits

// Of one command; of all of them when there is none of that name.
std::string peer_help(std::string_view command = {});

// Where the database of contents lies when --state does not say: swarm-peer in $XDG_STATE_HOME, or
// in ~/.local/state. Throws PeerUsageError when there is neither.
std::string state_folder();

}  // namespace swarm::udp
