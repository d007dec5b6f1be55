// R23 to R25 of the cluster protocol at a whole tracker: a client asks one instance, whichever.
#include <gtest/gtest.h>

#include <functional>

#include "engine/tracker/answering/connection_id.hpp"
#include "engine/tracker/answering/error_limit.hpp"
#include "engine/tracker/answering/relay.hpp"
#include "tests/engine/tracker/solo_tracker.hpp"

namespace swarm::test {
namespace {

const Endpoint alice{Ip(0x0a010001), 6881};
const Endpoint bob{Ip(0x0a010002), 6881};
const wire::ConnectRequest question{TransactionId{7}};
const std::vector<std::uint8_t> http_target{'/', 'a', 'n', 'n', 'o', 'u', 'n', 'c', 'e'};

// By the secret of the CONFIG, and at the swarm time of keep_alive().
ConnectionId good_id(const Endpoint& client) {
  ConnectionIds ids;
  ids.set_secrets(voters(3).current_secret, {});
  return ids.make(client.ip, SwarmTime{1'000'000});
}
wire::AnnounceRequest announce_of(ConnectionId connection) {
  wire::AnnounceRequest announce;
  announce.connection = connection;
  announce.transaction = TransactionId{8};
  announce.event = wire::AnnounceEvent::started;
  announce.port = alice.port;
  return announce;
}

// A slave that follows member 2 in term 1.
struct Slave {
  explicit Slave(SoloTracker::Options options = {}) : t(std::move(options)) {
    t.keep_alive(2, 1);
    t.forget();
  }
  void ask(const wire::Request& request = question) { t.hear_alone(alice, request); }
  void is_asked_by(std::uint32_t clients) {  // that are no strangers
    for (std::uint32_t i = 0; i < clients; ++i) {
      const Endpoint client{Ip(0x0a010001 + i), 6881};
      t.hear_alone(client, announce_of(good_id(client)));
    }
  }
  void follow_for(Duration d) {
    for (const Time end = t.now() + d; t.now() < end;) {
      t.pass(10ms);
      t.keep_alive(2, 1);
    }
  }
  // So many requests, one after another; what was said about the last is not forgotten.
  void is_answered_after(Duration d, int requests) {
    for (int i = 0; i < requests; ++i) {
      t.forget();
      ask();
      follow_for(d);
      t.hear(2, 1, reply_to(relayed().at(0), 1'000'000));
    }
  }
  std::vector<wire::Relay> relayed(std::uint32_t to = 2) const {
    return t.said_to<wire::Relay>(to);
  }
  static wire::RelayReply reply_to(const wire::Relay& relay, std::uint32_t lease_us = 40'000) {
    static const auto answer =
        wire::encode(wire::ConnectResponse{question.transaction, ConnectionId{9}});
    return {{relay.is.id, 0, 1}, 1, lease_us, answer.bytes()};
  }
  std::size_t answers() const { return t.replied<wire::ConnectResponse>().size(); }
  std::size_t rejected(Reject reason) const {
    std::size_t n = 0;
    for (const auto& e : t.events<event::Rejected>()) n += e.reason == reason;
    return n;
  }
  SoloTracker t;
};

// A master that serves in term 2.
struct Master {
  Master() {
    t.serve();
    t.forget();
  }
  static wire::Relay relay(Bytes request, std::uint64_t id = 1) {
    return {{id, 0, 1}, alice, 0, 1000, request};
  }
  void relays(std::uint32_t slave, const wire::Relay& relay) {
    t.hear(slave, t.view().term.value, relay);
  }
  // An announce of alice's, and how long it has waited at its slave.
  void relays(wire::AnnounceEvent event, std::uint32_t number, Duration age) {
    wire::AnnounceRequest announce;
    announce.connection = connection;
    announce.transaction = TransactionId{number};
    announce.info_hash = content(1);
    announce.event = event;
    announce.port = alice.port;
    const auto bytes = wire::encode(announce);
    auto m = relay(bytes.bytes(), number);
    m.age_us = static_cast<std::uint32_t>(age / 1us);
    relays(3, m);
  }
  void connect() {
    t.hear_alone(alice, question);
    connection = t.replied<wire::ConnectResponse>().back().connection;
  }
  void commit() { t.ready(2, t.view().last.value); }
  std::vector<wire::RelayReply> replies(std::uint32_t to = 3) const {
    return t.said_to<wire::RelayReply>(to);
  }
  ConnectionId connection;
  SoloTracker t;
};

// ---- R23: what a slave is asked

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

TEST(R23Slave, SendsALongRequestInPartsWhichTheMasterPutsTogether) {
  Slave slave;
  std::vector<std::uint8_t> target(3 * wire::relay_part - 5);
  for (std::size_t i = 0; i < target.size(); ++i) target[i] = static_cast<std::uint8_t>(i * 7);
  slave.t.hear_client({Channel::http, alice, false}, target);
  const auto parts = slave.relayed();
  ASSERT_EQ(parts.size(), 3u);
  RelayParts together;
  EXPECT_FALSE(together.add(parts[2].is, parts[2].bytes));
  EXPECT_FALSE(together.add(parts[0].is, parts[0].bytes));
  EXPECT_FALSE(together.add(parts[0].is, parts[0].bytes));
  const auto whole = together.add(parts[1].is, parts[1].bytes);
  ASSERT_TRUE(whole);
  EXPECT_TRUE(std::ranges::equal(*whole, target));
  EXPECT_EQ(parts[0].http, 1);
}

TEST(R23Slave, TakesNoRequestThatIsLongerThanAllParts) {
  Slave slave;
  slave.t.hear_client(
      {Channel::http, alice, false},
      std::vector<std::uint8_t>(wire::most_relay_parts * wire::relay_part + 1, 'x'));
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

// ---- R23: who goes

struct R23Stop : testing::Test {
  R23Stop() : stop([](Tracker& tracker, Time now, Outbox& out) { tracker.stop(now, out); }) {}
  // It is asked while it drains; then another one is the master.
  void is_asked_and_follows() {
    master.t.hear_alone(alice, question);
    term = master.t.view().term.value + 1;
    master.t.keep_alive(3, term);
  }
  void is_answered() {
    const auto relays = master.t.said_to<wire::Relay>(3);
    ASSERT_EQ(relays.size(), 1u);
    master.t.hear(3, term, Slave::reply_to(relays[0]));
    EXPECT_EQ(master.t.replies().size(), 1u);
  }
  std::function<void(Tracker&, Time, Outbox&)> stop;
  Master master;
  std::uint64_t term = 0;
};

TEST_F(R23Stop, AMasterThatStopsPassesOnTheAnswersToWhatItKept) {
  master.t.act(stop);
  is_asked_and_follows();
  EXPECT_EQ(master.t.exit_reason(), "");
  is_answered();
  EXPECT_EQ(master.t.exit_reason(), "stopped: another is the master");
}

TEST_F(R23Stop, AMasterThatStopsWaitsForNoAnswerLongerThanAPromise) {
  master.t.act(stop);
  is_asked_and_follows();
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(master.t.exit_reason(), "");
    master.t.pass(10ms);
    master.t.keep_alive(3, term);
  }
  EXPECT_EQ(master.t.exit_reason(), "stopped: another is the master");
}

TEST_F(R23Stop, AMasterThatStopsAndWasAskedNothingEndsAtOnce) {
  master.t.act(stop);
  master.t.keep_alive(3, master.t.view().term.value + 1);
  EXPECT_EQ(master.t.exit_reason(), "stopped: another is the master");
}

TEST_F(R23Stop, ASlaveThatStopsPassesOnTheAnswersToWhatItKept) {
  is_asked_and_follows();  // it answers this one itself
  master.t.forget();
  master.t.hear_alone(alice, question);
  master.t.act(stop);
  EXPECT_EQ(master.t.exit_reason(), "");
  is_answered();
  EXPECT_EQ(master.t.exit_reason(), "stopped: another is the master");
}

// A slave that is told to stop while there is no master, and alice has asked it.
struct R23StopInAnElection : R23Stop {
  R23StopInAnElection() {
    slave.t.win({});  // nobody grants it anything
    slave.ask();
    slave.t.act(stop);
    slave.t.forget();
    term = slave.t.view().term.value + 1;
  }
  Slave slave;
};

TEST_F(R23StopInAnElection, PassesOnTheNextMastersAnswerToWhatItKept) {
  EXPECT_EQ(slave.t.exit_reason(), "");
  slave.t.pass(40ms);
  slave.t.keep_alive(3, term);
  const auto relays = slave.relayed(3);
  ASSERT_EQ(relays.size(), 1u);
  slave.t.hear(3, term, Slave::reply_to(relays[0], 90'000));
  EXPECT_EQ(slave.answers(), 1u);
  EXPECT_EQ(slave.t.exit_reason(), "stopped: another is the master");
}

TEST_F(R23StopInAnElection, DoesNotStand) {
  slave.t.pass(49ms);
  EXPECT_TRUE(slave.t.said<wire::PreVote>().empty());
  EXPECT_TRUE(slave.t.said<wire::Vote>().empty());
  EXPECT_EQ(slave.t.view().role, Role::slave);
}

TEST_F(R23StopInAnElection, WaitsForNoMasterLongerThanAPromise) {
  slave.t.pass(49ms);
  EXPECT_EQ(slave.t.exit_reason(), "");
  slave.t.pass(1ms);
  EXPECT_EQ(slave.t.exit_reason(), "stopped: there is no other master");
}

TEST(R23StopOfASlave, WaitsForTheNextMasterWhenItsOwnFallsSilent) {
  Slave slave;
  slave.t.pass(30ms);
  slave.ask();
  slave.t.act([](Tracker& tracker, Time now, Outbox& out) { tracker.stop(now, out); });
  slave.t.pass(40ms);
  EXPECT_EQ(slave.t.exit_reason(), "");
  slave.t.hear(2, 1, wire::Dead{MemberId{2}, boot_of(2), store_of(2)});
  EXPECT_TRUE(slave.t.said<wire::PreVote>().empty());
  EXPECT_TRUE(slave.t.said<wire::Vote>().empty());
  slave.t.keep_alive(3, 2);
  EXPECT_EQ(slave.relayed(3).size(), 1u);
}

TEST_F(R23Stop, AMasterThatLeavesAsksToBeRemovedWhenWhatItKeptIsAnswered) {
  master.t.act([](Tracker& tracker, Time now, Outbox& out) { tracker.leave(now, out); });
  is_asked_and_follows();
  EXPECT_TRUE(master.t.said<wire::Order>().empty());
  is_answered();
  EXPECT_EQ(master.t.said<wire::Order>().size(), 1u);
}

// ---- R24: the master

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
  first.is.parts = second.is.parts = 2;
  second.is.part = 1;
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
  auto part = Master::relay(some);
  part.is.parts = 2;
  for (part.is.id = 0; part.is.id < Relay::most_unfinished_of_one; ++part.is.id)
    master.relays(3, part);
  const auto dropped = [&] {
    std::size_t n = 0;
    for (const auto& e : master.t.events<event::Rejected>()) n += e.reason == Reject::no_room;
    return n;
  };
  EXPECT_EQ(dropped(), 0u);
  master.relays(3, part);
  EXPECT_EQ(dropped(), 1u);
  master.relays(2, part);  // another slave has room
  EXPECT_EQ(dropped(), 1u);
  master.t.pass_as_master(1100ms);  // they are forgotten
  ++part.is.id;
  master.relays(3, part);
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

// ---- R25: what a slave passes on

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
}  // namespace swarm::test
