// A tracker instance: the seed's components for master and slaves, wired together. One object
// stands for one start of a process. A crash destroys the object; a restart makes a new one from
// what is on the disk.
//
// The tracker distributes its input to consensus groups. Each group replicates one shard of the
// index. Today there is one group, with all contents, so all datagrams, orders and views belong to
// it. A ticket or a timer goes to the group that it was made for.
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
    db::TrackerImage image;            // from TrackerDb::load(); empty for a fresh store
    std::optional<db::Ballot> ballot;  // from BallotDb::load()
    BootId boot;                       // random, new at each start
    std::uint64_t seed{};              // of all random choices of this process
  };
  explicit Tracker(Start start);
  ~Tracker() override;

  void start(Time now, Outbox& out) override;
  void receive(Time now, const Arrival& arrival, Bytes datagram, Outbox& out) override;
  void wake(Time now, Outbox& out) override;
  Time next_wake() const override;
  void persisted(Time now, Ticket ticket, Outbox& out) override;
  // The clock of the host went back. Promises that were acknowledged before no longer count. A
  // master answers again when its slaves have acknowledged a message that it sends after this call.
  void clock_went_back(Time now, Duration by, Outbox& out) override;

  // Orders of an operator. An order takes some time, and events report its progress. hand_over()
  // and remove() may be called at any member: a member that is not the master sends one ORDER to
  // the master that it follows. False: the order is not possible now, and nothing happens.

  // The master hands over to its most up-to-date slave. False: no master is known, or there is no
  // other voter.
  bool hand_over(Time now, Outbox& out);
  // Removes a member from the CONFIG. False: there is no such member, no master is known, or the
  // member is the master itself, which must hand over first. While the living voters without the
  // member are no quorum (R20), the master also returns false, and ignores an ORDER.
  bool remove(Time now, MemberId member, Outbox& out);
  // Drains, commits, answers, hands over, and passes on the answers to requests that only this
  // tracker received. Then it calls Outbox::exit("stopped...").
  void stop(Time now, Outbox& out);
  // Leaves the swarm for good. A master hands over first. Then the tracker asks the master to
  // remove it from the CONFIG, and repeats this until it learns that it is removed. Then it calls
  // Outbox::exit("left"). The removal needs a quorum and waits for one; stop() ends the wait.
  // Meanwhile the tracker votes, but stands for election only if no other member has stood for a
  // second. An instance that is no member exits at once. False: this tracker is the only voter, and
  // the swarm cannot exist without it; nothing happens. Wipe its disk before it joins again.
  bool leave(Time now, Outbox& out);
  // Tells an instance with a fresh store how to find its swarm: init or join. Any instance takes
  // the order whose store is not bound to a founding yet, not only one with FirstStart::manual. A
  // restart forgets the order, unless the store has been bound by then. False: the instance is no
  // stranger, or its store is bound already, or `how` is neither init nor join.
  bool first_start(Time now, FirstStart how, Outbox& out);
  // Applies what reload_tracker_settings() copies, and nothing else. `settings` must be without
  // conflict (find_conflict()). If announce_interval becomes shorter, a peer still does not expire
  // before the longer interval that it was told is over.
  void reload(Time now, const TrackerSettings& settings, Outbox& out);

  // Writes DEAD messages to all other members. The supervisor sends them if this process dies.
  void death_certificate(Outbox& out) const;

  const TrackerView& view() const;  // a cheap, current summary
  const SwarmTable& table() const;  // the in-memory index
  const Config& config() const;
  std::uint64_t rejected(Reject reason) const;
  // The members in the order of the CONFIG. This tracker comes last if it is no member. Its state
  // is that of its last step. The times since the other members were last heard are as of `now`.
  std::vector<MemberReport> members(Time now) const;
  // R21: the other instances that this tracker hears and that want to found a swarm of this size.
  std::vector<Endpoint> candidates() const;
  std::size_t memory() const;  // approximate bytes of the in-memory index; O(1)
  bool full() const;           // a cap is reached: new peers get answers, but are not stored

 private:
  struct Group;
  Group& only() const { return *groups_.front(); }
  Group& group_of(Ticket ticket);

  TrackerSettings settings_;
  std::vector<std::unique_ptr<Group>> groups_;  // by group id
};

}  // namespace swarm
