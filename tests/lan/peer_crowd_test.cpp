#include "tests/lan/harness/peer_crowd.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "tests/udp/peer/fake_tracker.hpp"
#include "tests/udp/run_until.hpp"

namespace swarm::udp {
namespace {

using testing::SizeIs;
using wire::AnnounceEvent;
using wire::AnnounceRequest;

constexpr std::uint32_t tracker_ip = 0x7f4d0401, other_ip = 0x7f4d0402, crowd_ip = 0x7f4d0409;
constexpr std::size_t crowd_size = 20;

InfoHash content(std::uint8_t n) {
  InfoHash hash;
  hash.bytes.fill(n);
  return hash;
}

// Who acknowledged what: the sender of the datagram just before the event.
struct Registrations final : PeerObserver {
  void received(std::size_t peer, Time, const Endpoint& from, Bytes) override {
    last_from[peer] = from;
  }
  void announced(std::size_t peer, Time, const AnnounceAnswer& answer) override {
    peers[peer] = answer.peers.size();
  }
  void event(std::size_t peer, Time now, const Event& event) override {
    const auto* registered = std::get_if<event::PeerRegistered>(&event);
    if (registered == nullptr) return;
    EXPECT_LE(registered->first_sent, now);
    acknowledged.insert({peer, registered->info_hash, last_from[peer]});
  }

  std::map<std::size_t, Endpoint> last_from;
  std::map<std::size_t, std::size_t> peers;
  std::set<std::tuple<std::size_t, InfoHash, Endpoint>> acknowledged;
};

struct Room {
  Room() {
    for (std::size_t i = 0; i < crowd_size; ++i) crowd.add({crowd_ip, 0});
  }
  bool until_idle() {
    return run_until(io, [&] { return crowd.idle(); });
  }

  asio::io_context io;
  FakeTracker tracker{io, tracker_ip, other_ip};
  PeerSettings settings{.trackers = tracker.group()};
  Registrations registrations;
  PeerCrowd crowd{io, settings, {crowd_ip}, 5, registrations};
};

TEST(PeerCrowd, EachPeerAsksFromASocketOfItsOwnAndAnnouncesIt) {
  Room room;
  ASSERT_EQ(room.crowd.size(), crowd_size);
  for (std::size_t i = 0; i < crowd_size; ++i) room.crowd.join(i, content(1));
  ASSERT_TRUE(room.until_idle());
  std::set<Endpoint> heard, own;
  for (const auto& asked : room.tracker.asked)
    if (const auto* request = std::get_if<AnnounceRequest>(&asked.request)) {
      EXPECT_EQ(request->port, asked.from.port);
      heard.insert(asked.from);
    }
  for (std::size_t i = 0; i < crowd_size; ++i) own.insert(room.crowd.endpoint(i));
  EXPECT_THAT(own, SizeIs(crowd_size));
  EXPECT_EQ(heard, own);
}

TEST(PeerCrowd, EveryAcknowledgedRegistrationIsToldWithItsTracker) {
  Room room;
  room.tracker.peers = {{1, 1}, {2, 2}};
  room.crowd.join(3, content(1));
  const std::vector<InfoHash> held{content(2), content(3)};
  room.crowd.declare(4, held);
  ASSERT_TRUE(room.until_idle());
  room.tracker.answers_from = Channel::cluster;
  room.crowd.complete(3, content(1));
  ASSERT_TRUE(room.until_idle());
  const Endpoint first = room.tracker.address(), second{other_ip, first.port};
  EXPECT_THAT(
      room.registrations.acknowledged,
      testing::ElementsAre(std::tuple{3U, content(1), first}, std::tuple{3U, content(1), second},
                           std::tuple{4U, content(2), first}, std::tuple{4U, content(3), first}));
  EXPECT_EQ(room.registrations.peers.at(3), 2U);
}

TEST(PeerCrowd, WhatIsLostIsSentAgain) {
  Room room;
  room.tracker.silent = true;
  room.crowd.join(0, content(1));
  ASSERT_TRUE(run_until(room.io, [&] { return room.tracker.asked.size() >= 2; }));
  EXPECT_FALSE(room.crowd.idle());
  EXPECT_FALSE(room.crowd.idle(0));
  EXPECT_TRUE(room.crowd.idle(1));
  room.tracker.silent = false;
  EXPECT_TRUE(room.until_idle());
  EXPECT_THAT(room.registrations.acknowledged, SizeIs(1));
}

TEST(PeerCrowd, LeavingSaysStoppedAndASingleAnnounceIsForgotten) {
  Room room;
  room.crowd.join(0, content(1));
  room.crowd.announce_once(1, content(2), AnnounceEvent::completed);
  ASSERT_TRUE(room.until_idle());
  room.crowd.leave(0, content(1));
  room.crowd.leave(1, content(2));  // is not there any more
  ASSERT_TRUE(room.until_idle());
  const auto asked = room.tracker.all<AnnounceRequest>();
  ASSERT_THAT(asked, SizeIs(3));
  EXPECT_EQ(asked[2].event, AnnounceEvent::stopped);
  EXPECT_EQ(asked[2].info_hash, content(1));
  EXPECT_GE(room.crowd.counters(0).sent, 3U);
}

TEST(PeerCrowd, AnAddressThatIsTakenIsRefused) {
  Room room;
  EXPECT_THROW(room.crowd.add(room.crowd.endpoint(0)), SocketError);
  EXPECT_EQ(room.crowd.size(), crowd_size);
}

}  // namespace
}  // namespace swarm::udp
