// The previous version of the protocol, which has no sessions: with whom it is spoken.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/links/linked.hpp"

namespace swarm::test {
namespace {

using testing::IsEmpty;

// Place 1 may speak the previous version.
struct PreviousProtocolOfLinks : testing::Test {
  PreviousProtocolOfLinks() { net.start(1, true); }

  // A datagram of a process of place n in the previous version.
  std::vector<std::uint8_t> of_previous(std::uint32_t n, std::uint64_t boot,
                                        const wire::Body& body = wire::Status{},
                                        const Secret& secret = Linked::secret) const {
    std::vector<std::uint8_t> datagram;
    wire::encode_previous({cluster_id, MemberId{n}, {}, BootId{boot}, store_of(n), Term{1}}, body,
                          secret, datagram);
    return datagram;
  }
  // What place 1 sends to place n when it has something to say.
  std::vector<Flight> says(std::uint32_t n) {
    net.flights().clear();
    net.send(1, n, 7);
    const auto sent = std::vector<Flight>(net.flights().begin(), net.flights().end());
    net.flights().clear();
    return sent;
  }
  static std::size_t count(const std::vector<Flight>& flights, std::uint8_t version) {
    return static_cast<std::size_t>(std::count_if(
        flights.begin(), flights.end(), [&](const Flight& f) { return f.bytes[4] == version; }));
  }
  Linked net;
};

TEST_F(PreviousProtocolOfLinks, IsRefusedUnlessItIsAllowed) {
  net.start(2);
  EXPECT_THAT(net.hear(2, address_of(3), of_previous(3, 1)), IsEmpty());
  EXPECT_EQ(net.rejected(Reject::bad_version), 1u);
  EXPECT_THAT(net.delivered(), IsEmpty());
}

TEST_F(PreviousProtocolOfLinks, IsSpokenOnlyWithWhoSpeaksIt) {
  net.start(3, true);
  net.greet();
  net.hear(1, address_of(2), of_previous(2, 1));
  net.pass(1ms);
  EXPECT_EQ(count(says(2), 1), 1u);
  EXPECT_EQ(count(says(3), 1), 0u);
  EXPECT_EQ(count(says(3), wire::protocol_version), 1u);
}

TEST_F(PreviousProtocolOfLinks, WhoWasNotHeardYetGetsBoth) {
  const auto sent = says(2);
  EXPECT_EQ(count(sent, 1), 1u);
  EXPECT_EQ(count(sent, wire::protocol_version), 1u) << "an OPEN";
}

// Else one recorded datagram would make a member speak in clear, or to somebody who understands
// only the present version.
TEST_F(PreviousProtocolOfLinks, ARecordingDoesNotBringItBack) {
  net.start(2, true);
  const auto of_earlier_process = of_previous(2, 1);
  const auto of_this_process = of_previous(2, net.self(2).boot.value);
  for (int i = 0; i < 100; ++i) {
    net.send(2, 1, 1);
    net.deliver_all();
    net.hear(1, address_of(2), of_earlier_process);
    net.hear(1, address_of(2), of_this_process);
    net.pass(Linked::status);
    EXPECT_EQ(count(says(2), 1), 0u) << i;
  }
  EXPECT_GE(net.rejected(Reject::repeated), 100u) << "who has a session speaks no other way";
}

TEST_F(PreviousProtocolOfLinks, WhoWentBackToItIsSpokenToInIt) {
  net.start(2, true);
  net.greet();
  net.end(2);
  for (int i = 0; i < 12; ++i) {
    net.pass(Linked::status);
    net.hear(1, address_of(2), of_previous(2, 1));
  }
  net.pass(1ms);
  EXPECT_EQ(count(says(2), 1), 1u);
}

TEST_F(PreviousProtocolOfLinks, AnAnswerIsOneDatagramForOne) {
  const auto answer = [&] {
    net.flights().clear();
    net.say(1, address_of(200), wire::JoinReply{});
    return std::vector<Flight>(net.flights().begin(), net.flights().end());
  };
  net.hear(1, address_of(200), of_previous(200, 5, wire::Hello{3, address_of(200)}));
  const auto sent = answer();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(count(sent, 1), 1u);
}

// Each hears the other in the previous version first, because the session takes a round trip.
TEST_F(PreviousProtocolOfLinks, TwoThatSpeakBothVersionsEndInASession) {
  for (const bool opens_get_lost : {false, true}) {
    Linked both;
    both.start(1, true);
    both.start(2, true);
    for (int i = 0; i < 20; ++i) {
      both.send(1, 2, 1);
      both.send(2, 1, 2);
      both.deliver_all(
          [&](const Flight& f) { return opens_get_lost && i < 10 && is<wire::Open>(f); });
      both.pass(Linked::status);
    }
    both.send(1, 2, 3);
    both.send(2, 1, 4);
    EXPECT_EQ(both.flights().size(), 2u);
    for (const auto& flight : both.flights()) EXPECT_EQ(flight.bytes[4], wire::protocol_version);
  }
}

TEST_F(PreviousProtocolOfLinks, WhoeverSignsItWithAnotherSecretIsToldNothing) {
  EXPECT_THAT(net.hear(1, address_of(2), of_previous(2, 1, wire::Join{}, Secret{9})), IsEmpty());
  EXPECT_EQ(net.rejected(Reject::bad_mac), 1u);
}

// A supervisor keeps the certificate while its members are upgraded.
TEST_F(PreviousProtocolOfLinks, ADeathIsToldInBoth) {
  const auto self = net.self(1);
  net.say(1, address_of(2), wire::Dead{MemberId{1}, self.boot, self.store});
  EXPECT_EQ(net.flights().size(), 2u);
  std::vector<std::uint8_t> first;
  wire::encode_previous(net.header(1), wire::Dead{MemberId{1}, self.boot, self.store},
                        Linked::secret, first);
  EXPECT_EQ(net.flights()[1].bytes, first);
}

}  // namespace
}  // namespace swarm::test
