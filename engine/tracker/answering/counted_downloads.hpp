// Remembers the networks whose downloads were counted lately. A network is an IPv4 address, or an
// IPv6 /64, because one host may have all addresses of a /64. Within a lifetime, a network's
// downloads of a content count only once, whatever ports it uses, and even if it leaves and comes
// back. Every tracker fills this object from the log, because every tracker may be the next master.
// The object is bounded in time and number. A network that is forgotten for lack of room may be
// counted again.
#pragma once

#include <deque>
#include <unordered_map>

#include "engine/base/clock.hpp"
#include "engine/node/registration_key.hpp"

namespace swarm {

class CountedDownloads {
 public:
  CountedDownloads(std::uint64_t seed, std::size_t most) : most_(most), last_(0, KeyHash{seed}) {}

  // Records that the download of this registration was counted at `at`. Of several times for one
  // network and content, the latest is kept.
  void record(Time at, const RegistrationKey& key);
  // True: a download of the same network and content was counted at `since` or later.
  bool counted(Time since, const RegistrationKey& key) const;
  // Forgets entries that are older than `limit`, at most `most` of them. It does no harm if an
  // entry is forgotten later.
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
