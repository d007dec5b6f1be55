// R18: the time since when registrations have their present state, if it is recent. That is the
// time of the request that asked for the state, or of the block if another master proposed it. So a
// late request does not undo a newer change. It is bounded in time and number; a registration that
// is forgotten counts as changed.
#pragma once

#include <deque>
#include <unordered_map>

#include "engine/node/registration_key.hpp"
#include "engine/tracker/answering/timestamp.hpp"

namespace swarm {

class RecentChanges {
 public:
  RecentChanges(std::uint64_t seed, std::size_t most) : most_(most), last_(0, KeyHash{seed}) {}

  // The number of `at` is shared with the arrivals it is compared to. The newest counts.
  void record(const Timestamp& at, const RegistrationKey& key);
  void record_all_of(const Endpoint& peer, const Timestamp& at) { record(at, all_of(peer)); }
  bool changed_after(const Timestamp& at, const RegistrationKey& key) const;
  bool changed(const RegistrationKey& key) const;
  // Forgets the oldest entries, at most `most` of them. An entry that stays for longer does no
  // harm.
  void forget_before(Time limit, std::size_t most);
  void forget_all(const Timestamp& until);  // changes until then are no longer known
  std::size_t size() const { return order_.size(); }

 private:
  struct Change {
    Timestamp at;
    RegistrationKey key;
  };
  // An expiry changes all contents of a peer. It stands under the hash of zeros; a content of
  // that name would only be answered later than it could be.
  static RegistrationKey all_of(const Endpoint& peer) { return {InfoHash{}, peer}; }

  void forget_first();

  std::size_t most_;
  std::deque<Change> order_;
  std::unordered_map<RegistrationKey, Timestamp, KeyHash> last_;
  Timestamp forgotten_{Time::min()};  // the newest that was forgotten
};

}  // namespace swarm
