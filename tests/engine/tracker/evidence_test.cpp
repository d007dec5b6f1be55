// R28 to R30: what the disks and tables of members say against each other.
#include "engine/consensus/evidence.hpp"

#include <gtest/gtest.h>

#include "tests/engine/tracker/solo_tracker.hpp"
#include "tests/engine/tracker/witness_words.hpp"

namespace swarm::test {
namespace {

// ---- R28: a store that has less than it had

TEST(R28FellBack, ADiskWithLessThanItHadEndsWhenTheOtherRepeatsIt) {
  SoloTracker t({.log = {block(2, 1)}});
  t.hear(2, 1, say(What::recall, 5));
  const auto asked = said(t, 2, What::ask_recall);
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0].index, LogIndex{5});
  t.hear(2, 1, say(What::recalled, 5, 0, asked[0].nonce));
  takes_no_part(t, Why::fell_back);
}

TEST(R28FellBack, ARecordedDatagramEndsNobody) {
  SoloTracker t({.log = {block(2, 1)}});
  t.hear(2, 1, say(What::recalled, 5, 0, 77));  // nobody asked
  t.hear(2, 1, say(What::recall, 5));
  const auto nonce = said(t, 2, What::ask_recall).at(0).nonce;
  t.hear(2, 1, say(What::recalled, 5, 0, nonce + 2));
  t.hear(3, 1, say(What::recalled, 5, 0, nonce));  // another was asked
  t.pass(2s);
  t.hear(2, 1, say(What::recalled, 5, 0, nonce));  // too late
  EXPECT_TRUE(t.events<event::Refused>().empty());
}

// What it has fetched since its start is no proof: it may have voted before.
TEST(R28FellBack, WhatItHadAtItsStartCounts) {
  SoloTracker t({.log = {block(2, 1)}});
  t.hear(2, 1, say(What::recall, 2));
  EXPECT_TRUE(said(t, 2, What::ask_recall).empty());
  t.prepare(2, 1, block(3, 1), 1, 3);
  ASSERT_EQ(t.view().durable, LogIndex{3});
  t.hear(2, 1, say(What::recall, 3));
  EXPECT_EQ(said(t, 2, What::ask_recall).size(), 1u);
}

TEST(R28FellBack, ANewProcessIsToldWhatItsStoreHad) {
  SoloTracker t;
  status(t, 2, 50, 9);
  status(t, 2, 50, 7);  // overtaken
  EXPECT_TRUE(said(t, 2, What::recall).empty());
  status(t, 2, 51, 4);
  ASSERT_EQ(said(t, 2, What::recall).size(), 1u);
  EXPECT_EQ(said(t, 2, What::recall)[0].index, LogIndex{9});
  EXPECT_TRUE(t.events<event::DisksDiffer>().empty()) << "its own disk has not agreed yet";
  t.hear(of_boot(t, 2, 51), say(What::ask_recall, 9, 0, 123), address_of(2));
  ASSERT_EQ(said(t, 2, What::recalled).size(), 1u);
  EXPECT_EQ(said(t, 2, What::recalled)[0].nonce, 123u);
  ASSERT_EQ(t.events<event::DisksDiffer>().size(), 1u);
  EXPECT_EQ(t.events<event::DisksDiffer>()[0].what, Differ::fell_back);
  EXPECT_EQ(t.events<event::DisksDiffer>()[0].here, LogIndex{9});
}

TEST(R28FellBack, OnlyWhatFormerProcessesHadIsHeldAgainstOne) {
  SoloTracker t;
  status(t, 2, 50, 9);
  status(t, 2, 51, 20);
  status(t, 2, 50, 9);  // late
  t.forget();
  t.hear(of_boot(t, 2, 51), say(What::ask_recall, 20, 0, 1), address_of(2));
  t.hear(of_boot(t, 2, 50), say(What::ask_recall, 9, 0, 1), address_of(2));
  EXPECT_TRUE(said(t, 2, What::recalled).empty());
}

TEST(R28FellBack, RecordedDatagramsOfFormerProcessesAreNotHeldAgainstTheLivingOne) {
  SoloTracker t;
  status(t, 2, 90, 1000);
  for (std::uint64_t boot = 50; boot < 60; ++boot) status(t, 2, boot, boot);  // sent again
  t.forget();
  status(t, 2, 90, 1000);
  t.hear(of_boot(t, 2, 90), say(What::ask_recall, 1000, 0, 1), address_of(2));
  EXPECT_TRUE(said(t, 2, What::recalled).empty());
}

TEST(R28FellBack, TheMasterRemembersWhatWasAcknowledgedToIt) {
  SoloTracker t;
  t.serve(2);
  const auto committed = t.view().commit.value;
  t.forget();
  status(t, 2, 51, 0);
  ASSERT_EQ(said(t, 2, What::recall).size(), 1u);
  EXPECT_EQ(said(t, 2, What::recall)[0].index, LogIndex{committed});
}

// All three of its start may be lost, and a process whose disk was copied goes on meanwhile.
TEST(R28FellBack, ItIsRecalledUntilItHasShownAsMuch) {
  SoloTracker t;
  status(t, 2, 50, 9);
  status(t, 2, 51, 4);
  for (int i = 0; i < 8; ++i) {
    t.forget();
    t.pass(101ms);
    EXPECT_FALSE(said(t, 2, What::recall).empty()) << i;
    status(t, 2, 51, 4);
  }
  status(t, 2, 51, 9);
  t.pass(101ms);
  t.forget();
  t.pass(1s);
  EXPECT_TRUE(said(t, 2, What::recall).empty());
}

TEST(R28FellBack, WhoIsSilentIsNotRecalled) {
  SoloTracker t;
  status(t, 2, 50, 9);
  status(t, 2, 51, 4);
  t.pass(2s);
  t.forget();
  t.pass(1s);
  EXPECT_TRUE(said(t, 2, What::recall).empty());
}

// ---- A refusal is for good

TEST(TakesNoPart, AlsoAfterARestartAndSaysWhyAgain) {
  SoloTracker t({.log = {block(2, 1)}});
  t.hear(2, 1, say(What::recall, 5));
  t.hear(2, 1, say(What::recalled, 5, 0, said(t, 2, What::ask_recall).at(0).nonce));
  EXPECT_EQ(t.ballot_db().load()->unfit, db::Unfit::fell_back);
  for (int start = 0; start < 2; ++start) {
    t.forget();
    t.restart();
    takes_no_part(t, Why::fell_back);
  }
}

// It says nothing from the start on, and ends once no later start can take part.
TEST(TakesNoPart, FromTheProofOnAndEndsWhenTheDiskKnowsIt) {
  SoloTracker t({.log = {block(2, 1)}});
  t.hear(2, 1, say(What::recall, 5));
  t.hold_ballot();
  t.vote(3, 2, 2, 1);  // a vote that is being written
  t.hear(2, 2, say(What::recalled, 5, 0, said(t, 2, What::ask_recall).at(0).nonce));
  t.forget();
  t.pass(500ms);
  EXPECT_TRUE(t.events<event::Refused>().empty());
  t.hold_ballot(false);
  t.sync_ballot();
  EXPECT_EQ(t.datagrams(), 0u) << "the vote, too, is not told";
  takes_no_part(t, Why::fell_back);
}

// ---- R29: committed logs that contradict each other

TEST(R29Contradicts, AMasterWithLessThanWasCommittedIsNotAcknowledged) {
  SoloTracker t({.log = {block(2, 1)}});
  t.keep_alive(2, 1, 2, 1, 2);
  ASSERT_EQ(t.view().commit, LogIndex{2});
  t.forget();
  t.keep_alive(3, 2, 1, 1, 1);
  t.keep_alive(3, 2, 1, 1, 1);
  EXPECT_TRUE(t.said<wire::KeepAliveAck>().empty());
  ASSERT_EQ(t.events<event::DisksDiffer>().size(), 1u);
  EXPECT_EQ(t.events<event::DisksDiffer>()[0].what, Differ::logs);
  const auto asked = said(t, 3, What::ask_term);
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0].index, LogIndex{2});
  EXPECT_TRUE(t.events<event::Refused>().empty());
  t.hear(3, 2, say(What::term, 2, 0, asked[0].nonce));
  takes_no_part(t, Why::contradicted);
}

TEST(R29Contradicts, AMasterThatWasMisunderstoodIsFollowed) {
  SoloTracker t({.log = {block(2, 1)}});
  t.keep_alive(2, 1, 2, 1, 2);
  t.keep_alive(3, 2, 1, 1, 1);
  const auto nonce = said(t, 3, What::ask_term).at(0).nonce;
  t.forget();
  t.hear(3, 2, say(What::term, 2, 1, nonce));
  t.keep_alive(3, 2, 2, 1, 2);
  EXPECT_FALSE(t.said<wire::KeepAliveAck>().empty());
  EXPECT_TRUE(t.events<event::Refused>().empty());
}

// A keep-alive from before the start of this process may say less than is here.
TEST(R29Contradicts, ItAsksAgainWhenTheAnswerIsLost) {
  SoloTracker t({.log = {block(2, 1)}});
  t.keep_alive(2, 1, 2, 1, 2);
  t.keep_alive(3, 2, 1, 1, 1);
  ASSERT_EQ(said(t, 3, What::ask_term).size(), 1u);
  t.pass(150ms);
  t.forget();
  t.keep_alive(3, 2, 3, 2, 2);
  const auto asked = said(t, 3, What::ask_term);
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0].index, LogIndex{2});
  EXPECT_TRUE(t.said<wire::KeepAliveAck>().empty());
  t.hear(3, 2, say(What::term, 2, 1, asked[0].nonce));
  t.keep_alive(3, 2, 3, 2, 2);
  EXPECT_FALSE(t.said<wire::KeepAliveAck>().empty());
}

// It has shown that it has all of it.
TEST(R29Contradicts, AKeepAliveThatComesLateIsNone) {
  SoloTracker t({.log = {block(2, 1)}});
  t.keep_alive(2, 1, 2, 1, 2);
  t.keep_alive(3, 2, 2, 1, 2);
  t.forget();
  t.keep_alive(3, 2, 1, 1, 1);
  EXPECT_TRUE(said(t, 3, What::ask_term).empty());
  EXPECT_TRUE(t.events<event::DisksDiffer>().empty());
  t.prepare(3, 2, block(3, 2), 1, 2);
  EXPECT_EQ(t.view().verified, LogIndex{3});
}

// Two seconds late, to a process that was started meanwhile, of a block that its log does not keep.
TEST(R29Contradicts, WhatTheLogHasNoMoreIsNotAskedFor) {
  TrackerSettings settings;
  settings.log_keep = 1;
  SoloTracker t({.log = {block(2, 1), block(3, 1)}, .settings = settings});
  t.keep_alive(2, 1, 3, 1, 3);
  t.pass(100ms);
  t.restart();
  ASSERT_GE(t.view().commit, LogIndex{2});
  for (std::uint64_t i = 4; i <= 20; ++i) {
    t.prepare(2, 1, block(i, 1), 1, i);
    t.pass(10ms);
  }
  ASSERT_GT(t.tracker_db().load().log_begin, LogIndex{5});
  t.forget();
  t.keep_alive(2, 1, 1, 1, 1);
  EXPECT_TRUE(said(t, 2, What::ask_term).empty());
  t.prepare(2, 1, block(21, 1), 1, 20);
  EXPECT_EQ(t.view().verified, LogIndex{21});
}

// Version 0.1.0 drops the question: its slaves would be silent for a whole term.
TEST(R29Contradicts, AMasterThatNeverAnswersIsFollowedWhenItsLogGoesFarEnough) {
  SoloTracker t({.log = {block(2, 1)}});
  t.keep_alive(2, 1, 2, 1, 2);
  t.forget();
  t.keep_alive(3, 2, 1, 1, 1);
  for (int i = 0; i < 45; ++i) {
    t.pass(20ms);
    t.keep_alive(3, 2, 3, 2, 2);
  }
  EXPECT_TRUE(t.said<wire::KeepAliveAck>().empty());
  for (int i = 0; i < 10; ++i) {
    t.pass(20ms);
    t.keep_alive(3, 2, 3, 2, 2);
  }
  EXPECT_FALSE(t.said<wire::KeepAliveAck>().empty());
  t.prepare(3, 2, block(3, 2), 1, 3);
  EXPECT_EQ(t.view().commit, LogIndex{3});
}

TEST(R29Contradicts, AMasterThatNeverAnswersIsNotFollowedWhileItsLogIsTooShort) {
  SoloTracker t({.log = {block(2, 1)}});
  t.keep_alive(2, 1, 2, 1, 2);
  t.forget();
  for (int i = 0; i < 100; ++i) {
    t.keep_alive(3, 2, 1, 1, 1);
    t.pass(20ms);
  }
  EXPECT_TRUE(t.said<wire::KeepAliveAck>().empty());
}

TEST(R29Contradicts, NorWhenItsBlocksContradict) {
  SoloTracker t({.log = {block(2, 1)}});
  t.keep_alive(2, 1, 2, 1, 2);
  t.forget();
  t.keep_alive(3, 2, 1, 1, 1);
  for (int i = 0; i < 100; ++i) {
    t.keep_alive(3, 2, 3, 2, 2);
    t.prepare(3, 2, block(3, 2), 2, 3);  // block 2 is of term 2 there
    t.pass(20ms);
  }
  EXPECT_EQ(t.view().commit, LogIndex{2});
  EXPECT_TRUE(t.said<wire::Ready>().empty());
}

TEST(R29Contradicts, TheMasterSaysSoToo) {
  SoloTracker t;
  t.serve(2);
  t.forget();
  status(t, 3, 60, t.view().last.value + 7);
  status(t, 3, 60, t.view().last.value + 7);
  ASSERT_EQ(t.events<event::DisksDiffer>().size(), 1u);
  EXPECT_EQ(t.events<event::DisksDiffer>()[0].there, t.view().last + 7);
  t.hear(of_boot(t, 3, 60), say(What::ask_term, t.view().last.value + 7, 1, 8), address_of(3));
  ASSERT_EQ(said(t, 3, What::term).size(), 1u);
  EXPECT_EQ(said(t, 3, What::term)[0].value, 0u);
  EXPECT_EQ(said(t, 3, What::term)[0].nonce, 8u);
}

// ---- R30: tables

struct TablesOfThree : testing::Test {
  TablesOfThree() {
    t.prepare(2, 1, block(2, 1, Register{content(1), {0x0a010001, 6881}, PeerState::leecher}), 1,
              2);
    digest = t.tracker().table().digest();
    t.forget();
  }
  void tables(std::uint32_t n, std::uint64_t index, std::uint64_t value, std::uint64_t nonce = 0) {
    t.hear(n, t.view().term.value, say(What::tables, index, value, nonce));
  }
  SoloTracker t;
  std::uint64_t digest = 0;
};

TEST_F(TablesOfThree, EqualOnesAreEqual) {
  tables(2, 2, digest);
  tables(3, 9, digest + 1);  // not there yet
  EXPECT_TRUE(t.events<event::DisksDiffer>().empty());
}

TEST_F(TablesOfThree, OneThatDiffersIsToldOnce) {
  for (int i = 0; i < 3; ++i) tables(2, 2, digest + 1);
  ASSERT_EQ(t.events<event::DisksDiffer>().size(), 1u);
  EXPECT_EQ(t.events<event::DisksDiffer>()[0].what, Differ::tables);
  EXPECT_TRUE(said(t, 2, What::ask_tables).empty()) << "of two nobody knows who is wrong";
}

TEST_F(TablesOfThree, TheyAreComparedAtTheSameBlock) {
  tables(2, 3, digest + 1);
  EXPECT_TRUE(t.events<event::DisksDiffer>().empty());
  t.prepare(2, 1, block(3, 1), 1, 3);
  ASSERT_EQ(t.events<event::DisksDiffer>().size(), 1u);
  EXPECT_EQ(t.events<event::DisksDiffer>()[0].here, LogIndex{3});
}

TEST_F(TablesOfThree, WhoDiffersFromAMajorityIsTheWrongOneOnceTheyHaveRepeatedIt) {
  tables(2, 2, digest + 1);
  tables(3, 2, digest + 1);
  const auto asked = said(t, 3, What::ask_tables);
  ASSERT_EQ(asked.size(), 1u);
  tables(2, 2, digest + 1);
  tables(3, 2, digest + 1);
  tables(2, 2, digest + 1, asked[0].nonce);
  EXPECT_TRUE(t.events<event::Refused>().empty());
  tables(3, 2, digest + 1, asked[0].nonce);
  takes_no_part(t, Why::wrong_tables);
}

TEST_F(TablesOfThree, TheyAreToldWithEachStatusAndWhenAsked) {
  t.hear(2, 1, say(What::ask_tables, 1, 0, 44));
  ASSERT_EQ(said(t, 2, What::tables).size(), 1u);
  EXPECT_EQ(said(t, 2, What::tables)[0].nonce, 44u);
  EXPECT_EQ(said(t, 2, What::tables)[0].index, LogIndex{2});
  EXPECT_EQ(said(t, 2, What::tables)[0].value, digest);
  t.pass(2s);
  EXPECT_FALSE(said(t, 3, What::tables).empty());
}

TEST(R30Tables, AMasterThatIsWrongHandsOver) {
  SoloTracker t;
  t.serve(2);
  t.forget();
  const auto index = t.view().applied.value;
  const auto wrong = t.tracker().table().digest() + 1;
  for (const auto n : {2u, 3u}) t.hear(n, t.view().term.value, say(What::tables, index, wrong));
  const auto asked = said(t, 2, What::ask_tables);
  ASSERT_EQ(asked.size(), 1u);
  for (const auto n : {2u, 3u})
    t.hear(n, t.view().term.value, say(What::tables, index, wrong, asked[0].nonce));
  EXPECT_EQ(t.events<event::HandOver>().size(), 1u);
  EXPECT_TRUE(t.events<event::Refused>().empty());
}

}  // namespace
}  // namespace swarm::test
