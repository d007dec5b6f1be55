// A tracker instance: the seed's components for master and slaves, wired together. One object is
// one start of one process: a crash destroys it, a restart makes a new one from what the disk has.
//
// It is a demultiplexer over consensus groups, each of which replicates one shard of the index.
// There is one group, with all contents: datagrams, orders and views belong to it. Tickets and
// timers go to the group that they are of.
#pragma once

#include <memory>
#include <vector>

#include "engine/consensus/invariants.hpp"
#include "engine/node/member_report.hpp"
#include "engine/node/node.hpp"
#include "engine/tracker/settings.hpp"
#include "engine/tracker/table/swarm_table.hpp"

namespace swarm {

class Tracker final : public Node {
 public:
  struct Start {
    TrackerSettings settings;
    db::TrackerImage image;            // what TrackerDb::load() gave; empty for a fresh store
    std::optional<db::Ballot> ballot;  // what BallotDb::load() gave
    BootId boot;                       // random, new at each start
    std::uint64_t seed{};              // of every choice this process makes
  };
  explicit Tracker(Start start);
  ~Tracker() override;

  void start(Time now, Outbox& out) override;
  void receive(Time now, const Arrival& arrival, Bytes datagram, Outbox& out) override;
  void wake(Time now, Outbox& out) override;
  Time next_wake() const override;
  void persisted(Time now, Ticket ticket, Outbox& out) override;
  // Promises that were acknowledged before no longer count. A master answers again when its slaves
  // have acknowledged a message that it sends from here on.
  void clock_went_back(Time now, Duration by, Outbox& out) override;

  // Orders of an operator. Each is carried out over time, and events report it. hand_over() and
  // remove() may be called at any member: a member that is not the master sends one ORDER to the
  // master that it follows. False: the order is not possible now, and nothing happens.

  // A master gives its place to its most up-to-date slave. False: no master is known, or there is
  // no other voter.
  bool hand_over(Time now, Outbox& out);
  // Takes a member out of the CONFIG. False: no such member, no master is known, or it is the
  // master itself: hand over first. False at the master (and an ORDER is ignored) also while the
  // living voters without it are no quorum (R20).
  bool remove(Time now, MemberId member, Outbox& out);
  // Drains, commits, answers, hands over, and passes on the answers to requests that only this
  // tracker received. Then Outbox::exit("stopped...").
  void stop(Time now, Outbox& out);
  // Leaves for good. A master hands over first. Then the tracker asks the master to be removed from
  // the CONFIG, again and again until it hears that it was, and does Outbox::exit("left"). That
  // needs a quorum, and waits until there is one; stop() ends the wait. Meanwhile the tracker
  // votes, but stands for election only when no other member did for a second. An instance that is
  // no member exits at once. False: it is the only voter, without which there is no swarm; nothing
  // happens. Its disk has to be wiped before it can join again.
  bool leave(Time now, Outbox& out);
  // Tells a fresh store how to find its swarm: init or join. The store may be any that is not bound
  // to a founding yet, not only one with FirstStart::manual. It forgets the order at a restart,
  // unless it has been bound by then. False: the store is no stranger, or bound already, or `how`
  // is neither of the two.
  bool first_start(Time now, FirstStart how, Outbox& out);
  // Takes over the keys that tracker_settings_keys() calls reloadable, and no others. The settings
  // are without conflict (find_conflict()). After a change to a shorter announce_interval no peer
  // expires before the longer time that it was told is over.
  void reload(Time now, const TrackerSettings& settings, Outbox& out);

  // The message that the supervisor sends when this process has died: DEAD, to every other member.
  void death_certificate(Outbox& out) const;

  const TrackerView& view() const;  // a cheap, current summary
  const SwarmTable& table() const;  // the in-memory index
  const Config& config() const;
  std::uint64_t rejected(Reject reason) const;
  // The members in the order of the CONFIG. This tracker comes last if it is not among them. Its
  // own state is as of its last step; how long ago the others were heard is as of `now`.
  std::vector<MemberReport> members(Time now) const;
  // R21: other instances that are heard and want to found a swarm of the same size.
  std::vector<Endpoint> candidates() const;
  std::size_t memory() const;  // bytes of the in-memory index, about; O(1)
  bool full() const;           // a cap is reached: new peers are answered and not stored

 private:
  struct Group;
  Group& only() const { return *groups_.front(); }
  Group& group_of(Ticket ticket);

  TrackerSettings settings_;
  std::vector<std::unique_ptr<Group>> groups_;  // by their id
};

}  // namespace swarm
