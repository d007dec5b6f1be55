#include "transport/udp/peer/peer_host.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <variant>
#include <vector>

#include "tests/engine/base/words.hpp"
#include "tests/engine/peer/exchange_net.hpp"
#include "tests/udp/peer/fake_tracker.hpp"
#include "tests/udp/run_until.hpp"

namespace swarm::udp {
namespace {

using test::MemoryContentStore;
using test::metainfo_of;
using test::some_bytes;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Kind = StoreRequest::Kind;

constexpr std::uint32_t host_1 = 0x7f150101, host_2 = 0x7f150102, host_3 = 0x7f150103,
                        tracker_ip = 0x7f150104, other_ip = 0x7f150105;  // 127.21.1.x

DatagramSocket at(asio::io_context& io, std::uint32_t ip) {
  return DatagramSocket::unicast(io, {ip, 0}, {ip, 1});
}

// A peer whose store is memory; reports come in a turn of their own, as from a thread.
struct TestPeer final : PeerObserver {
  TestPeer(asio::io_context& context, std::uint32_t ip, const Endpoint& trackers,
           bool offload = true, PeerSettings wanted = {})
      : io(context),
        host(context, at(context, ip), with(wanted, trackers), 0, test::draw_of(ip), *this, 7,
             {[this](StoreRequest request) { take(std::move(request)); }, offload}) {}

  static PeerSettings with(PeerSettings settings, const Endpoint& trackers) {
    settings.trackers = trackers;
    return settings;
  }
  void take(StoreRequest request) {
    requests.push_back(request.kind);
    asio::post(io, [this, request = std::move(request)] {
      if (!ended) host.stored(store.carry_out(request));
    });
  }
  void end() {  // silently, as after a kill
    ended = true;
    const PeerHost gone = std::move(host);
  }
  void event(std::size_t peer, Time, const Event& event) override {
    EXPECT_EQ(peer, 7u);
    events.push_back(event);
  }
  template <class Wanted>
  std::size_t count() const {
    std::size_t n = 0;
    for (const auto& event : events) n += std::holds_alternative<Wanted>(event) ? 1 : 0;
    return n;
  }

  asio::io_context& io;
  MemoryContentStore store;
  std::vector<Kind> requests;
  std::vector<Event> events;
  bool ended = false;
  PeerHost host;
};

struct Room {
  asio::io_context io;
  FakeTracker tracker{io, tracker_ip, other_ip};
  std::vector<std::uint8_t> bytes = some_bytes((3 << 20) + 777);
  MetainfoPtr metainfo = metainfo_of(bytes, 256 << 10);
  InfoHash content = metainfo->info_hash;

  Endpoint trackers() const { return tracker.address(); }
  void share(TestPeer& peer) {
    peer.store.hold(metainfo, bytes);
    peer.host.exchange(metainfo);
  }
  bool completes(TestPeer& peer) {
    return run_until(io, [&] { return peer.count<event::ContentComplete>() == 1; });
  }
};

class Transfer : public testing::TestWithParam<std::tuple<bool, bool>> {};

TEST_P(Transfer, MovesAContentWholeAndEqual) {
  Room room;
  const auto [of_sharer, of_fetcher] = GetParam();
  TestPeer sharer(room.io, host_1, room.trackers(), of_sharer);
  TestPeer fetcher(room.io, host_2, room.trackers(), of_fetcher);
  if (!of_sharer) {
    EXPECT_FALSE(sharer.host.offload().sending || sharer.host.offload().receiving);
  }
  room.share(sharer);
  fetcher.host.exchange(room.metainfo);
  fetcher.host.add_peer(room.content, sharer.host.local());
  ASSERT_TRUE(room.completes(fetcher));
  EXPECT_EQ(fetcher.store.bytes, room.bytes);
  EXPECT_TRUE(fetcher.host.progress(room.content).complete);
  EXPECT_EQ(fetcher.count<event::ChunkStored>(), room.metainfo->chunk_count());
  EXPECT_GT(fetcher.host.counters().received_bytes, room.bytes.size());
  EXPECT_EQ(sharer.host.counters().send_dropped, 0u);
}

INSTANTIATE_TEST_SUITE_P(PeerHost, Transfer, testing::Combine(testing::Bool(), testing::Bool()));

TEST(PeerHost, FetchesFromThePeersThatTheTrackersName) {
  Room room;
  TestPeer sharer(room.io, host_1, room.trackers());
  room.share(sharer);
  room.tracker.peers = {sharer.host.local()};
  TestPeer fetcher(room.io, host_2, room.trackers());
  fetcher.host.exchange(room.metainfo);
  ASSERT_TRUE(room.completes(fetcher));
  EXPECT_EQ(fetcher.store.bytes, room.bytes);
}

TEST(PeerHost, AHashIsEnough) {
  Room room;
  TestPeer sharer(room.io, host_1, room.trackers()), fetcher(room.io, host_2, room.trackers());
  room.share(sharer);
  fetcher.host.exchange(room.content);
  EXPECT_TRUE(fetcher.host.exchanges(room.content));
  fetcher.host.add_peer(room.content, sharer.host.local());
  ASSERT_TRUE(room.completes(fetcher));
  EXPECT_EQ(fetcher.count<event::InfoFetched>(), 1u);
  EXPECT_EQ(fetcher.store.bytes, room.bytes);
}

TEST(PeerHost, StopClosesTheContent) {
  Room room;
  TestPeer sharer(room.io, host_1, room.trackers());
  room.share(sharer);
  ASSERT_TRUE(run_until(room.io, [&] { return sharer.count<event::ContentOpened>() == 1; }));
  sharer.host.stop(room.content);
  EXPECT_TRUE(run_until(room.io, [&] { return sharer.store.closed; }));
  EXPECT_THAT(sharer.requests, ElementsAre(Kind::open, Kind::close));
}

// Nobody tells it: its own timer does, and the observer hears of that, too.
TEST(PeerHost, TellsWhatATimerCauses) {
  Room room;
  PeerSettings impatient;
  impatient.exchange.keep_alive = 20ms;
  impatient.exchange.session_life = 100ms;
  TestPeer fetcher(room.io, host_2, room.trackers(), true, impatient);
  TestPeer sharer(room.io, host_1, room.trackers());
  room.share(sharer);
  ASSERT_TRUE(run_until(room.io, [&] { return sharer.count<event::ContentComplete>() == 1; }));
  fetcher.host.exchange(room.metainfo);
  fetcher.host.add_peer(room.content, sharer.host.local());
  ASSERT_TRUE(run_until(room.io, [&] { return fetcher.host.progress(room.content).peers == 1; }));
  sharer.end();
  const auto is_silence = [](const Event& event) {
    const auto* dropped = std::get_if<event::PeerDropped>(&event);
    return dropped != nullptr && dropped->why == event::PeerDropped::Why::silent;
  };
  EXPECT_TRUE(run_until(room.io, [&] {
    return std::any_of(fetcher.events.begin(), fetcher.events.end(), is_silence);
  }));
}

TEST(PeerHost, WithAnotherAddressTheTrackersAreToldAndTheTransferGoesOn) {
  Room room;
  PeerSettings slow;
  slow.exchange.upload_rate = 2 << 20;
  TestPeer sharer(room.io, host_1, room.trackers(), true, slow);
  TestPeer fetcher(room.io, host_2, room.trackers());
  room.share(sharer);
  fetcher.host.exchange(room.metainfo);
  fetcher.host.add_peer(room.content, sharer.host.local());
  ASSERT_TRUE(run_until(room.io, [&] { return fetcher.count<event::ChunkStored>() >= 2; }));
  room.tracker.asked.clear();
  sharer.host.move_to(at(room.io, host_3));
  EXPECT_EQ(sharer.host.local().ip, Ip(host_3));
  ASSERT_TRUE(run_until(room.io, [&] {
    return std::any_of(room.tracker.asked.begin(), room.tracker.asked.end(), [&](const auto& one) {
      return one.from == sharer.host.local() &&
             std::holds_alternative<wire::ScrapeRequest>(one.request);
    });
  }));
  fetcher.host.move_to(at(room.io, other_ip));
  ASSERT_TRUE(room.completes(fetcher));
  EXPECT_EQ(fetcher.store.bytes, room.bytes);
  const auto announces = room.tracker.all<wire::AnnounceRequest>();
  EXPECT_TRUE(std::any_of(announces.begin(), announces.end(), [](const auto& one) {
    return one.event == wire::AnnounceEvent::started;
  }));
}

// DHCP gives the same address again, or the cable is back: the port is the one that peers know.
TEST(PeerHost, WithTheSameAddressAgainThePortStays) {
  Room room;
  TestPeer sharer(room.io, host_1, room.trackers()), fetcher(room.io, host_2, room.trackers());
  room.share(sharer);
  const Endpoint before = sharer.host.local();
  sharer.host.leave_address();
  EXPECT_EQ(sharer.host.local(), before);
  sharer.host.add_peer(room.content, fetcher.host.local());  // what is sent meanwhile is lost
  ASSERT_NO_THROW(sharer.host.move_to(DatagramSocket::unicast(room.io, before, {host_1, 1})));
  EXPECT_EQ(sharer.host.local(), before);
  fetcher.host.exchange(room.metainfo);
  fetcher.host.add_peer(room.content, before);
  ASSERT_TRUE(room.completes(fetcher));
  EXPECT_EQ(fetcher.store.bytes, room.bytes);
}

TEST(PeerHost, TheWindowFollowsTheGrantedBuffers) {
  Room room;
  PeerSettings small;
  small.exchange.receive_buffer = 64 << 10;
  TestPeer peer(room.io, host_3, room.trackers(), true, small);
  EXPECT_THAT(peer.host.advice(), IsEmpty());
  EXPECT_EQ(peer.host.settings().exchange.receive_buffer, 40u << 10);
  PeerSettings large;
  large.exchange.receive_buffer = std::size_t{1} << 40;  // no kernel grants so much
  TestPeer other(room.io, host_3, room.trackers(), true, large);
  EXPECT_THAT(other.host.advice(),
              AllOf(HasSubstr("the kernel grants"), HasSubstr("sysctl -w net.core.rmem_max=")));
  EXPECT_LT(other.host.settings().exchange.receive_buffer, large.exchange.receive_buffer);
}

TEST(PeerHost, WithoutAStoreItIsLeftAsItWas) {
  Room room;
  PeerObserver observer;
  PeerHost host(room.io, at(room.io, host_3), TestPeer::with({}, room.trackers()), 0,
                test::draw_of(1), observer);
  EXPECT_FALSE(host.offload().sending || host.offload().receiving);
  EXPECT_EQ(host.settings().exchange.receive_buffer, ExchangeSettings{}.receive_buffer);
  EXPECT_THAT(host.advice(), IsEmpty());
}

}  // namespace
}  // namespace swarm::udp
