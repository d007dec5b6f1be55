// Whose downloads are counted, by the Peer Info Sender.
#include "tests/engine/tracker/answering/dialect_room.hpp"

namespace swarm::dialects {
namespace {

// Downloads that are counted. Each call is one announce, answered after its commit.
struct DownloadRoom : Room {
  void says(const Endpoint& client, AnnounceEvent event, std::uint64_t left) {
    serve(client, announce(client, event, ++transaction, left));
    commit();
  }
  void downloads(const Endpoint& client) {
    says(client, started, 1000);
    says(client, completed, 0);
  }
  std::uint32_t counted(bool ipv6 = false) const {
    return table.counts(content(1), ipv6).completed;
  }
  std::uint32_t transaction = 0;
};

TEST(CountedDownloads, WhoWasNoLeecherHereIsNotCounted) {
  DownloadRoom room;
  room.says(alice, completed, 0);
  EXPECT_EQ(room.table.find(content(1), alice), seeder);
  EXPECT_EQ(room.counted(), 0U);
  room.downloads(bob);
  EXPECT_EQ(room.counted(), 1U);
}

TEST(CountedDownloads, OneAddressCountsOnceWhateverItsPorts) {
  DownloadRoom room;
  room.registered(bob);
  for (std::uint16_t port = 1; port <= 20; ++port) room.downloads({alice.ip, port});
  EXPECT_EQ(room.counted(), 1U);
}

TEST(CountedDownloads, OneAddressCountsOnceWhenItsPortsCompleteInOneBlock) {
  DownloadRoom room;
  for (std::uint16_t port = 1; port <= 20; ++port) room.says({alice.ip, port}, started, 1000);
  for (std::uint16_t port = 1; port <= 20; ++port) {
    const Endpoint client{alice.ip, port};
    room.serve(client, room.announce(client, completed, ++room.transaction, 0));
  }
  room.commit();
  EXPECT_EQ(room.counted(), 1U);
}

TEST(CountedDownloads, OneAddressCountsOnceHoweverOftenItComesAndGoes) {
  DownloadRoom room;
  room.registered(bob);
  for (int i = 0; i < 20; ++i) {
    room.downloads(alice);
    room.now += 15s;
    if (i % 2 == 0) room.says(alice, stopped, 0);
  }
  EXPECT_EQ(room.counted(), 1U);
}

TEST(CountedDownloads, AfterALifetimeOneAddressCountsAgain) {
  DownloadRoom room;
  room.registered(bob);
  const Duration lifetime = room.settings.lifetime();
  room.downloads(alice);
  room.says(alice, stopped, 0);
  room.now = lifetime - 1s;
  room.downloads(alice);
  room.says(alice, stopped, 0);
  EXPECT_EQ(room.counted(), 1U);
  room.now = lifetime + 1s;
  room.downloads(alice);
  EXPECT_EQ(room.counted(), 2U);
}

TEST(CountedDownloads, EachContentAndEachAddressCountsAlone) {
  DownloadRoom room;
  room.downloads(alice);
  room.downloads(bob);
  EXPECT_EQ(room.counted(), 2U);
  room.serve(alice, room.announce(alice, started, 50, 1000, 2));
  room.commit();
  room.serve(alice, room.announce(alice, completed, 51, 0, 2));
  room.commit();
  EXPECT_EQ(room.table.counts(content(2)).completed, 1U);
}

TEST(CountedDownloads, Of64BitsOfAnIpv6NetworkOneCounts) {
  DownloadRoom room;
  for (std::uint8_t n = 1; n <= 20; ++n) room.downloads(v6(n));
  EXPECT_EQ(room.counted(true), 1U);
}

TEST(CountedDownloads, R18ANewMasterKnowsWhomTheOldOneHasCounted) {
  DownloadRoom room;
  room.registered(bob);
  room.registered(alice);
  room.apply(Register{content(1), alice, seeder, true});
  room.apply(Remove{content(1), alice});
  room.now = 2s;
  room.take_over();
  room.downloads(alice);
  EXPECT_EQ(room.table.find(content(1), alice), seeder);
  EXPECT_EQ(room.counted(), 1U);
}

}  // namespace
}  // namespace swarm::dialects
