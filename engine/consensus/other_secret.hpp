// Members drop the datagrams of an instance that signs with another secret. That instance may
// receive nothing from this swarm, and so not notice the mistake. So a member now and then sends
// the instance a datagram that the instance cannot verify. This shows the instance that the secrets
// differ (R32).
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
  // Within `rest`, a member tells at most `most` sources, and each of them once.
  static constexpr Duration rest = timing::other_secret_again;
  static constexpr std::size_t most = 4;

  explicit OtherSecret(ReplicaState& state) : s_(state) {}

  // A datagram came with a wrong MAC, but with the right magic, version and length.
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
