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
