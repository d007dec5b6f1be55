// The group of the tests itself: that its checks can fail, that equal seeds give equal runs, and
// that whatever chance does to it nothing fails.
#include "tests/engine/consensus/group.hpp"

#include <gtest/gtest.h>

#include "engine/base/assert.hpp"

namespace swarm::test {
namespace {

// What must fail if the checks look: a state machine that is not deterministic, a disk that lies.

TEST(ChecksOfTheGroup, SeeAStateMachineThatCountsOtherwise) {
  Group group;
  group.found(3);
  group.counter(2).damage();
  EXPECT_THROW(
      {
        group.add(1, 5);
        group.pass(100ms);
      },
      AssertionFailed);
}

TEST(ChecksOfTheGroup, SeeThatCommittedBlocksAreLostWithTheDisksOfAMajority) {
  Group group;
  group.found(3);
  for (const Place n : {2, 3}) group.disk(n).lies = true;
  ASSERT_TRUE(group.add(1, 5));
  group.pass(20ms);
  ASSERT_EQ(group.value(2), 5);
  EXPECT_THROW(
      {
        for (const Place n : {1, 2, 3}) group.crash(n);
        for (const Place n : {2, 3}) group.restart(n);
        group.pass(2s);
      },
      AssertionFailed);
}

// R28: a member whose disk has less than it had is told so, and takes no part any more.
TEST(ChecksOfTheGroup, ADiskThatLiesIsFoundByTheOthers) {
  Group group;
  group.found(3);
  group.disk(3).lies = true;
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(group.add(1, 1));
    group.pass(150ms);
  }
  group.crash(3);
  group.restart(3);
  ASSERT_TRUE(group.pass_until([&] { return group.view(3).role == Role::removed; }));
  EXPECT_EQ(group.disk(3).ballot->unfit, db::Unfit::fell_back);
  EXPECT_EQ(group.master(), 1u);
}

// Crashes, pauses, cuts, losses, held disks, additions and orders, drawn; then all is mended, and a
// master serves. Once in a run a member is removed, another one's disk is wiped, and a newcomer
// joins; not where PREVOTE is off, for there members must not come and go (R3).
struct Chaos {
  explicit Chaos(std::uint64_t seed)
      : group(options(seed)), random(mix(seed)), comes_and_goes(options(seed).settings.pre_vote) {
    group.found(n);
  }

  static Group::Options options(std::uint64_t seed) {
    Group::Options options;
    options.settings.log_keep = 16;
    options.settings.removal_silence = 1s;
    options.settings.stabilisation = 300ms;
    options.settings.pre_vote = seed % 4 != 1;
    options.jitter = seed % 3 == 0 ? 8ms : 2ms;
    options.seed = seed;
    return options;
  }
  Place some_place() { return 1 + static_cast<Place>(random.below(n)); }

  void something_happens() {
    const Place at = some_place();
    switch (random.below(16)) {
      case 0:
        if (group.runs(at)) group.crash(at);
        break;
      case 1:
        if (group.runs(at)) group.die(at);
        break;
      case 2:
      case 3:
        if (!group.runs(at)) group.restart(at);
        break;
      case 4:
        group.cut(at, some_place());
        break;
      case 5:
        group.heal();
        break;
      case 6:
        group.set_lost_of_100(static_cast<unsigned>(random.below(30)));
        break;
      case 7:
        group.disk(at).hold_log = random.below(2) == 0;
        group.report(at);
        break;
      case 8:
        group.disk(at).hold_ballot = random.below(2) == 0;
        group.report(at);
        break;
      case 9:
        if (group.runs(at)) group.hand_over(at);
        break;
      case 10:
        if (group.runs(at)) group.pause(at);
        break;
      case 11:
        resume_all();
        break;
      case 12:
        something_is_once();
        break;
      default:
        if (const Place master = group.master()) group.add(master, 1);
    }
    group.pass(random.between(0ns, 40ms));
  }
  void something_is_once() {
    switch (comes_and_goes ? once++ : 3) {
      case 0:
        group.start(n + 1, FirstStart::join);
        break;
      case 1:
        if (const Place master = group.master()) group.remove(master, MemberId{some_place()});
        break;
      case 2:
        if (group.runs(n)) group.crash(n);
        group.wipe(n);
        break;
      default:
        break;
    }
  }
  void resume_all() {
    for (Place i = 1; i <= n; ++i) {
      group.resume(i);
      group.report(i);
    }
  }
  bool mend() {
    resume_all();
    group.heal();
    group.set_lost_of_100(0);
    for (Place i = 1; i <= n; ++i) {
      group.disk(i).hold_log = group.disk(i).hold_ballot = false;
      group.report(i);
      if (!group.runs(i)) group.restart(i);
    }
    return group.settle();
  }

  static constexpr Place n = 5;
  Group group;
  Random random;
  bool comes_and_goes;
  int once = 0;
};

void agrees_always_and_serves_again(std::uint64_t seed) {
  Chaos chaos(seed);
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 40; ++i) chaos.something_happens();
    ASSERT_TRUE(chaos.mend());
    auto& group = chaos.group;
    const Place master = group.master();
    EXPECT_GE(group.view(master).commit, group.most_committed());
    for (const Place i : group.running()) {
      if (group.view(i).applied != group.view(master).applied) continue;  // it takes no part
      EXPECT_EQ(group.value(i), group.value(master));
    }
  }
}

class GroupUnderChance : public testing::TestWithParam<std::uint64_t> {};

TEST_P(GroupUnderChance, AgreesAlwaysAndServesAgain) {
  for (std::uint64_t seed = GetParam(); seed < GetParam() + 10; ++seed) {
    SCOPED_TRACE(seed);
    EXPECT_NO_THROW(agrees_always_and_serves_again(seed)) << "seed " << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(TenSeedsFrom, GroupUnderChance, testing::Range<std::uint64_t>(1, 200, 10));

TEST(Group, EqualSeedsGiveEqualRuns) {
  const auto run = [](std::uint64_t seed) {
    Chaos chaos(seed);
    for (int i = 0; i < 100; ++i) chaos.something_happens();
    return std::tuple(chaos.group.now(), chaos.group.steps(), chaos.group.most_committed(),
                      chaos.group.sent<wire::KeepAlive>());
  };
  EXPECT_EQ(run(7), run(7));
  EXPECT_NE(run(7), run(8));
}

}  // namespace
}  // namespace swarm::test
