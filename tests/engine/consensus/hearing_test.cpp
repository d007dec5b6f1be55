// Who hears whom: the group of the trackers (R27), another secret (R32), a second master.
#include <gtest/gtest.h>

#include <vector>

#include "tests/engine/consensus/group.hpp"

namespace swarm::test {
namespace {

// For `d` the members at `hearing` get what peers send to the group, the others do not.
void peers_ask(Group& group, const std::vector<Place>& hearing, Duration d) {
  for (const Time end = group.now() + d; group.now() < end; group.pass(50ms))
    for (const Place n : hearing) group.act(n, [](Replica& r) { r.heard_group(); });
}

TEST(GroupHearing, ADeafMasterHandsOverToAMemberThatHears) {  // R27
  Group group;
  group.found(3);
  peers_ask(group, {2, 3}, 3s);
  ASSERT_TRUE(group.settle());
  EXPECT_NE(group.master(), 1u);
  EXPECT_TRUE(group.view(1).deaf);
}

TEST(GroupHearing, AMasterStaysWhereAllAreDeaf) {  // R27
  Group group;
  group.found(3);
  peers_ask(group, {}, 3s);
  EXPECT_EQ(group.master(), 1u);
  EXPECT_FALSE(group.view(1).deaf);
}

TEST(AnotherSecret, FourSourcesAreToldInTenSeconds) {  // R32
  Group group;
  group.found(3);
  Secret other{};
  other.fill(4);
  std::vector<std::uint8_t> bytes;
  wire::encode({cluster_id, MemberId{1}, {}, boot_of(9), store_of(9), Term{1}}, wire::Status{},
               {other, wire::Cipher::xchacha20_poly1305}, {}, bytes);
  for (std::uint32_t n = 20; n < 30; ++n) group.deliver(1, address_of(n), bytes);
  EXPECT_EQ(group.sent<wire::Unverified>(), 4u);
}

// A term has one master: the KEEP-ALIVE of another member in it changes nothing.
void hears_another_master(Place to) {
  Group group;
  group.found(3);
  group.forge(2, to, group.view(1).term, wire::KeepAlive{});
  EXPECT_EQ(group.view(to).master, MemberId{1});
  EXPECT_EQ(group.view(1).role, Role::master);
  EXPECT_EQ(group.replica(to).rejected(Reject::unexpected), 1u);
}

TEST(AnotherMaster, OfTheSameTermIsNotFollowedByASlave) {
  hears_another_master(3);
}

TEST(AnotherMaster, OfTheSameTermDoesNotDeposeTheMaster) {
  hears_another_master(1);
}

}  // namespace
}  // namespace swarm::test
