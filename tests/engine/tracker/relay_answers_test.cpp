// R25 of the cluster protocol: which answers of its master a slave passes on.
#include <gtest/gtest.h>

#include "engine/tracker/answering/relay.hpp"
#include "tests/engine/tracker/relay_rooms.hpp"
#include "tests/engine/tracker/solo_tracker.hpp"

namespace swarm::test::relays {
namespace {

TEST(R25Answers, GoToTheClientOnce) {
  Slave slave;
  slave.ask();
  const auto reply = Slave::reply_to(slave.relayed()[0]);
  slave.t.hear(2, 1, reply);
  slave.t.hear(2, 1, reply);
  ASSERT_EQ(slave.t.replies().size(), 1u);
  EXPECT_EQ(slave.t.replies()[0].to, alice);
  EXPECT_EQ(slave.t.events<event::Relayed>().size(), 1u);
}

TEST(R25Answers, OfAnOlderTermAreNotPassedOn) {
  Slave slave;
  slave.ask();
  const auto reply = Slave::reply_to(slave.relayed()[0]);
  slave.t.keep_alive(3, 2);
  slave.t.hear(2, 1, reply);
  EXPECT_EQ(slave.answers(), 0u);
}

TEST(R25Answers, OfWhoIsNotTheMasterAreNotPassedOn) {
  Slave slave;
  slave.ask();
  slave.t.hear(3, 1, Slave::reply_to(slave.relayed()[0]));
  EXPECT_EQ(slave.answers(), 0u);
}

TEST(R25Answers, AreNotPassedOnWhenThePromiseHasRunOut) {
  Slave slave;
  slave.ask();
  const auto reply = Slave::reply_to(slave.relayed()[0], 1'000'000);
  slave.t.skip(50ms);  // and no timer was looked at
  slave.t.hear(2, 1, reply);
  EXPECT_EQ(slave.answers(), 0u);
  slave.t.keep_alive(2, 1);
  slave.t.hear(2, 1, reply);
  EXPECT_EQ(slave.answers(), 1u);
}

TEST(R25Answers, AreNotPassedOnWhenTheLeaseOfTheMasterMayHaveRunOut) {
  Slave slave;
  slave.ask();
  const auto relay = slave.relayed()[0];
  slave.t.skip(10ms);
  slave.t.hear(2, 1, Slave::reply_to(relay, 10'000));
  EXPECT_EQ(slave.answers(), 0u);
  slave.t.hear(2, 1, Slave::reply_to(relay, 10'001));
  EXPECT_EQ(slave.answers(), 1u);
}

// Its clock stood still or went back: how old a reply is that waits in the socket, nobody knows.
TEST(R25Answers, ToWhatWasAskedBeforeTheClockWentBackAreNotPassedOn) {
  Slave slave;
  slave.ask();
  const auto before = slave.relayed()[0];
  slave.t.act(
      [](Tracker& tracker, Time now, Outbox& out) { tracker.clock_went_back(now, 2s, out); });
  EXPECT_GE(slave.t.now(), slave.t.view().answers_until);
  slave.t.hear(2, 1, Slave::reply_to(before, 1'000'000));
  EXPECT_EQ(slave.answers(), 0u);
  const auto relayed = slave.relayed();
  ASSERT_EQ(relayed.size(), 2u);
  slave.t.hear(2, 1, Slave::reply_to(relayed[1], 40'000));
  EXPECT_EQ(slave.answers(), 1u);
}

TEST(R25Answers, InPartsAreNotMixedWithThoseOfAnother) {
  Slave slave;
  slave.ask();
  const auto bytes = wire::encode(wire::ConnectResponse{question.transaction, ConnectionId{9}});
  const auto id = slave.relayed()[0].is.id;
  const Bytes head = bytes.bytes().first(4), tail = bytes.bytes().subspan(4);
  slave.t.hear(2, 1, wire::RelayReply{{id, 0, 2}, 1, 40'000, head});
  slave.t.hear(2, 1, wire::RelayReply{{id, 1, 2}, 2, 40'000, tail});
  EXPECT_EQ(slave.answers(), 0u);
  slave.t.hear(2, 1, wire::RelayReply{{id, 0, 2}, 2, 40'000, head});
  EXPECT_EQ(slave.answers(), 1u);
}

TEST(R25Answers, WithoutBytesEndTheRequest) {
  Slave slave;
  slave.ask();
  slave.t.hear(2, 1, wire::RelayReply{{slave.relayed()[0].is.id, 0, 1}, 1, 40'000, {}});
  EXPECT_TRUE(slave.t.replies().empty());
  slave.t.forget();
  slave.t.pass(40ms);
  EXPECT_TRUE(slave.relayed().empty());
}

TEST(R25Answers, ToAProcessBeforeThisOneGoToNobody) {
  Slave slave;
  slave.ask();
  const auto reply = Slave::reply_to(slave.relayed()[0]);
  slave.t.restart();
  slave.t.keep_alive(2, 1);
  slave.t.forget();
  slave.ask();
  slave.t.hear(2, 1, reply);
  EXPECT_EQ(slave.answers(), 0u);
}

}  // namespace
}  // namespace swarm::test::relays
