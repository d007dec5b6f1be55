// R23: a client over HTTP whose request is dropped or given up is refused (an empty answer), so
// that it holds no connection open for nothing. A client over UDP gets nothing.
#include <gtest/gtest.h>

#include "engine/tracker/answering/relay.hpp"
#include "engine/wire/http_tracker.hpp"
#include "tests/engine/tracker/relay_rooms.hpp"
#include "tests/engine/tracker/solo_tracker.hpp"

namespace swarm::test::relays {
namespace {

const std::string announce = "/announce?info_hash=" + std::string(20, 'a') +
                             "&peer_id=-XX0000-000000000000&port=6881&left=10";

void ask(SoloTracker& t, std::uint16_t port, const std::string& target = announce) {
  const Endpoint client{alice.ip, port};
  t.hear_client({Channel::http, client, false},
                std::vector<std::uint8_t>(target.begin(), target.end()));
}
using Ports = std::vector<std::uint16_t>;

// The ports of the clients that were refused.
Ports refused(const SoloTracker& t) {
  Ports ports;
  for (const auto& answer : t.http_answers())
    if (answer.body.empty()) ports.push_back(answer.to.port);
  return ports;
}

TEST(HttpRefusals, OfASlaveWithoutRoom) {
  SoloTracker::Options options;
  options.settings.relay_requests = 2;
  Slave slave(options);
  for (const std::uint16_t port : Ports{1, 2, 3}) ask(slave.t, port);
  EXPECT_EQ(refused(slave.t), Ports{3});
  slave.ask();
  EXPECT_EQ(slave.rejected(Reject::no_room), 2u);
  EXPECT_TRUE(slave.t.replies().empty());  // UDP
}

TEST(HttpRefusals, OfASourceThatHasItsShareOfTheRoom) {
  Slave slave;
  for (std::uint16_t i = 0; i <= Relay::most_of_one_source; ++i) ask(slave.t, 100 + i);
  EXPECT_EQ(refused(slave.t), Ports{100 + Relay::most_of_one_source});
}

TEST(HttpRefusals, OfARequestThatIsLongerThanAllFragments) {
  Slave slave;
  ask(slave.t, 1, std::string(wire::most_relay_fragments * wire::relay_fragment_size + 1, 'x'));
  EXPECT_EQ(refused(slave.t), Ports{1});
}

TEST(HttpRefusals, WhenTheMasterDoesNotAnswerInTime) {
  SoloTracker::Options options;
  options.settings.relay_age = 100ms;
  options.settings.promise = 1s;
  Slave slave(options);
  ask(slave.t, 1);
  slave.t.pass(99ms);
  EXPECT_EQ(refused(slave.t), Ports{});
  slave.t.pass(1ms);
  EXPECT_EQ(refused(slave.t), Ports{1});
}

TEST(HttpRefusals, WhenThereIsNoMasterForLong) {
  Slave slave;
  slave.t.pass(60ms);  // silence
  ask(slave.t, 1);
  slave.t.pass(4s);
  EXPECT_EQ(refused(slave.t), Ports{});
  slave.t.pass(1s);
  EXPECT_EQ(refused(slave.t), Ports{1});
}

TEST(HttpRefusals, WhenTheMasterLeavesTheRelayedRequestUnanswered) {
  Slave slave;
  ask(slave.t, 1);
  slave.t.hear(2, 1, wire::RelayReply{{slave.relayed().at(0).is.id, 0, 1}, 1, 40'000, {}});
  EXPECT_EQ(refused(slave.t), Ports{1});
  slave.t.pass(6s);
  EXPECT_EQ(refused(slave.t), Ports{1});  // once
}

TEST(HttpRefusals, NotOfARequestThatIsAnswered) {
  Slave slave;
  ask(slave.t, 1);
  slave.t.hear(2, 1, Slave::reply_to(slave.relayed().at(0)));
  slave.follow_for(6s);
  ASSERT_EQ(slave.t.http_answers().size(), 1u);
  EXPECT_FALSE(slave.t.http_answers()[0].body.empty());
}

TEST(HttpRefusals, OfAnInstanceThatIsNoMember) {
  SoloTracker::Options options;
  options.fresh = true;
  SoloTracker stranger(options);
  ask(stranger, 1);
  stranger.hear_alone(alice, question);
  EXPECT_EQ(refused(stranger), Ports{1});
  EXPECT_TRUE(stranger.replies().empty());
}

// The change waits for its commit when the mastership ends, and then for a master that never comes.
TEST(HttpRefusals, OfARequestWhoseBlockIsNotCommitted) {
  Master master;
  ask(master.t, 1);
  master.t.keep_alive(3, master.t.view().term.value + 1);
  EXPECT_EQ(master.t.said_to<wire::Relay>(3).size(), 1u);
  EXPECT_EQ(refused(master.t), Ports{});
  master.t.pass(5s);
  EXPECT_EQ(refused(master.t), Ports{1});
}

TEST(HttpRefusals, OfWhatTheFormerMasterHasNoRoomToPassOn) {
  Master master;
  for (std::uint16_t i = 0; i <= Relay::most_of_one_source; ++i) ask(master.t, 100 + i);
  master.t.keep_alive(3, master.t.view().term.value + 1);
  EXPECT_EQ(master.t.said_to<wire::Relay>(3).size(), Relay::most_of_one_source);
  EXPECT_EQ(refused(master.t).size(), 1u);
}

}  // namespace
}  // namespace swarm::test::relays
