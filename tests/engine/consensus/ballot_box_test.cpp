// The ballot on its way to the disk: a change that would break a promise of the ballot ends the
// process before it is written.
#include "engine/consensus/ballot_box.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "engine/base/assert.hpp"
#include "tests/engine/consensus/members.hpp"

namespace swarm::test {
namespace {

db::Ballot voted() {
  db::Ballot ballot;
  ballot.store = store_of(1);
  ballot.cluster = cluster_id;
  ballot.member = MemberId{1};
  ballot.term = Term{5};
  ballot.vote = MemberId{2};
  ballot.vote_boot = boot_of(2);
  ballot.promise = 50ms;
  ballot.genesis = db::Genesis{cluster_id, {voter(1)}, {}, {}};
  return ballot;
}

// What the disk is told to write after the change; an AssertionFailed's text: nothing may be.
std::string outcome_of(const db::Ballot& before, const std::function<void(db::Ballot&)>& change) {
  BallotBox box(before, before);
  change(box.change());
  Outbox out;
  try {
    box.flush(out, GroupId{});
  } catch (const AssertionFailed& failure) {
    return failure.what();
  }
  return out.ballot_writes().size() == 1 ? "written" : "nothing";
}

TEST(BallotBox, WritesAHigherTermWithAnotherVote) {
  EXPECT_EQ(outcome_of(voted(),
                       [](db::Ballot& b) {
                         b.term = Term{6};
                         b.vote = MemberId{3};
                         b.vote_boot = boot_of(3);
                         b.promise = 100ms;
                       }),
            "written");
}

TEST(BallotBox, WritesTheIdentityOfAFreshStore) {
  EXPECT_EQ(outcome_of({}, [](db::Ballot& b) { b = voted(); }), "written");
}

TEST(BallotBox, WritesNothingThatABallotMustNotTakeBack) {
  struct Case {
    std::function<void(db::Ballot&)> change;
    std::string sentence;
  };
  auto unfit = voted();
  unfit.unfit = db::Unfit::fell_back;
  const std::vector<Case> cases{
      {[](db::Ballot& b) { b.store = store_of(9); }, "a store keeps its identity"},
      {[](db::Ballot& b) { b.member = MemberId{9}; }, "belongs to one member"},
      {[](db::Ballot& b) { b.cluster = ClusterId{9}; }, "belongs to one swarm"},
      {[](db::Ballot& b) { b.term = Term{4}; }, "the term of a ballot never decreases"},
      {[](db::Ballot& b) { b.vote = MemberId{3}; }, "one vote in a term"},
      {[](db::Ballot& b) { b.vote_boot = boot_of(9); }, "one vote in a term"},
      {[](db::Ballot& b) { b.vote = {}; }, "one vote in a term"},
      {[](db::Ballot& b) { b.promise = 49ms; }, "the highest promise never decreases"},
      {[](db::Ballot& b) { b.genesis.reset(); }, "one founding"},
      {[](db::Ballot& b) { b.genesis->cluster = ClusterId{9}; }, "one founding"},
      {[](db::Ballot& b) { b.unfit = db::Unfit::no; }, "an unfit store stays unfit"}};
  for (const auto& c : cases)
    EXPECT_NE(outcome_of(unfit, c.change).find(c.sentence), std::string::npos) << c.sentence;
}

TEST(BallotBox, AChangeIsComparedWithWhatTheDiskStillWrites) {
  BallotBox box(voted(), voted());
  Outbox out;
  box.change().promise = 100ms;
  box.flush(out, GroupId{});
  box.change().promise = 70ms;
  EXPECT_THROW(box.flush(out, GroupId{}), AssertionFailed);
}

TEST(BallotBox, TheDiskReportsOnlyWhatItWasGiven) {
  BallotBox box(voted(), voted());
  Outbox out;
  box.change().term = Term{6};
  box.flush(out, GroupId{});
  EXPECT_THROW(box.persisted(2), AssertionFailed);
  EXPECT_EQ(box.durable().term, Term{5});
  box.persisted(1);
  EXPECT_EQ(box.durable().term, Term{6});
}

}  // namespace
}  // namespace swarm::test
