// What a peer must know to talk to the trackers; one object serves any number of peers.
#pragma once

#include <optional>

#include "engine/clock.hpp"
#include "engine/types.hpp"

namespace swarm {

class PeerListener;

struct PeerSettings {
  Endpoint trackers;                  // the multicast group (or one tracker)
  Duration retransmit_first = 100ms;  // doubling, with jitter
  Duration retransmit_most = 3s;
  Duration connection_life = 60s;  // a connection id is used for one minute (seed)
  Duration announce_every{};       // zero: the interval that the tracker tells
  std::uint32_t num_want = 50;
  std::optional<PeerId> peer_id{};   // none: each peer draws its own
  PeerListener* listener = nullptr;  // told of all peers' answers; outlives them
};

}  // namespace swarm
