#include "transport/udp/tracker/neighbours.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/tracker/solo_tracker.hpp"

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
  void hear(const Endpoint& from, std::uint32_t member, const Secret& secret,
            const wire::Body& body = wire::Status{}) {
    std::vector<std::uint8_t> datagram;
    wire::encode(t.header(member, 1), body, {secret, wire::Cipher::siphash}, {}, datagram);
    t.act([&](Tracker&, Time now, Outbox& out) {
      neighbours.receive(now, {Channel::cluster, from, false}, datagram, out);
    });
  }
  std::vector<std::string> remarks() { return neighbours.remarks(t.now()); }

  SoloTracker t;
  Secret other = {1, 2, 3};
  Neighbours neighbours{t.tracker(), t.seal()};
  const Endpoint stranger{0x0a0000c8, 7000};
};

TEST_F(NeighboursOfAMember, WhoseSecretIsPutRightAreForgottenAtOnce) {
  hear(address_of(2), 2, other);
  EXPECT_THAT(remarks(), ElementsAre(HasSubstr("1 datagram from " + to_string(address_of(2)))));
  hear(address_of(3), 3, t.secret());
  EXPECT_EQ(remarks().size(), 1u) << "that was another one";
  hear(address_of(2), 2, t.secret());
  EXPECT_THAT(remarks(), ElementsAre());
}

// As both sides of a pair say it, whichever is right.
TEST_F(NeighboursOfAMember, AreCountedAndNeitherSideIsCalledTheWrongOne) {
  for (int i = 0; i < 12; ++i) {
    hear(address_of(2), 2, other);
    t.pass(100ms);
  }
  EXPECT_THAT(remarks(),
              ElementsAre("12 datagrams from " + to_string(address_of(2)) +
                          " in the last 2 s were signed with another secret than this instance's, "
                          "from the address of a member: either the secret of this host is wrong, "
                          "or that of the other, and they do not hear each other; compare the "
                          "secret files of all hosts"));
  hear(address_of(3), 3, other);
  EXPECT_THAT(remarks(),
              ElementsAre(AllOf(HasSubstr("12 datagrams from " + to_string(address_of(2)) +
                                          ", 1 from " + to_string(address_of(3)) + " in the last"),
                                HasSubstr("; it is so with every other member"))));
}

TEST_F(NeighboursOfAMember, ThatAreNoMembersAreNotCalledSo) {
  hear(address_of(2), 2, other);
  hear(stranger, 1, other);
  EXPECT_THAT(
      remarks(),
      ElementsAre(AllOf(HasSubstr("1 datagram from " + to_string(address_of(2))),
                        HasSubstr("the address of a member"), Not(HasSubstr(to_string(stranger)))),
                  AllOf(HasSubstr("1 datagram from " + to_string(stranger) +
                                  " in the last 1 s was signed with another secret"),
                        HasSubstr("or another swarm is there"))));
  const auto first = neighbours.look(t.now()), lines = neighbours.look(t.now());
  EXPECT_TRUE(first.empty());
  EXPECT_EQ(lines.size(), 2u) << "so in the log";
}

// Its supervisor sends it, from a port of its own, when an instance is restarted because its secret
// was put right.
TEST_F(NeighboursOfAMember, ThatEndAndSayFarewellUnderAnotherSecretAreNotTold) {
  const wire::Dead farewell{MemberId{2}, test::boot_of(2), test::store_of(2)};
  hear({address_of(2).ip, 40000}, 2, other, farewell);
  EXPECT_EQ(t.rejected(Reject::bad_mac), 1u) << "but counted";
  EXPECT_THAT(remarks(), ElementsAre());
  EXPECT_TRUE(neighbours.with_another_secret(t.now()).empty());
}

TEST_F(NeighboursOfAMember, ThatAreSilentForAWhileAreForgotten) {
  hear(stranger, 1, other);
  t.skip(OtherSigners::lately - 1ms);
  EXPECT_EQ(remarks().size(), 1u);
  t.skip(1ms);
  EXPECT_THAT(remarks(), ElementsAre());
  hear(stranger, 1, other);
  EXPECT_THAT(remarks(), ElementsAre(HasSubstr("1 datagram from " + to_string(stranger) +
                                               " in the last 1 s")));
}

TEST_F(NeighboursOfAMember, HoweverManyThereAreTheLatestFewAreNamed) {
  for (std::uint32_t n = 1; n <= 100; ++n) {
    hear(address_of(100 + n), 1, other);
    t.skip(1ms);
  }
  const auto signers = neighbours.with_another_secret(t.now());
  ASSERT_EQ(signers.size(), OtherSigners::most);
  EXPECT_EQ(signers.front().from, address_of(200 - OtherSigners::most + 1));
  EXPECT_EQ(signers.back().from, address_of(200));
}

// What this instance is told by a swarm of another secret (R32) is a sign of it.
TEST_F(NeighboursOfAMember, TellThisOneOfItself) {
  hear(stranger, 1, other, wire::Unverified{});
  EXPECT_THAT(remarks(), ElementsAre(HasSubstr("1 datagram from " + to_string(stranger))));
  hear(address_of(9), 9, t.secret(), wire::Unverified{});
  EXPECT_EQ(remarks().size(), 1u) << "under the own secret it is none";
}

}  // namespace
}  // namespace swarm::udp
