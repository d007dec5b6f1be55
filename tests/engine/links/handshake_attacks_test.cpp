// What a host that passes on, keeps and plays back the datagrams of a handshake can do: nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/engine/links/sessions_room.hpp"

namespace swarm::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// An OPEN of 1 to one that is dead, passed on to a third one, must not give 1 a session with the
// third one at the address of the dead one.
TEST_F(SessionsTest, AnOpenIsNotPassedOnToAnother) {
  net.start(3);
  net.greet();
  net.end(2);
  net.pass(1s);
  net.send(1, 2, 1);
  const auto open = std::ranges::find_if(net.flights(), is<wire::Open>);
  ASSERT_NE(open, net.flights().end());
  const auto challenges = net.hear(3, address_of(1), open->bytes);
  ASSERT_EQ(challenges.size(), 1u);
  EXPECT_THAT(net.hear(1, address_of(2), challenges[0].bytes), IsEmpty());
  EXPECT_EQ(net.rejected(Reject::unknown_session), 1u);
}

// Played from another address, an OPEN gets a CHALLENGE that its sender cannot use.
TEST_F(SessionsTest, AnOpenThatIsPlayedFromElsewherePoisonsNothing) {
  net.send(1, 2, 1);
  const Flight open = net.flights().front();
  const auto poisoned = net.hear(2, address_of(9), open.bytes);
  ASSERT_EQ(poisoned.size(), 1u);
  net.flights().clear();
  EXPECT_THAT(net.hear(1, address_of(2), poisoned[0].bytes), IsEmpty());
  net.arrive(open);
  net.deliver_all();
  EXPECT_THAT(net.numbers_at(2), ElementsAre(1));
}

// From invented addresses, the answers to an OPEN to the group open nothing, and displace nobody.
TEST_F(SessionsTest, ACopyOfAnOpenToTheGroupDisplacesNobody) {
  net.send(1, group_address, 1);
  const Flight open = net.flights().front();
  net.flights().clear();
  const auto challenges = net.hear(2, open.from, open.bytes);
  net.flights().clear();
  for (std::uint32_t n = 0; n < 300; ++n)
    EXPECT_THAT(net.hear(1, address_of(1000 + n), challenges.at(0).bytes), IsEmpty());
  EXPECT_EQ(net.links(1).sessions(), 0u);
  EXPECT_LE(net.links(1).addresses(), 2u);
  net.hear(1, address_of(2), challenges[0].bytes);
  net.deliver_all();
  EXPECT_THAT(net.numbers_at(2), ElementsAre(1));
}

// The nonce of an OPEN to the group is good for a while only, and for one session of each process.
TEST_F(SessionsTest, ARecordedChallengeToTheGroupRevivesNoSession) {
  net.send(1, group_address, 1);
  net.deliver_all();
  net.send(2, 1, 2);
  net.deliver_all();
  ASSERT_THAT(net.numbers_at(1), ElementsAre(2));
  const auto recorded = net.recorded();
  net.pass(1ms);
  net.start(2);
  net.send(2, 1, 3);
  net.deliver_all();
  for (const Duration later : std::initializer_list<Duration>{1ms, 1s, 1h}) {
    net.pass(later);
    for (const auto& flight : recorded)
      if (flight.to == address_of(1)) net.hear(1, flight.from, flight.bytes);
    EXPECT_THAT(net.numbers_at(1), ElementsAre(2, 3));
  }
}

TEST_F(SessionsTest, AChallengeThatWasKeptForLongIsNotTaken) {
  net.send(1, group_address, 1);
  const Flight open = net.flights().front();
  net.flights().clear();
  const auto challenges = net.hear(2, open.from, open.bytes);
  net.pass(1s + 1ms);
  EXPECT_THAT(net.hear(1, address_of(2), challenges.at(0).bytes), IsEmpty());
  EXPECT_EQ(net.rejected(Reject::unknown_session), 1u);
}

// A machine that continues from a copy of its memory draws other nonces than before.
TEST_F(SessionsTest, ACopyOfAMachineOpensWithAnotherNonce) {
  const auto nonce = [&](std::uint8_t of_the_system) {
    wire::Nonce24 now{};
    now[0] = of_the_system;
    return handshake::open_nonce({1, 2, 3}, 4, now);
  };
  EXPECT_EQ(nonce(1), nonce(1));
  EXPECT_NE(nonce(1), nonce(2));
}

// A PROVE of a process that has ended, which never arrived, does not end the session of the next
// one.
TEST_F(SessionsTest, AKeptProveOfAnEarlierProcessEndsNothing) {
  net.send(2, 1, 1);
  std::vector<Flight> kept;
  net.deliver_all([&](const Flight& f) {
    const bool keep = is<wire::Prove>(f) || is<wire::Status>(f);
    if (keep) kept.push_back(f);
    return keep;
  });
  ASSERT_EQ(kept.size(), 2u);
  net.pass(1ms);
  net.start(2);
  net.send(1, 2, 2);  // now 1 opens, so the new process sends no PROVE
  net.deliver_all();
  for (const auto& flight : kept) net.arrive(flight);
  net.send(2, 1, 3);
  net.deliver_all();
  EXPECT_THAT(net.numbers_at(1), ElementsAre(3));
}

// The same where the next process has another address.
TEST_F(SessionsTest, AKeptProveOfAnEarlierProcessElsewhereOpensNothing) {
  net.send(2, 1, 1);
  std::vector<Flight> kept;
  net.deliver_all([&](const Flight& f) {
    const bool keep = is<wire::Prove>(f) || is<wire::Status>(f);
    if (keep) kept.push_back(f);
    return keep;
  });
  ASSERT_EQ(kept.size(), 2u);
  net.pass(1ms);
  net.move(2, address_of(22));
  net.start(2);
  net.send(1, address_of(22), 2);
  net.deliver_all();
  for (const auto& flight : kept) net.arrive(flight);
  EXPECT_THAT(net.numbers_at(1), IsEmpty());
  EXPECT_EQ(net.rejected(Reject::repeated), 1u);
}

TEST_F(SessionsTest, AKeptProveOfADeadProcessOpensNothing) {
  net.greet();
  net.pass(SessionLinks::lasts + 1ms);
  net.send(1, 2, 1);
  std::vector<Flight> kept;
  net.deliver_all([&](const Flight& f) {
    if (is<wire::Prove>(f)) kept.push_back(f);
    return is<wire::Prove>(f);
  });
  ASSERT_FALSE(kept.empty());
  const auto dead = net.death_of(1);
  net.hear(2, address_of(1), dead);
  for (const auto& flight : kept) net.arrive(flight);
  net.delivered().clear();
  net.hear(2, address_of(1), dead);
  EXPECT_THAT(net.delivered(), IsEmpty()) << "there is no session in which it could die again";
}

TEST_F(SessionsTest, AfterADeathNothingOfTheProcessCounts) {
  net.greet();
  net.send(1, 2, 1);
  const Flight kept = net.flights().front();
  net.flights().clear();
  net.hear(2, {address_of(1).ip, 40000}, net.death_of(1));
  net.delivered().clear();
  net.arrive(kept);
  EXPECT_THAT(net.delivered(), IsEmpty());
}

}  // namespace
}  // namespace swarm::test
