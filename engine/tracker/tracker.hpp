// A tracker instance: it joins the seed's components for master and slaves. One object stands for
// one start of a process. A crash destroys the object; a restart makes a new object from the data
// on the disk.
//
// The tracker distributes its input to consensus groups. Each group replicates one shard of the
// index. Today there is only one group, with all contents. It gets all datagrams and orders, and
// all views show its state. A ticket or a timer goes to the group that made it.
#pragma once

#include <memory>
#include <vector>

#include "engine/base/secrets.hpp"
#include "engine/consensus/invariants.hpp"
#include "engine/links/links.hpp"
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
    StartDraw draw;                    // for every random choice and every secret of this process
  };
  // Without `links`, the tracker has sessions with other trackers (engine/links/sessions.hpp).
  explicit Tracker(Start start, std::unique_ptr<Links> links = nullptr);
  ~Tracker() override;

  void start(Time now, Outbox& out) override;
  void receive(Time now, const Arrival& arrival, Bytes datagram, Outbox& out) override;
  void wake(Time now, Outbox& out) override;
  Time next_wake() const override;
  void persisted(Time now, Ticket ticket, Outbox& out) override;
  // The clock of the host went back. Promises that were acknowledged before this call no longer
  // count. A master answers again only when its slaves have acknowledged a message that it sent
  // after this call.
  void clock_went_back(Time now, Duration by, Outbox& out) override;

  // Orders of an operator. An order takes some time, and events report its progress. hand_over()
  // and remove() may be called at any member. A member that is not the master sends one ORDER to
  // the master that it follows. The functions return false if the order is not possible now; then
  // nothing happens.

  // The master hands over to its most up-to-date slave. False: no master is known, or there is no
  // other voter.
  bool hand_over(Time now, Outbox& out);
  // Removes a member from the CONFIG. False: there is no such member, no master is known, or the
  // member is the master itself, which must hand over first. The master also returns false, and
  // ignores an ORDER, in three cases: it is handing over; the living voters would be no quorum
  // without the member (R20); or the member is a living voter, and a learner will soon be a voter.
  bool remove(Time now, MemberId member, Outbox& out);
  // Stops the tracker in order. A master takes no new requests, commits and answers the open ones,
  // and hands over. Then the tracker passes on the master's answers to requests that only this
  // tracker received. At the end it calls Outbox::exit("stopped...").
  void stop(Time now, Outbox& out);
  // Leaves the swarm for good. A master hands over first. Then the tracker asks the master to
  // remove it from the CONFIG, and repeats this until it learns that it is removed. Then it calls
  // Outbox::exit("left"). The removal needs a quorum and waits for one; stop() ends the wait. While
  // the tracker waits, it votes. It stands for election only a second after its last promise has
  // ended, so that other members can stand first. An instance that is no member exits at once.
  // False: a stop was ordered, or this tracker is the only voter, without which the swarm cannot
  // exist; then nothing happens. Before the tracker joins a swarm again, its disk must be wiped.
  bool leave(Time now, Outbox& out);
  // Tells an instance with a fresh store how to find its swarm: init or join. The order is possible
  // until the store is bound to a founding, and also without FirstStart::manual. If the instance
  // restarts before its store is bound, the order is forgotten. False: the instance is no stranger,
  // or its store is bound already, or `how` is neither init nor join.
  bool first_start(Time now, FirstStart how, Outbox& out);
  // Applies only the settings that reload_tracker_settings() copies. find_conflict() must find no
  // conflict in `settings`. If announce_interval becomes shorter, peers that were told the longer
  // interval do not expire before their next announce is due.
  void reload(Time now, const TrackerSettings& settings, Outbox& out);

  // Writes DEAD messages to all other members. The supervisor sends them if this process dies.
  void death_certificate(Outbox& out) const;

  const TrackerView& view() const;  // a summary of the current state; cheap to get
  const SwarmTable& table() const;  // the in-memory index
  const Config& config() const;
  std::uint64_t rejected(Reject reason) const;
  // The members in the order of the CONFIG. If this tracker is no member, it is added as the last.
  // Its own report shows the state after its last step. The times since the other members were last
  // heard are measured at `now`.
  std::vector<MemberReport> members(Time now) const;
  // R21: the other instances that this tracker hears from, and that want to found a swarm of the
  // same size.
  std::vector<Endpoint> candidates() const;
  // The processes that speak to this tracker and are no members of a swarm.
  std::vector<Links::Newcomer> newcomers() const;
  std::size_t memory() const;  // approximate bytes of the in-memory index; O(1)
  bool full() const;           // a cap is reached: new peers get answers, but are not stored

 private:
  struct Group;
  Group& only() const { return *groups_.front(); }
  Group& group_of(Ticket ticket);

  TrackerSettings settings_;
  std::unique_ptr<Links> links_;
  std::vector<std::unique_ptr<Group>> groups_;  // by group id
};

}  // namespace swarm
