// Requests that a successor, a former master or a relaying slave answers (R18, R23).
#include "tests/engine/tracker/answering/dialect_room.hpp"

namespace swarm::dialects {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST(LateRequests, R18ASuccessorAnswersWhatWasKeptOfBothDialects) {
  Room room;
  room.registered(alice);
  room.keep(alice, room.announce(alice, completed, 5, 0));
  room.keep(bob, room.seed_announce(bob, 6));
  room.sender.prepare_takeover(room.time(), {}, room.log);
  EXPECT_THAT(room.log.operations,
              ElementsAre(Operation(Register{content(1), bob, leecher})));  // alice just came
  EXPECT_THAT(room.commit(), IsEmpty());
  EXPECT_THAT(room.take_over(), SizeIs(1));
  EXPECT_THAT(room.commit(), SizeIs(1));
  EXPECT_EQ(room.table.find(content(1), alice), seeder);
}

TEST(LateRequests, R18OnlyTheAnnounceIsKeptNotItsOptions) {
  Room room;
  auto bytes = bytes_of(room.announce(alice, started, 5));
  bytes.resize(1500, 7);
  room.sender.keep(room.time(), {alice, room.time()}, bytes);
  room.keep(alice, room.announce(alice, started, 5));  // and so that is its copy
  room.take_over();
  EXPECT_THAT(room.log.operations, SizeIs(1));
  EXPECT_THAT(room.commit(), SizeIs(1));
}

TEST(LateRequests, R18ARequestThatComesLateUndoesNothingThatHappenedSinceItWasAsked) {
  Room room;
  room.now = 5s;
  room.registered(alice);
  room.now = 6s;
  room.serve_late(alice, 4s, room.announce(alice, stopped, 5));  // from before it was registered
  EXPECT_THAT(room.log.operations, IsEmpty());
  ASSERT_THAT(room.relayed.answers, SizeIs(1));
  EXPECT_THAT(room.relayed.answers.back().second, IsEmpty());  // the slave need not ask again
  room.serve_late(alice, 5500ms, room.announce(alice, stopped, 6));
  EXPECT_THAT(room.log.operations, SizeIs(1));
}

TEST(LateRequests, R18WhatChangedBeforeTheTableWasLoadedCountsAsChangedLater) {
  Room room;
  room.now = 1s;
  room.registered(alice, seeder);
  room.now = 6s;
  room.sender.loaded(room.time());  // of a snapshot, that may know more of alice
  room.now = 7s;
  room.serve_late(alice, 4s, room.announce(alice, none, 5, 1000));
  EXPECT_THAT(room.log.operations, IsEmpty());
  room.serve_late(bob, 6500ms, room.announce(bob, started, 6));
  EXPECT_THAT(room.log.operations, SizeIs(1));
}

TEST(LateRequests, R18NorWhatIsProposedAndNotYetInTheLog) {
  Room room;
  room.now = 2s;
  room.serve(alice, room.announce(alice, started, 5));
  room.serve_late(alice, 1s, room.announce(alice, stopped, 4));
  EXPECT_THAT(room.log.operations, SizeIs(1));
  room.serve_late(bob, 1s, room.announce(bob, started, 4));  // its later one came by itself
  room.serve_late(bob, 1s, room.announce(bob, completed, 5, 0));
  EXPECT_THAT(room.log.operations, SizeIs(3));
}

TEST(LateRequests, R18WhatWasProposedHereIsAsOldAsItsRequest) {
  Room room;
  room.registered(alice);
  room.now = 5s;
  room.serve_late(alice, 2s, room.announce(alice, stopped, 4));
  EXPECT_THAT(room.commit(), IsEmpty());
  room.serve_late(alice, 4s, room.announce(alice, started, 5));
  EXPECT_THAT(room.commit(), IsEmpty());
  EXPECT_EQ(room.table.find(content(1), alice), leecher);
  room.serve_late(alice, 3s, room.announce(alice, stopped, 6));  // older than what is so
  EXPECT_THAT(room.log.operations, SizeIs(2));
}

TEST(LateRequests, R18NorWhatWasAskedSinceAndChangedNothing) {
  Room room;
  room.registered(bob);
  room.now = 5s;
  room.serve_late(alice, 4s, room.announce(alice, stopped, 5));  // it never was here
  room.serve_late(bob, 4s, room.announce(bob, started, 5));      // it still is
  room.serve_late(alice, 3s, room.announce(alice, started, 4));
  room.serve_late(bob, 3s, room.announce(bob, stopped, 4));
  EXPECT_THAT(room.log.operations, IsEmpty());
  ASSERT_THAT(room.relayed.answers, SizeIs(4));
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(room.relayed.answers[i].second.empty(), i >= 2);
  room.serve_late(alice, 4500ms, room.announce(alice, started, 6));
  EXPECT_THAT(room.log.operations, SizeIs(1));
}

// Requests that a slave relays.

TEST(LateRequests, ARelayedRequestIsAnsweredThroughItsSlave) {
  Room room;
  room.now = 1s;
  const auto request = room.announce(alice, started, 5);
  EXPECT_THAT(room.serve_late(alice, 1s, request), IsEmpty());
  EXPECT_EQ(room.sender.oldest_unanswered(room.time()), 0ns);  // the slave would repeat it
  room.serve_late(alice, 1s, request);                         // as it does here
  EXPECT_THAT(room.commit(), IsEmpty());
  ASSERT_THAT(room.relayed.answers, SizeIs(1));
  EXPECT_EQ(room.relayed.answers[0].first.slave, MemberId{2});
  EXPECT_EQ(room.relayed.answers[0].first.relay, 77U);
  room.serve_late(alice, 1s, request);  // the answer was lost
  EXPECT_THAT(room.relayed.answers, SizeIs(2));
  EXPECT_THAT(room.log.operations, SizeIs(1));
}

TEST(LateRequests, WhoAsksTwoTrackersIsAnsweredByBoth) {
  Room room;
  const auto request = room.announce(alice, started, 5);
  room.serve(alice, request);
  room.serve_late(alice, 0s, request);
  EXPECT_THAT(room.log.operations, SizeIs(1));
  EXPECT_THAT(room.commit(), SizeIs(1));
  EXPECT_THAT(room.relayed.answers, SizeIs(1));
}

TEST(LateRequests, R23WhatAskedThisMasterAloneIsToBePassedOnWhenMastershipEnds) {
  Room room;
  room.serve(alice, room.announce(alice, started, 5));
  const auto asked_alone = room.step_down();
  ASSERT_THAT(asked_alone, SizeIs(1));
  EXPECT_EQ(asked_alone[0], alice);
  EXPECT_FALSE(room.sender.waiting());
  EXPECT_EQ(room.sender.kept(), 0U);
}

// Over HTTP it is refused, because the client holds a connection open for its answer.
TEST(LateRequests, R18WhatWouldUndoALaterChangeIsLeftUnanswered) {
  for (const auto channel : {Channel::peers, Channel::http}) {
    Room room;
    room.registered(alice);
    room.now = 1s;
    room.apply(Remove{content(1), alice});
    room.now = 2s;
    const auto bytes = channel == Channel::http ? bytes_of("/announce?" + room.about(1) + "&left=9")
                                                : bytes_of(room.announce(alice, started, 5));
    room.sender.serve(room.time(), {alice, Time(500ms), channel}, bytes, room.term, room.log,
                      room.out);
    const auto sent = room.sent();
    EXPECT_THAT(room.log.operations, IsEmpty());
    ASSERT_THAT(sent, SizeIs(channel == Channel::http ? 1 : 0));
    for (const auto& refusal : sent) EXPECT_EQ(text_of(refusal), "");
  }
}

TEST(LateRequests, R18WhatASlaveRelayedIsNotKeptWhenMastershipEnds) {
  Room room;
  room.serve_late(alice, 0s, room.announce(alice, started, 5));
  EXPECT_TRUE(room.sender.waiting());
  EXPECT_THAT(room.step_down(), IsEmpty());
  EXPECT_FALSE(room.sender.waiting());
  EXPECT_EQ(room.sender.kept(), 0U);
}

}  // namespace
}  // namespace swarm::dialects
