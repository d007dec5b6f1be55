#include <gtest/gtest.h>

#include "tests/engine/tracker/solo_tracker.hpp"

namespace swarm::test {
namespace {

std::vector<std::uint8_t> of_previous(const SoloTracker& t, const wire::Body& body,
                                      const Secret& secret) {
  std::vector<std::uint8_t> datagram;
  wire::encode_previous(t.header(2, 1), body, secret, datagram);
  return datagram;
}

TEST(PreviousProtocol, IsRefusedUnlessItIsAllowed) {
  SoloTracker t;
  t.forget();
  t.hear_bytes(of_previous(t, wire::PreVote{Term{2}, LogIndex{1}, Term{1}}, t.secret()),
               address_of(2));
  EXPECT_EQ(t.rejected(Reject::bad_version), 1u);
  EXPECT_EQ(t.datagrams(), 0u);
}

TEST(PreviousProtocol, IsSpokenOnlyWithWhoSpeaksIt) {
  TrackerSettings settings;
  settings.previous_protocol = true;
  SoloTracker t({.settings = settings});
  t.hear_bytes(of_previous(t, wire::Status{}, t.secret()), address_of(2));
  t.hear(3, 1, wire::Status{});
  t.forget();
  t.pass(settings.status_interval);
  EXPECT_GT(t.datagrams(address_of(2), 1), 0u);
  EXPECT_EQ(t.datagrams(address_of(2), wire::protocol_version), 0u);
  EXPECT_GT(t.datagrams(address_of(3), wire::protocol_version), 0u);
  EXPECT_EQ(t.datagrams(address_of(3), 1), 0u);
}

// Else one recorded datagram would make a member speak in clear, or to somebody who understands
// only the present version.
TEST(PreviousProtocol, ARecordingDoesNotBringItBack) {
  TrackerSettings settings;
  settings.previous_protocol = true;
  SoloTracker t({.settings = settings});
  const auto recorded = of_previous(t, wire::Status{}, t.secret());
  for (int i = 0; i < 100; ++i) {
    t.hear(2, 1, wire::Status{});
    t.hear_bytes(recorded, address_of(2));
    t.pass(settings.status_interval);
  }
  t.forget();
  t.pass(settings.status_interval);
  EXPECT_GT(t.datagrams(address_of(2), wire::protocol_version), 0u);
  EXPECT_EQ(t.datagrams(address_of(2), 1), 0u);
}

TEST(PreviousProtocol, WhoIsNoMemberIsAnsweredInTheVersionInWhichItAsks) {
  TrackerSettings settings;
  settings.previous_protocol = true;
  SoloTracker t({.settings = settings});
  std::vector<std::uint8_t> hello;
  const wire::Header stranger{{}, {}, {}, BootId{5}, StoreId{6}, {}};
  t.forget();
  wire::encode_previous(stranger, wire::Hello{3, address_of(200)}, t.secret(), hello);
  t.hear_bytes(hello, address_of(200));
  EXPECT_EQ(t.datagrams(address_of(200), 1), 1u);
  EXPECT_EQ(t.datagrams(), 1u);
  t.hear(stranger, wire::Hello{3, address_of(201)}, address_of(201));
  EXPECT_EQ(t.datagrams(address_of(201), wire::protocol_version), 1u);
  EXPECT_EQ(t.datagrams(), 2u);
}

TEST(PreviousProtocol, WhoWasNotHeardYetGetsBoth) {
  TrackerSettings settings;
  settings.previous_protocol = true;
  SoloTracker t({.settings = settings});
  t.forget();
  t.pass(settings.status_interval);
  EXPECT_GT(t.datagrams(address_of(2), 1), 0u);
  EXPECT_EQ(t.datagrams(address_of(2), 1), t.datagrams(address_of(2), wire::protocol_version));
}

// It would be larger than what came, and the sender would not know what it says.
TEST(PreviousProtocol, WhoeverSignsItWithAnotherSecretIsToldNothing) {
  TrackerSettings settings;
  settings.previous_protocol = true;
  SoloTracker t({.settings = settings});
  t.forget();
  t.hear_bytes(of_previous(t, wire::Join{address_of(200)}, Secret{1, 2, 3}), address_of(200));
  EXPECT_EQ(t.rejected(Reject::bad_mac), 1u);
  EXPECT_EQ(t.datagrams(), 0u);
}

}  // namespace
}  // namespace swarm::test
