// The command line of swarm-peer (Boost.Program_options).
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/clock.hpp"
#include "engine/types.hpp"
#include "engine/wire/client_protocol.hpp"
#include "transport/udp/network_interfaces.hpp"

namespace swarm::udp {

struct PeerOptions {
  enum class Command { announce, declare, watch, help, version };

  Command command = Command::help;
  std::vector<InfoHash> contents;  // announce, watch: one; declare: each once
  std::uint16_t port{};            // that the peer listens on
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

// One sentence for the user: what is wrong, and what would be right.
struct PeerUsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// `arguments` without the program's name. Throws PeerUsageError.
PeerOptions read_peer_options(const std::vector<std::string>& arguments);

std::string peer_help();

}  // namespace swarm::udp
