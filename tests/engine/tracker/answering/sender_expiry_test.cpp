// The Peer Info Sender: peers and registrations that are not heard expire.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "engine/tracker/answering/expiry.hpp"
#include "engine/wire/operations.hpp"
#include "engine/wire/seed_protocol.hpp"
#include "tests/engine/tracker/answering/seed_room.hpp"
#include "tests/engine/tracker/answering/sender_room.hpp"

namespace swarm::seed_peers {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

InfoHash numbered(std::uint32_t n) {  // none of those
  InfoHash hash;
  std::memcpy(hash.bytes.data(), &n, sizeof n);
  return hash;
}

// What an answer holds.

TEST(PeerInfoSender, AShorterIntervalExpiresNobodyBeforeWhatItWasTold) {
  AnsweringSettings told;
  told.client_interval = {};  // 300 s: a lifetime of 690 s
  Room room(told);
  room.registered(alice);
  room.now = 100s;
  auto settings = room.settings;
  settings.announce_interval = 10s;  // a lifetime of 52 s
  room.sender.reload(room.time(), settings);
  room.expire_until(745s);
  room.serve(alice, room.announce(alice, none, 5));
  room.expire_until(797s - 1ns);
  EXPECT_EQ(room.table.peers(), 1U);
  room.expire_until(797s);
  EXPECT_EQ(room.table.peers(), 0U);
}

// Expiry.

TEST(PeerInfoSender, APeerUnheardForALifetimeExpires) {
  Room room;
  room.registered(alice);
  const Duration lifetime = room.settings.lifetime();
  room.now = lifetime - 1ns;
  room.sender.expire(room.time(), room.log, room.out);
  EXPECT_THAT(room.log.operations, IsEmpty());
  room.now = lifetime;
  room.sender.expire(room.time(), room.log, room.out);
  EXPECT_THAT(room.log.operations, ElementsAre(Operation(Expire{{alice}})));
  room.sent();
  EXPECT_EQ(std::get<event::PeerExpired>(room.events.at(0)).peer, alice);
  room.sender.expire(room.time(), room.log, room.out);
  EXPECT_THAT(room.log.operations, SizeIs(1));  // not proposed again
  room.commit();
  EXPECT_EQ(room.sender.next_expiry(), never);
}

TEST(PeerInfoSender, ARequestIsHearingWhetherItChangesSomethingOrNot) {
  Room room;
  room.registered(alice);
  room.registered(bob);
  room.now = 100s;
  room.serve(alice, room.announce(alice, none, 5));
  room.serve(bob, room.announce(bob, completed, 6));
  room.expire_until(room.now + room.settings.lifetime() - 1ns);
  EXPECT_EQ(room.table.peers(), 2U);
  room.expire_until(room.now + 1ns);
  EXPECT_EQ(room.table.peers(), 0U);
}

TEST(PeerInfoSender, ANewMasterGivesEveryPeerALifetimeOfGrace) {
  Room room;
  room.registered(alice);
  room.now = room.settings.lifetime() + 5s;
  room.take_over();
  room.expire_until(room.now + room.settings.lifetime() - 1ns);
  EXPECT_THAT(room.log.operations, IsEmpty());
}

TEST(PeerInfoSender, ExpiryGoesInBoundedStepsThatFitABlock) {
  Room room;
  for (std::uint16_t port = 1; port <= 600; ++port) room.registered({alice.ip, port});
  room.now = room.settings.lifetime();
  std::size_t calls = 0;
  while (room.sender.next_expiry() <= room.time()) {
    room.sender.expire(room.time(), room.log, room.out);
    if (++calls % Expiry::steps_under_way != 0) continue;
    EXPECT_EQ(room.sender.next_expiry(), never);  // until some of it is committed
    room.commit();
  }
  room.commit();
  EXPECT_EQ(calls, 5U);
  for (const auto& operation : room.log.operations) EXPECT_LE(encoded_size(operation), Block::most);
  EXPECT_EQ(room.table.peers(), 0U);
}

// Ten thousand contents of each, which a few clients can have: no commit removes more than a few
// hundred registrations, at nobody.
TEST(PeerInfoSender, PeersWithManyContentsExpireByManyCommits) {
  Room room;
  constexpr std::uint32_t peers = 12, contents = 10'000;
  const auto peer = [](std::uint32_t n) { return Endpoint{0x0b000000 + n, 1}; };
  for (std::uint32_t p = 0; p < peers; ++p)
    for (std::uint32_t c = 0; c < contents; ++c) room.apply(Register{numbered(c), peer(p), seeder});
  room.registered(alice);
  room.now = room.settings.lifetime();
  std::size_t most = 0, told = 0;
  while (room.sender.next_expiry() <= room.time()) {
    room.sender.expire(room.time(), room.log, room.out);
    const auto before = room.table.registrations();
    room.commit();
    ASSERT_LT(room.table.registrations(), before);
    most = std::max(most, before - room.table.registrations());
    for (const auto& event : room.events) told += std::holds_alternative<event::PeerExpired>(event);
  }
  EXPECT_EQ(room.table.peers(), 0U);
  EXPECT_LE(most, Expiry::at_once + 64);
  EXPECT_EQ(told, peers + 1);
}

TEST(PeerInfoSender, ALargePeerThatComesBackWhileItExpiresKeepsTheRest) {
  Room room;
  for (std::uint32_t c = 1; c <= 700; ++c) room.apply(Register{numbered(c), alice, seeder});
  room.now = room.settings.lifetime();
  room.sender.expire(room.time(), room.log, room.out);
  room.serve(alice, room.announce(alice, none, 5, 250));
  room.commit();
  EXPECT_EQ(room.table.contents_of(alice), 700 - Expiry::at_once + 1);
  EXPECT_GT(room.sender.next_expiry(), room.time());
}

TEST(PeerInfoSender, APeerThatComesBackWhileItExpiresIsRegisteredAnew) {
  Room room;
  room.registered(alice, seeder);
  room.now = room.settings.lifetime();
  room.sender.expire(room.time(), room.log, room.out);
  EXPECT_THAT(room.serve(alice, room.announce(alice, none, 5)), SizeIs(0));
  EXPECT_THAT(room.log.operations, SizeIs(2));
  EXPECT_THAT(room.commit(), SizeIs(1));
  EXPECT_EQ(room.table.find(content(1), alice), leecher);
}

// A client that is heard has left one of its contents, and what said so was lost.

TEST(PeerInfoSender, AContentThatIsNotAnnouncedExpiresThoughItsPeerIsHeard) {
  Room room;
  room.registered(alice, seeder, {1, 2, 3});
  const Duration lifetime = room.settings.lifetime();
  std::uint32_t transaction = 0;
  const auto announce_at = [&](Duration at) {
    room.expire_until(at);
    room.serve(alice, room.announce(alice, none, ++transaction, 2));
    room.serve(alice, room.scrape(alice, ++transaction, {3}));
  };
  for (Duration at = 300s; at < 2 * lifetime; at += 300s) {
    announce_at(at);
    EXPECT_TRUE(at >= lifetime || room.table.find(content(1), alice)) << at / 1s;
  }
  EXPECT_EQ(room.table.find(content(1), alice), std::nullopt);
  EXPECT_THAT(room.log.operations, ElementsAre(Operation(Remove{content(1), alice})));
  for (Duration at = 2 * lifetime; at < 9 * lifetime; at += lifetime - 1ns) announce_at(at);
  EXPECT_EQ(room.table.find(content(2), alice), seeder);
  EXPECT_EQ(room.table.find(content(3), alice), seeder);
  EXPECT_THAT(room.log.operations, SizeIs(1));
}

TEST(PeerInfoSender, ANewMasterGivesEveryRegistrationALifetimeOfGrace) {
  Room room;
  room.registered(alice, seeder, {1, 2});
  const Duration lifetime = room.settings.lifetime();
  Duration taken_over{};
  for (std::uint32_t n = 1; n <= 20; ++n) {  // masters, of which none serves for a lifetime
    room.take_over();
    taken_over = room.now;
    room.expire_until(taken_over + lifetime / 2);
    room.serve(alice, room.announce(alice, none, 2 * n, 2));
    room.expire_until(taken_over + lifetime - 1ns);
    room.serve(alice, room.announce(alice, none, 2 * n + 1, 2));
  }
  EXPECT_THAT(room.log.operations, IsEmpty());
  room.expire_until(taken_over + 3 * lifetime / 2);
  room.serve(alice, room.announce(alice, none, 99, 2));
  room.expire_until(taken_over + 2 * lifetime);
  EXPECT_THAT(room.log.operations, ElementsAre(Operation(Remove{content(1), alice})));
}

// An interval that was told, be it by another master, is kept for as long as it may be in use.
TEST(PeerInfoSender, ARegistrationThatWasToldOfALongIntervalIsThereForAsLong) {
  AnsweringSettings settings;
  settings.announce_interval = 10s;
  settings.client_interval = {};  // a lifetime of 52 s
  Room room(settings);
  constexpr std::uint32_t many = 2000 * 100;  // 100 s are told: a lifetime of 250 s
  const auto other = [](std::uint32_t n) { return Endpoint{0x0b000000 + n, 1}; };
  room.registered(alice, seeder, {1, 2});
  for (std::uint32_t n = 0; n < many; ++n) room.apply(Register{content(9), other(n), seeder});
  room.sender.forget_old(room.time());
  for (std::uint32_t n = 0; n < many; ++n) room.apply(Remove{content(9), other(n)});
  room.take_over();
  for (std::uint32_t n = 1; n <= 4; ++n) {
    room.expire_until(n * 60s);
    room.serve(alice, room.announce(alice, none, n, 2));
  }
  room.expire_until(250s - 1ns);
  EXPECT_THAT(room.log.operations, IsEmpty());
  room.serve(alice, room.announce(alice, none, 9, 2));
  room.expire_until(450s);
  EXPECT_THAT(room.log.operations, ElementsAre(Operation(Remove{content(1), alice})));
}

TEST(PeerInfoSender, AContentThatComesBackWhileItExpiresIsRegisteredAnew) {
  Room room;
  room.registered(alice, seeder, {1, 2});
  for (std::uint32_t n = 1; room.log.operations.empty(); ++n) {
    room.now = room.sender.next_expiry().time_since_epoch();
    room.serve(alice, room.announce(alice, none, n, 2));
    room.sender.expire(room.time(), room.log, room.out);
  }
  EXPECT_THAT(room.sent(), IsEmpty());
  EXPECT_EQ(std::get<event::ContentExpired>(room.events.at(0)).info_hash, content(1));
  EXPECT_THAT(room.serve(alice, room.announce(alice, none, 99, 1)), IsEmpty());
  EXPECT_THAT(room.commit(), SizeIs(1));
  EXPECT_EQ(room.table.find(content(1), alice), leecher);
}

// Nobody is asked in one step to look at all of a large table, nor to write all that is due.
TEST(PeerInfoSender, RegistrationsExpireInBoundedSteps) {
  Room room;
  constexpr std::uint32_t peers = 2000;
  const auto peer = [](std::uint32_t n) { return Endpoint{0x0b000000 + n, 1}; };
  for (std::uint32_t n = 0; n < peers; ++n) room.registered(peer(n), seeder, {1, 2});
  std::size_t most = 0;
  for (std::uint32_t round = 1; room.now < 2 * room.settings.lifetime(); ++round) {
    const Duration begun = room.now;
    for (std::uint32_t n = 0; n < peers; ++n)
      room.serve(peer(n), room.announce(peer(n), none, round, 2));
    for (Time next; (next = room.sender.next_expiry()) <= Time(begun + 300s);) {
      room.now = next.time_since_epoch();
      const auto before = room.log.operations.size();
      room.sender.expire(next, room.log, room.out);
      most = std::max(most, room.log.operations.size() - before);
      room.commit();
    }
    room.now = begun + 300s;
  }
  EXPECT_EQ(room.table.registrations(), peers);
  EXPECT_EQ(room.table.peers(), peers);
  EXPECT_LE(most, 64U);
}

}  // namespace
}  // namespace swarm::seed_peers
