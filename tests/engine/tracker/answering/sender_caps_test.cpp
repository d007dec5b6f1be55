// The Peer Info Sender: what one peer, one address and all together may take.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/tracker/answering/seed_room.hpp"
#include "tests/engine/tracker/answering/sender_room.hpp"

namespace swarm::seed_peers {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

// What an answer holds.

TEST(PeerInfoSender, WhenFullItAnswersAndDoesNotInsert) {
  AnsweringSettings settings;
  settings.max_peers = 1;
  Room room(settings);
  room.serve(alice, room.announce(alice, started, 5));
  EXPECT_THAT(room.serve(bob, room.announce(bob, started, 6)), SizeIs(1));
  room.commit();
  EXPECT_TRUE(room.sender.full());
  EXPECT_THAT(room.serve(bob, room.announce(bob, started, 7)), SizeIs(1));
  EXPECT_EQ(count<event::NotStored>(room.events), 1U);
  EXPECT_THAT(room.log.operations, SizeIs(1));
  room.serve(alice, room.announce(alice, completed, 8));  // a known peer may still change
  EXPECT_THAT(room.log.operations, SizeIs(2));
  EXPECT_EQ(count<event::NotStored>(room.events), 0U);
}

TEST(PeerInfoSender, OnePeerCannotFillTheTableForTheOthers) {
  AnsweringSettings settings;
  settings.max_contents_per_peer = 3;
  Room room(settings);
  room.serve(alice, room.scrape(alice, 5, {1, 2, 3, 4, 5}));  // what is uncommitted counts
  EXPECT_EQ(count<event::NotStored>(room.events), 2U);
  EXPECT_THAT(room.commit(), SizeIs(1));
  EXPECT_EQ(room.table.contents_of(alice), 3U);
  EXPECT_THAT(room.serve(alice, room.announce(alice, started, 6, 4)), SizeIs(1));
  EXPECT_EQ(count<event::NotStored>(room.events), 1U);
  EXPECT_FALSE(room.sender.full());
  room.serve(bob, room.announce(bob, started, 7, 4));
  room.serve(alice, room.announce(alice, stopped, 8, 1));
  room.commit();
  room.serve(alice, room.announce(alice, started, 9, 4));
  EXPECT_EQ(count<event::NotStored>(room.events), 0U);
  room.commit();
  EXPECT_EQ(room.table.find(content(4), alice), leecher);
  EXPECT_EQ(room.table.find(content(4), bob), leecher);
}

TEST(PeerInfoSender, WhoStopsAndComesBackTakesItsOwnPlacesAgain) {
  for (const bool by_network : {false, true}) {
    AnsweringSettings settings;
    (by_network ? settings.max_contents_per_network : settings.max_contents_per_peer) = 2;
    Room room(settings);
    for (std::uint8_t c = 1; c <= 2; ++c) room.serve(alice, room.announce(alice, started, c, c));
    room.commit();
    std::uint32_t n = 10;  // all of it under way at once
    for (int again = 0; again < 2; ++again)
      for (const auto event : {stopped, started})
        for (std::uint8_t c = 1; c <= 2; ++c)
          room.serve(alice, room.announce(alice, event, ++n, c));
    EXPECT_EQ(count<event::NotStored>(room.events), 0U);
    room.serve(alice, room.announce(alice, started, ++n, 3));
    EXPECT_EQ(count<event::NotStored>(room.events), 1U);
    room.commit();
    EXPECT_EQ(room.table.contents_of(alice), 2U);
  }
}

TEST(PeerInfoSender, OneAddressCannotEither) {
  AnsweringSettings settings;
  settings.max_contents_per_network = 3;
  Room room(settings);
  const auto port = [](std::uint16_t p) { return Endpoint{alice.ip, p}; };
  for (std::uint16_t p = 1; p <= 5; ++p)  // what is uncommitted counts
    room.serve(port(p), room.announce(port(p), started, p, static_cast<std::uint8_t>(p)));
  EXPECT_THAT(room.log.operations, SizeIs(3));
  EXPECT_THAT(room.commit(), SizeIs(3));
  EXPECT_THAT(room.serve(port(4), room.announce(port(4), started, 9)), SizeIs(1));
  EXPECT_EQ(count<event::NotStored>(room.events), 1U);
  EXPECT_FALSE(room.sender.full());
  room.serve(bob, room.announce(bob, started, 6));
  EXPECT_THAT(room.log.operations, SizeIs(4));
}

TEST(PeerInfoSender, WhatOthersHaveUnderWayIsNotOfOnesOwnAddress) {
  AnsweringSettings settings;
  settings.max_contents_per_network = 3;
  Room room(settings);
  for (std::uint8_t n = 1; n <= 5; ++n) {
    const Endpoint other{0x0a000100U + n, 6881};
    room.serve(other, room.announce(other, started, n));
  }
  EXPECT_THAT(room.log.operations, SizeIs(5));
  room.commit();
  EXPECT_EQ(room.table.peers(), 5U);
}

TEST(PeerInfoSender, OnePeersContentsMayHaveNoCap) {
  AnsweringSettings settings;
  settings.max_contents_per_peer = settings.max_contents_per_network = 0;
  Room room(settings);
  room.serve(alice, room.scrape(alice, 5, {1, 2, 3}));
  EXPECT_THAT(room.log.operations, SizeIs(3));
}

TEST(PeerInfoSender, MemoryIsACapToo) {
  AnsweringSettings settings;
  settings.max_memory = 1;  // all that is there from the beginning; more comes in chunks of rows
  Room room(settings);
  room.registered(alice);
  const auto used = room.table.memory();
  const auto room_left = room.table.spare(true, true);
  ASSERT_GT(room_left, 2U);
  const auto peer = [](std::uint32_t n) { return Endpoint{0x0b000000 + n, 1}; };
  std::uint32_t n = 0;
  for (; n < room_left; ++n) {
    room.serve(peer(n), room.announce(peer(n), started, n));
    EXPECT_EQ(count<event::NotStored>(room.events), 0U);
  }
  room.serve(peer(n), room.announce(peer(n), started, n));  // what is uncommitted counts
  EXPECT_EQ(count<event::NotStored>(room.events), 1U);
  room.commit();
  EXPECT_TRUE(room.sender.full());
  EXPECT_THAT(room.serve(peer(n), room.announce(peer(n), started, n + 1)), SizeIs(1));
  EXPECT_EQ(count<event::NotStored>(room.events), 1U);
  EXPECT_THAT(room.log.operations, SizeIs(room_left));
  EXPECT_EQ(room.table.peers(), room_left + 1);
  room.apply(Expire{{alice}});  // and there is room again
  EXPECT_FALSE(room.sender.full());
  room.serve(peer(n), room.announce(peer(n), started, n + 2));
  EXPECT_THAT(room.log.operations, SizeIs(room_left + 1));
  EXPECT_LE(room.table.memory(), used + room_left * 64);  // of its list and index, not of rows
}

TEST(PeerInfoSender, WhenFullOfContentsKnownOnesStillTakePeers) {
  AnsweringSettings settings;
  settings.max_contents = 1;
  Room room(settings);
  room.registered(alice, leecher, 1);
  EXPECT_THAT(room.serve(alice, room.announce(alice, started, 5, 2)), SizeIs(1));
  EXPECT_THAT(room.log.operations, IsEmpty());
  room.serve(bob, room.announce(bob, started, 6, 1));
  EXPECT_THAT(room.log.operations, SizeIs(1));
}

}  // namespace
}  // namespace swarm::seed_peers
