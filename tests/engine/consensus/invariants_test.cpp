// Each invariant can fail: a view that breaks just that one throws.
#include "engine/consensus/invariants.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "engine/base/assert.hpp"

namespace swarm {
namespace {

// A slave in good order.
TrackerView slave() {
  TrackerView v;
  v.role = Role::slave;
  v.store = StoreId{1};
  v.boot = BootId{2};
  v.member = MemberId{3};
  v.term = v.durable_term = Term{5};
  v.last_term = Term{4};
  v.log_begin = LogIndex{10};
  v.last = LogIndex{30};
  v.durable = v.verified = LogIndex{28};
  v.commit = LogIndex{25};
  v.applied = LogIndex{25};
  v.rows_applied = LogIndex{20};
  v.voter = v.awaits_election = true;
  return v;
}
TrackerView master() {
  auto v = slave();
  v.role = Role::master;
  v.vote = v.master = v.member;
  return v;
}
TrackerView candidate() {
  auto v = slave();
  v.role = Role::candidate;
  v.vote = v.member;
  return v;
}

using Change = std::function<void(TrackerView&)>;
struct Case {
  TrackerView view;
  Change change;
  std::string sentence;  // part of what it says
};

std::string complaint(const std::function<void()>& check) {
  try {
    check();
  } catch (const AssertionFailed& failure) {
    return failure.what();
  }
  return "nothing";
}

TEST(Invariants, HoldOfGoodViews) {
  for (const auto& v : {slave(), master(), candidate(), TrackerView{}})
    EXPECT_NO_THROW(Invariants::basic(v));
  EXPECT_NO_THROW(Invariants::delta(slave(), slave()));
  EXPECT_NO_THROW(Invariants::delta(candidate(), master()));
  EXPECT_NO_THROW(Invariants::across_restart(slave(), slave()));
}

TEST(Invariants, BasicOnesCanFail) {
  using V = TrackerView;
  const std::vector<Case> cases{
      {slave(), [](V& v) { v.applied = LogIndex{26}; }, "only what is committed is applied"},
      {slave(), [](V& v) { v.rows_applied = LogIndex{26}; }, "the rows follow the index"},
      {slave(), [](V& v) { v.commit = v.verified = LogIndex{31}; }, "what is committed is in"},
      {slave(), [](V& v) { v.durable = LogIndex{31}; }, "what is durable is in the log"},
      {slave(), [](V& v) { v.log_begin = LogIndex{22}; }, "the log reaches back to the rows"},
      {slave(), [](V& v) { v.verified = LogIndex{31}; }, "what is verified is in the log"},
      {slave(), [](V& v) { v.verified = LogIndex{24}; }, "a slave's commit is verified"},
      {slave(), [](V& v) { v.durable_term = Term{6}; }, "the durable term follows"},
      {slave(), [](V& v) { v.last_term = Term{6}; }, "no block is of a later term"},
      {slave(), [](V& v) { v.voter = false; }, "a slave and a candidate are voters"},
      {candidate(), [](V& v) { v.voter = false; }, "a slave and a candidate are voters"},
      {slave(), [](V& v) { v.awaits_election = false; }, "has a timer that leads to an election"},
      {candidate(), [](V& v) { v.awaits_election = false; }, "has a timer that leads to an"},
      {master(), [](V& v) { v.durable_term = Term{4}; }, "a master's term is durable"},
      {master(), [](V& v) { v.vote = MemberId{9}; }, "a master voted for itself"},
      {master(), [](V& v) { v.master = MemberId{9}; }, "a master follows itself"},
      {slave(), [](V& v) { v.serving = true; }, "only a master serves"},
      {slave(), [](V& v) { v.retired = true; }, "only a master serves"},
      {slave(), [](V& v) { v.role = Role::stranger; }, "a stranger has no log"}};
  for (const auto& c : cases) {
    auto v = c.view;
    c.change(v);
    EXPECT_NE(complaint([&] { Invariants::basic(v); }).find(c.sentence), std::string::npos)
        << c.sentence;
  }
}

TEST(Invariants, DeltaOnesCanFail) {
  using V = TrackerView;
  auto voted = slave();
  voted.vote = MemberId{8};
  auto retired = master();
  retired.retired = true;
  const std::vector<Case> cases{
      {slave(), [](V& v) { v.boot = BootId{9}; }, "the same process"},
      {slave(), [](V& v) { v.store = StoreId{9}; }, "the same process"},
      {slave(), [](V& v) { v.term = Term{4}; }, "terms never go back"},
      {slave(), [](V& v) { v.durable_term = Term{4}; }, "the ballot never goes back"},
      {slave(), [](V& v) { v.commit = LogIndex{24}; }, "the commit index never goes back"},
      {slave(), [](V& v) { v.applied = LogIndex{24}; }, "applied never goes back"},
      {slave(), [](V& v) { v.rows_applied = LogIndex{19}; }, "applied rows never go back"},
      {slave(), [](V& v) { v.log_begin = LogIndex{9}; }, "dropped blocks do not come back"},
      {voted, [](V& v) { v.vote = MemberId{7}; }, "one vote per term"},
      {voted, [](V& v) { v.vote = MemberId{}; }, "one vote per term"},
      {slave(), [](V& v) { v.role = Role::master; }, "only a candidate becomes master"},
      {retired, [](V& v) { v.retired = false; }, "never answers in that term again"},
      {master(), [](V& v) { v.last = LogIndex{29}; }, "a master only appends"}};
  for (const auto& c : cases) {
    auto after = c.view;
    c.change(after);
    EXPECT_NE(complaint([&] { Invariants::delta(c.view, after); }).find(c.sentence),
              std::string::npos)
        << c.sentence;
  }
}

TEST(Invariants, ThoseAcrossARestartCanFail) {
  using V = TrackerView;
  auto voted = slave();
  voted.vote = MemberId{8};
  const std::vector<Case> cases{
      {slave(), [](V& v) { v.store = StoreId{9}; }, "the same disk"},
      {slave(), [](V& v) { v.term = Term{4}; }, "the ballot survives"},
      {voted, [](V& v) { v.vote = MemberId{}; }, "the vote survives"},
      {slave(), [](V& v) { v.rows_applied = LogIndex{19}; }, "applied rows survive"},
      {slave(), [](V& v) { v.last = LogIndex{27}; }, "what was durable survives"}};
  for (const auto& c : cases) {
    auto after = c.view;
    c.change(after);
    EXPECT_NE(complaint([&] { Invariants::across_restart(c.view, after); }).find(c.sentence),
              std::string::npos)
        << c.sentence;
  }
}

}  // namespace
}  // namespace swarm
