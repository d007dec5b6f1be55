// Proposes the operations that give registrations the states that requests want (R16 to R18).
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
  // `settings` and `table` must outlive this object.
  Registrar(const AnsweringSettings& settings, SwarmTable& table, std::uint64_t seed);

  struct Wanted {
    RegistrationKey key;
    DesiredState desired{};
    bool completed{};     // as in ClientRequest::Announce
    bool refresh{};       // as in ClientRequest::Announce
    Duration lifetime{};  // of registrations; a network's downloads count once in it
  };
  struct Settled {
    LogIndex block;      // when it is committed, the wanted state is reached; zero: reached already
    bool stored = true;  // false: a cap is reached, and nothing was proposed
  };
  // Brings the registration to the wanted state. `asked`: when the request came. `late`: this or
  // another tracker has kept the request.
  // Returns nothing if the request is late and a newer change contradicts it (R18). The request is
  // then neither carried out, which would undo the newer change, nor answered, which would confirm
  // a state that does not hold. If the peer still wants the state, it retransmits the request. A
  // peer that has just become a seeder does not become a leecher again.
  std::optional<Settled> settle(const Wanted& wanted, const Timestamp& asked, bool late,
                                Proposer& log);

  // Removes a registration that was not announced for a lifetime. Returns the block that removes
  // it, or nothing if an uncommitted block changes the registration already.
  std::optional<LogIndex> expire(const RegistrationKey& key, Proposer& log);

  // True: the registration was changed lately, or a request confirmed its state lately. The table
  // may not have the change yet.
  bool changed(const RegistrationKey& key) const { return changes_.changed(key); }

  // Called for each operation when it is appended to the log.
  void applied(const Timestamp& at, const Operation& operation);
  void loaded(const Timestamp& at) { changes_.forget_all(at); }
  // Called at the start for the operations of each block of the log on the disk that is no older
  // than a lifetime. `at`: the approximate time at which the operation was appended. If the
  // operation counted a download, remembers this.
  void remember_counted(Time at, const Operation& operation);
  // The blocks up to `block` are committed. Returns how many changes they had.
  std::size_t committed(LogIndex block) { return uncommitted_.committed(block); }
  // The number of uncommitted changes to registrations of this peer.
  std::size_t changing(const Endpoint& peer) const { return uncommitted_.size_of(peer); }
  void expiring(const Endpoint& peer, LogIndex block) { uncommitted_.proposed_expiry(peer, block); }
  std::size_t uncommitted() const { return uncommitted_.size(); }
  // Forgets the uncommitted changes. Returns their memory, because freeing it takes long.
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
