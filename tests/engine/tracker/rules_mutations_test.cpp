// What the tests of the rules did not see: each of these finds a known bug that they let through.
#include <gtest/gtest.h>

#include "tests/engine/tracker/solo_tracker.hpp"

namespace swarm::test {
namespace {

constexpr Endpoint peer{0x0a010001, 6881};

BlockPtr block_of(std::uint64_t index, std::uint64_t term,
                  const std::vector<Operation>& operations) {
  auto b = std::make_shared<Block>(Block{LogIndex{index}, Term{term}, SwarmTime{0}, {}});
  for (const auto& operation : operations) wire::encode(operation, b->operations);
  return b;
}

TEST(R20Members, NoneChangesBeforeACommitInTheOwnTermThoughTheLastChangeIsCommitted) {
  SoloTracker t;
  t.keep_alive(2, 1, 1, 1, 1);
  ASSERT_EQ(t.view().commit, LogIndex{1});
  t.win();
  const auto noop = t.view().last;
  t.act([](Tracker& k, Time now, Outbox& out) { k.remove(now, MemberId{3}, out); });
  EXPECT_EQ(t.view().last, noop);
  EXPECT_EQ(t.view().members, 3u);
}

TEST(R13Commit, AReadyOfAFormerMastershipDoesNotCount) {
  std::vector<BlockPtr> tail;
  for (std::uint64_t i = 2; i <= 13; ++i) tail.push_back(block(i, 1));
  SoloTracker t({.members = 5, .log = tail});
  t.win({2, 3});
  ASSERT_EQ(t.view().role, Role::master);
  t.ready(2, 14);  // a minority; another master overwrites the tail
  const auto term = t.view().term.value;
  t.prepare(3, term + 1, block(11, term + 1), 1);
  ASSERT_EQ(t.view().last, LogIndex{11});
  t.forget();
  t.win({3, 4});
  ASSERT_EQ(t.view().role, Role::master);
  ASSERT_EQ(t.view().last, LogIndex{12});
  t.ready(3, 12);
  EXPECT_LT(t.view().commit, LogIndex{12});  // 2 never had these
  t.ready(4, 12);
  EXPECT_EQ(t.view().commit, LogIndex{12});
}

TEST(R11Append, ABlockBehindAnUnverifiedTailOfAnotherTermIsNotAppended) {
  SoloTracker t({.log = {block(2, 1), block(3, 1)}});
  t.prepare(2, 3, block(4, 3), 2);  // the master's block 3 is of term 2
  EXPECT_EQ(t.view().last, LogIndex{3});
  EXPECT_LT(t.view().verified, LogIndex{3});
}

TEST(R15Apply, OperationsOfABlockInTheirOrderAtSlavesToo) {
  SoloTracker t;
  t.prepare(
      2, 1,
      block_of(2, 1, {Register{content(1), peer, PeerState::leecher}, Remove{content(1), peer}}),
      1);
  t.keep_alive(2, 1, 2, 1, 2);
  ASSERT_EQ(t.view().applied, LogIndex{2});
  EXPECT_FALSE(t.tracker().table().find(content(1), peer));
}

TEST(R15Apply, AnExpiryWhateverThisOneHasHeard) {
  SoloTracker t;
  t.prepare(2, 1, block(2, 1, Register{content(1), peer, PeerState::leecher}), 1);
  t.keep_alive(2, 1, 2, 1, 2);
  ASSERT_TRUE(t.tracker().table().find(content(1), peer));
  t.skip(1ms);
  t.prepare(2, 1, block(3, 1, Expire{{peer}}), 1);
  t.keep_alive(2, 1, 3, 1, 3);
  ASSERT_EQ(t.view().applied, LogIndex{3});
  EXPECT_FALSE(t.tracker().table().find(content(1), peer));
}

}  // namespace
}  // namespace swarm::test
