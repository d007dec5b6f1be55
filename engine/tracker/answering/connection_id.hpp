// Stateless connection ids: SipHash of the client's IP address and the minute of swarm time, under
// a secret that all members share. An id from a dead master is good at the next master. A tracker
// stores nothing per client.
#pragma once

#include "engine/base/clock.hpp"
#include "engine/node/operation.hpp"

namespace swarm {

class ConnectionIds {
 public:
  // The secrets of the CONFIG. An all-zero `previous` means that there is none: no id under it is
  // accepted.
  void set_secrets(const Secret& current, const Secret& previous);

  ConnectionId make(const Ip& ip, SwarmTime now) const;

  // True: the id was made for this address in this minute, in one of the `minutes` before it, or in
  // the next one, under the current or the previous secret. The next minute counts because the
  // master that made the id may have been ahead by a network trip. A peer of the seed's dialect
  // uses an id for one minute; it is accepted for two whole minutes (seed section 4). Clients of
  // BEP 15 were seen to use an id for the next announce, up to 330 s later, and for the one after
  // that if an answer was lost.
  static constexpr std::uint64_t seed_minutes = 2, bep15_minutes = 11;
  bool accepts(ConnectionId id, const Ip& ip, SwarmTime now,
               std::uint64_t minutes = seed_minutes) const;

 private:
  Secret current_{}, previous_{};
};

}  // namespace swarm
