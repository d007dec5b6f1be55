// R18: remembers the times at which registrations got their present states, so that a late request
// does not undo a newer change. The time of a change is the time at which its request arrived. If
// another master proposed the change, it is the time at which the block was appended. The object is
// bounded in time and number. When it forgets a change, every registration counts as changed at the
// time of that change.
#pragma once

#include <deque>
#include <unordered_map>

#include "engine/node/registration_key.hpp"
#include "engine/tracker/answering/timestamp.hpp"

namespace swarm {

class RecentChanges {
 public:
  RecentChanges(std::uint64_t seed, std::size_t most) : most_(most), last_(0, KeyHash{seed}) {}

  // Records a change at `at`. Of several changes of a registration, the newest counts. The numbers
  // of all Timestamps that are passed to this object must come from one counter.
  void record(const Timestamp& at, const RegistrationKey& key);
  void record_all_of(const Endpoint& peer, const Timestamp& at) { record(at, all_of(peer)); }
  bool changed_after(const Timestamp& at, const RegistrationKey& key) const;
  bool changed(const RegistrationKey& key) const;
  // Forgets changes that are older than `limit`, at most `most` of them. It does no harm if a
  // change is forgotten later.
  void forget_before(Time limit, std::size_t most);
  void forget_all(const Timestamp& until);  // then all count as changed at `until`
  std::size_t size() const { return order_.size(); }

 private:
  struct Change {
    Timestamp at;
    RegistrationKey key;
  };
  // The key for an expiry, which changes all contents of a peer. It has an info-hash of zeros. If a
  // real content has this info-hash, the only effect is that some answers come later.
  static RegistrationKey all_of(const Endpoint& peer) { return {InfoHash{}, peer}; }

  void forget_first();

  std::size_t most_;
  std::deque<Change> order_;
  std::unordered_map<RegistrationKey, Timestamp, KeyHash> last_;
  Timestamp forgotten_{Time::min()};  // the newest change that was forgotten
};

}  // namespace swarm
