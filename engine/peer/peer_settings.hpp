// What a peer must know to talk to the trackers; one object serves any number of peers.
#pragma once

#include "engine/clock.hpp"
#include "engine/types.hpp"

namespace swarm {

struct PeerSettings {
  Endpoint trackers;                  // the multicast group (or one tracker)
  Duration retransmit_first = 100ms;  // doubling, with jitter
  Duration retransmit_most = 3s;
  Duration connection_life = 60s;  // a connection id is used for one minute (seed)
  std::uint32_t num_want = 50;
};

}  // namespace swarm
