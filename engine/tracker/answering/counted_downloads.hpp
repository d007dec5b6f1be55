// Whose downloads were counted lately: one address (over IPv6 a /64, of which one host may have all
// addresses) counts once for a content within a lifetime, whatever its ports and however often it
// comes and goes. Every tracker fills it from the log, for it may be the next master. It is bounded
// in time and number; who is forgotten for want of room may be counted again.
#pragma once

#include <deque>
#include <unordered_map>

#include "engine/base/clock.hpp"
#include "engine/node/registration_key.hpp"

namespace swarm {

class CountedDownloads {
 public:
  CountedDownloads(std::uint64_t seed, std::size_t most) : most_(most), last_(0, KeyHash{seed}) {}

  // A registration that was counted; the latest time of its network counts.
  void record(Time at, const RegistrationKey& key);
  // Whether one of the same network and content was, at `since` or later.
  bool counted(Time since, const RegistrationKey& key) const;
  // The oldest, at most `most`; what is known for longer does no harm.
  void forget_before(Time limit, std::size_t most);
  std::size_t size() const { return order_.size(); }

 private:
  struct Count {
    Time at;
    RegistrationKey key;
  };
  static RegistrationKey of_network(const RegistrationKey& key) {
    return {key.content, {key.peer.ip.network(), 0}};
  }
  void forget_first();

  std::size_t most_;
  std::deque<Count> order_;
  std::unordered_map<RegistrationKey, Time, KeyHash> last_;
};

}  // namespace swarm
