// R24 of the cluster protocol: what a master answers that a slave was asked.
#include <gtest/gtest.h>

#include "engine/tracker/answering/relay.hpp"
#include "tests/engine/tracker/relay_rooms.hpp"
#include "tests/engine/tracker/solo_tracker.hpp"

namespace swarm::test::relays {
namespace {

TEST(R24Master, AnswersThroughTheSlave) {
  Master master;
  const auto bytes = wire::encode(question);
  master.relays(3, Master::relay(bytes.bytes(), 5));
  ASSERT_EQ(master.replies().size(), 1u);
  const auto reply = master.replies()[0];
  EXPECT_EQ(reply.is.id, 5u);
  EXPECT_EQ(reply.lease_us, 41'000u);  // 40 ms are left, and the request is one old
  EXPECT_TRUE(wire::decode_response(reply.bytes));
  EXPECT_EQ(master.t.replies().size(), 0u);
}

TEST(R24Master, AnswersWhatCameBeforeItServedAsSoonAsItDoes) {
  SoloTracker t;
  t.win();
  const auto bytes = wire::encode(question);
  t.hear(3, t.view().term.value, Master::relay(bytes.bytes()));
  EXPECT_TRUE(t.said<wire::RelayReply>().empty());
  t.ready(2, t.view().last.value);
  EXPECT_EQ(t.said_to<wire::RelayReply>(3).size(), 1u);
}

TEST(R24Master, PutsPartsTogether) {
  Master master;
  const auto datagram = wire::encode(question);
  auto first = Master::relay(datagram.bytes().first(6));
  auto second = Master::relay(datagram.bytes().subspan(6));
  first.is.count = second.is.count = 2;
  second.is.number = 1;
  master.relays(3, second);
  EXPECT_TRUE(master.replies().empty());
  master.relays(2, first);  // another one's
  EXPECT_TRUE(master.replies().empty());
  master.relays(3, first);
  EXPECT_EQ(master.replies().size(), 1u);
}

TEST(R24Master, KeepsNoMoreUnfinishedPartsThanItsNumber) {
  Master master;
  const std::vector<std::uint8_t> some(8);
  auto fragment = Master::relay(some);
  fragment.is.count = 2;
  for (fragment.is.id = 0; fragment.is.id < Relay::most_unfinished_of_one; ++fragment.is.id)
    master.relays(3, fragment);
  const auto dropped = [&] {
    std::size_t n = 0;
    for (const auto& e : master.t.events<event::Rejected>()) n += e.reason == Reject::no_room;
    return n;
  };
  EXPECT_EQ(dropped(), 0u);
  master.relays(3, fragment);
  EXPECT_EQ(dropped(), 1u);
  master.relays(2, fragment);  // another slave has room
  EXPECT_EQ(dropped(), 1u);
  master.t.pass_as_master(1100ms);  // they are forgotten
  ++fragment.is.id;
  master.relays(3, fragment);
  EXPECT_EQ(dropped(), 1u);
}

TEST(R24Master, AnswersARepeatedRequestAgain) {
  Master master;
  const auto bytes = wire::encode(question);
  master.relays(3, Master::relay(bytes.bytes(), 5));
  master.relays(3, Master::relay(bytes.bytes(), 5));  // its answer was lost
  EXPECT_EQ(master.replies().size(), 2u);
}

TEST(R24Master, BothOfOneClientThatWaitedAreAnswered) {
  Master master;
  master.connect();
  master.t.skip(5ms);
  master.commit();
  master.relays(wire::AnnounceEvent::started, 1, 4ms);
  master.relays(wire::AnnounceEvent::completed, 2, 1ms);  // before the other's block was made
  master.commit();
  master.commit();
  ASSERT_EQ(master.replies().size(), 2u);
  for (const auto& reply : master.replies()) EXPECT_FALSE(reply.bytes.empty());
  EXPECT_EQ(master.t.tracker().table().counts(content(1), false).completed, 1u);
}

TEST(R24Master, AnOlderStartDoesNotUndoAStop) {
  Master master;
  master.connect();
  master.t.skip(30ms);
  master.commit();
  master.relays(wire::AnnounceEvent::stopped, 2, 0ms);  // changes nothing
  master.t.skip(1ms);
  master.relays(wire::AnnounceEvent::started, 1, 21ms);  // its first RELAY was lost
  master.commit();
  ASSERT_EQ(master.replies().size(), 2u);
  EXPECT_FALSE(master.replies()[0].bytes.empty());
  EXPECT_TRUE(master.replies()[1].bytes.empty());
  EXPECT_EQ(master.t.tracker().table().registrations(), 0u);
}

TEST(R24Master, SaysSoWhenItLeavesARequestUnanswered) {
  Master master;
  wire::ScrapeRequest request;  // of a connection id that is not good
  request.contents.push_back(content(1));
  for (std::uint32_t i = 0; i < 20; ++i) {
    request.transaction = TransactionId{i};
    const auto bytes = wire::encode(request);
    master.relays(3, Master::relay(bytes.bytes(), i));
  }
  const auto replies = master.replies();
  ASSERT_EQ(replies.size(), 20u);
  EXPECT_FALSE(replies[0].bytes.empty());  // an error
  EXPECT_TRUE(replies[19].bytes.empty());  // there were enough of them
}

TEST(R24Master, WithoutALeaseDoesNotAnswer) {
  Master master;
  master.t.skip(41ms);
  const auto bytes = wire::encode(question);
  master.relays(3, Master::relay(bytes.bytes()));
  EXPECT_TRUE(master.replies().empty());
  master.t.ready(2, master.t.view().last.value);
  EXPECT_EQ(master.replies().size(), 1u);
}

TEST(R24Master, NobodyElseIsRelayedTo) {
  Slave slave;
  const auto bytes = wire::encode(question);
  slave.t.hear(3, 1, Master::relay(bytes.bytes()));
  EXPECT_TRUE(slave.t.said<wire::Relay>().empty());
  EXPECT_EQ(slave.rejected(Reject::unexpected), 1u);
}

}  // namespace
}  // namespace swarm::test::relays
