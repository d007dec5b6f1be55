// The settings of a peer. One object serves any number of peers.
#pragma once

#include <cstddef>
#include <optional>

#include "engine/base/clock.hpp"
#include "engine/base/types.hpp"

namespace swarm {

class PeerListener;

// How contents move between peers. A rate counts only the bytes of contents; zero means no limit.
struct ExchangeSettings {
  std::uint64_t upload_rate{}, download_rate{};  // bytes per second
  bool yield{};                                  // other traffic of the network goes first
  std::uint32_t upload_slots = 8;                // clients served at a time; others wait
  Duration slot_time = 3s;                       // longest turn while others wait
  std::uint32_t most_peers = 50;                 // sessions per content
  std::size_t receive_buffer = 4 << 20;  // bytes under way to this peer, all its requests together
  std::size_t cache = 64 << 20;          // bytes of chunks kept in memory, to be sent
  // While this many bytes wait for the store, nothing more is asked for. The limit is small: a
  // crash loses these bytes, and a liar's chunk is checked only after them.
  std::size_t unwritten = 4 << 20;
  Duration keep_alive = 5s;     // a session that has sent nothing for this long sends a keep-alive
  Duration session_life = 20s;  // a session that has heard nothing for this long is over
};

struct PeerSettings {
  Endpoint trackers;                  // the multicast group (or one tracker)
  Duration retransmit_first = 100ms;  // doubling, with jitter
  Duration retransmit_most = 3s;
  Duration connection_life = 60s;  // a connection id is used for one minute (seed)
  Duration announce_every{};       // zero: the interval that the tracker tells
  std::uint32_t num_want = 50;
  std::optional<PeerId> peer_id{};   // none: each peer draws its own
  PeerListener* listener = nullptr;  // gets the answers of all peers; must outlive them
  ExchangeSettings exchange{};       // of contents, with other peers
};

}  // namespace swarm
