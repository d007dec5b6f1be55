// Counts the registrations of each network of peers. A network is an IPv4 address, or an IPv6 /64,
// because one host may have all addresses of a /64. Memory is fixed: networks with equal hashes
// share a count.
#pragma once

#include <vector>

#include "engine/node/registration_key.hpp"

namespace swarm {

class NetworkCounts {
 public:
  explicit NetworkCounts(std::uint64_t seed) : seed_(seed) {}

  void add(const Ip& ip, int change) {
    if (counts_.empty()) counts_.resize(most);
    counts_[place(ip)] += static_cast<std::uint32_t>(change);
  }
  std::uint32_t of(const Ip& ip) const { return counts_.empty() ? 0 : counts_[place(ip)]; }
  std::size_t memory() const { return counts_.capacity() * sizeof(counts_[0]); }

 private:
  static constexpr std::size_t most = 1 << 14;
  std::size_t place(const Ip& ip) const { return hash_of({ip.network(), 0}, seed_) % most; }

  std::uint64_t seed_;
  std::vector<std::uint32_t> counts_;
};

}  // namespace swarm
