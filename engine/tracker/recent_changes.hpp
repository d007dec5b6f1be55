// R18: which registrations the log has changed lately, so that a request that comes late does not
// undo what happened after it arrived. Bounded in time and number; what is forgotten counts as
// changed.
#pragma once

#include <deque>
#include <unordered_map>

#include "engine/operation.hpp"
#include "engine/tracker/moment.hpp"
#include "engine/tracker/registration_key.hpp"

namespace swarm {

class RecentChanges {
 public:
  RecentChanges(std::uint64_t seed, std::size_t most) : most_(most), last_(0, KeyHash{seed}) {}

  // `at` grows with each call; its number is shared with the arrivals it is compared to.
  void record(const Moment& at, const Operation& operation);
  bool changed_after(const Moment& moment, const RegistrationKey& key) const;
  bool changed(const RegistrationKey& key) const;
  void forget_before(Time limit);
  std::size_t size() const { return order_.size(); }

 private:
  struct Change {
    Moment at;
    RegistrationKey key;
  };
  // An expiry changes all contents of a peer. It stands under the hash of zeros; a content of
  // that name would only be answered later than it could be.
  static RegistrationKey all_of(const Endpoint& peer) { return {InfoHash{}, peer}; }

  void record(const Moment& at, const RegistrationKey& key);
  void forget_first();

  std::size_t most_;
  std::deque<Change> order_;
  std::unordered_map<RegistrationKey, Moment, KeyHash> last_;
  Moment forgotten_{Time::min()};  // the last change that was forgotten
};

}  // namespace swarm
