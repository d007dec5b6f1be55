#include <gtest/gtest.h>

#include "engine/wire/peer_protocol.hpp"
#include "tests/engine/base/words.hpp"
#include "tests/engine/peer/exchange_net.hpp"

namespace swarm {
namespace {

using namespace test;
using Host = ExchangeNet::Host;

constexpr std::uint32_t small_chunk = 16 * 1024;

// One that has everything, and some that have nothing; each knows all before it.
struct ExchangeOf {
  explicit ExchangeOf(std::size_t size, std::size_t fetchers = 1, std::uint32_t chunk = small_chunk)
      : bytes(some_bytes(size)), metainfo(metainfo_of(bytes, chunk)), seed(&net.add()) {
    seed->store.hold(metainfo, bytes);
    for (std::size_t i = 0; i < fetchers; ++i) leechers.push_back(&net.add());
  }

  const InfoHash& hash() const { return metainfo->info_hash; }
  void begin() {
    net.exchange(*seed, metainfo);
    for (std::size_t i = 0; i < leechers.size(); ++i) begin(i);
  }
  void begin(std::size_t i) {
    net.exchange(*leechers[i], metainfo);
    net.introduce(*leechers[i], *seed, hash());
    for (std::size_t j = 0; j < i; ++j) net.introduce(*leechers[i], *leechers[j], hash());
  }
  bool complete(const Host& host) const {
    return host.peer && host.peer->exchanges(hash()) && host.peer->progress(hash()).complete;
  }
  bool all_complete() const {
    for (const auto* leecher : leechers)
      if (!complete(*leecher)) return false;
    return true;
  }
  bool run(Duration most = 60s) {
    return net.run_until([this] { return all_complete(); }, most);
  }
  ContentProgress progress(const Host& host) const { return host.peer->progress(hash()); }

  ExchangeNet net;
  std::vector<std::uint8_t> bytes;
  MetainfoPtr metainfo;
  Host* seed;
  std::vector<Host*> leechers;
};

TEST(Exchange, OneFetchesAllFromAnother) {
  ExchangeOf x(1'000'000);
  x.begin();
  ASSERT_TRUE(x.run());
  EXPECT_EQ(x.leechers[0]->store.bytes, x.bytes);
  EXPECT_EQ(x.leechers[0]->count<event::ContentComplete>(), 1u);
  EXPECT_EQ(x.progress(*x.leechers[0]).received, x.bytes.size());
  EXPECT_EQ(x.progress(*x.leechers[0]).wasted, 0u);
}

TEST(Exchange, ByHashAloneTheInfoComesFirst) {
  ExchangeOf x(3'000'000, 1, 1024);  // an info dictionary of 58 KB: 42 pieces
  x.net.exchange(*x.seed, x.metainfo);
  x.net.exchange(*x.leechers[0], x.hash());
  x.net.introduce(*x.leechers[0], *x.seed, x.hash());
  ASSERT_TRUE(x.run());
  EXPECT_EQ(x.leechers[0]->store.bytes, x.bytes);
  EXPECT_EQ(x.leechers[0]->count<event::InfoFetched>(), 1u);
}

TEST(Exchange, SizesAroundABlockAndAChunk) {
  for (const std::size_t size : {1, 1407, 1408, 1409, 16383, 16384, 16385, 32768, 33000}) {
    ExchangeOf x(size);
    x.begin();
    ASSERT_TRUE(x.run()) << size;
    EXPECT_EQ(x.leechers[0]->store.bytes, x.bytes) << size;
  }
}

TEST(Exchange, LossesAreFetchedAgainAndLittleElse) {
  for (const std::uint32_t loss : {10'000, 50'000, 200'000}) {
    ExchangeOf x(4'000'000);
    x.net.loss = loss;
    x.begin();
    ASSERT_TRUE(x.run(600s)) << loss;
    EXPECT_EQ(x.leechers[0]->store.bytes, x.bytes);
    EXPECT_LE(x.progress(*x.leechers[0]).wasted, x.bytes.size() / 50) << loss;
  }
}

TEST(Exchange, OvertakingDatagramsAreNotTakenForLosses) {
  ExchangeOf x(4'000'000);
  x.net.latency = 100us;
  x.net.jitter = 200us;
  x.begin();
  ASSERT_TRUE(x.run());
  EXPECT_LE(x.progress(*x.leechers[0]).wasted, x.bytes.size() / 50);
}

TEST(Exchange, ManyFetchFromEachOther) {
  ExchangeOf x(4'000'000, 5);
  x.begin();
  ASSERT_TRUE(x.run());
  for (const auto* leecher : x.leechers) EXPECT_EQ(leecher->store.bytes, x.bytes);
  EXPECT_LT(x.progress(*x.seed).sent, 3 * x.bytes.size());
}

TEST(Exchange, AnUploaderThatDiesIsReplaced) {
  ExchangeOf x(4'000'000, 2);
  x.begin();
  ASSERT_TRUE(x.net.run_until(
      [&] { return x.progress(*x.leechers[0]).had + x.progress(*x.leechers[1]).had > 260; }));
  x.net.kill(*x.leechers[1]);
  ASSERT_TRUE(x.net.run_until([&] { return x.complete(*x.leechers[0]); }));
  EXPECT_EQ(x.leechers[0]->store.bytes, x.bytes);
}

TEST(Exchange, ARestartedUploaderGoesOnAtOnce) {
  ExchangeOf x(4'000'000);
  x.begin();
  ASSERT_TRUE(x.net.run_until([&] { return x.progress(*x.leechers[0]).had > 100; }));
  x.net.kill(*x.seed);
  x.net.exchange(*x.seed, x.metainfo);
  EXPECT_TRUE(x.run(1s));
}

TEST(Exchange, ARestartedDownloaderReplacesItsPredecessor) {
  ExchangeOf x(4'000'000);
  x.begin();
  ASSERT_TRUE(x.net.run_until([&] { return x.progress(*x.leechers[0]).had > 100; }));
  x.net.kill(*x.leechers[0]);
  x.begin(0);
  EXPECT_TRUE(x.run(1s));
  EXPECT_EQ(x.leechers[0]->store.bytes, x.bytes);
}

TEST(Exchange, DoubtfulChunksAreCheckedNotFetched) {
  ExchangeOf x(1'600'000);
  auto& store = x.leechers[0]->store;
  store.hold(x.metainfo, x.bytes);
  store.had = Bitmap(x.metainfo->chunk_count());
  store.doubtful = Bitmap(x.metainfo->chunk_count(), true);
  store.bytes[20'000] ^= 1;  // in chunk 1
  x.begin();
  ASSERT_TRUE(x.run());
  EXPECT_EQ(store.bytes, x.bytes);
  EXPECT_EQ(x.progress(*x.leechers[0]).received, small_chunk);
}

TEST(Exchange, WhatChangedUnderTheUploaderIsNotSentAndFetchedAgain) {
  ExchangeOf x(1'600'000, 2);
  x.begin(0);
  x.net.exchange(*x.seed, x.metainfo);
  ASSERT_TRUE(x.net.run_until([&] { return x.complete(*x.leechers[0]); }));
  x.net.kill(*x.leechers[0]);
  x.leechers[0]->store.bytes[5] ^= 1;
  x.net.exchange(*x.leechers[0], x.metainfo);  // says that it has all
  x.net.exchange(*x.leechers[1], x.metainfo);
  x.net.introduce(*x.leechers[1], *x.leechers[0], x.hash());
  ASSERT_TRUE(x.net.run_until([&] { return x.progress(*x.leechers[1]).had == 97; }));
  EXPECT_EQ(x.leechers[0]->count<event::ChunkLost>(), 1u);
  x.net.introduce(*x.leechers[0], *x.seed, x.hash());
  EXPECT_TRUE(x.run());
  EXPECT_EQ(x.leechers[1]->store.wrong_writes, 0u);
}

TEST(Exchange, AFullDiskStopsTheContentAlone) {
  ExchangeOf x(1'600'000);
  x.leechers[0]->store.disk_full = true;
  x.begin();
  ASSERT_TRUE(x.net.run_until([&] { return x.leechers[0]->count<event::ContentFailed>() == 1; }));
  EXPECT_TRUE(x.progress(*x.leechers[0]).failed);
  EXPECT_EQ(x.progress(*x.leechers[0]).peers, 0u);
  x.net.run_for(5s);
  EXPECT_EQ(x.leechers[0]->count<event::ContentFailed>(), 1u);
}

TEST(Exchange, StopSaysGoodbyeAndClosesTheStore) {
  ExchangeOf x(1'600'000);
  x.begin();
  ASSERT_TRUE(x.run());
  x.net.stop(*x.leechers[0], x.hash());
  EXPECT_TRUE(x.leechers[0]->store.closed);
  EXPECT_FALSE(x.leechers[0]->peer->exchanges(x.hash()));
}

TEST(Exchange, RatesAreKept) {
  ExchangeOf x(2'000'000);
  x.seed->settings.exchange.upload_rate = 500'000;
  x.begin();
  const Time begin = x.net.now();
  ASSERT_TRUE(x.run());
  EXPECT_GT(x.net.now() - begin, Duration(3800ms));
  EXPECT_LT(x.net.now() - begin, Duration(5s));

  ExchangeOf y(2'000'000);
  y.leechers[0]->settings.exchange.download_rate = 500'000;
  y.begin();
  const Time y_begin = y.net.now();
  ASSERT_TRUE(y.run());
  EXPECT_GT(y.net.now() - y_begin, Duration(3800ms));
  EXPECT_LT(y.net.now() - y_begin, Duration(5s));
}

TEST(Exchange, FewSlotsGoRoundAmongMany) {
  ExchangeOf x(1'000'000, 6);
  x.seed->settings.exchange.upload_slots = 1;
  x.seed->settings.exchange.slot_time = 50ms;
  x.net.exchange(*x.seed, x.metainfo);
  for (auto* leecher : x.leechers) {  // they know the seed alone
    x.net.exchange(*leecher, x.metainfo);
    x.net.introduce(*leecher, *x.seed, x.hash());
  }
  EXPECT_TRUE(x.run());
}

// A host that says it has all, and answers requests by `block`.
void be_strange(
    ExchangeOf& x, Host& host,
    std::function<void(Outbox&, const Endpoint&, wire::Token, std::uint32_t, std::uint16_t)>
        block) {
  auto token = std::make_shared<std::map<Endpoint, wire::Token>>();
  host.strange = [&x, token, block](Host&, const Endpoint& from, Bytes datagram, Outbox& out) {
    const auto message = wire::decode_peer(datagram);
    if (!message) return;
    std::vector<std::uint8_t> bytes;
    const auto send = [&](const wire::PeerMessage& m) {
      bytes.clear();
      wire::encode(m, bytes);
      out.send(Channel::peers, from, bytes);
    };
    if (const auto* hello = std::get_if<wire::peer::Hello>(&*message)) {
      (*token)[from] = hello->grant;
      if (!hello->token) return send(wire::peer::Welcome{hello->grant, {5}, {77}});
      send(wire::peer::Have{hello->grant, x.metainfo->chunk_count(), {}});
    } else if (const auto* request = std::get_if<wire::peer::Request>(&*message)) {
      for (const auto& range : request->ranges)
        for (std::uint32_t i = 0; i < range.count; ++i)
          block(out, from, (*token)[from], range.chunk,
                static_cast<std::uint16_t>(range.first + i));
    }
  };
}

TEST(Exchange, APoisonerIsDroppedAndTheDownloadCompletes) {
  ExchangeOf x(4'000'000, 1);
  Host& poisoner = x.net.add();
  be_strange(x, poisoner,
             [&x](Outbox& out, const Endpoint& to, wire::Token token, std::uint32_t chunk,
                  std::uint16_t block) {
               const auto length = std::min<std::uint32_t>(
                   wire::block_size,
                   x.metainfo->length(chunk) - std::uint32_t{block} * wire::block_size);
               const std::vector<std::uint8_t> wrong(length, 0x55);
               std::vector<std::uint8_t> bytes;
               wire::encode(wire::peer::Block{token, chunk, block, wrong}, bytes);
               out.send(Channel::peers, to, bytes);
             });
  x.begin();
  x.net.introduce(*x.leechers[0], poisoner, x.hash());
  ASSERT_TRUE(x.run());
  EXPECT_EQ(x.leechers[0]->store.bytes, x.bytes);
  bool dropped = false;
  for (const auto& event : x.leechers[0]->events)
    if (const auto* one = std::get_if<event::PeerDropped>(&event))
      dropped =
          dropped || (one->why == event::PeerDropped::Why::poison && one->peer == poisoner.address);
  EXPECT_TRUE(dropped);
}

TEST(Exchange, OneThatNeverAnswersDoesNotStopADownload) {
  ExchangeOf x(4'000'000, 1);
  Host& silent = x.net.add();
  be_strange(x, silent, [](Outbox&, const Endpoint&, wire::Token, std::uint32_t, std::uint16_t) {});
  x.begin();
  x.net.introduce(*x.leechers[0], silent, x.hash());
  EXPECT_TRUE(x.run(5s));
}

TEST(Exchange, NothingLargerThanWhatCameGoesToAnUnprovenAddress) {
  ExchangeOf x(1'000'000);
  x.net.exchange(*x.seed, x.metainfo);
  test::Words random(3);
  const Endpoint victim{0x0a0a0a0a, 99};
  std::uint64_t to_victim = 0, from_victim = 0;
  x.net.watch = [&](const Endpoint& from, const Endpoint& to, Bytes bytes) {
    if (to == victim) to_victim += bytes.size();
    if (from == victim) from_victim += bytes.size();
  };
  std::vector<std::uint8_t> bytes;
  for (int i = 0; i < 2000; ++i) {
    bytes.clear();
    const wire::Token token{random.below(2) == 0 ? 0 : random.next()};
    switch (random.below(5)) {
      case 0:
        wire::encode(wire::peer::Hello{token, x.hash(), {random.next()}, {random.next()}}, bytes);
        break;
      case 1:
        wire::encode(wire::peer::Hello{token, InfoHash{}, {random.next()}, {1}}, bytes);
        break;
      case 2: {
        wire::peer::Request request{token, {}};
        request.ranges.push_back({0, 0, 11});
        wire::encode(request, bytes);
        break;
      }
      case 3:
        wire::encode(wire::peer::Ask{token, 0}, bytes);
        break;
      default:
        wire::encode(wire::peer::AskInfo{token, {}}, bytes);
        bytes.resize(12 + random.below(40));
    }
    x.net.inject(victim, x.seed->address, bytes);
    x.net.run_for(1ms);
    ASSERT_LE(to_victim, from_victim) << i;
  }
  EXPECT_GT(to_victim, 0u);
  EXPECT_EQ(x.progress(*x.seed).peers, 0u);
}

// --- Whose network changes

// Nobody names the new address to anybody: who has it greets the peers that it knows.
TEST(Exchange, OneThatGetsAnotherAddressGoesOn) {
  ExchangeOf x(2'000'000, 2);
  x.begin();
  ASSERT_TRUE(x.net.run_until([&] { return x.progress(*x.leechers[0]).had > 20; }));
  x.net.move(*x.seed, {0x0a000063, 6881});
  ASSERT_TRUE(x.net.run_until([&] { return x.progress(*x.leechers[0]).had > 40; }, 2s));
  x.net.move(*x.leechers[0], {0x0a000064, 7000});
  ASSERT_TRUE(x.run(5s));
  for (const auto* leecher : x.leechers) EXPECT_EQ(leecher->store.bytes, x.bytes);
}

// A path that swallows long datagrams: hellos and keep-alives pass it, no block ever does.
TEST(Exchange, OneWhoseLongDatagramsAreLostIsMute) {
  ExchangeOf x(200'000);
  bool swallows = true;
  x.net.drop = [&](const Endpoint&, const Endpoint&, Bytes bytes) {
    return swallows && bytes.size() > 1000;
  };
  x.begin();
  const auto mute = [&] { return x.progress(*x.leechers[0]).mute; };
  ASSERT_TRUE(x.net.run_until([&] { return mute() == 1; }, 20s));
  EXPECT_EQ(x.progress(*x.leechers[0]).mute_peer, x.seed->address);
  x.net.run_for(30s);
  EXPECT_EQ(mute(), 1u);
  swallows = false;
  ASSERT_TRUE(x.run());
  EXPECT_EQ(mute(), 0u);
}

TEST(Exchange, OneWhoseInfoIsLostIsMute) {
  ExchangeOf x(3'000'000, 1, 1024);
  bool swallows = true;
  x.net.drop = [&](const Endpoint&, const Endpoint&, Bytes bytes) {
    return swallows && bytes.size() > 1000;
  };
  x.net.exchange(*x.seed, x.metainfo);
  x.net.exchange(*x.leechers[0], x.hash());
  x.net.introduce(*x.leechers[0], *x.seed, x.hash());
  ASSERT_TRUE(x.net.run_until([&] { return x.progress(*x.leechers[0]).mute == 1; }, 20s));
  swallows = false;
  ASSERT_TRUE(x.run());
  EXPECT_EQ(x.progress(*x.leechers[0]).mute, 0u);
}

TEST(Exchange, OneThatIsGoneOrBusyIsNotMute) {
  ExchangeOf gone(2'000'000);
  gone.begin();
  ASSERT_TRUE(gone.net.run_until([&] { return gone.progress(*gone.leechers[0]).had > 20; }));
  gone.net.kill(*gone.seed);
  std::uint32_t most = 0;
  gone.net.run_until(
      [&] {
        most = std::max(most, gone.progress(*gone.leechers[0]).mute);
        return false;
      },
      40s);
  EXPECT_EQ(most, 0u);

  ExchangeOf busy(2'000'000, 3);
  busy.seed->settings.exchange.upload_slots = 1;
  busy.seed->settings.exchange.upload_rate = 200'000;
  busy.begin();
  EXPECT_TRUE(busy.net.run_until([&] {
    for (const auto* leecher : busy.leechers)
      if (leecher->peer) most = std::max(most, busy.progress(*leecher).mute);
    return busy.all_complete();
  }));
  EXPECT_EQ(most, 0u);
}

// Its hash is right and its name cannot be written anywhere: who fetched it learns which, and why.
TEST(Exchange, ADescriptionThatCannotBeUsedSaysWhy) {
  ExchangeOf x(300'000, 1);
  auto bad = std::make_shared<Metainfo>(*x.metainfo);
  std::string info(bad->info.begin(), bad->info.end());
  const std::string name = "4:name" + std::to_string(bad->name.size()) + ":" + bad->name;
  ASSERT_NE(info.find(name), std::string::npos);
  info.replace(info.find(name), name.size(), "4:name300:" + std::string(300, 'n'));
  bad->info.assign(info.begin(), info.end());
  bad->info_hash = {sha1(bad->info).bytes};
  x.seed->store.hold(bad, x.bytes);
  x.net.exchange(*x.seed, MetainfoPtr(bad));
  x.net.exchange(*x.leechers[0], bad->info_hash);
  x.net.introduce(*x.leechers[0], *x.seed, bad->info_hash);
  const auto progress = [&] { return x.leechers[0]->peer->progress(bad->info_hash); };
  ASSERT_TRUE(x.net.run_until([&] { return progress().failed; }, 10s));
  EXPECT_EQ(progress().useless_info,
            "its name \"" + std::string(60, 'n') + "...\" has 300 bytes, and 255 are possible");
}

}  // namespace
}  // namespace swarm
