// A tracker is a demultiplexer over its groups: tickets come back to the one that they are of.
#include <gtest/gtest.h>

#include "engine/base/assert.hpp"
#include "engine/tracker/tracker.hpp"
#include "tests/engine/base/words.hpp"
#include "tests/engine/consensus/counted_nonces.hpp"

namespace swarm {
namespace {

struct TrackerGroups : testing::Test {
  static Tracker::Start start() {
    Tracker::Start start;
    start.settings.cluster_address = {0x0a000001, 7000};
    start.boot = BootId{1};
    start.draw = test::draw_of(1);
    return start;
  }
  void SetUp() override {
    out.set_nonces(&nonces);
    tracker.start(Time(1s), out);
    ASSERT_EQ(out.ballot_writes().size(), 1u);  // the identity of its store
  }

  Tracker tracker{start()};
  test::CountedNonces nonces;
  Outbox out;
};

TEST_F(TrackerGroups, TheTicketsOfTheFirstGroupComeBackToIt) {
  const Ticket ticket = out.ballot_writes().front().ticket;
  EXPECT_EQ(ticket.group, GroupId{0});
  EXPECT_EQ(ticket.disk, Disk::ballot);
  EXPECT_NO_THROW(tracker.persisted(Time(1s), ticket, out));
}

TEST_F(TrackerGroups, ATicketOfNoGroupIsAFaultOfTheHost) {
  Ticket ticket = out.ballot_writes().front().ticket;
  ticket.group = GroupId{1};
  EXPECT_THROW(tracker.persisted(Time(1s), ticket, out), AssertionFailed);
}

}  // namespace
}  // namespace swarm
