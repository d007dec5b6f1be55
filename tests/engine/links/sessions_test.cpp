// Sessions between processes: how they are opened, kept and replaced.
#include "engine/links/sessions.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/links/sessions_room.hpp"

namespace swarm::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(SessionsTest, TheFirstMessageComesAfterOneRoundTrip) {
  net.send(1, 2, 7);
  net.deliver_all();
  EXPECT_THAT(net.numbers_at(2), ElementsAre(7));
  ASSERT_EQ(net.recorded().size(), 4u) << "OPEN, CHALLENGE, PROVE, and the message";
  EXPECT_TRUE(is<wire::Open>(net.recorded()[0]));
  EXPECT_TRUE(is<wire::Challenge>(net.recorded()[1]));
  EXPECT_TRUE(is<wire::Prove>(net.recorded()[2]));
  EXPECT_TRUE(is<wire::Status>(net.recorded()[3]));
}

TEST_F(SessionsTest, ASessionServesBothDirections) {
  net.send(1, 2, 7);
  net.deliver_all();
  const auto before = net.recorded().size();
  net.send(2, 1, 8);
  net.send(1, 2, 9);
  net.deliver_all();
  EXPECT_THAT(net.numbers_at(1), ElementsAre(8));
  EXPECT_THAT(net.numbers_at(2), ElementsAre(7, 9));
  EXPECT_EQ(net.recorded().size(), before + 2) << "nothing but the messages";
}

TEST_F(SessionsTest, TheHeaderSaysWhoseSessionItIs) {
  net.send(1, 2, 7);
  net.deliver_all();
  const auto& got = net.delivered().at(0);
  EXPECT_EQ(got.header.boot, net.self(1).boot);
  EXPECT_EQ(got.header.store, net.self(1).store);
  EXPECT_EQ(got.header.from, MemberId{1});
  EXPECT_EQ(got.from, address_of(1));
}

TEST_F(SessionsTest, TwoThatOpenAtOnceHearEachOther) {
  net.send(1, 2, 7);
  net.send(2, 1, 8);
  net.deliver_all();
  net.send(1, 2, 9);
  net.send(2, 1, 10);
  net.deliver_all();
  EXPECT_THAT(net.numbers_at(2), ElementsAre(7, 9));
  EXPECT_THAT(net.numbers_at(1), ElementsAre(8, 10));
}

// Each uses the session that the other one opened.
TEST_F(SessionsTest, TwoThatOpenedAtOnceOpenNoMore) {
  net.send(1, 2, 7);
  net.send(2, 1, 8);
  for (int i = 0; i < 20; ++i) {
    net.deliver_all();
    net.pass(Linked::status);
    net.send(1, 2, 9);
    net.send(2, 1, 10);
  }
  EXPECT_EQ(sent<wire::Open>(), 2u);
}

// An instance that is alone asks the group and the addresses that it knows at the same time. So one
// process gets several OPENs, and the answers may overtake each other.
TEST_F(SessionsTest, SeveralHandshakesAtOnceEndInASession) {
  for (const bool reversed : {false, true}) {
    Linked both;
    both.start(1);
    both.start(2);
    both.send(1, group_address, 1);
    both.send(1, 2, 1);
    both.pass(1ms);
    std::deque<Flight> challenges;
    both.deliver_all([&](const Flight& f) {
      both.pass(1us);
      if (is<wire::Challenge>(f)) challenges.push_back(f);
      return is<wire::Challenge>(f);
    });
    ASSERT_EQ(challenges.size(), 2u);
    if (reversed) std::swap(challenges[0], challenges[1]);
    for (const auto& challenge : challenges) both.arrive(challenge);
    both.deliver_all();
    both.delivered().clear();
    for (std::uint64_t i = 2; i <= 5; ++i) {
      both.send(1, 2, i);
      both.deliver_all();
      both.pass(1ms);
    }
    EXPECT_THAT(both.numbers_at(2), ElementsAre(2, 3, 4, 5));
  }
}

// Renewing a session must not lose a message, whatever gets lost of the handshake.
TEST_F(SessionsTest, TheOldSessionServesUntilTheNewOneDoes) {
  net.greet();
  net.pass(SessionLinks::lasts + 1ms);
  for (std::uint64_t i = 1; i <= 100; ++i) {
    net.send(1, 2, 2 * i);
    net.send(2, 1, 2 * i + 1);
    net.deliver_all([&](const Flight& f) { return i < 50 && is<wire::Prove>(f); });
    net.pass(10ms);
  }
  EXPECT_EQ(net.delivered().size(), 200u);
}

TEST_F(SessionsTest, OnlyWhatBeginsAConversationWaits) {
  net.say(1, address_of(2), wire::KeepAlive{});
  net.deliver_all();
  EXPECT_THAT(net.delivered(), IsEmpty());
  net.say(1, address_of(2), wire::KeepAlive{});
  net.deliver_all();
  EXPECT_EQ(net.delivered().size(), 1u);
}

TEST_F(SessionsTest, OfEachTypeTheLastMessageWaits) {
  for (std::uint64_t i = 1; i <= 100; ++i) net.send(1, 2, i);
  net.deliver_all();
  EXPECT_THAT(net.numbers_at(2), ElementsAre(100));
}

TEST_F(SessionsTest, AMessageThatWaitedForTooLongIsNotSent) {
  net.send(1, 2, 1);
  net.flights().clear();
  net.pass(2s);
  net.say(1, address_of(2), wire::KeepAlive{});
  net.deliver_all();
  EXPECT_THAT(net.delivered(), IsEmpty());
  EXPECT_EQ(sent<wire::Prove>(), 1u);
}

// ---- What gets lost is repeated with the next message

template <class M>
void expect_that_the_first_may_get_lost() {
  Linked net;
  net.start(1);
  net.start(2);
  bool lost = false;
  for (std::uint64_t i = 1; i <= 3; ++i) {
    net.send(1, 2, i);
    net.deliver_all([&](const Flight& f) { return is<M>(f) && !std::exchange(lost, true); });
    net.pass(10ms);
  }
  EXPECT_TRUE(lost);
  EXPECT_EQ(net.numbers_at(2).back(), 3u);
  EXPECT_GE(net.numbers_at(2).size(), 2u) << "one round of messages was enough to repeat it";
}

TEST(SessionsOnABadLine, AnOpenIsRepeated) {
  expect_that_the_first_may_get_lost<wire::Open>();
}
TEST(SessionsOnABadLine, AChallengeIsRepeated) {
  expect_that_the_first_may_get_lost<wire::Challenge>();
}
TEST(SessionsOnABadLine, AProveIsRepeated) {
  expect_that_the_first_may_get_lost<wire::Prove>();
}

TEST_F(SessionsTest, AnOpenIsRepeatedLessAndLessOften) {
  for (int i = 0; i < 1000; ++i) {
    net.send(1, 3, 1);
    net.pass(1ms);
  }
  const auto opens = sent<wire::Open>();
  EXPECT_GE(opens, 40u);
  EXPECT_LE(opens, 45u) << "after 5 ms, 10 ms, 20 ms, 25 ms, 25 ms ...";
}

// ---- Restarts

TEST_F(SessionsTest, AfterARestartOneRoundTripIsEnough) {
  net.greet();
  net.pass(1ms);
  net.start(2);
  net.send(2, 1, 1);
  net.deliver_all();
  EXPECT_THAT(net.numbers_at(1), ElementsAre(1));
  net.send(1, 2, 2);
  net.deliver_all();
  EXPECT_THAT(net.numbers_at(2), ElementsAre(2)) << "the other uses the new session at once";
}

// The process that gave the CHALLENGE is gone when the PROVE comes.
TEST_F(SessionsTest, ASessionThatTheOtherDoesNotHaveGetsAnotherSoon) {
  net.send(1, 2, 1);
  net.deliver_all([&](const Flight& f) {
    if (is<wire::Prove>(f)) net.start(2);
    return false;
  });
  net.pass(60ms);
  net.send(1, 2, 2);
  net.deliver_all();
  net.send(1, 2, 3);
  net.deliver_all();
  EXPECT_THAT(net.numbers_at(2), ElementsAre(3));
}

// The other one has not noticed that the process began anew.
TEST_F(SessionsTest, WhoHearsADatagramOfALostSessionOpensANewOne) {
  net.greet();
  net.start(2);
  net.send(2, 1, 1);      // it speaks with the other one,
  net.flights().clear();  // but nothing arrives
  net.pass(10ms);
  net.send(1, 2, 2);
  net.deliver_all();
  EXPECT_THAT(net.numbers_at(2), IsEmpty());
  net.send(1, 2, 3);
  net.deliver_all();
  EXPECT_THAT(net.numbers_at(2), ElementsAre(3));
}

TEST_F(SessionsTest, ASessionThatIsSilentGetsAnotherBesideIt) {
  net.greet();
  net.pass(4 * Linked::status);
  const auto before = sent<wire::Open>();
  net.send(1, 2, 1);
  net.deliver_all();
  EXPECT_EQ(sent<wire::Open>(), before + 1);
  EXPECT_THAT(net.numbers_at(2), ElementsAre(1)) << "but the message does not wait for it";
}

// ---- The group

TEST_F(SessionsTest, AnOpenToTheGroupFindsEverybody) {
  net.start(3);
  net.send(1, group_address, 5);
  net.deliver_all();
  EXPECT_THAT(net.numbers_at(2), ElementsAre(5));
  EXPECT_THAT(net.numbers_at(3), ElementsAre(5));
  net.start(4);
  net.pass(50ms);
  net.send(1, group_address, 6);
  net.deliver_all();
  EXPECT_THAT(net.numbers_at(2), ElementsAre(5, 6));
  EXPECT_THAT(net.numbers_at(4), ElementsAre(6));
}

}  // namespace
}  // namespace swarm::test
