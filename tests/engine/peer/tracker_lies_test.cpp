// Trackers that lie: they name addresses that are no peers', a victim, or far too many, and
// intervals that would make a peer shout or be forgotten.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/peer/reach.hpp"
#include "tests/engine/peer/exchange_attack.hpp"
#include "tests/engine/peer/requester_room.hpp"

namespace swarm {
namespace {

using namespace test;
using Host = ExchangeNet::Host;
using Attack = ExchangeAttack;
using testing::IsEmpty;

constexpr Ip victim_of_it = 0x0a0000c8;  // a host that runs no peer

// One that fetches, and asks a tracker that lies.
struct Lies : Attack {
  Lies() {
    net.watch = [this](const Endpoint& from, const Endpoint& target, Bytes bytes_sent) {
      if (from != victim.address || target == victim.settings.trackers) return;
      sent[target.ip] += bytes_sent.size();
      if (target == victim.address) ++to_itself;
    };
    net.exchange(victim, metainfo);
  }
  ContentProgress progress() const { return victim.peer->progress(metainfo->info_hash); }
  bool completes_without_help(Duration most) {
    return net.run_until([&] { return progress().complete; }, most);
  }
  static std::vector<Endpoint> ports(const Ip& ip, std::uint16_t count) {
    std::vector<Endpoint> all;
    for (std::uint16_t i = 0; i < count; ++i)
      all.push_back({ip, static_cast<std::uint16_t>(20'000 + i)});
    return all;
  }
  std::map<Ip, std::uint64_t> sent;  // bytes
  std::uint64_t to_itself = 0;       // datagrams
};

TEST(TrackerLies, AddressesThatAreNoPeersAreNotCalled) {
  Lies lies;
  const std::vector<Endpoint> no_peers = {
      {0x00000000, 6881}, {0x00010203, 6881}, {0x7f000001, 6881},
      {0xe0000001, 6881}, {0xefff0001, 1234}, {0xf0000001, 6881},
      {0xffffffff, 6881}, {victim_of_it, 0},  {0x0a0000fe, 6969},  // the tracker itself
  };
  auto named = no_peers;
  named.push_back(lies.honest.address);
  lies.net.name(lies.victim, named);
  EXPECT_TRUE(lies.completes_without_help(30s));
  EXPECT_EQ(lies.sent.size(), 1u);
  EXPECT_TRUE(lies.sent.contains(lies.honest.address.ip));
  EXPECT_EQ(lies.progress().refusals.no_peer, no_peers.size());
}

TEST(TrackerLies, ALoopbackAddressIsAPeersOnlyOnTheTrackersOwnHost) {
  EXPECT_FALSE(may_be_peer({0x7f000001, 1}, {0x0a000001, 6969}));
  EXPECT_TRUE(may_be_peer({0x7f000001, 1}, {0x7f000001, 6969}));
  EXPECT_TRUE(may_be_peer({0x0a000002, 1}, {0x0a000001, 6969}));
}

TEST(TrackerLies, APeerThatIsNamedToItselfHasNoSessionWithItself) {
  Lies lies;
  lies.net.name(lies.victim, {lies.victim.address});
  lies.net.run_for(60s);
  EXPECT_EQ(lies.progress().peers, 0u);
  EXPECT_EQ(lies.to_itself, 1u);
  EXPECT_GT(lies.progress().refusals.no_peer, 0u);
}

// Somebody says hello with the nonce of the peer, to make it shun another address.
TEST(TrackerLies, ARepeatedNonceShunsNobody) {
  Lies lies;
  wire::Nonce nonce;
  lies.net.watch = [&](const Endpoint& from, const Endpoint&, Bytes bytes) {
    const auto message = wire::decode_peer(bytes);
    if (from != lies.victim.address || !message) return;
    if (const auto* hello = std::get_if<wire::peer::Hello>(&*message)) nonce = hello->nonce;
  };
  lies.net.name(lies.victim, {{victim_of_it, 1}});
  ASSERT_TRUE(lies.net.run_until([&] { return nonce.value != 0; }));
  std::vector<std::uint8_t> hello;
  wire::encode(wire::peer::Hello{{}, lies.metainfo->info_hash, nonce, {42}}, hello);
  lies.net.inject(lies.honest.address, lies.victim.address, hello);
  lies.net.run_for(100ms);
  lies.net.name(lies.victim, {lies.honest.address});
  EXPECT_TRUE(lies.completes_without_help(30s));
}

// Each of many peers sends so little to an address that is named to it again and again.
TEST(TrackerLies, AnAddressThatNeverAnswersGetsFewHellos) {
  Lies lies;
  lies.net.name(lies.victim, Lies::ports(victim_of_it, 1));
  lies.net.run_for(60s);
  EXPECT_GT(lies.net.announces, 5u);
  EXPECT_GE(lies.sent[victim_of_it], 6 * 48u);
  EXPECT_LE(lies.sent[victim_of_it], 6 * 48u + 6 * 2 * 48u);
  lies.sent.clear();
  lies.net.run_for(300s);
  EXPECT_LE(lies.sent[victim_of_it], 10 * 2 * 48u);
}

TEST(TrackerLies, ManyPortsOfAnAddressThatNeverAnswersGetLittleMore) {
  Lies lies;
  lies.net.name(lies.victim, Lies::ports(victim_of_it, 82));
  lies.net.run_for(60s);
  EXPECT_LE(lies.sent[victim_of_it], Reach::calls_at_once * (6 * 48u + 6 * 2 * 48u));
}

TEST(TrackerLies, APeerAmongSilentPortsOfItsHostIsFound) {
  Lies lies;
  lies.honest.address.ip = victim_of_it;
  auto named = Lies::ports(victim_of_it, 10);
  named.push_back(lies.honest.address);
  lies.net.name(lies.victim, named);
  EXPECT_TRUE(lies.completes_without_help(60s));
}

TEST(TrackerLies, PeersOfOneHostThatAnswerAreAllCalled) {
  Lies lies;
  std::vector<Endpoint> named;
  for (std::uint16_t i = 0; i < 10; ++i) {
    Host& peer = lies.net.add();
    peer.address = {victim_of_it, static_cast<std::uint16_t>(20'000 + i)};
    lies.net.exchange(peer, lies.metainfo);  // has nothing
    named.push_back(peer.address);
  }
  lies.net.name(lies.victim, named);
  EXPECT_TRUE(lies.net.run_until([&] { return lies.progress().peers == 10; }, 5s));
}

TEST(TrackerLies, ThousandsOfSilentAddressesDoNotHideAPeer) {
  Lies lies;
  for (std::uint32_t answer = 0; answer < 20; ++answer) {
    std::vector<Endpoint> named;
    for (std::uint32_t i = 0; i < 82; ++i) named.push_back({0x0a010000 + 82 * answer + i, 6881});
    lies.net.name(lies.victim, named);
    lies.net.run_for(3s);
  }
  lies.net.name(lies.victim, {lies.honest.address});
  EXPECT_TRUE(lies.completes_without_help(120s));
}

TEST(TrackerLies, ASilentPeerIsCalledAgainSoonAfterItHasComeBack) {
  Lies lies;
  lies.net.kill(lies.honest);
  lies.net.name(lies.victim, {lies.honest.address});
  lies.net.run_for(300s);
  lies.net.exchange(lies.honest, lies.metainfo);
  EXPECT_TRUE(lies.completes_without_help(65s));
}

// --- Reach

TEST(Reach, AnAddressRestsLongerEachTimeAndNotAfterItHasAnswered) {
  Reach reach;
  const Ip ip = 0x0a000001;
  Time now{};
  EXPECT_EQ(reach.call(ip), Reach::first_hellos);
  for (Duration rest = Reach::first_rest; rest < Reach::longest_rest; rest *= 2) {
    reach.failed(now, ip);
    EXPECT_EQ(reach.may_call(now, ip), now + rest);
    now += rest;
    EXPECT_EQ(reach.may_call(now, ip), now);
    EXPECT_EQ(reach.call(ip), Reach::later_hellos);
  }
  for (int i = 0; i < 3; ++i) {
    reach.failed(now, ip);
    EXPECT_EQ(reach.may_call(now, ip), now + Reach::longest_rest);
    now += Reach::longest_rest;
    reach.call(ip);
  }
  reach.answered(ip);
  EXPECT_EQ(reach.addresses(), 0u);
  EXPECT_EQ(reach.call(ip), Reach::first_hellos);
}

TEST(Reach, ItForgetsTheAddressThatHasRestedWhenThereAreTooMany) {
  Reach reach;
  for (std::uint32_t i = 0; i < Reach::most_addresses + 10; ++i) {
    reach.call(0x0a000000 + i);
    reach.failed(Time(Duration(i)), 0x0a000000 + i);
  }
  EXPECT_EQ(reach.addresses(), Reach::most_addresses);
  EXPECT_EQ(reach.call(0x0a000000), Reach::first_hellos);
  EXPECT_EQ(reach.call(0x0a000000 + Reach::most_addresses), Reach::later_hellos);
}

// --- Lists and intervals

TEST(TrackerLies, AnAnswerWhoseListIsNotAsLongAsItSaysIsDropped) {
  for (const std::uint32_t said : {0U, 1U, 3U, 83U, 0xffffffffU}) {
    requesters::Room room;
    const auto request = requesters::announce(room.connect(room.join(1)));
    wire::AnnounceResponse response{request.transaction, 300, {}};
    response.peers.push_back({victim_of_it, 1});
    response.peers.push_back({victim_of_it, 2});
    const auto encoded = encode(response);
    std::vector<std::uint8_t> datagram(encoded.bytes().begin(), encoded.bytes().end());
    for (std::size_t i = 0; i < 4; ++i)
      datagram[12 + i] = static_cast<std::uint8_t>(said >> (24 - 8 * i));
    room.peer.receive(room.time(), {Channel::peers, requesters::tracker, false}, datagram,
                      room.out);
    EXPECT_THAT(room.sent(), IsEmpty());
    EXPECT_EQ(requesters::all<event::Rejected>(room.events).size(), 1u) << said;
    EXPECT_FALSE(room.peer.idle());
  }
}

TEST(TrackerLies, AnIntervalCountsWithinBounds) {
  for (const auto& [said, counts] : std::map<std::uint32_t, Duration>{
           {0, 1s}, {1, 1s}, {1'200, 1'200s}, {1'201, 1'200s}, {0xffffffff, 1'200s}}) {
    requesters::Room room;
    room.joined(said);
    EXPECT_EQ(room.peer.next_wake(), room.time() + counts) << said;
  }
}

}  // namespace
}  // namespace swarm
