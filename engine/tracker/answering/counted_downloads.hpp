// The addresses whose downloads were counted lately. Within a lifetime an address counts once for a
// content, whatever its ports, and even if it leaves and comes back. Over IPv6 a /64 counts as one
// address, because one host may have all addresses of a /64. Every tracker fills this object from
// the log, because it may be the next master. The object is bounded in time and number. An address
// that is forgotten for lack of room may be counted again.
#pragma once

#include <deque>
#include <unordered_map>

#include "engine/base/clock.hpp"
#include "engine/node/registration_key.hpp"

namespace swarm {

class CountedDownloads {
 public:
  CountedDownloads(std::uint64_t seed, std::size_t most) : most_(most), last_(0, KeyHash{seed}) {}

  // Records that the download of this registration was counted at `at`. The latest time of a
  // network counts.
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
