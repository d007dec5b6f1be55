#include "transport/udp/neighbours.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/solo_tracker.hpp"

namespace swarm::udp {
namespace {

using test::address_of;
using test::SoloTracker;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// A member of three, and whoever else speaks to it.
struct NeighboursOfAMember : testing::Test {
  void hear(const Endpoint& from, std::uint32_t member, const Secret& secret) {
    std::vector<std::uint8_t> datagram;
    wire::encode(t.header(member, 1), wire::Status{}, secret, datagram);
    t.act([&](Tracker&, Time now, Outbox& out) {
      neighbours.receive(now, {Channel::cluster, from, false}, datagram, out);
    });
  }
  std::vector<std::string> remarks() { return neighbours.remarks(t.now()); }

  SoloTracker t;
  Secret other = {1, 2, 3};
  Neighbours neighbours{t.tracker(), t.secret()};
  const Endpoint stranger{0x0a0000c8, 7000};
};

TEST_F(NeighboursOfAMember, WhoseSecretIsPutRightAreForgottenAtOnce) {
  hear(address_of(2), 2, other);
  EXPECT_THAT(remarks(), ElementsAre(HasSubstr("its secret is not that of other members, at " +
                                               to_string(address_of(2)))));
  hear(address_of(3), 3, t.secret());
  EXPECT_EQ(remarks().size(), 1u) << "that was another one";
  hear(address_of(2), 2, t.secret());
  EXPECT_THAT(remarks(), ElementsAre());
}

TEST_F(NeighboursOfAMember, ThatAreNoMembersAreNotCalledSo) {
  hear(address_of(2), 2, other);
  hear(stranger, 1, other);
  EXPECT_THAT(remarks(),
              ElementsAre(AllOf(HasSubstr("its secret is not that of other members, at " +
                                          to_string(address_of(2))),
                                Not(HasSubstr(to_string(stranger)))),
                          HasSubstr("hears instances that have another secret, at " +
                                    to_string(stranger) + ": either")));
  const auto first = neighbours.look(t.now()), lines = neighbours.look(t.now());
  EXPECT_TRUE(first.empty());
  EXPECT_EQ(lines.size(), 2u) << "so in the log";
}

}  // namespace
}  // namespace swarm::udp
