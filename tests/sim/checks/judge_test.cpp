#include "transport/sim/checks/judge.hpp"

#include <gtest/gtest.h>

namespace swarm::sim {
namespace {

using Kind = Expectation::Kind;

Expectation expectation(Kind kind, Duration within, std::uint32_t count = 0) {
  Expectation e;
  e.kind = kind;
  e.after = "kill";
  e.within = within;
  e.count = count;
  return e;
}

class JudgeTest : public testing::Test {
 protected:
  Judge& judge(const Expectation& e) {
    scenario_.expect = {e};
    judge_ = std::make_unique<Judge>(scenario_);
    return *judge_;
  }
  Held verdict(Duration end = 10s) { return judge_->verdicts(end).front().held; }

  Scenario scenario_;
  std::unique_ptr<Judge> judge_;
};

TEST_F(JudgeTest, ANewMasterInTime) {
  auto& j = judge(expectation(Kind::new_master, 500ms));
  j.serving(1s, Term{2}, true);
  j.action(2s, "kill", Term{2});
  j.serving(2500ms, Term{3}, true);
  EXPECT_EQ(verdict(), Held::yes);
}

TEST_F(JudgeTest, ANewMasterTooLateOrNever) {
  auto& j = judge(expectation(Kind::new_master, 500ms));
  j.action(2s, "kill", Term{2});
  EXPECT_EQ(verdict(), Held::no);
  j.serving(2501ms, Term{3}, true);
  EXPECT_EQ(verdict(), Held::no);
  EXPECT_EQ(j.verdicts(10s).front().text, "it took 501.000 ms");
}

TEST_F(JudgeTest, AMasterInTheMinorityIsNotTheOneAskedFor) {
  auto e = expectation(Kind::new_master, 500ms);
  e.in_majority = true;
  auto& j = judge(e);
  j.action(2s, "kill", Term{2});
  j.serving(2100ms, Term{3}, false);
  EXPECT_EQ(verdict(), Held::no);
}

TEST_F(JudgeTest, WhatWasNeverAskedIsNotSaidToHold) {
  judge(expectation(Kind::new_master, 500ms)).action(2s, "other", Term{2});
  EXPECT_EQ(verdict(), Held::not_asked);
}

TEST_F(JudgeTest, ARunThatEndsBeforeTheTimeIsUpSaysNothing) {
  judge(expectation(Kind::new_master, 500ms)).action(2s, "kill", Term{2});
  EXPECT_EQ(verdict(2100ms), Held::not_asked);
}

TEST_F(JudgeTest, MustHoldAtEachAction) {
  auto& j = judge(expectation(Kind::first_answer, 500ms));
  j.action(1s, "kill", Term{2});
  j.answered(1100ms, 1050ms, 1);
  j.action(2s, "kill", Term{2});
  EXPECT_EQ(verdict(), Held::no);
}

TEST_F(JudgeTest, TheSameMasterUntilTheBoundHasPassed) {
  auto& j = judge(expectation(Kind::same_master, 500ms));
  j.action(1s, "kill", Term{2});
  j.serving(1600ms, Term{3}, true);
  EXPECT_EQ(verdict(), Held::yes);
  j.action(3s, "kill", Term{3});
  j.serving(3100ms, Term{4}, true);
  j.serving(3300ms, Term{5}, true);
  EXPECT_EQ(verdict(), Held::no);
  EXPECT_EQ(j.verdicts(10s).front().text, "another master served 100.000 ms after it")
      << "the first of them";
}

TEST_F(JudgeTest, NoMasterFromTheBoundUntilTheNextAction) {
  auto& j = judge(expectation(Kind::no_master, 100ms));
  j.action(1s, "kill", Term{2});
  j.may_answer(1100ms);
  EXPECT_EQ(verdict(), Held::yes);
  j.action(2s, "heal", Term{2});
  j.may_answer(2500ms);
  EXPECT_EQ(verdict(), Held::yes);
}

TEST_F(JudgeTest, NoMasterIsAskedUntilTheFaultIsOver) {
  auto& j = judge(expectation(Kind::no_master, 100ms));
  j.action(1s, "kill", Term{2}, 500ms);
  j.may_answer(1500ms);
  EXPECT_EQ(verdict(), Held::yes);
  j.action(2s, "kill", Term{2}, 500ms);
  j.may_answer(2499ms);
  EXPECT_EQ(verdict(), Held::no);
}

TEST_F(JudgeTest, AMasterWhereNoneMayBe) {
  auto& j = judge(expectation(Kind::no_master, 100ms));
  j.action(1s, "kill", Term{2});
  j.may_answer(1101ms);
  EXPECT_EQ(verdict(), Held::no);
}

TEST_F(JudgeTest, CountsRequestsNotAnsweredAtTheirFirstSending) {
  auto& j = judge(expectation(Kind::unanswered, 0s, 1));
  j.action(1s, "kill", Term{2});
  j.answered(1100ms, 1050ms, 1);
  j.never_answered(900ms);       // long before the fault
  j.answered(1200ms, 990ms, 2);  // under way when it came
  EXPECT_EQ(verdict(), Held::yes);
  j.never_answered(1300ms);
  EXPECT_EQ(verdict(), Held::no);
}

TEST_F(JudgeTest, TheNumberOfMembers) {
  auto& j = judge(expectation(Kind::members, 1s, 4));
  EXPECT_FALSE(j.waits_for_members(1s));
  j.action(1s, "kill", Term{2});
  EXPECT_TRUE(j.waits_for_members(1s));
  j.members(1100ms, 5);
  EXPECT_TRUE(j.waits_for_members(1100ms));
  j.members(1200ms, 4);
  EXPECT_FALSE(j.waits_for_members(1200ms));
  EXPECT_EQ(verdict(), Held::yes);
}

TEST(JudgePool, PercentilesOverAllRunsNeedEveryAnswer) {
  Scenario scenario;
  scenario.expect = {expectation(Kind::service_p99, 10ms)};
  RunResult run;
  run.faults = {{"kill", 1s, {}, {}, 9ms}};
  EXPECT_EQ(judge_pool(scenario, {run, run}).front().held, Held::yes);
  RunResult slow = run;
  slow.faults.front().service = 11ms;
  EXPECT_EQ(judge_pool(scenario, {run, slow}).front().held, Held::no);
  slow.seed = 77;
  EXPECT_EQ(judge_pool(scenario, {run, slow}).front().slowest, 77u);
  slow.faults.front().service.reset();
  slow.faults.front().watched = 1s;
  EXPECT_EQ(judge_pool(scenario, {run, slow}).front().slowest, 77u);
  EXPECT_EQ(judge_pool(scenario, {run, slow}).front().held, Held::no);
  EXPECT_EQ(judge_pool(scenario, {run, slow}).front().detail,
            "it was 1000.000 ms or more: 1 of 2 were cut off before an answer");
  EXPECT_EQ(judge_pool(scenario, {}).front().held, Held::not_asked);
}

// Cut off before the bound: it may have been in time.
TEST(JudgePool, APercentileThatWasCutOffIsNotMeasured) {
  Scenario scenario;
  scenario.expect = {expectation(Kind::service_p99, 10ms), expectation(Kind::service_p50, 10ms)};
  RunResult run, cut;
  run.faults = {{"kill", 1s, {}, {}, 9ms, {}}};
  cut.faults = {{"kill", 1s, {}, {}, {}, 5ms}};
  const auto pooled = judge_pool(scenario, {run, run, cut});
  EXPECT_EQ(pooled[0].held, Held::not_asked);
  EXPECT_EQ(pooled[0].detail, "not measured: 1 of 3 were cut off before an answer");
  EXPECT_EQ(pooled[1].held, Held::yes) << "the median is known all the same";
}

TEST(JudgePool, SometimesIsSummedOverTheRuns) {
  Scenario scenario;
  Expectation e;
  e.kind = Kind::sometimes;
  e.name = "hand_overs";
  scenario.expect = {e};
  RunResult never, once;
  never.sometimes = {{"hand_overs", 0}};
  once.sometimes = {{"hand_overs", 1}};
  EXPECT_EQ(judge_pool(scenario, {never, never}).front().held, Held::no);
  EXPECT_EQ(judge_pool(scenario, {never, once}).front().held, Held::yes);
}

TEST(JudgePool, NamesTheFirstSeedThatBrokeIt) {
  Scenario scenario;
  scenario.expect = {expectation(Kind::new_master, 500ms)};
  RunResult good, bad;
  good.seed = 41, good.verdicts = {{Held::yes, ""}};
  bad.seed = 42, bad.verdicts = {{Held::no, "it never happened"}};
  const auto pooled = judge_pool(scenario, {good, bad}).front();
  EXPECT_EQ(pooled.held, Held::no);
  EXPECT_EQ(pooled.runs_held, 1u);
  EXPECT_EQ(pooled.runs_asked, 2u);
  EXPECT_EQ(pooled.detail, "seed 42: it never happened");
}

}  // namespace
}  // namespace swarm::sim
