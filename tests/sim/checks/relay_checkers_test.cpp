// The checkers of what is said between members: answers that a slave passes on, and promises.
#include "transport/sim/checks/checkers.hpp"

#include <gtest/gtest.h>

#include "tests/sim/checks/checkers_room.hpp"

namespace swarm::sim::histories {
namespace {

// ---- R25: an answer through a slave

void say(const wire::Header& header, const wire::Body& body, std::vector<std::uint8_t>& datagram) {
  wire::encode_unsealed(header, body, datagram);
  wire::seal_in_session(datagram, 1, {}, {wire::Cipher::siphash, {}});
}

class RelayedTest : public CheckersTest {
 protected:
  RelayedTest() {
    checkers_ = Checkers({3, true, true, true});
    step(1, 1s, master(1, 2, 2s));
  }
  void makes(std::uint64_t term, Bytes bytes) {
    std::vector<std::uint8_t> reply, datagram;
    wire::encode(wire::RelayReply{{1, 0, 1}, 1, 1000, bytes}, reply);
    say({ClusterId{1}, MemberId{1}, MemberId{2}, BootId{1}, StoreId{1}, Term{term}},
        wire::ServiceReply{reply}, datagram);
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
    checkers_ = Checkers({3, true, true, true});
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
    say({ClusterId{1}, MemberId{2}, MemberId{1}, BootId{2}, StoreId{2}, Term{2}},
        wire::KeepAliveAck{ack}, datagram);
    out_.send(Channel::cluster, Endpoint{1, 7000}, datagram);
    TrackerView v = view(2, Role::slave, 2);
    v.master = MemberId{1};
    v.promise_until = Time(promised_until);
    return step_breaks(2, at, v);
  }
};

TEST_F(PromisedTest, LessThanItCountsOnIsFound) {
  checkers_ = Checkers({3, true, true, true});
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
  checkers_ = Checkers({3, true, true, true, runs});
  checkers_.stepped({1, 10s, Time(9s), master(1, 2, 10s), 11s, table_, out_, 630s});
  EXPECT_EQ(acknowledges(10s, 6300ms, 100ms, 10'100ms), "") << "sent at 7 s, and long over";
  EXPECT_EQ(acknowledges(10s, 9s, 100ms, 10'080ms), "promise_covers_lease");
}

TEST_F(PromisedTest, OfAClockThatStoodStillNothingIsSaid) {
  const auto stood_still = [](std::uint32_t tracker, Time local) {
    return tracker == 1 ? std::nullopt : std::optional(local.time_since_epoch());
  };
  checkers_ = Checkers({3, true, true, true, stood_still});
  step(1, 10s, master(1, 2, 11s));
  EXPECT_EQ(acknowledges(10s, 9999ms, 100ms, 10s), "");
}

// A host that goes on hears all that waited in one step: it acknowledges, and then adopts a term.
TEST_F(PromisedTest, WhatWasSaidBeforeTheStepAdoptedATermIsFine) {
  for (const bool knew : {false, true}) {
    checkers_ = Checkers({3, true, true, true});
    step(1, 10s, master(1, 2, 11s));
    auto v = view(2, Role::slave, 2);
    if (!knew) step(2, 10s, v);
    v.term = Term{3};
    v.durable_term = Term{2};
    if (knew) step(2, 10s, v);
    std::vector<std::uint8_t> datagram;
    say({ClusterId{1}, MemberId{2}, MemberId{1}, BootId{2}, StoreId{2}, Term{2}},
        wire::KeepAliveAck{}, datagram);
    out_.send(Channel::cluster, Endpoint{1, 7000}, datagram);
    EXPECT_EQ(step_breaks(2, 10s, v), knew ? "says_what_is_durable" : "");
  }
}

}  // namespace
}  // namespace swarm::sim::histories
