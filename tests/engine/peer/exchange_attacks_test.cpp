// What a peer that has shown its token may do to another one, and what must come of it.
#include <gtest/gtest.h>

#include "tests/engine/peer/exchange_attack.hpp"

namespace swarm {
namespace {

using namespace test;
using namespace wire;
using Host = ExchangeNet::Host;
using Attack = ExchangeAttack;

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
  EXPECT_LT(attack.victim.peer->memory(), 3 * ExchangeAttack::chunk_size);
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
