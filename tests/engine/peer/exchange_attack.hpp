// A peer that fetches, a peer that has all, and a liar that says that it has all. A test says what
// the liar does.
#pragma once

#include <functional>
#include <vector>

#include "engine/wire/peer_protocol.hpp"
#include "tests/engine/peer/exchange_net.hpp"

namespace swarm::test {

struct ExchangeAttack {
  using Host = ExchangeNet::Host;
  static constexpr std::uint32_t chunk_size = 64 * 1024;

  explicit ExchangeAttack(std::size_t size = 1'000'000, std::uint32_t chunk = chunk_size)
      : bytes(some_bytes(size)), metainfo(metainfo_of(bytes, chunk)) {
    honest.store.hold(metainfo, bytes);
    net.exchange(honest, metainfo);
    liar.strange = [this](Host&, const Endpoint& from, Bytes datagram, Outbox& out) {
      const auto message = wire::decode_peer(datagram);
      if (!message) return;
      to = from;
      if (const auto* hello = std::get_if<wire::peer::Hello>(&*message)) return greet(*hello, out);
      if (answer) answer(*message, out);
    };
  }

  void greet(const wire::peer::Hello& hello, Outbox& out) {
    token = hello.grant;
    if (!hello.token) return say(wire::peer::Welcome{token, {5}, {77}}, out);
    say(wire::peer::Have{token, metainfo->chunk_count(), {}}, out);
    if (opened) opened(out);
  }
  void say(const wire::PeerMessage& message, Outbox& out) {
    std::vector<std::uint8_t> datagram;
    wire::encode(message, datagram);
    out.send(Channel::peers, to, datagram);
  }
  void inject(const wire::PeerMessage& message) {
    std::vector<std::uint8_t> datagram;
    wire::encode(message, datagram);
    net.inject(liar.address, victim.address, datagram);
  }
  Bytes block(std::uint32_t n) const {
    return Bytes(bytes).subspan(std::size_t{n} * wire::block_size, wire::block_size);
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
  wire::Token token;
  std::function<void(const wire::PeerMessage&, Outbox&)> answer;
  std::function<void(Outbox&)> opened;
};

}  // namespace swarm::test
