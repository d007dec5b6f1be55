// Stateless connection ids: an id is the SipHash of the client's IP address and the minute of swarm
// time, with a secret that all members share. So the next master accepts the ids that a dead master
// made, and a tracker stores nothing per client.
#pragma once

#include "engine/base/clock.hpp"
#include "engine/node/operation.hpp"

namespace swarm {

class ConnectionIds {
 public:
  // Sets the secrets of the CONFIG. If `previous` is all zeros, there is no previous secret, and no
  // id made with it is accepted.
  void set_secrets(const Secret& current, const Secret& previous);

  ConnectionId make(const Ip& ip, SwarmTime now) const;

  // True: the id was made for this address, with the current or the previous secret, in the present
  // minute of swarm time, in one of the `minutes` before it, or in the next minute. The next minute
  // counts because the swarm time of the master that made the id may have been ahead by a network
  // trip. A peer of the seed's dialect uses an id for one minute, and the id is accepted for two
  // whole minutes (seed section 4). Clients of BEP 15 were seen to use an id for the next announce,
  // up to 330 s later, and if an answer was lost also for the announce after the next.
  static constexpr std::uint64_t seed_minutes = 2, bep15_minutes = 11;
  bool accepts(ConnectionId id, const Ip& ip, SwarmTime now,
               std::uint64_t minutes = seed_minutes) const;

 private:
  Secret current_{}, previous_{};
};

}  // namespace swarm
