// The peers that have sent wrong bytes of a content. A host that goes on from another port is
// banned with all its ports when some of them are banned. Hosts can share an address. So a port
// that has sent a whole right chunk is spared, unless it has sent wrong bytes itself.
#pragma once

#include <map>
#include <set>

#include "engine/base/types.hpp"

namespace swarm {

class Bans {
 public:
  static constexpr std::size_t most_ports = 4;  // banned ports of an address; then all are

  static constexpr std::size_t most_spared = 16;  // ports of an address
  static constexpr std::size_t most_addresses_spared = 1024;

  void add(const Endpoint& peer) {
    auto& ports = by_address_[peer.ip.network()];
    if (ports.size() < most_ports) ports.insert(peer);
    if (const auto at = spared_.find(peer.ip.network()); at != spared_.end())
      at->second.erase(peer);
  }
  // All bytes of a chunk with the right hash came from this peer.
  void spare(const Endpoint& peer) {
    if (contains(peer)) return;
    const Ip network = peer.ip.network();
    if (spared_.size() >= most_addresses_spared && !spared_.contains(network)) return;
    auto& ports = spared_[network];
    if (ports.size() < most_spared) ports.insert(peer);
  }
  bool contains(const Endpoint& peer) const {
    const auto at = by_address_.find(peer.ip.network());
    if (at == by_address_.end()) return false;
    if (at->second.contains(peer)) return true;
    return at->second.size() >= most_ports && !is_spared(peer);
  }

 private:
  bool is_spared(const Endpoint& peer) const {
    const auto at = spared_.find(peer.ip.network());
    return at != spared_.end() && at->second.contains(peer);
  }

  std::map<Ip, std::set<Endpoint>> by_address_;
  std::map<Ip, std::set<Endpoint>> spared_;  // the ports that have sent a whole right chunk
};

}  // namespace swarm
