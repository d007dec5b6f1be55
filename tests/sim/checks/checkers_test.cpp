// The checkers are checked: for each property a history that keeps it, and one that breaks it.
#include "transport/sim/checks/checkers.hpp"

#include <gtest/gtest.h>

namespace swarm::sim {
namespace {

constexpr Endpoint peer{0x0a010001, 6881};
constexpr InfoHash content{{1, 2, 3}};

class CheckersTest : public testing::Test {
 protected:
  // A tracker that has founded the swarm and is in this term.
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
  // All clocks are right: true time is local time.
  void step(std::uint32_t tracker, Duration at, const TrackerView& v) {
    checkers_.stepped(
        {tracker, at, Time(at), v, v.lease_until.time_since_epoch(), table_, out_, 630s});
    out_.clear();
  }
  void answers(std::uint64_t term) {
    out_.send(Channel::peers, peer, std::vector<std::uint8_t>(8));
    out_.event(event::Answered{Term{term}, peer, 1});
  }
  // The name of the property that this breaks; empty: none.
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

// ---- R25: an answer through a slave

class RelayedTest : public CheckersTest {
 protected:
  RelayedTest() {
    checkers_ = Checkers({3, true, true, secret});
    step(1, 1s, master(1, 2, 2s));
  }
  void makes(std::uint64_t term, Bytes bytes) {
    std::vector<std::uint8_t> datagram;
    wire::encode({ClusterId{1}, MemberId{1}, MemberId{2}, BootId{1}, StoreId{1}, Term{term}},
                 wire::RelayReply{{1, 0, 1}, 1, 1000, bytes}, secret, datagram);
    out_.send(Channel::cluster, Endpoint{2, 7000}, datagram);
  }
  void passes_on(std::uint64_t term, Bytes bytes) {
    out_.send(Channel::peers, peer, bytes);
    out_.event(event::Relayed{Term{term}, peer, 1ms});
  }
  static TrackerView slave(std::uint64_t term) {
    TrackerView v = view(2, Role::slave, term);
    v.master = MemberId{1};
    v.promise_until = v.answers_until = Time(1500ms);
    return v;
  }
  static inline const Secret secret{7};
  const std::vector<std::uint8_t> answer{1, 2, 3}, other{1, 2, 4};
};

TEST_F(RelayedTest, OfTheMasterIsFine) {
  makes(2, answer);
  EXPECT_EQ(step_breaks(1, 1s, master(1, 2, 2s)), "");
  passes_on(2, answer);
  EXPECT_EQ(step_breaks(2, 1s, slave(2)), "");
}

TEST_F(RelayedTest, ThatNobodyMadeIsFound) {
  makes(2, answer);
  step(1, 1s, master(1, 2, 2s));
  passes_on(2, other);
  EXPECT_EQ(step_breaks(2, 1s, slave(2)), "only_master_answers");
}

TEST_F(RelayedTest, AfterThePromiseIsFound) {
  makes(2, answer);
  step(1, 1s, master(1, 2, 2s));
  passes_on(2, answer);
  EXPECT_EQ(step_breaks(2, 1500ms, slave(2)), "only_master_answers");
}

TEST_F(RelayedTest, MadeByAMasterWithoutALeaseIsFound) {
  makes(2, answer);
  EXPECT_EQ(step_breaks(1, 2s, master(1, 2, 2s)), "only_master_answers");
}

TEST_F(RelayedTest, MadeInTheStepInWhichItsMasterStepsDownIsFine) {
  makes(2, answer);
  out_.event(event::SteppedDown{Term{2}, Cause::higher_term});
  EXPECT_EQ(step_breaks(1, 2s, view(1, Role::slave, 3)), "");
}

TEST_F(RelayedTest, OfAnotherMastershipThanTheOneThatEndsIsFound) {
  makes(1, answer);
  out_.event(event::SteppedDown{Term{2}, Cause::higher_term});
  EXPECT_EQ(step_breaks(1, 2s, view(1, Role::slave, 3)), "only_master_answers");
}

TEST_F(RelayedTest, OfAnotherTermIsFound) {
  makes(2, answer);
  step(1, 1s, master(1, 2, 2s));
  passes_on(2, answer);
  EXPECT_EQ(step_breaks(2, 1s, slave(3)), "only_master_answers");
}

TEST_F(RelayedTest, AfterAnAnswerOfALaterTermIsFoundUnlessItsMasterDied) {
  for (const bool died : {false, true}) {
    checkers_ = Checkers({3, true, true, secret});
    step(1, 1s, master(1, 2, 1100ms));
    makes(2, answer);
    step(1, 1s, master(1, 2, 1100ms));
    if (died) checkers_.ended(1, false);
    answers(3);
    step(3, 1200ms, master(3, 3, 2s));
    passes_on(2, answer);
    EXPECT_EQ(step_breaks(2, 1300ms, slave(2)), died ? "" : "no_answer_of_an_older_term");
  }
}

// ---- R1: what an acknowledgement lets a master count on

class PromisedTest : public CheckersTest {
 protected:
  // The slave 2 acknowledges at `at` what the master 1 had sent when its clock showed `echo`; both
  // count `promise` from then on.
  std::string acknowledges(Duration at, Duration echo, Duration promise, Duration promised_until) {
    std::vector<std::uint8_t> datagram;
    wire::Acknowledgement ack;
    ack.echo = static_cast<std::uint64_t>(echo.count());
    ack.promise_us = static_cast<std::uint32_t>(promise / 1us);
    wire::encode({ClusterId{1}, MemberId{2}, MemberId{1}, BootId{2}, StoreId{2}, Term{2}},
                 wire::KeepAliveAck{ack}, secret, datagram);
    out_.send(Channel::cluster, Endpoint{1, 7000}, datagram);
    TrackerView v = view(2, Role::slave, 2);
    v.master = MemberId{1};
    v.promise_until = Time(promised_until);
    return step_breaks(2, at, v);
  }
  static inline const Secret secret{7};
};

TEST_F(PromisedTest, LessThanItCountsOnIsFound) {
  checkers_ = Checkers({3, true, true, secret});
  step(1, 10s, master(1, 2, 11s));
  EXPECT_EQ(acknowledges(10s, 9999ms, 100ms, 10'100ms), "");
  EXPECT_EQ(acknowledges(10s, 9999ms, 100ms, 10'070ms), "promise_covers_lease");
}

// Three seconds late: by then a clock that runs a tenth slow is 300 ms more behind than it was when
// it was read.
TEST_F(PromisedTest, ASlowClockIsReadAsItRuns) {
  const auto runs = [](std::uint32_t tracker, Time local) -> std::optional<Duration> {
    const auto shown = local.time_since_epoch();
    return tracker == 1 ? shown * 10 / 9 : shown;
  };
  checkers_ = Checkers({3, true, true, secret, runs});
  checkers_.stepped({1, 10s, Time(9s), master(1, 2, 10s), 11s, table_, out_, 630s});
  EXPECT_EQ(acknowledges(10s, 6300ms, 100ms, 10'100ms), "") << "sent at 7 s, and long over";
  EXPECT_EQ(acknowledges(10s, 9s, 100ms, 10'080ms), "promise_covers_lease");
}

TEST_F(PromisedTest, OfAClockThatStoodStillNothingIsSaid) {
  const auto stood_still = [](std::uint32_t tracker, Time local) {
    return tracker == 1 ? std::nullopt : std::optional(local.time_since_epoch());
  };
  checkers_ = Checkers({3, true, true, secret, stood_still});
  step(1, 10s, master(1, 2, 11s));
  EXPECT_EQ(acknowledges(10s, 9999ms, 100ms, 10s), "");
}

// A host that goes on hears all that waited in one step: it acknowledges, and then adopts a term.
TEST_F(PromisedTest, WhatWasSaidBeforeTheStepAdoptedATermIsFine) {
  for (const bool knew : {false, true}) {
    checkers_ = Checkers({3, true, true, secret});
    step(1, 10s, master(1, 2, 11s));
    auto v = view(2, Role::slave, 2);
    if (!knew) step(2, 10s, v);
    v.term = Term{3};
    v.durable_term = Term{2};
    if (knew) step(2, 10s, v);
    std::vector<std::uint8_t> datagram;
    wire::encode({ClusterId{1}, MemberId{2}, MemberId{1}, BootId{2}, StoreId{2}, Term{2}},
                 wire::KeepAliveAck{}, secret, datagram);
    out_.send(Channel::cluster, Endpoint{1, 7000}, datagram);
    EXPECT_EQ(step_breaks(2, 10s, v), knew ? "says_what_is_durable" : "");
  }
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
}  // namespace swarm::sim
