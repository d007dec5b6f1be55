// Remembers which addresses have lately sent datagrams that are signed with another secret than
// this instance's. No datagram shows which of the two secrets is wrong.
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
  Time first, last;  // the times at which the first and the last of these datagrams came
};

class OtherSigners {
 public:
  // Three times the interval at which a member sends UNVERIFIED to the same source again (R32).
  static constexpr Duration lately = 30s;
  // Anybody can send datagrams with another secret. So only this many sources are kept: those that
  // sent most recently.
  static constexpr std::size_t most = 4;

  void heard(const Endpoint& from, Time now);
  bool knows(const Endpoint& from) const;
  void forget(const Endpoint& from);  // for a source that now sends with this instance's secret
  // Sorted by address. A source that has been silent for `lately` is left out.
  std::vector<OtherSigner> recent(Time now) const;

 private:
  std::vector<OtherSigner> seen_;
};

// "3 datagrams from 10.0.0.4:7000 in the last 2 s were signed with another secret than this
// instance's". `signers` must not be empty.
std::string signed_otherwise(const std::vector<OtherSigner>& signers, Time now);

}  // namespace swarm::udp
