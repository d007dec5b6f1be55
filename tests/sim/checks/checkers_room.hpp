// A fixture that reports the steps of invented trackers to the checkers.
#pragma once

#include <gtest/gtest.h>

#include "transport/sim/checks/checkers.hpp"

namespace swarm::sim::histories {

inline constexpr Endpoint peer{0x0a010001, 6881};

class CheckersTest : public testing::Test {
 protected:
  // Returns the view of a member in this term.
  static TrackerView view(std::uint32_t tracker, Role role, std::uint64_t term) {
    TrackerView v;
    v.role = role;
    v.store = StoreId{tracker};
    v.boot = BootId{tracker};
    v.cluster = ClusterId{1};
    v.member = MemberId{tracker};
    v.term = v.durable_term = Term{term};
    v.voters = v.members = 3;
    v.voter = v.awaits_election = true;
    v.last = v.durable = v.verified = v.commit = v.applied = v.rows_applied = LogIndex{5};
    v.last_term = Term{1};
    if (role == Role::master) v.master = v.vote = v.member, v.serving = true;
    return v;
  }
  static TrackerView master(std::uint32_t tracker, std::uint64_t term, Duration lease) {
    TrackerView v = view(tracker, Role::master, term);
    v.lease_until = Time(lease);
    return v;
  }
  // Reports a step. All clocks are right, so the local time equals the true time.
  void step(std::uint32_t tracker, Duration at, const TrackerView& v) {
    checkers_.stepped(
        {tracker, at, Time(at), v, v.lease_until.time_since_epoch(), table_, out_, 630s});
    out_.clear();
  }
  void answers(std::uint64_t term) {
    out_.send(Channel::peers, peer, std::vector<std::uint8_t>(8));
    out_.event(event::Answered{Term{term}, peer, 1});
  }
  // Returns the name of the property that `f` breaks; "" if it breaks none.
  template <class F>
  std::string broken(const F& f) {
    try {
      f();
    } catch (const CheckFailed& failed) {
      return failed.name;
    }
    return {};
  }
  std::string step_breaks(std::uint32_t tracker, Duration at, const TrackerView& v) {
    return broken([&] { step(tracker, at, v); });
  }

  Checkers checkers_{{3, true, true}};
  SwarmTable table_{1};
  Outbox out_;
};

}  // namespace swarm::sim::histories
