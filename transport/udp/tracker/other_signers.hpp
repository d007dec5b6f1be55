// Who lately sent datagrams that were signed with another secret than this instance's. Which of the
// two secrets is the wrong one no datagram tells.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/clock.hpp"
#include "engine/base/types.hpp"

namespace swarm::udp {

struct OtherSigner {
  Endpoint from;
  std::uint64_t datagrams{};
  Time first, last;  // of these
};

class OtherSigners {
 public:
  // Three times as long as an instance waits before it tells the same source again (R32).
  static constexpr Duration lately = 30s;
  // Anybody can send what another secret has signed: so many sources are kept, the latest ones.
  static constexpr std::size_t most = 4;

  void heard(const Endpoint& from, Time now);
  bool knows(const Endpoint& from) const;
  void forget(const Endpoint& from);  // its secret, or that of this instance, was put right
  // By address. Whoever was silent for that long is no longer one.
  std::vector<OtherSigner> recent(Time now) const;

 private:
  std::vector<OtherSigner> seen_;
};

// "3 datagrams from 10.0.0.4:7000 in the last 2 s were signed with another secret than this
// instance's"; of one signer at least.
std::string signed_otherwise(const std::vector<OtherSigner>& signers, Time now);

}  // namespace swarm::udp
