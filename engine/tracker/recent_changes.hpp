// R18: which registrations the log has changed lately, so that a kept request does not undo what
// happened after it arrived. Bounded in time and number; what had to be forgotten early counts as
// changed.
#pragma once

#include <deque>
#include <unordered_map>

#include "engine/clock.hpp"
#include "engine/operation.hpp"
#include "engine/tracker/registration_key.hpp"

namespace swarm {

class RecentChanges {
 public:
  RecentChanges(std::uint64_t seed, std::size_t most) : most_(most), last_(0, KeyHash{seed}) {}

  // `sequence` grows with each call; shared with the arrivals it is compared to.
  void record(Time now, std::uint64_t sequence, const Operation& operation);
  bool changed_after(std::uint64_t sequence, const RegistrationKey& key) const;
  bool changed(const RegistrationKey& key) const { return recorded_after(0, key); }
  void forget_before(Time limit);
  std::size_t size() const { return order_.size(); }

 private:
  struct Change {
    Time at;
    std::uint64_t sequence;
    RegistrationKey key;
  };
  // An expiry changes all contents of a peer. It stands under the hash of zeros; a content of
  // that name would only be answered later than it could be.
  static RegistrationKey all_of(const Endpoint& peer) { return {InfoHash{}, peer}; }

  void record(Time now, std::uint64_t sequence, const RegistrationKey& key);
  void forget_first();
  bool recorded_after(std::uint64_t sequence, const RegistrationKey& key) const;

  std::size_t most_;
  std::deque<Change> order_;
  std::unordered_map<RegistrationKey, std::uint64_t, KeyHash> last_;
  std::uint64_t forgotten_ = 0;  // sequence of the last change that was forgotten early
};

}  // namespace swarm
