// R18: since when registrations are as they are, lately: when what they are was asked for, or, if
// another master put it into the log, when that came. So a request that comes late does not undo
// what is newer. Bounded in time and number; what is forgotten counts as changed.
#pragma once

#include <deque>
#include <unordered_map>

#include "engine/node/registration_key.hpp"
#include "engine/tracker/answering/moment.hpp"

namespace swarm {

class RecentChanges {
 public:
  RecentChanges(std::uint64_t seed, std::size_t most) : most_(most), last_(0, KeyHash{seed}) {}

  // The number of `at` is shared with the arrivals it is compared to. The newest counts.
  void record(const Moment& at, const RegistrationKey& key);
  void record_all_of(const Endpoint& peer, const Moment& at) { record(at, all_of(peer)); }
  bool changed_after(const Moment& moment, const RegistrationKey& key) const;
  bool changed(const RegistrationKey& key) const;
  // The oldest, at most `most`; what is known for longer does no harm.
  void forget_before(Time limit, std::size_t most);
  void forget_all(const Moment& until);  // what was changed until then is not known
  std::size_t size() const { return order_.size(); }

 private:
  struct Change {
    Moment at;
    RegistrationKey key;
  };
  // An expiry changes all contents of a peer. It stands under the hash of zeros; a content of
  // that name would only be answered later than it could be.
  static RegistrationKey all_of(const Endpoint& peer) { return {InfoHash{}, peer}; }

  void forget_first();

  std::size_t most_;
  std::deque<Change> order_;
  std::unordered_map<RegistrationKey, Moment, KeyHash> last_;
  Moment forgotten_{Time::min()};  // the newest that was forgotten
};

}  // namespace swarm
