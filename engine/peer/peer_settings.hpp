// The settings of a peer. One object serves any number of peers.
#pragma once

#include <cstddef>
#include <optional>

#include "engine/base/clock.hpp"
#include "engine/base/types.hpp"

namespace swarm {

class PeerListener;

// The settings of the exchange of contents. Rates count only the bytes of blocks, not the headers.
struct ExchangeSettings {
  std::uint64_t upload_rate{}, download_rate{};  // bytes per second; 0: no limit
  bool yield{};                                  // lets other traffic of the network go first
  std::uint32_t upload_slots = 8;                // clients that are served at the same time
  Duration slot_time = 3s;                       // the longest time with a slot while others wait
  std::uint32_t most_peers = 50;                 // sessions per content
  std::size_t receive_buffer = 4 << 20;          // bytes of requested blocks under way, in all
  std::size_t cache = 64 << 20;                  // bytes of chunks kept in memory for clients
  // While this many bytes wait for the store, this peer requests no more blocks. The limit is small
  // because a crash loses these bytes, and because a false chunk is found only after them.
  std::size_t unwritten = 4 << 20;
  Duration keep_alive = 5s;     // after this time without sending, a keep-alive is sent
  Duration session_life = 20s;  // after this time without receiving, a session ends
};

struct PeerSettings {
  Endpoint trackers;                  // the multicast group, or the address of one tracker
  Duration retransmit_first = 100ms;  // doubles with each sending; each wait varies by up to 1/4
  Duration retransmit_most = 3s;      // the longest wait before that variation
  Duration connection_life = 60s;     // how long a connection id is used (seed: one minute)
  Duration announce_every{};          // zero: the interval that the tracker sets
  std::uint32_t num_want = 50;        // peers wanted in an answer
  std::optional<PeerId> peer_id{};    // empty: each peer draws its own
  PeerListener* listener = nullptr;   // is called for all peers; must outlive them
  ExchangeSettings exchange{};
};

}  // namespace swarm
