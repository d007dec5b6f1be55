// What a tracker tells of the members, for `status`.
#include <gtest/gtest.h>

#include "tests/engine/tracker/solo_tracker.hpp"

namespace swarm::test {
namespace {

wire::Status status() {
  wire::Status s;
  s.role = static_cast<std::uint8_t>(Role::slave);
  s.master = MemberId{2};
  s.last = LogIndex{9};
  s.durable = LogIndex{8};
  s.applied = LogIndex{6};
  s.commit = LogIndex{7};
  s.peers = 4;
  s.contents = 3;
  s.uptime_ms = 5000;
  return s;
}

TEST(MemberReport, IsInTheOrderOfTheConfigItselfIncluded) {
  SoloTracker t;
  const auto all = t.members();
  ASSERT_EQ(all.size(), 3u);
  for (std::uint32_t i = 0; i < 3; ++i) EXPECT_EQ(all[i].member, voter(i + 1));
  EXPECT_TRUE(all[0].self);
  EXPECT_FALSE(all[1].self || all[2].self);
  EXPECT_FALSE(all[1].last_heard || all[2].last_heard);  // nobody has said anything
}

TEST(MemberReport, TellsWhatStatusTold) {
  SoloTracker t;
  t.pass(20ms);
  const Time heard = t.now();
  t.hear(3, 1, status());
  t.pass(70ms);
  const auto m = t.members().at(2);
  EXPECT_EQ(m.last_heard, t.now() - heard);
  EXPECT_EQ(m.told.role, Role::slave);
  EXPECT_EQ(m.told.term, Term{1});
  EXPECT_EQ(m.told.master, MemberId{2});
  EXPECT_EQ(m.told.last, LogIndex{9});
  EXPECT_EQ(m.told.durable, LogIndex{8});
  EXPECT_EQ(m.told.commit, LogIndex{7});
  EXPECT_EQ(m.told.applied, LogIndex{6});
  EXPECT_EQ(m.told.peers, 4u);
  EXPECT_EQ(m.told.contents, 3u);
  EXPECT_EQ(m.told.uptime, 5s);
}

TEST(MemberReport, SaysThatAProcessHasEndedUntilAnotherIsHeard) {
  SoloTracker t;
  t.hear(3, 1, status());
  EXPECT_FALSE(t.members().at(2).ended);
  t.hear(3, 1, wire::Dead{MemberId{3}, boot_of(3), store_of(3)});
  EXPECT_TRUE(t.members().at(2).ended);
  t.hear(3, 1, status());
  EXPECT_TRUE(t.members().at(2).ended) << "that was late";
  auto header = t.header(3, 1);
  header.boot = BootId{4711};
  t.hear(header, status(), address_of(3));
  EXPECT_FALSE(t.members().at(2).ended);
}

TEST(MemberReport, AKeepAliveCountsAsHearing) {
  SoloTracker t;
  t.hear(2, 1, status());
  t.pass(20ms);
  t.keep_alive(2, 1);
  EXPECT_EQ(t.members().at(1).last_heard, 0ns);
}

TEST(MemberReport, AnAcknowledgementBringsItUpToDate) {
  SoloTracker t;
  t.serve();
  auto ack = t.acknowledgement(t.view().last.value);
  ack.applied = t.view().last;
  t.hear(2, t.view().term.value, wire::KeepAliveAck{ack});
  EXPECT_EQ(t.members().at(1).told.applied, t.view().last);
  EXPECT_EQ(t.members().at(1).told.durable, t.view().last);
}

TEST(MemberReport, SaysHowManyCommittedBlocksAMemberHasNotApplied) {
  SoloTracker t;
  t.serve();
  const LogIndex commit = t.view().commit;
  ASSERT_GT(commit, LogIndex{1});
  auto told = status();
  told.applied = LogIndex{commit.value - 1};
  t.hear(3, t.view().term.value, told);
  EXPECT_EQ(t.members().at(2).behind, 1u);
  told.applied = commit + 5;
  t.hear(3, t.view().term.value, told);
  EXPECT_EQ(t.members().at(2).behind, 0u);
  EXPECT_EQ(t.members().at(0).behind, 0u);
}

TEST(MemberReport, KnowsItself) {
  SoloTracker t;
  const Time started = t.now();
  t.serve();
  t.pass_as_master(1s);
  const auto me = t.members().at(0);
  EXPECT_EQ(me.told.role, Role::master);
  EXPECT_EQ(me.told.master, self);
  EXPECT_EQ(me.told.term, t.view().term);
  EXPECT_EQ(me.told.commit, t.view().commit);
  EXPECT_EQ(me.last_heard, 0ns);
  EXPECT_GE(me.told.uptime, t.now() - started);  // it began a promise before
  EXPECT_LE(me.told.uptime, t.now() - started + 100ms);
}

TEST(MemberReport, AStrangerTellsOfItself) {
  SoloTracker t({.fresh = true});
  const auto all = t.members();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_TRUE(all[0].self);
  EXPECT_EQ(all[0].told.role, Role::stranger);
  EXPECT_EQ(all[0].member.store, t.store());
  EXPECT_EQ(all[0].member.cluster, address_of(1));
}

TEST(MemberReport, StatusCarriesTheCountsAndTheUptime) {
  SoloTracker t({.members = 3, .log = {block(2, 1, Register{content(1), {1, 1}, {}})}});
  t.keep_alive(2, 1, 2, 1, 2);
  t.pass(1s);
  const auto told = t.said_to<wire::Status>(2);
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(told.back().peers, 1u);
  EXPECT_EQ(told.back().contents, 1u);
  EXPECT_GE(told.back().uptime_ms, 900u);
  EXPECT_LE(told.back().uptime_ms, 1100u);
  const auto me = t.members().at(0);
  EXPECT_EQ(me.told.peers, 1u);
  EXPECT_EQ(me.told.contents, 1u);
}

TEST(MemberReport, MemoryAndCapsAreTold) {
  TrackerSettings settings;
  settings.max_peers = 1;
  SoloTracker t({.log = {block(2, 1, Register{content(1), {1, 1}, {}})}, .settings = settings});
  EXPECT_FALSE(t.tracker().full());
  const auto before = t.tracker().memory();
  t.keep_alive(2, 1, 2, 1, 2);
  EXPECT_TRUE(t.tracker().full());
  EXPECT_GT(t.tracker().memory(), before);
}

}  // namespace
}  // namespace swarm::test
