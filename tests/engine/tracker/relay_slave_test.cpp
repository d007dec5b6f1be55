// R23 of the cluster protocol: what a slave is asked, keeps, and passes on to its master.
#include <gtest/gtest.h>

#include "engine/tracker/answering/error_limit.hpp"
#include "engine/tracker/answering/relay.hpp"
#include "tests/engine/tracker/relay_rooms.hpp"
#include "tests/engine/tracker/solo_tracker.hpp"

namespace swarm::test::relays {
namespace {

const Endpoint bob{Ip(0x0a010002), 6881};

const std::vector<std::uint8_t> http_target{'/', 'a', 'n', 'n', 'o', 'u', 'n', 'c', 'e'};

TEST(R23Slave, RelaysWhatItAloneWasAsked) {
  Slave slave;
  slave.t.skip(3ms);
  slave.ask();
  ASSERT_EQ(slave.relayed().size(), 1u);
  const auto relay = slave.relayed()[0];
  EXPECT_EQ(relay.client, alice);
  EXPECT_EQ(relay.http, 0);
  EXPECT_EQ(relay.age_us, 0u);
  const auto bytes = wire::encode(question);
  EXPECT_TRUE(std::ranges::equal(relay.bytes, bytes.bytes()));
}

TEST(R23Slave, RelaysNothingThatTheGroupWasAsked) {
  Slave slave;
  slave.t.hear_peer(alice, question);
  EXPECT_TRUE(slave.relayed().empty());
}

TEST(R23Slave, RelaysNothingThatIsNoRequest) {
  Slave slave;
  slave.t.hear_client({Channel::peers, alice, false}, std::vector<std::uint8_t>(33, 1));
  EXPECT_TRUE(slave.relayed().empty());
  EXPECT_EQ(slave.t.events<event::Rejected>().size(), 1u);
}

TEST(R23Slave, RepeatsUntilItIsAnswered) {
  Slave slave;
  slave.ask();
  slave.follow_for(30ms);
  ASSERT_EQ(slave.relayed().size(), 2u);  // after 20 ms
  EXPECT_EQ(slave.relayed()[1].is.id, slave.relayed()[0].is.id);
  EXPECT_EQ(slave.relayed()[1].age_us, 20'000u);
  slave.t.hear(2, 1, Slave::reply_to(slave.relayed()[1], 70'000));
  slave.t.forget();
  slave.t.pass(40ms);
  EXPECT_TRUE(slave.relayed().empty());
}

TEST(R23Slave, TellsTheAgeThoughItsClockStoodStill) {
  Slave slave;
  slave.ask();
  slave.t.forget();
  slave.t.others_clock = 3s;  // the master's clock went on
  auto state = slave.t.master_state(1, 1, 1);
  state.swarm_time_us += 3'000'000;
  slave.t.hear(2, 1, wire::KeepAlive{state});
  slave.follow_for(30ms);
  ASSERT_FALSE(slave.relayed().empty());
  EXPECT_GE(slave.relayed().front().age_us, 3'000'000u);
  slave.ask(wire::ConnectRequest{TransactionId{77}});  // which may have waited in the socket
  ASSERT_EQ(slave.relayed().back().is.id, slave.relayed().front().is.id + 1);
  EXPECT_GE(slave.relayed().back().age_us, 2'900'000u);
}

TEST(R23Slave, LearnsHowLongTheMasterTakesFromARepeatedRequestToo) {
  Slave slave;
  slave.is_answered_after(30ms, 20);
  EXPECT_EQ(slave.relayed().size(), 1u);
  slave.is_answered_after(200ms, 30);
  EXPECT_EQ(slave.relayed().size(), 1u);
}

TEST(R23Slave, WaitsNoLongerBecauseAFewRequestsAreLost) {
  Slave slave;
  for (int i = 0; i < 50; ++i) {
    slave.is_answered_after(0ms, 2);
    slave.is_answered_after(30ms, 1);  // the first RELAY was lost
    EXPECT_EQ(slave.relayed().size(), 2u);
  }
}

TEST(R23Slave, KeepsARequestWhileThereIsNoMasterAndSendsItToTheNextAtOnce) {
  Slave slave;
  slave.t.pass(60ms);  // silence
  slave.ask();
  EXPECT_TRUE(slave.relayed().empty());
  slave.t.forget();
  slave.t.keep_alive(3, slave.t.view().term.value + 1);
  EXPECT_EQ(slave.relayed(3).size(), 1u);
}

TEST(R23Slave, SendsToTheNewMasterWhatTheOldOneDidNotAnswer) {
  Slave slave;
  slave.ask();
  slave.t.keep_alive(3, 2);
  EXPECT_EQ(slave.relayed(3).size(), 1u);
}

TEST(R23Slave, KeepsNoMoreThanItsNumber) {
  SoloTracker::Options options;
  options.settings.relay_requests = 2;
  Slave slave(options);
  for (int i = 0; i < 3; ++i) slave.t.hear_client({Channel::http, alice, false}, http_target);
  EXPECT_EQ(slave.relayed().size(), 2u);
  EXPECT_EQ(slave.rejected(Reject::no_room), 1u);
}

// A connect comes from a stranger always.
TEST(R23Slave, LetsAStrangerConnectHoweverLittleRoomThereIs) {
  SoloTracker::Options options;
  options.settings.relay_requests = 1;
  Slave slave(options);
  slave.ask();
  EXPECT_EQ(slave.relayed().size(), 1u);
  slave.ask();
  EXPECT_EQ(slave.rejected(Reject::no_room), 1u);
}

TEST(R23Slave, KeepsNoMoreOfOneSourceThanItsNumber) {
  Slave slave;
  for (std::size_t i = 0; i <= Relay::most_of_one_source; ++i) slave.ask();
  EXPECT_EQ(slave.relayed().size(), Relay::most_of_one_source);
  EXPECT_EQ(slave.rejected(Reject::no_room), 1u);
  slave.t.forget();
  slave.t.hear_alone(bob, question);
  EXPECT_EQ(slave.relayed().size(), 1u);
}

TEST(R23Slave, TakesAnIPv6NetworkForOneSource) {
  Slave slave;
  const auto ask = [&slave](std::uint8_t network, std::uint8_t host) {
    const Endpoint client{Ip::v6({0x20, 1, 0, 0, 0, 0, 0, network, host}), 6881};
    slave.t.hear_client({Channel::http, client, false}, http_target);
  };
  for (std::uint8_t i = 0; i <= Relay::most_of_one_source; ++i) ask(1, i);
  EXPECT_EQ(slave.relayed().size(), Relay::most_of_one_source);
  EXPECT_EQ(slave.rejected(Reject::no_room), 1u);
  slave.t.forget();
  ask(2, 0);
  EXPECT_EQ(slave.relayed().size(), 1u);
}

TEST(R23Slave, LeavesHalfOfTheRoomToWhoHasShownThatItIsThere) {
  SoloTracker::Options options;
  options.settings.relay_requests = 4;
  Slave slave(options);
  for (int i = 0; i < 4; ++i) slave.ask();
  EXPECT_EQ(slave.relayed().size(), 2u);
  slave.t.forget();
  slave.ask(announce_of(good_id(alice)));
  slave.t.hear_client({Channel::http, alice, false}, http_target);
  EXPECT_EQ(slave.relayed().size(), 2u);
}

TEST(R23Slave, RelaysAStrangersRequestOnceForTheMasterMayKnowItsId) {
  Slave slave;
  slave.ask(announce_of(ConnectionId{1}));
  EXPECT_EQ(slave.relayed().size(), 1u);
  slave.follow_for(200ms);
  EXPECT_EQ(slave.relayed().size(), 1u);
  slave.ask(announce_of(good_id(alice)));
  slave.follow_for(200ms);
  EXPECT_GT(slave.relayed().size(), 3u);  // that is repeated
}

TEST(R23Slave, PassesTheMastersAnswerToAStrangerOn) {
  Slave slave;
  slave.ask(announce_of(ConnectionId{1}));
  slave.t.hear(2, 1, Slave::reply_to(slave.relayed().at(0)));
  EXPECT_EQ(slave.answers(), 1u);
}

TEST(R23Slave, KeepsNoStrangersRequestForALaterMaster) {
  Slave slave;
  slave.ask(announce_of(ConnectionId{1}));
  slave.t.keep_alive(3, 2);
  EXPECT_TRUE(slave.relayed(3).empty());
  slave.t.pass(60ms);  // silence
  slave.t.forget();
  slave.ask(announce_of(ConnectionId{1}));
  slave.ask(announce_of(good_id(alice)));
  EXPECT_EQ(slave.rejected(Reject::unknown_connection), 1u);
  slave.t.keep_alive(3, slave.t.view().term.value + 1);
  EXPECT_EQ(slave.relayed(3).size(), 1u);
}

TEST(R23Slave, HasRoomForOthersWhenAStrangerHasAskedALot) {
  Slave slave;
  for (int i = 0; i < 4096; ++i) slave.ask(announce_of(ConnectionId{1}));
  EXPECT_LE(slave.relayed().size(), Relay::most_of_one_source);
  slave.t.forget();
  slave.t.hear_alone(bob, question);
  EXPECT_EQ(slave.relayed().size(), 1u);
}

TEST(R23Slave, RelaysFewRequestsOfStrangersAtOnceHoweverSoonTheyAreAnswered) {
  Slave slave;
  const auto ask_and_answer = [&slave](std::uint32_t n) {
    const auto before = slave.relayed().size();
    for (std::uint32_t i = 0; i < n; ++i) {
      const auto sent = slave.relayed().size();
      slave.t.hear_alone({Ip(0x0c000000 + i), 5}, question);
      const auto all = slave.relayed();
      if (all.size() > sent) slave.t.hear(2, 1, Slave::reply_to(all.back()));
    }
    return slave.relayed().size() - before;
  };
  EXPECT_EQ(ask_and_answer(1000), Relay::strangers_at_once);
  EXPECT_EQ(slave.rejected(Reject::no_room), 1000 - Relay::strangers_at_once);
  slave.t.pass(1ms);
  EXPECT_EQ(ask_and_answer(1000), Relay::strangers_in_a_millisecond);
  slave.t.forget();
  slave.ask(announce_of(good_id(alice)));  // is none
  EXPECT_EQ(slave.relayed().size(), 1u);
  slave.t.pass(20ms);
  slave.t.keep_alive(2, 1);
  EXPECT_EQ(ask_and_answer(1000), Relay::strangers_at_once);
}

TEST(R23Slave, RelaysNoMoreBadIdsOfOneSourceThanAreAnswered) {
  Slave slave;
  for (int i = 0; i < 20; ++i) {
    slave.ask(announce_of(ConnectionId{1}));
    for (const auto& relay : slave.relayed()) slave.t.hear(2, 1, Slave::reply_to(relay));
  }
  EXPECT_EQ(slave.relayed().size(), ErrorLimit::seed_per_second);
  EXPECT_EQ(slave.rejected(Reject::unknown_connection), 20 - ErrorLimit::seed_per_second);
  slave.follow_for(1s);
  slave.t.forget();
  slave.ask(announce_of(ConnectionId{1}));
  EXPECT_EQ(slave.relayed().size(), 1u);
}

TEST(R23Slave, RelaysNothingOfTheSeedsDialectOverIPv6) {
  Slave slave;
  slave.t.hear_alone({Ip::v6({0x20, 1}), 6881}, question);
  EXPECT_TRUE(slave.relayed().empty());
  EXPECT_EQ(slave.rejected(Reject::not_for_me), 1u);
}

TEST(R23Slave, GivesUpARequestThatHasBecomeTooOld) {
  SoloTracker::Options options;
  options.settings.relay_age = 100ms;
  options.settings.promise = 1s;
  Slave slave(options);
  slave.ask();
  slave.t.pass(200ms);
  EXPECT_EQ(slave.rejected(Reject::too_old), 1u);
  const auto sent = slave.relayed().size();
  slave.t.pass(200ms);
  EXPECT_EQ(slave.relayed().size(), sent);
}

TEST(R23Slave, ThatBecomesMasterAnswersItself) {
  Slave slave;
  slave.t.pass(60ms);
  slave.ask();
  slave.t.serve();
  EXPECT_EQ(slave.answers(), 1u);
  slave.t.forget();
  slave.t.pass_as_master(30ms);
  EXPECT_TRUE(slave.t.said<wire::Relay>().empty());
}

TEST(R23Slave, SendsALongRequestInFragmentsWhichTheMasterPutsTogether) {
  Slave slave;
  std::vector<std::uint8_t> target(3 * wire::relay_fragment_size - 5);
  for (std::size_t i = 0; i < target.size(); ++i) target[i] = static_cast<std::uint8_t>(i * 7);
  slave.t.hear_client({Channel::http, alice, false}, target);
  const auto fragments = slave.relayed();
  ASSERT_EQ(fragments.size(), 3u);
  RelayFragments together;
  EXPECT_FALSE(together.add(fragments[2].is, fragments[2].bytes));
  EXPECT_FALSE(together.add(fragments[0].is, fragments[0].bytes));
  EXPECT_FALSE(together.add(fragments[0].is, fragments[0].bytes));
  const auto whole = together.add(fragments[1].is, fragments[1].bytes);
  ASSERT_TRUE(whole);
  EXPECT_TRUE(std::ranges::equal(*whole, target));
  EXPECT_EQ(fragments[0].http, 1);
}

TEST(R23Slave, TakesNoRequestThatIsLongerThanAllFragments) {
  Slave slave;
  slave.t.hear_client(
      {Channel::http, alice, false},
      std::vector<std::uint8_t>(wire::most_relay_fragments * wire::relay_fragment_size + 1, 'x'));
  EXPECT_TRUE(slave.relayed().empty());
  EXPECT_EQ(slave.rejected(Reject::too_long), 1u);
}

TEST(R23Slave, SendsManyToANewMasterInSteps) {
  Slave slave;
  slave.is_asked_by(300);
  slave.t.forget();
  slave.t.keep_alive(3, 2);
  EXPECT_EQ(slave.relayed(3).size(), 128u);
  slave.t.pass(2ms);
  EXPECT_EQ(slave.relayed(3).size(), 300u);
}

TEST(R23Slave, RepeatsManyInSteps) {
  Slave slave;
  slave.is_asked_by(300);
  slave.t.forget();
  slave.t.pass(20ms);
  EXPECT_EQ(slave.relayed().size(), 128u);
  slave.t.pass(2ms);
  EXPECT_EQ(slave.relayed().size(), 300u);
}

// The client asked nobody else: the successor has to hear of it from here.
TEST(R23Slave, AMasterThatHandsOverKeepsWhatItAloneWasAskedForItsSuccessor) {
  Master master;
  master.t.act([](Tracker& tracker, Time now, Outbox& out) { tracker.hand_over(now, out); });
  master.t.hear_alone(alice, question);
  EXPECT_TRUE(master.t.replies().empty());
  master.t.forget();
  master.t.keep_alive(3, master.t.view().term.value + 1);
  EXPECT_EQ(master.t.said_to<wire::Relay>(3).size(), 1u);
}

TEST(R23Slave, AMasterThatIsOneNoMorePassesOnWhatWaitedHereForItsCommit) {
  Master master;
  master.t.hear_alone(alice, question);
  const auto announce = announce_of(master.t.replied<wire::ConnectResponse>().back().connection);
  master.t.hear_alone(alice, announce);  // nobody acknowledges its block
  master.t.forget();
  master.t.keep_alive(3, master.t.view().term.value + 1);
  const auto relayed = master.t.said_to<wire::Relay>(3);
  ASSERT_EQ(relayed.size(), 1u);
  const auto bytes = wire::encode(announce);
  EXPECT_TRUE(std::ranges::equal(relayed[0].bytes, bytes.bytes()));
}

}  // namespace
}  // namespace swarm::test::relays
