// A tracker instance: the seed's components for master and slaves, wired together. One object is
// one start of one process: a crash destroys it, a restart makes a new one from what the disk has.
#pragma once

#include <memory>

#include "engine/consensus/invariants.hpp"
#include "engine/consensus/member_report.hpp"
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
  // What acknowledgements had promised counts no more: a master answers again when its slaves have
  // answered what it sends from here on.
  void clock_went_back(Time now, Duration by, Outbox& out) override;

  // Orders of an operator. Each is carried out over time; events tell. hand_over() and remove() may
  // be given at any member: one that is not the master asks the master that it follows, once
  // (ORDER). False: not possible now, and nothing happens.

  // A master gives its place to its most up-to-date slave. False: no master is known, or there is
  // no other voter.
  bool hand_over(Time now, Outbox& out);
  // Takes a member out of the CONFIG. False: no such member, no master is known, or it is the
  // master itself: hand over first. False at the master (and an ORDER is ignored) also while the
  // living voters without it are no quorum (R20).
  bool remove(Time now, MemberId member, Outbox& out);
  // Drain, commit, answer, hand over, pass on the answers to what it was asked alone; then
  // Outbox::exit("stopped...").
  void stop(Time now, Outbox& out);
  // For good: a master hands over, then asks the new one to be removed from the CONFIG, and again
  // until it is told that it is; then Outbox::exit("left"). Without a quorum that lasts until there
  // is one; stop() ends it. Meanwhile it votes, but stands for election only when nobody else has
  // for a second. What is no member (yet) exits at once. False: it is the only voter, without which
  // there is no swarm; nothing happens. Its disk has to be wiped before it can join again.
  bool leave(Time now, Outbox& out);
  // A fresh store (FirstStart::manual, or any that is not bound to a founding yet) is told how to
  // find its swarm: init or join. It forgets that at a restart, unless it has been bound by then.
  // False: it is no stranger, or bound already, or `how` is neither of the two.
  bool first_start(Time now, FirstStart how, Outbox& out);
  // Takes over the keys that tracker_settings_keys() calls reloadable, and no others. The settings
  // are without conflict (find_conflict()). A shorter announce_interval lets nobody expire before
  // the time that it was told is over.
  void reload(Time now, const TrackerSettings& settings, Outbox& out);

  // What its supervisor sends when this process has died: DEAD to every other member.
  void death_certificate(Outbox& out) const;

  const TrackerView& view() const;  // a cheap, current summary
  const SwarmTable& table() const;  // the in-memory index
  const Config& config() const;
  std::uint64_t rejected(Reject reason) const;
  // In the order of the CONFIG; one that is not in it itself comes last. Its own state is that at
  // its last step.
  std::vector<MemberReport> members() const;
  // R21: others that are heard and want to found a swarm of the same size.
  std::vector<Endpoint> candidates() const;
  std::size_t memory() const;  // bytes of the in-memory index, about; O(1)
  bool full() const;           // a cap is reached: new peers are answered and not stored

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace swarm
