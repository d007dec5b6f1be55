// What a host that records, forges and plays back can do to sessions: nothing.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iostream>
#include <map>
#include <random>
#include <set>

#include "tests/engine/links/sessions_room.hpp"

namespace swarm::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(SessionsTest, ACopyOfAnyDatagramIsNoMessage) {
  net.send(1, 2, 1);
  net.send(2, 1, 2);
  net.deliver_all();
  for (std::uint64_t i = 3; i < 50; ++i) {
    net.send(1, 2, i);
    net.deliver_all();
  }
  net.delivered().clear();
  play_everything(net);
  EXPECT_THAT(net.delivered(), IsEmpty());
  EXPECT_GE(net.rejected(Reject::repeated), 48u);
  net.flights().clear();
  net.send(1, 2, 99);
  net.send(2, 1, 98);
  net.deliver_all();
  EXPECT_THAT(net.numbers_at(2), ElementsAre(99));
  EXPECT_THAT(net.numbers_at(1), ElementsAre(98));
}

TEST_F(SessionsTest, NothingOfAnEarlierProcessCountsAtALaterOne) {
  net.greet();
  net.send(1, 2, 1);
  net.deliver_all();
  net.start(2);  // the receiver begins anew
  net.delivered().clear();
  play_everything(net);
  EXPECT_THAT(net.delivered(), IsEmpty());
  net.start(1);  // and the sender
  net.greet();
  play_everything(net);
  EXPECT_THAT(net.delivered(), IsEmpty());
}

TEST_F(SessionsTest, AProveOfAProcessThatHasEndedIsNotBelievedAfterTheNextOne) {
  net.send(1, 2, 1);
  std::vector<Flight> held;
  net.deliver_all([&](const Flight& f) {
    const bool hold = is<wire::Prove>(f) || is<wire::Status>(f);
    if (hold) held.push_back(f);
    return hold;
  });
  ASSERT_EQ(held.size(), 2u);
  net.start(1);
  net.send(1, 2, 2);
  net.deliver_all();
  EXPECT_THAT(net.numbers_at(2), ElementsAre(2));
  for (const auto& flight : held) net.arrive(flight);
  EXPECT_THAT(net.numbers_at(2), ElementsAre(2));
  EXPECT_EQ(net.rejected(Reject::repeated), 1u);
}

TEST_F(SessionsTest, AProveIsBelievedForAWhileOnly) {
  net.send(1, 2, 1);
  std::vector<Flight> held;
  net.deliver_all([&](const Flight& f) {
    if (is<wire::Prove>(f)) held.push_back(f);
    return is<wire::Prove>(f);
  });
  net.pass(SessionLinks::challenge_lasts + 1ns);
  net.arrive(held.at(0));
  EXPECT_EQ(net.rejected(Reject::too_old), 1u);
}

TEST_F(SessionsTest, AProveFromAnotherAddressIsNotBelieved) {
  net.send(1, 2, 1);
  net.deliver_all([&](const Flight& f) { return is<wire::Prove>(f); });
  for (const auto& flight : net.recorded())
    if (is<wire::Prove>(flight)) {
      const auto copy = flight;
      net.hear(2, address_of(9), copy.bytes);
      break;
    }
  EXPECT_EQ(net.rejected(Reject::unknown_session), 2u) << "PROVE and the message";
}

TEST_F(SessionsTest, AChallengeThatNobodyAskedForIsIgnored) {
  net.greet();
  for (const auto& flight : std::vector<Flight>(net.recorded()))
    if (is<wire::Challenge>(flight)) {
      EXPECT_THAT(net.hear(1, flight.from, flight.bytes), IsEmpty());
      EXPECT_THAT(net.hear(2, flight.from, flight.bytes), IsEmpty());
    }
}

TEST_F(SessionsTest, AnotherAddressCannotUseASession) {
  net.greet();
  net.send(1, 2, 5);
  const auto flight = net.flights().front();
  net.flights().clear();
  EXPECT_THAT(net.hear(2, address_of(7), flight.bytes), IsEmpty());
  EXPECT_THAT(net.numbers_at(2), IsEmpty());
  net.hear(2, flight.from, flight.bytes);
  EXPECT_THAT(net.numbers_at(2), ElementsAre(5)) << "the copy has not taken its place";
}

TEST_F(SessionsTest, AForgedDatagramTakesNoNumberAway) {
  net.greet();
  net.send(1, 2, 5);
  const auto flight = net.flights().front();
  net.flights().clear();
  auto forged = flight.bytes;
  forged.back() ^= 1;
  net.hear(2, flight.from, forged);
  EXPECT_EQ(net.rejected(Reject::unknown_session), 1u);
  net.hear(2, flight.from, flight.bytes);
  EXPECT_THAT(net.numbers_at(2), ElementsAre(5));
}

TEST_F(SessionsTest, AReflectedDatagramIsNoMessage) {
  net.greet();
  net.send(1, 2, 5);
  const auto flight = net.flights().front();
  net.hear(1, address_of(2), flight.bytes);
  EXPECT_THAT(net.numbers_at(1), IsEmpty());
}

TEST_F(SessionsTest, ADatagramUnderAnotherTypeIsNoMessage) {
  net.greet();
  net.send(1, 2, 5);
  const auto flight = net.flights().front();
  for (int type = 0; type < 256; ++type) {
    auto changed = flight.bytes;
    if (changed[wire::type_at] == type) continue;
    changed[wire::type_at] = static_cast<std::uint8_t>(type);
    net.hear(2, flight.from, changed);
  }
  EXPECT_THAT(net.delivered(), IsEmpty());
}

TEST_F(SessionsTest, WhatIsLateButInTheWindowCounts) {
  net.greet();
  for (std::uint64_t i = 1; i <= ReplayWindow::width + 1; ++i) net.send(1, 2, i);
  auto flights = net.flights();
  net.flights().clear();
  for (auto flight = flights.rbegin(); flight != flights.rend(); ++flight)
    net.hear(2, flight->from, flight->bytes);
  EXPECT_EQ(net.numbers_at(2).size(), ReplayWindow::width);
  EXPECT_EQ(net.rejected(Reject::too_old), 1u);
}

// A datagram that got lost on its way, and that somebody has kept, is not a copy of another one.
TEST_F(SessionsTest, WhatAnEarlierProcessOfTheAddressSaidIsOver) {
  net.greet();
  net.send(1, 2, 1);
  const Flight kept = net.flights().front();
  net.flights().clear();
  net.pass(1ms);
  net.start(1);
  net.send(1, 2, 2);
  net.deliver_all();
  net.arrive(kept);
  EXPECT_THAT(net.numbers_at(2), ElementsAre(2));
}

TEST_F(SessionsTest, WhatNeverArrivedIsSoonTooLate) {
  net.greet();
  net.send(1, 2, 1);
  const Flight kept = net.flights().front();
  net.flights().clear();
  for (std::uint64_t i = 2; i < 20; ++i) {
    net.send(1, 2, i);
    net.send(2, 1, 100 + i);
    net.deliver_all();
    net.pass(Linked::status);
  }
  net.arrive(kept);
  EXPECT_EQ(net.numbers_at(2).front(), 2u);
  EXPECT_EQ(net.numbers_at(2).size(), 18u);
  EXPECT_EQ(net.rejected(Reject::too_old), 1u);
}

TEST_F(SessionsTest, ASessionEndsEvenIfNobodyTakesItsPlace) {
  net.greet();
  net.send(1, 2, 1);
  const Flight kept = net.flights().front();
  net.flights().clear();
  net.end(1);
  net.pass(SessionLinks::ends + 1ms);
  net.arrive(kept);
  EXPECT_THAT(net.numbers_at(2), IsEmpty());
}

TEST_F(SessionsTest, ASessionIsReplacedBeforeItEnds) {
  net.greet();
  const auto before = sent<wire::Open>();
  std::uint64_t number = 0;
  for (Duration passed{}; passed < 10 * 60s; passed += Linked::status) {
    net.send(1, 2, ++number);
    net.send(2, 1, ++number);
    net.deliver_all();
    net.pass(Linked::status);
  }
  EXPECT_EQ(net.delivered().size(), number) << "without a break";
  EXPECT_GE(sent<wire::Open>(), before + 9);
  EXPECT_LE(sent<wire::Open>(), before + 20) << "one of the two in a minute, or both";
}

// ---- Death

TEST_F(SessionsTest, ADeathIsBelievedOnce) {
  net.greet();
  const auto dead = net.death_of(1);
  const Endpoint supervisor{address_of(1).ip, 40000};
  net.hear(2, supervisor, dead);
  ASSERT_EQ(net.delivered().size(), 1u);
  EXPECT_EQ(net.delivered()[0].header.boot, net.self(1).boot);
  net.hear(2, supervisor, dead);
  EXPECT_EQ(net.delivered().size(), 1u);
}

TEST_F(SessionsTest, TheDeathOfAProcessThatIsNotKnownIsNotBelieved) {
  net.hear(2, address_of(1), net.death_of(1));
  EXPECT_THAT(net.delivered(), IsEmpty());
}

TEST_F(SessionsTest, ADeathWithAnotherProofIsNotBelieved) {
  net.greet();
  const auto self = net.self(1);
  std::vector<std::uint8_t> forged;
  wire::encode(net.header(1), wire::Dead{MemberId{1}, self.boot, self.store, {1, 2, 3}},
               wire::Seal(Linked::secret, wire::Cipher::xchacha20_poly1305), {}, forged);
  net.hear(2, address_of(1), forged);
  EXPECT_THAT(net.delivered(), IsEmpty());
}

TEST_F(SessionsTest, ADeathOfAnEarlierProcessEndsNobody) {
  net.greet();
  const auto dead = net.death_of(1);
  net.start(1);
  net.greet();
  net.hear(2, address_of(1), dead);
  // The earlier process was known, and it is dead. It says nothing about the present one.
  for (const auto& d : net.delivered()) EXPECT_NE(d.header.boot, net.self(1).boot);
}

// ---- Nobody gains by a forged source

TEST_F(SessionsTest, NoAnswerIsLargerThanWhatCame) {
  net.start(3);
  net.greet();
  for (const auto n : net.places())
    net.say(n, address_of(n % 3 + 1), wire::Hello{3, address_of(n)});
  net.deliver_all();
  net.start(2);  // it knows nobody, but speaks with one
  net.send(2, 1, 1);
  net.deliver_all();
  const auto recorded = net.recorded();
  std::size_t answers = 0;
  for (const auto n : net.places())
    for (const auto& flight : recorded)
      for (const auto& from : {flight.from, address_of(1), address_of(9)}) {
        std::size_t size = 0;
        for (const auto& answer : net.hear(n, from, flight.bytes)) size += answer.bytes.size();
        EXPECT_LE(size, flight.bytes.size());
        answers += size > 0;
        net.pass(1ms);
      }
  EXPECT_GT(answers, 0u);
}

TEST_F(SessionsTest, AnOpenIsAsLongAsItsAnswer) {
  net.greet();
  for (const auto& flight : net.recorded())
    if (is<wire::Open>(flight) || is<wire::Challenge>(flight)) {
      EXPECT_EQ(flight.bytes.size(), wire::open_size);
    }
}

// ---- Bounds

TEST_F(SessionsTest, HoweverManyProcessesThereAreTheNumberOfSessionsIsBounded) {
  for (std::uint32_t n = 10; n < 10 + 2 * SessionLinks::most_sessions; ++n) {
    net.start(n);
    net.send(n, 2, n);
    net.deliver_all();
    net.end(n);
  }
  EXPECT_LE(net.links(2).sessions(), SessionLinks::most_sessions);
  EXPECT_LE(net.links(2).addresses(), SessionLinks::most_addresses);
  net.delivered().clear();
  play_everything(net);
  EXPECT_THAT(net.delivered(), IsEmpty()) << "forgotten sessions stay ended";
}

TEST_F(SessionsTest, AStoreHasFewSessions) {
  for (int i = 0; i < 100; ++i) {
    net.start(1);
    net.send(1, 2, 1);
    net.deliver_all();
  }
  EXPECT_LE(net.links(2).sessions(), SessionLinks::most_of_store);
}

// ---- In all

// A bad network, processes that begin anew, and a recorder that plays back all the time: each
// message is delivered at most once, to whom it was sent, and whoever speaks is heard in the end.
void expect_that_each_message_counts_once(std::uint64_t seed) {
  Words random(seed);
  Linked net;
  for (std::uint32_t n = 1; n <= 3; ++n) net.start(n);
  std::uint64_t number = 0;
  std::map<std::uint64_t, std::uint32_t> sent_to;
  for (int round = 0; round < 300; ++round) {
    const auto from = static_cast<std::uint32_t>(1 + random.below(3));
    const auto to = static_cast<std::uint32_t>(1 + (from + random.below(2)) % 3);
    if (from != to) {
      sent_to[++number] = to;
      net.send(from, to, number);
    }
    if (random.below(60) == 0) net.start(static_cast<std::uint32_t>(1 + random.below(3)));
    for (std::uint64_t i = random.below(6); i > 0 && !net.flights().empty(); --i) {
      const auto at = random.below(net.flights().size());
      const auto flight = net.flights()[at];
      net.flights().erase(net.flights().begin() + static_cast<std::ptrdiff_t>(at));
      if (random.below(5) > 0) net.arrive(flight);
    }
    for (int i = 0; i < 3 && !net.recorded().empty(); ++i) {
      auto copy = net.recorded()[random.below(net.recorded().size())];
      if (random.below(4) == 0)
        copy.to = address_of(static_cast<std::uint32_t>(1 + random.below(3)));
      if (random.below(4) == 0)
        copy.from = address_of(static_cast<std::uint32_t>(1 + random.below(4)));
      net.arrive(copy);
    }
    net.pass(random.between(0ns, 5ms));
  }
  std::set<std::uint64_t> seen;
  for (const auto& d : net.delivered()) {
    EXPECT_TRUE(seen.insert(d.number).second) << "twice: " << d.number << ", seed " << seed;
    EXPECT_EQ(d.at, sent_to[d.number]) << "seed " << seed;
  }
  net.deliver_all();
  for (int i = 0; i < 3; ++i) {
    net.pass(200ms);
    for (std::uint32_t n = 1; n <= 3; ++n)
      for (std::uint32_t to = 1; to <= 3; ++to)
        if (n != to) net.send(n, to, 1'000'000 + 10 * n + to);
    if (i == 2) net.delivered().clear();
    net.deliver_all();
  }
  EXPECT_EQ(net.delivered().size(), 6u) << "all hear each other, seed " << seed;
}

TEST(SessionsOnABadLine, EachMessageCountsOnce) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) expect_that_each_message_counts_once(seed);
}

TEST(SessionsOnABadLine, EachMessageCountsOnceOnSeedsNobodyHasSeen) {
  const std::uint64_t drawn = std::random_device{}();
  std::cout << "seeds from " << drawn << '\n';
  for (std::uint64_t seed = drawn; seed < drawn + 20; ++seed)
    expect_that_each_message_counts_once(seed);
}

}  // namespace
}  // namespace swarm::test
