// Stateless connection ids (design rule 1): SipHash of the client's IP address and the minute of
// swarm time, under a secret that all members share. An id that a dead master handed out is good
// at the next one; nothing is stored per client.
#pragma once

#include "engine/clock.hpp"
#include "engine/operation.hpp"

namespace swarm {

class ConnectionIds {
 public:
  // From CONFIG. An all-zero previous secret is none: ids under it are never accepted.
  void set_secrets(const Secret& current, const Secret& previous);

  ConnectionId make(std::uint32_t ip, SwarmTime now) const;

  // A peer uses an id for one minute, it is accepted for two whole ones (seed section 4): made in
  // this minute or in one of the two before it, under the current or the previous secret.
  bool accepts(ConnectionId id, std::uint32_t ip, SwarmTime now) const;

 private:
  Secret current_{}, previous_{};
};

}  // namespace swarm
