// Keeps two copies of term, vote and promise: the current values and the durable ones. A message
// that depends on these values is sent only after the disk has reported them (R0, R1, R4).
#pragma once

#include <deque>

#include "engine/base/assert.hpp"
#include "engine/node/outbox.hpp"

namespace swarm {

class BallotBox {
 public:
  // The two ballots differ only for a fresh store, whose identity is not on the disk yet.
  BallotBox(const db::Ballot& current, const db::Ballot& durable)
      : current_(current), durable_(durable) {}

  const db::Ballot& current() const { return current_; }
  const db::Ballot& durable() const { return durable_; }
  bool settled() const { return durable_.term == current_.term; }  // the current term is durable

  // Returns the current ballot, to be changed. The changed ballot is written at the end of the
  // step.
  db::Ballot& change() {
    dirty_ = true;
    return current_;
  }

  void flush(Outbox& out, GroupId group) {
    if (!dirty_) return;
    dirty_ = false;
    check_change(in_flight_.empty() ? durable_ : in_flight_.back().ballot);
    in_flight_.push_back({{Disk::ballot, ++ticket_, group}, current_});
    out.persist(in_flight_.back());
  }
  void persisted(std::uint64_t ticket) {
    SWARM_ASSERT(ticket <= ticket_, "the disk reports a ballot that it was given");
    while (!in_flight_.empty() && in_flight_.front().ticket.number <= ticket) {
      durable_ = in_flight_.front().ballot;
      in_flight_.pop_front();
    }
  }
  bool pending() const { return !in_flight_.empty(); }

 private:
  // `before`: the ballot of the write before this one.
  void check_change(const db::Ballot& before) const {
    const auto& now = current_;
    SWARM_ASSERT(!before.store || now.store == before.store, "a store keeps its identity");
    SWARM_ASSERT(!before.member || now.member == before.member,
                 "a store belongs to one member, for good");
    SWARM_ASSERT(!before.cluster || now.cluster == before.cluster,
                 "a store belongs to one swarm, for good");
    SWARM_ASSERT(now.term >= before.term, "the term of a ballot never decreases (R0)");
    SWARM_ASSERT(now.term > before.term || !before.vote ||
                     (now.vote == before.vote && now.vote_boot == before.vote_boot),
                 "a ballot has one vote in a term (R4)");
    SWARM_ASSERT(now.promise >= before.promise, "the highest promise never decreases (R10)");
    SWARM_ASSERT(
        !before.genesis || (now.genesis && now.genesis->cluster == before.genesis->cluster),
        "a store binds itself to one founding, for good (R21)");
    SWARM_ASSERT(before.unfit == db::Unfit::no || now.unfit == before.unfit,
                 "an unfit store stays unfit");
  }

  db::Ballot current_, durable_;
  bool dirty_ = false;
  std::uint64_t ticket_ = 0;
  std::deque<Outbox::BallotWrite> in_flight_;
};

}  // namespace swarm
