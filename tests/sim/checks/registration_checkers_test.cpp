// The checkers of registrations: none is lost, none expires early.
#include "transport/sim/checks/checkers.hpp"

#include <gtest/gtest.h>

#include "tests/sim/checks/checkers_room.hpp"

namespace swarm::sim::histories {
namespace {

constexpr InfoHash content{{1, 2, 3}};

TEST_F(CheckersTest, AnExpiryInTheGraceOfANewMasterIsFound) {
  out_.event(event::Serving{Term{2}, LogIndex{5}});
  step(1, 1s, master(1, 2, 2s));
  out_.event(event::PeerExpired{peer});
  EXPECT_EQ(step_breaks(1, 630s, master(1, 2, 631s)), "expire_only_after_lifetime");
}

TEST_F(CheckersTest, AnExpiryOfAPeerThatWasAnsweredLatelyIsFound) {
  out_.event(event::Serving{Term{2}, LogIndex{5}});
  step(1, 1s, master(1, 2, 2s));
  answers(2);
  step(1, 300s, master(1, 2, 301s));
  out_.event(event::PeerExpired{peer});
  EXPECT_EQ(step_breaks(1, 900s, master(1, 2, 901s)), "expire_only_after_lifetime");
}

// Heard is when it asked: on slow disks the answer comes seconds later.
TEST_F(CheckersTest, AnAnswerThatWaitedForItsCommitIsAsOldAsItsRequest) {
  for (const bool waited : {true, false}) {
    checkers_ = Checkers({3, true, true});
    out_.event(event::Serving{Term{2}, LogIndex{5}});
    step(1, 1s, master(1, 2, 2s));
    if (waited) checkers_.asked(1, peer, Time(260s));
    answers(2);
    step(1, 300s, master(1, 2, 301s));
    out_.event(event::PeerExpired{peer});
    EXPECT_EQ(step_breaks(1, 900s, master(1, 2, 901s)), waited ? "" : "expire_only_after_lifetime");
  }
}

TEST_F(CheckersTest, AConnectSaysNothingOfWhoIsThere) {
  out_.event(event::Serving{Term{2}, LogIndex{5}});
  step(1, 1s, master(1, 2, 2s));
  out_.send(Channel::peers, peer, std::vector<std::uint8_t>(8));
  out_.event(event::Answered{Term{2}, peer, 0});
  step(1, 300s, master(1, 2, 301s));
  out_.event(event::PeerExpired{peer});
  EXPECT_EQ(step_breaks(1, 900s, master(1, 2, 901s)), "");
}

TEST_F(CheckersTest, AnExpiryAfterAFullLifetimeIsFineAndEndsThePromise) {
  out_.event(event::Serving{Term{2}, LogIndex{5}});
  step(1, 1s, master(1, 2, 2s));
  checkers_.registered(content, peer, 1s);
  out_.event(event::PeerExpired{peer});
  EXPECT_EQ(step_breaks(1, 700s, master(1, 2, 701s)), "");
  EXPECT_EQ(checkers_.registrations(), 0u);
}

TEST_F(CheckersTest, AContentThatExpiresAloneHasTheSameGrace) {
  out_.event(event::Serving{Term{2}, LogIndex{5}});
  step(1, 1s, master(1, 2, 2s));
  checkers_.registered(content, peer, 1s);
  out_.event(event::ContentExpired{content, peer});
  EXPECT_EQ(step_breaks(1, 700s, master(1, 2, 701s)), "");
  EXPECT_EQ(checkers_.registrations(), 0u);
  out_.event(event::Serving{Term{3}, LogIndex{6}});
  step(2, 701s, master(2, 3, 702s));
  out_.event(event::ContentExpired{content, peer});
  EXPECT_EQ(step_breaks(2, 1300s, master(2, 3, 1301s)), "expire_only_after_lifetime");
}

// The answer was on its way when the registration expired.
TEST_F(CheckersTest, AnAnswerThatComesAfterTheExpiryPromisesNothing) {
  out_.event(event::Serving{Term{2}, LogIndex{5}});
  step(1, 1s, master(1, 2, 2s));
  out_.event(event::PeerExpired{peer});
  step(1, 700s, master(1, 2, 701s));
  checkers_.registered(content, peer, 699s);
  EXPECT_EQ(checkers_.registrations(), 0u);
  checkers_.registered(content, peer, 701s);
  EXPECT_EQ(checkers_.registrations(), 1u);
}

// The peer is answered all the same: it may be told of others (max_contents_per_peer).
TEST_F(CheckersTest, WhatACapKeptOutIsNotMissed) {
  out_.event(event::NotStored{content, peer});
  step(1, 1s, master(1, 2, 2s));
  checkers_.registered(content, peer, 1s, &table_);
  EXPECT_EQ(checkers_.registrations(), 0u);
  out_.event(event::Serving{Term{3}, LogIndex{5}});
  EXPECT_EQ(step_breaks(2, 3s, master(2, 3, 4s)), "");
}

TEST_F(CheckersTest, WhatACapKeptOutAndLaterTookIsMissed) {
  out_.event(event::NotStored{content, peer});
  step(1, 1s, master(1, 2, 2s));
  std::vector<db::RowChange> rows;
  SwarmTable taken{1};
  taken.apply(Register{content, peer, PeerState::leecher}, Time{}, rows);
  checkers_.registered(content, peer, 1s, &taken);
  EXPECT_EQ(checkers_.registrations(), 1u);
  out_.event(event::Serving{Term{3}, LogIndex{5}});
  EXPECT_EQ(step_breaks(2, 3s, master(2, 3, 4s)), "no_lost_registration");
}

TEST_F(CheckersTest, ANewMasterThatLacksARegistrationIsFound) {
  checkers_.registered(content, peer, 1s);
  out_.event(event::Serving{Term{2}, LogIndex{5}});
  EXPECT_EQ(step_breaks(1, 1s, master(1, 2, 2s)), "no_lost_registration");
}

TEST_F(CheckersTest, ANewMasterThatHasThemAllIsFine) {
  std::vector<db::RowChange> rows;
  table_.apply(Register{content, peer, PeerState::leecher}, Time{}, rows);
  checkers_.registered(content, peer, 1s);
  out_.event(event::Serving{Term{2}, LogIndex{5}});
  EXPECT_EQ(step_breaks(1, 1s, master(1, 2, 2s)), "");
}

TEST_F(CheckersTest, WhatWasStoppedMayGo) {
  checkers_.registered(content, peer, 1s);
  checkers_.stopping(content, peer);
  out_.event(event::Serving{Term{2}, LogIndex{5}});
  EXPECT_EQ(step_breaks(1, 1s, master(1, 2, 2s)), "");
}

TEST_F(CheckersTest, RowsThatLackARegistrationAreFound) {
  checkers_.registered(content, peer, 1s);
  db::Snapshot rows;
  rows.peers = {{PeerRowId{4}, peer}};
  rows.contents = {{content, PeerRowId{5}, PeerState::seeder}};  // of a peer that is not there
  EXPECT_EQ(broken([&] { checkers_.check_rows(2, rows); }), "no_lost_registration");
  rows.contents = {{content, PeerRowId{4}, PeerState::seeder}};
  EXPECT_EQ(broken([&] { checkers_.check_rows(2, rows); }), "");
}

TEST(Registrations, AreASetThroughMergesAndErasures) {
  Registrations all;
  for (std::uint32_t i = 0; i < 10'000; ++i) all.insert({i, 1}, content);
  for (std::uint32_t i = 0; i < 10'000; ++i) all.insert({i, 1}, content);
  EXPECT_EQ(all.size(), 10'000u);
  all.erase({1, 1}, content);
  all.erase({9'999, 1}, content);
  all.erase({9'998, 1}, InfoHash{});
  EXPECT_EQ(all.size(), 9'998u);
  all.insert({2, 1}, InfoHash{});
  all.erase_all_of({2, 1});
  EXPECT_EQ(all.size(), 9'997u);
  std::size_t seen = 0;
  all.for_each([&](const Endpoint& e, const InfoHash&) { seen += e != Endpoint{2, 1}; });
  EXPECT_EQ(seen, 9'997u);
}

}  // namespace
}  // namespace swarm::sim::histories
