// Proposes the operation by which a registration becomes as a request wants it. Gives the block
// whose commit makes it so (R16 to R18).
#pragma once

#include <memory>
#include <utility>

#include "engine/tracker/answering/client_request.hpp"
#include "engine/tracker/answering/counted_downloads.hpp"
#include "engine/tracker/answering/proposer.hpp"
#include "engine/tracker/answering/recent_changes.hpp"
#include "engine/tracker/answering/settings.hpp"
#include "engine/tracker/answering/timestamp.hpp"
#include "engine/tracker/answering/uncommitted.hpp"
#include "engine/tracker/table/swarm_table.hpp"

namespace swarm {

class Registrar {
 public:
  // `settings` and `table` outlive it.
  Registrar(const AnsweringSettings& settings, SwarmTable& table, std::uint64_t seed);

  struct Wanted {
    RegistrationKey key;
    DesiredState desired{};
    bool completed{};     // ClientRequest::Announce
    bool refresh{};       // so is this
    Duration lifetime{};  // of registrations: within it a network's download counts once
  };
  struct Settled {
    LogIndex block;      // whose commit makes it so; zero: it is so already
    bool stored = true;  // false: a cap is reached, nothing was proposed
  };
  // Nothing: the request came `late` (it was kept here, or elsewhere), and something newer
  // contradicts it (R18). A change would undo the newer state, and an answer would confirm a state
  // that is not so. If the peer still wants it, its retransmission says so. A peer that has just
  // become a seeder stays one.
  std::optional<Settled> settle(const Wanted& wanted, const Timestamp& asked, bool late,
                                Proposer& log);

  // The registration was not announced for a lifetime. Returns the block that removes it; nothing:
  // it is being changed already.
  std::optional<LogIndex> expire(const RegistrationKey& key, Proposer& log);

  // The registration was changed lately, or asked to be, by a block that may not be in the table
  // yet.
  bool changed(const RegistrationKey& key) const { return changes_.changed(key); }

  // Each operation of the log, when it is appended.
  void applied(const Timestamp& at, const Operation& operation);
  void loaded(const Timestamp& at) { changes_.forget_all(at); }
  // Each operation of the log that this process found at its start, appended at about `at`:
  // downloads that it counted are remembered.
  void remember_counted(Time at, const Operation& operation);
  // How many changes were in these blocks.
  std::size_t committed(LogIndex block) { return uncommitted_.committed(block); }
  // The number of registrations of this peer that uncommitted blocks change.
  std::size_t changing(const Endpoint& peer) const { return uncommitted_.size_of(peer); }
  void expiring(const Endpoint& peer, LogIndex block) { uncommitted_.proposed_expiry(peer, block); }
  std::size_t uncommitted() const { return uncommitted_.size(); }
  // Returns the former content, because freeing it takes long.
  std::shared_ptr<void> forget_uncommitted() {
    auto none = uncommitted_.empty_one();
    return std::make_shared<Uncommitted>(std::exchange(uncommitted_, std::move(none)));
  }
  void forget_before(Time limit, std::size_t most) { changes_.forget_before(limit, most); }
  void forget_counted_before(Time limit, std::size_t most) { counted_.forget_before(limit, most); }

  bool full() const;  // a cap is reached

 private:
  void applied(const Timestamp& at, const RegistrationKey& key, bool counted = false);
  bool full_for(const RegistrationKey& key) const;
  bool counts(const Wanted& wanted, Time asked, std::optional<PeerState> state) const;
  bool memory_used_up() const;

  const AnsweringSettings& settings_;
  SwarmTable& table_;
  RecentChanges changes_;
  CountedDownloads counted_;
  Uncommitted uncommitted_;
};

}  // namespace swarm
