// An instance that signs with another secret is not heard here, and may hear nothing of this swarm.
// So it gets, rarely, a datagram that it cannot verify, and that lets it notice the other secret
// (R32).
#pragma once

#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/base/clock.hpp"
#include "engine/base/types.hpp"
#include "engine/consensus/replica_state.hpp"
#include "engine/consensus/timing.hpp"

namespace swarm {

class OtherSecret {
 public:
  // At most `most` sources are told within this time, each of them once.
  static constexpr Duration rest = timing::other_secret_again;
  static constexpr std::size_t most = 4;

  explicit OtherSecret(ReplicaState& state) : s_(state) {}

  // A datagram came whose MAC is wrong and whose magic, version and length are right.
  void heard(const Endpoint& from, Bytes datagram);

 private:
  struct Told {
    Endpoint who;
    Time when;
  };
  bool is_of_this_swarm(const Endpoint& address) const;

  ReplicaState& s_;
  std::vector<Told> told_;
};

}  // namespace swarm
