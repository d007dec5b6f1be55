// Messages of the relay whose content cannot be read: the consensus has let them pass, since it
// reads none of them.
#include <gtest/gtest.h>

#include "tests/engine/tracker/solo_tracker.hpp"

namespace swarm {
namespace {

using namespace test;

void expect_last_reject(const SoloTracker& t, Reject reason) {
  const auto rejected = t.events<event::Rejected>();
  ASSERT_FALSE(rejected.empty());
  EXPECT_EQ(rejected.back().reason, reason);
}

TEST(RelayContent, ARequestThatCannotBeReadIsRejected) {
  SoloTracker t;
  t.serve();
  const std::vector<std::uint8_t> nothing, parts_of_none{0, 0, 0, 0, 0, 0, 0, 1, 0, 0};
  t.hear(2, t.view().term.value, wire::ServiceRequest{nothing});
  expect_last_reject(t, Reject::bad_length);
  wire::Relay relay;
  relay.is.count = 0;
  t.hear(2, t.view().term.value, relay);
  expect_last_reject(t, Reject::bad_value);
  EXPECT_TRUE(t.said<wire::RelayReply>().empty());
}

TEST(RelayContent, AReplyThatCannotBeReadIsRejected) {
  SoloTracker t;
  t.keep_alive(2, 1);
  const std::vector<std::uint8_t> nothing;
  t.hear(2, t.view().term.value, wire::ServiceReply{nothing});
  expect_last_reject(t, Reject::bad_length);
  wire::RelayReply reply;
  reply.is.number = 1;
  t.hear(2, t.view().term.value, reply);
  expect_last_reject(t, Reject::bad_value);
}

}  // namespace
}  // namespace swarm
