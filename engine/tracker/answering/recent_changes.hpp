// R18: remembers when registrations got their present states, so that a late request does not undo
// a newer change. The time of a change is the time of the request that asked for it, or the time of
// its block if another master proposed it. The object is bounded in time and number. When it
// forgets a change, every registration counts as changed at the time of that change.
#pragma once

#include <deque>
#include <unordered_map>

#include "engine/node/registration_key.hpp"
#include "engine/tracker/answering/timestamp.hpp"

namespace swarm {

class RecentChanges {
 public:
  RecentChanges(std::uint64_t seed, std::size_t most) : most_(most), last_(0, KeyHash{seed}) {}

  // The numbers of `at` and of the arrivals that it is compared with come from one counter. Of
  // several changes of a registration the newest counts.
  void record(const Timestamp& at, const RegistrationKey& key);
  void record_all_of(const Endpoint& peer, const Timestamp& at) { record(at, all_of(peer)); }
  bool changed_after(const Timestamp& at, const RegistrationKey& key) const;
  bool changed(const RegistrationKey& key) const;
  // Forgets the oldest entries, at most `most` of them. An entry that stays for longer does no
  // harm.
  void forget_before(Time limit, std::size_t most);
  void forget_all(const Timestamp& until);  // the changes up to `until` are no longer known
  std::size_t size() const { return order_.size(); }

 private:
  struct Change {
    Timestamp at;
    RegistrationKey key;
  };
  // The key of an expiry, which changes all contents of a peer. It uses the info-hash of zeros. If
  // a content has that info-hash, it is only answered later than it could be.
  static RegistrationKey all_of(const Endpoint& peer) { return {InfoHash{}, peer}; }

  void forget_first();

  std::size_t most_;
  std::deque<Change> order_;
  std::unordered_map<RegistrationKey, Timestamp, KeyHash> last_;
  Timestamp forgotten_{Time::min()};  // the newest change that was forgotten
};

}  // namespace swarm
