// The peers that have sent wrong bytes of a content. A host that goes on from another port is
// banned with all its ports when some of them are banned.
#pragma once

#include <map>
#include <set>

#include "engine/base/types.hpp"

namespace swarm {

class Bans {
 public:
  static constexpr std::size_t most_ports = 4;  // banned ports of an address; then all are

  void add(const Endpoint& peer) {
    auto& ports = by_address_[peer.ip.network()];
    if (ports.size() < most_ports) ports.insert(peer);
  }
  bool contains(const Endpoint& peer) const {
    const auto at = by_address_.find(peer.ip.network());
    if (at == by_address_.end()) return false;
    return at->second.size() >= most_ports || at->second.contains(peer);
  }

 private:
  std::map<Ip, std::set<Endpoint>> by_address_;
};

}  // namespace swarm
