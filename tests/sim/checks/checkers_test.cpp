// The checkers are checked: for each property a history that keeps it, and one that breaks it.
// Here: masters, leases, terms and blocks.
#include "transport/sim/checks/checkers.hpp"

#include <gtest/gtest.h>

#include "tests/sim/checks/checkers_room.hpp"

namespace swarm::sim::histories {
namespace {

TEST_F(CheckersTest, AMasterPerTermIsFine) {
  step(1, 1s, master(1, 2, 2s));
  checkers_.ended(1, false);
  EXPECT_EQ(step_breaks(2, 3s, master(2, 3, 4s)), "");
}

TEST_F(CheckersTest, TwoMastersInOneTermAreFoundEvenAfterOneHasDied) {
  step(1, 1s, master(1, 2, 2s));
  checkers_.ended(1, false);
  EXPECT_EQ(step_breaks(2, 3s, master(2, 2, 4s)), "one_master_per_term");
}

TEST_F(CheckersTest, ASlaveThatAnswersIsFound) {
  answers(2);
  EXPECT_EQ(step_breaks(1, 1s, view(1, Role::slave, 2)), "only_master_answers");
}

// An acknowledgement renews the lease, commits, and lets the drained master hand over: all in one
// step, which sends the answers first.
TEST_F(CheckersTest, AnAnswerOfTheStepThatRenewsTheLeaseAndHandsOverIsFine) {
  step(1, 1s, master(1, 2, 1s));
  auto retired = master(1, 2, 2s);
  retired.retired = true;
  answers(2);
  out_.event(event::HandOver{MemberId{2}, Term{2}});
  EXPECT_EQ(step_breaks(1, 1s, retired), "");
}

TEST_F(CheckersTest, AnAnswerAfterTheHandOverIsFound) {
  step(1, 1s, master(1, 2, 1s));
  auto retired = master(1, 2, 2s);
  retired.retired = true;
  out_.event(event::HandOver{MemberId{2}, Term{2}});
  answers(2);
  EXPECT_EQ(step_breaks(1, 1s, retired), "only_master_answers");
}

TEST_F(CheckersTest, AStepThatHandsOverWithoutALeaseAnswersNobody) {
  step(1, 1s, master(1, 2, 1s));
  auto retired = master(1, 2, 1s);
  retired.retired = true;
  answers(2);
  out_.event(event::HandOver{MemberId{2}, Term{2}});
  EXPECT_EQ(step_breaks(1, 1s, retired), "only_master_answers");
}

TEST_F(CheckersTest, AMasterWithoutALeaseThatAnswersIsFound) {
  answers(2);
  EXPECT_EQ(step_breaks(1, 1s, master(1, 2, 1s)), "only_master_answers");
}

TEST_F(CheckersTest, AMasterThatAnswersAndGivesItsPlaceAwayInOneStepIsFine) {
  step(1, 1s, master(1, 2, 2s));
  TrackerView retired = master(1, 2, 2s);
  retired.retired = true;
  answers(2);
  EXPECT_EQ(step_breaks(1, 1001ms, retired), "");
}

TEST_F(CheckersTest, ARetiredMasterThatAnswersIsFound) {
  TrackerView retired = master(1, 2, 2s);
  retired.retired = true;
  step(1, 1s, retired);
  answers(2);
  EXPECT_EQ(step_breaks(1, 1001ms, retired), "only_master_answers");
}

TEST_F(CheckersTest, AnAnswerUnderTheLeaseOfAnotherTermIsFound) {
  step(1, 1s, master(1, 2, 2s));
  answers(3);
  EXPECT_EQ(step_breaks(2, 1900ms, master(2, 3, 3s)), "leases_never_overlap");
}

TEST_F(CheckersTest, AnAnswerAfterTheLeaseOfAnotherHasRunOutIsFine) {
  step(1, 1s, master(1, 2, 2s));
  answers(3);
  EXPECT_EQ(step_breaks(2, 2s, master(2, 3, 3s)), "");
}

TEST_F(CheckersTest, TheLeaseOfTheDeadIsOver) {
  step(1, 1s, master(1, 2, 2s));
  checkers_.ended(1, false);
  answers(3);
  EXPECT_EQ(step_breaks(2, 1001ms, master(2, 3, 3s)), "");
}

TEST_F(CheckersTest, AnAnswerOfAnOlderTermIsFound) {
  answers(3);
  step(2, 1s, master(2, 3, 2s));
  checkers_.ended(2, false);
  answers(2);
  EXPECT_EQ(step_breaks(1, 3s, master(1, 2, 4s)), "no_answer_of_an_older_term");
}

TEST_F(CheckersTest, RowsThatGoBackAtARestartAreFound) {
  step(1, 1s, view(1, Role::slave, 2));
  checkers_.ended(1, false);
  TrackerView restarted = view(1, Role::slave, 2);
  restarted.boot = BootId{99};
  restarted.rows_applied = LogIndex{4};
  const auto name = step_breaks(1, 2s, restarted);
  EXPECT_TRUE(name == "applied_never_back" || name == "own_state_is_sound") << name;
}

TEST_F(CheckersTest, ATermThatGoesBackAtARestartIsFound) {
  step(1, 1s, view(1, Role::slave, 3));
  checkers_.ended(1, false);
  TrackerView restarted = view(1, Role::slave, 2);
  restarted.boot = BootId{99};
  EXPECT_NE(step_breaks(1, 2s, restarted), "");
}

TEST_F(CheckersTest, AWipedDiskBeginsAnew) {
  step(1, 1s, view(1, Role::slave, 3));
  checkers_.ended(1, true);
  TrackerView fresh;
  fresh.boot = BootId{99};
  fresh.store = StoreId{77};
  EXPECT_EQ(step_breaks(1, 2s, fresh), "");
}

TEST_F(CheckersTest, ABlockThatDiffersIsFound) {
  out_.event(event::BlockApplied{LogIndex{5}, Term{1}, 111, 222});
  step(1, 1s, view(1, Role::slave, 2));
  out_.event(event::BlockApplied{LogIndex{5}, Term{1}, 112, 222});
  EXPECT_EQ(step_breaks(2, 1s, view(2, Role::slave, 2)), "committed_logs_agree");
}

TEST_F(CheckersTest, ABlockCommittedInAnotherTermIsFound) {
  out_.event(event::Committed{LogIndex{5}, Term{1}});
  step(1, 1s, view(1, Role::slave, 2));
  out_.event(event::Committed{LogIndex{5}, Term{2}});
  EXPECT_EQ(step_breaks(2, 1s, view(2, Role::slave, 2)), "committed_logs_agree");
}

TEST_F(CheckersTest, TablesThatDifferAtTheSameBlockAreFound) {
  out_.event(event::BlockApplied{LogIndex{5}, Term{1}, 111, 222});
  step(1, 1s, view(1, Role::slave, 2));
  out_.event(event::BlockApplied{LogIndex{5}, Term{1}, 111, 223});
  EXPECT_EQ(step_breaks(2, 1s, view(2, Role::slave, 2)), "equal_digests");
}

}  // namespace
}  // namespace swarm::sim::histories
