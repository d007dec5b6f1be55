// A tracker instance: the seed's components for master and slaves, wired together. One object is
// one start of one process: a crash destroys it, a restart makes a new one from what the disk has.
#pragma once

#include <memory>

#include "engine/invariants.hpp"
#include "engine/node.hpp"
#include "engine/tracker/settings.hpp"
#include "engine/tracker/swarm_table.hpp"

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

  // Orders of an operator. Each is carried out over time; events tell.
  void hand_over(Time now, Outbox& out);  // a master gives its place to its most up-to-date slave
  void stop(Time now, Outbox& out);       // drain, commit, answer, hand over; then Outbox::exit
  bool remove(Time now, MemberId member, Outbox& out);  // master only; false: not possible now

  // What its supervisor sends when this process has died: DEAD to every other member.
  void death_certificate(Outbox& out) const;

  const TrackerView& view() const;  // a cheap, current summary
  const SwarmTable& table() const;  // the in-memory index
  const Config& config() const;
  std::uint64_t rejected(Reject reason) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace swarm
