// Term, vote and promise, as wanted and as durable. Nothing whose truth depends on them is said
// before the disk has reported (R0, R1, R4).
#pragma once

#include <deque>

#include "engine/node/outbox.hpp"

namespace swarm {

class BallotBox {
 public:
  // They differ for a fresh store: its identity is not on the disk yet.
  BallotBox(const db::Ballot& current, const db::Ballot& durable)
      : current_(current), durable_(durable) {}

  const db::Ballot& current() const { return current_; }
  const db::Ballot& durable() const { return durable_; }
  bool settled() const { return durable_.term == current_.term; }

  // Changes the ballot; written at the end of the step.
  db::Ballot& change() {
    dirty_ = true;
    return current_;
  }

  void flush(Outbox& out) {
    if (!dirty_) return;
    dirty_ = false;
    in_flight_.push_back({++ticket_, current_});
    out.persist(Outbox::BallotWrite{ticket_, current_});
  }
  void persisted(std::uint64_t ticket) {
    while (!in_flight_.empty() && in_flight_.front().ticket <= ticket) {
      durable_ = in_flight_.front().ballot;
      in_flight_.pop_front();
    }
  }
  bool pending() const { return !in_flight_.empty(); }

 private:
  db::Ballot current_, durable_;
  bool dirty_ = false;
  std::uint64_t ticket_ = 0;
  std::deque<Outbox::BallotWrite> in_flight_;
};

}  // namespace swarm
