// Limits the error replies per second to one source, because some clients send a new request at
// once after each error. Memory is fixed: sources with equal hashes share one limit.
#pragma once

#include <vector>

#include "engine/base/clock.hpp"
#include "engine/node/events.hpp"
#include "engine/node/registration_key.hpp"

namespace swarm {

class ErrorLimit {
 public:
  static constexpr std::uint32_t seed_per_second = 10, bep15_per_second = 1;

  explicit ErrorLimit(std::uint64_t seed) : seed_(seed) {}

  // True: the source may get one more error. The call counts this error.
  bool allows(Time now, const Ip& ip, Dialect dialect) {
    const auto per_second = dialect == Dialect::seed ? seed_per_second : bep15_per_second;
    if (allowances_.empty()) allowances_.resize(sources);  // most trackers send no errors
    Allowance& a = allowances_[hash_of({ip.network(), 0}, seed_) % sources];
    if (a.used == 0 || now - a.since >= 1s) a = {now, 0};
    return a.used < per_second && ++a.used;
  }

 private:
  static constexpr std::size_t sources = 4096;
  struct Allowance {
    Time since;
    std::uint32_t used = 0;
  };
  std::uint64_t seed_;
  std::vector<Allowance> allowances_;
};

}  // namespace swarm
