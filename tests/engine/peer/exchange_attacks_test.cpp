// What a peer that has shown its token may do to another one, and what must come of it.
#include <gtest/gtest.h>

#include <set>
#include <utility>

#include "engine/wire/peer_protocol.hpp"
#include "tests/engine/peer/exchange_net.hpp"

namespace swarm {
namespace {

using namespace test;
using namespace wire;
using Host = ExchangeNet::Host;

constexpr std::uint32_t chunk_size = 64 * 1024;

// One that fetches, one that has all, and a liar that says that it has all, too.
struct Attack {
  explicit Attack(std::size_t size = 1'000'000)
      : bytes(some_bytes(size)), metainfo(metainfo_of(bytes, chunk_size)) {
    honest.store.hold(metainfo, bytes);
    net.exchange(honest, metainfo);
    liar.strange = [this](Host&, const Endpoint& from, Bytes datagram, Outbox& out) {
      const auto message = decode_peer(datagram);
      if (!message) return;
      to = from;
      if (const auto* hello = std::get_if<peer::Hello>(&*message)) return greet(*hello, out);
      if (answer) answer(*message, out);
    };
  }

  void greet(const peer::Hello& hello, Outbox& out) {
    token = hello.grant;
    if (!hello.token) return say(peer::Welcome{token, {5}, {77}}, out);
    say(peer::Have{token, metainfo->chunk_count(), {}}, out);
    if (opened) opened(out);
  }
  void say(const PeerMessage& message, Outbox& out) {
    std::vector<std::uint8_t> datagram;
    encode(message, datagram);
    out.send(Channel::peers, to, datagram);
  }
  void inject(const PeerMessage& message) {
    std::vector<std::uint8_t> datagram;
    encode(message, datagram);
    net.inject(liar.address, victim.address, datagram);
  }
  Bytes block(std::uint32_t n) const {
    return Bytes(bytes).subspan(std::size_t{n} * block_size, block_size);
  }
  void begin() {
    net.exchange(victim, metainfo);
    net.introduce(victim, liar, metainfo->info_hash);
    net.run_for(20ms);
  }
  bool completes(Duration most = 30s) {
    net.introduce(victim, honest, metainfo->info_hash);
    return net.run_until([&] { return victim.peer->progress(metainfo->info_hash).complete; }, most);
  }

  ExchangeNet net;
  std::vector<std::uint8_t> bytes;
  MetainfoPtr metainfo;
  Host& victim = net.add();
  Host& liar = net.add();
  Host& honest = net.add();
  Endpoint to;
  Token token;
  std::function<void(const PeerMessage&, Outbox&)> answer;
  std::function<void(Outbox&)> opened;
};

TEST(ExchangeAttacks, ARefusalOfAChunkThatIsNoneIsDropped) {
  Attack attack;
  attack.opened = [&](Outbox& out) {
    attack.say(peer::Refuse{attack.token, peer::Refusal::not_had, 0xffffffff}, out);
  };
  attack.begin();
  EXPECT_EQ(attack.victim.count<event::Rejected>(), 1u);
  EXPECT_TRUE(attack.completes());
}

TEST(ExchangeAttacks, ChunksThatAreTakenBackTakeNoMemory) {
  Attack attack;
  attack.answer = [&](const PeerMessage& message, Outbox& out) {
    const auto* request = std::get_if<peer::Request>(&message);
    if (request == nullptr) return;
    const std::uint32_t chunk = request->ranges.items()[0].chunk;
    attack.say(peer::Refuse{attack.token, peer::Refusal::not_had, chunk}, out);
  };
  attack.begin();
  const std::size_t before = attack.victim.peer->memory();
  attack.net.run_for(1s);
  EXPECT_LE(attack.victim.peer->memory(), before);
  EXPECT_LT(attack.victim.peer->memory(), 3 * chunk_size);
  EXPECT_TRUE(attack.completes());
}

// It answers nothing that it is asked for, and sends an old block again and again.
TEST(ExchangeAttacks, WhatNobodyAskedForIsNoSignOfLife) {
  Attack attack;
  attack.victim.settings.exchange.receive_buffer = 16 * block_size;  // all of it asked of the liar
  attack.begin();
  attack.net.introduce(attack.victim, attack.honest, attack.metainfo->info_hash);
  const auto complete = [&] {
    return attack.victim.peer->progress(attack.metainfo->info_hash).complete;
  };
  for (int i = 0; i < 3000 && !complete(); ++i) {
    attack.inject(peer::Block{attack.token, 0, 0, attack.block(0)});
    attack.net.run_for(10ms);
  }
  EXPECT_TRUE(complete());
}

// A content of one chunk. The liar sends wrong bytes for all blocks but the last, which an honest
// source sends: so nobody is proven wrong, and the chunk is fetched again from one source. That is
// the liar, which says nothing from then on.
struct SpoiltChunk : Attack {
  SpoiltChunk() : Attack(chunk_size) {
    answer = [this](const PeerMessage& message, Outbox& out) {
      const auto* request = std::get_if<peer::Request>(&message);
      if (request == nullptr || victim.store.wrong_writes > 0) return;
      const std::vector<std::uint8_t> junk(block_size, 1);
      for (const auto& range : request->ranges)
        for (std::uint32_t n = range.first; n < range.first + range.count; ++n)
          if (n + 1 < blocks) say(peer::Block{token, 0, static_cast<std::uint16_t>(n), junk}, out);
    };
  }
  static constexpr std::uint32_t blocks = (chunk_size + block_size - 1) / block_size;
};

TEST(ExchangeAttacks, ASpoiltChunkIsNotLeftToASilentSource) {
  SpoiltChunk attack;
  attack.begin();
  EXPECT_TRUE(attack.completes(200ms));
  EXPECT_EQ(attack.victim.store.wrong_writes, 1u);
}

// A slow source is not a silent one: it keeps the chunk longer each time that the chunk has changed
// hands. Both sources here answer later than an idle source waits at first.
TEST(ExchangeAttacks, ASpoiltChunkComesFromSlowSourcesToo) {
  SpoiltChunk attack;
  Host& second = attack.net.add();
  second.store.hold(attack.metainfo, attack.bytes);
  attack.net.exchange(second, attack.metainfo);
  attack.begin();
  attack.net.introduce(attack.victim, second, attack.metainfo->info_hash);
  attack.net.introduce(attack.victim, attack.honest, attack.metainfo->info_hash);
  attack.net.run_until([&] { return attack.victim.store.wrong_writes > 0; });
  attack.net.latency = 150ms;
  EXPECT_TRUE(attack.completes(5s));
}

TEST(ExchangeAttacks, OnePartOfTheInfoOverAndOverStallsNothing) {
  Attack attack;
  const std::vector<std::uint8_t> junk(block_size, 1);
  attack.answer = [&](const PeerMessage& message, Outbox& out) {
    if (std::holds_alternative<peer::AskInfo>(message))
      attack.say(peer::Info{attack.token, 32U << 20, 0, junk}, out);
  };
  attack.net.exchange(attack.victim, attack.metainfo->info_hash);
  attack.net.introduce(attack.victim, attack.liar, attack.metainfo->info_hash);
  attack.net.run_for(100ms);
  EXPECT_TRUE(attack.completes());
}

TEST(ExchangeAttacks, CallersDoNotTakeTheSessionsForThoseItCalls) {
  Attack attack;
  attack.victim.settings.exchange.most_peers = 4;
  attack.net.exchange(attack.victim, attack.metainfo);
  for (std::uint16_t i = 0; i < 10; ++i) {
    Host& caller = attack.net.add();
    caller.strange = [&](Host&, const Endpoint&, Bytes datagram, Outbox& out) {
      const auto message = decode_peer(datagram);
      if (!message) return;
      const auto* welcome = std::get_if<peer::Welcome>(&*message);
      if (welcome == nullptr) return;
      std::vector<std::uint8_t> hello;
      encode(peer::Hello{welcome->grant, attack.metainfo->info_hash, {9}, {42}}, hello);
      out.send(Channel::peers, attack.victim.address, hello);
    };
    std::vector<std::uint8_t> hello;
    encode(peer::Hello{{}, attack.metainfo->info_hash, {9}, {42}}, hello);
    attack.net.inject(caller.address, attack.victim.address, hello);
  }
  attack.net.run_for(1s);
  EXPECT_EQ(attack.victim.peer->progress(attack.metainfo->info_hash).peers, 2u);
  EXPECT_TRUE(attack.completes());
}

// --- One host with many ports

// A liar's host: it says hello from as many ports as it likes, and echoes every token.
struct ManyPorts : Attack {
  void call(Host& target, std::uint16_t ports) {
    for (std::uint16_t i = 0; i < ports; ++i) {
      Host& port = net.add();
      port.address = {Ip(0x0a0000c8), static_cast<std::uint16_t>(20'000 + i)};
      port.strange = [this, &target](Host&, const Endpoint&, Bytes datagram, Outbox& out) {
        const auto message = decode_peer(datagram);
        if (!message) return;
        if (const auto* refuse = std::get_if<peer::Refuse>(&*message))
          refused += refuse->reason == peer::Refusal::full ? 1 : 0;
        if (const auto* welcome = std::get_if<peer::Welcome>(&*message))
          out.send(Channel::peers, target.address, hello(welcome->grant));
      };
      net.inject(port.address, target.address, hello({}));
    }
    net.run_for(1s);
  }
  std::vector<std::uint8_t> hello(Token echoed) const {
    std::vector<std::uint8_t> bytes_of_hello;
    encode(peer::Hello{echoed, metainfo->info_hash, {9}, {42}}, bytes_of_hello);
    return bytes_of_hello;
  }
  ContentProgress progress(const Host& host) const {
    return host.peer->progress(metainfo->info_hash);
  }
  std::uint32_t refused = 0;
};

TEST(SessionsPerAddress, OneHostWithManyPortsLeavesTheSeedToOthers) {
  ManyPorts attack;
  attack.call(attack.honest, 60);
  EXPECT_EQ(attack.progress(attack.honest).peers, 50u / 4);
  EXPECT_EQ(attack.progress(attack.honest).refusals.address_share, 60u - 50 / 4);
  EXPECT_EQ(attack.progress(attack.honest).refusals.full, 0u);
  EXPECT_EQ(attack.refused, 60u - 50 / 4);
  attack.net.exchange(attack.victim, attack.metainfo);
  EXPECT_TRUE(attack.completes());
}

TEST(SessionsPerAddress, NeitherDoesItTakeThoseOfOneThatFetches) {
  ManyPorts attack;
  attack.victim.settings.exchange.most_peers = 8;
  attack.net.exchange(attack.victim, attack.metainfo);
  attack.call(attack.victim, 20);
  EXPECT_EQ(attack.progress(attack.victim).peers, 2u);
  EXPECT_TRUE(attack.completes());
}

// With a single session in all, the share is that session.
TEST(SessionsPerAddress, AShareIsAtLeastOneSession) {
  ManyPorts attack;
  attack.honest.settings.exchange.most_peers = 3;
  attack.call(attack.honest, 5);
  EXPECT_EQ(attack.progress(attack.honest).peers, 1u);
}

TEST(SessionsPerAddress, AnAddressThatATrackerNamedWithManyPortsIsCalledOnItsShare) {
  Attack attack;
  std::set<Endpoint> called;
  attack.net.watch = [&](const Endpoint& from, const Endpoint& to, Bytes) {
    if (from == attack.victim.address && to.ip == Ip(0x0a0000c8)) called.insert(to);
  };
  attack.net.exchange(attack.victim, attack.metainfo);
  std::vector<Endpoint> named;
  for (std::uint16_t i = 0; i < 81; ++i)
    named.push_back({Ip(0x0a0000c8), static_cast<std::uint16_t>(20'000 + i)});
  named.push_back(attack.honest.address);
  attack.net.name(attack.victim, named);
  EXPECT_TRUE(attack.net.run_until(
      [&] { return attack.victim.peer->progress(attack.metainfo->info_hash).complete; }));
  EXPECT_LE(called.size(), 50u / 4);
  EXPECT_GE(attack.victim.peer->progress(attack.metainfo->info_hash).refusals.address_share,
            81u - 50 / 4);
}

TEST(ExchangeAttacks, AReportOfAnEarlierLifeOfAContentIsIgnored) {
  Attack attack;
  attack.begin();
  attack.net.stop(attack.victim, attack.metainfo->info_hash);
  attack.net.exchange(attack.victim, attack.metainfo);
  StoreReport report;
  report.kind = StoreRequest::Kind::write;
  report.content = attack.metainfo->info_hash;
  report.ticket = 1;
  Outbox out;
  attack.victim.peer->stored(attack.net.now(), report, out);
  EXPECT_TRUE(attack.completes());
}

}  // namespace
}  // namespace swarm
