// The addresses whose downloads were counted lately. An address (over IPv6 a /64, because one host
// may have all of its addresses) counts once for a content within a lifetime, with any of its
// ports, and even if it leaves and comes back. Every tracker fills this from the log, because it
// may be the next master. It is bounded in time and number. An address that is forgotten for lack
// of room may be counted again.
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
  // True: a download of the same network and content was counted at `since` or later.
  bool counted(Time since, const RegistrationKey& key) const;
  // Forgets the oldest entries, at most `most` of them. An entry that stays for longer does no
  // harm.
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
