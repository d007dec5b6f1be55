// What a peer sends to an address that has not shown a token: never more bytes than came from
// there, whatever the datagrams are, however often they come, and whatever time passes afterwards.
#include <gtest/gtest.h>

#include <functional>

#include "engine/wire/peer_protocol.hpp"
#include "engine/wire/seed_protocol.hpp"
#include "tests/engine/peer/exchange_net.hpp"

namespace swarm {
namespace {

using namespace test;

constexpr Endpoint stranger{0x0a0a0a0a, 99};
constexpr std::size_t head = 12, longest = 1500;
constexpr std::uint8_t kinds = 15;  // one more than there are at each end: 0 and 14

// One peer. The test is the network.
struct OnePeer {
  explicit OnePeer(std::size_t size = 300'000)
      : bytes(some_bytes(size)), metainfo(metainfo_of(bytes, 16 * 1024)) {
    settings.trackers = {0xefff0001, 6969};
    peer.emplace(settings, std::uint16_t{6881}, draw_of(7));
  }
  void run(const std::function<void(Outbox&)>& body) {
    Outbox out;
    body(out);
    while (true) {
      for (std::size_t i = 0; i < out.datagrams(); ++i) {
        if (out.datagram(i).to == settings.trackers) continue;
        EXPECT_EQ(out.datagram(i).to, stranger);
        sent += out.datagram(i).bytes.size();
      }
      if (out.store_requests().empty()) return;
      Outbox next;
      for (const auto& request : out.store_requests())
        peer->stored(now, store.carry_out(request), next);
      out = std::move(next);
    }
  }
  void receive(Bytes datagram) {
    came += datagram.size();
    run([&](Outbox& out) { peer->receive(now, {Channel::peers, stranger, false}, datagram, out); });
  }
  void pass(Duration time) {
    const Time end = now + time;
    while (peer->next_wake() <= end) {
      now = std::max(now, peer->next_wake());
      run([&](Outbox& out) { peer->wake(now, out); });
    }
    now = end;
  }
  void share() {
    store.hold(metainfo, bytes);
    exchange();
  }
  void exchange() {
    run([&](Outbox& out) { peer->exchange(now, metainfo, out); });
  }

  std::vector<std::uint8_t> bytes;
  MetainfoPtr metainfo;
  MemoryContentStore store;
  PeerSettings settings;
  std::optional<Peer> peer;
  Time now{1s};
  std::uint64_t came = 0, sent = 0;
};

// A datagram of this kind and length. Its body is random, except that a hello names the content.
std::vector<std::uint8_t> datagram(std::uint8_t kind, std::size_t length, std::uint64_t token,
                                   const InfoHash& content, Words& random) {
  std::vector<std::uint8_t> bytes{'T', 'S', 'P', kind};
  for (int i = 56; i >= 0; i -= 8) bytes.push_back(static_cast<std::uint8_t>(token >> i));
  while (bytes.size() < length) bytes.push_back(static_cast<std::uint8_t>(random.next()));
  if (kind == 1 && length >= head + 20)
    std::copy(content.bytes.begin(), content.bytes.end(), bytes.begin() + head);
  bytes.resize(length);
  return bytes;
}

// The same datagram three times at once, and once more later.
void send_all(OnePeer& one, Bytes bytes, const std::string& what) {
  for (int times = 0; times < 4; ++times) {
    if (times == 3) one.pass(10ms);
    const std::uint64_t before = one.sent;
    one.receive(bytes);
    ASSERT_LE(one.sent - before, bytes.size()) << what;
  }
}

void send_every_kind_and_length(OnePeer& one) {
  Words random(3);
  const std::uint64_t random_token = random.next();
  for (std::uint8_t kind = 0; kind < kinds; ++kind)
    for (const std::uint64_t token : {std::uint64_t{0}, std::uint64_t{1}, random_token})
      for (const bool known : {true, false})
        for (std::size_t length = 3; length <= longest; length += length < 70 ? 1 : 53) {
          const InfoHash content = known ? one.metainfo->info_hash : InfoHash{};
          const auto bytes = datagram(kind, length, token, content, random);
          ASSERT_NO_FATAL_FAILURE(send_all(
              one, bytes, "kind " + std::to_string(kind) + " of " + std::to_string(length)));
        }
}

// Each message as a peer of this project would encode it, with a token that was not granted.
std::vector<wire::PeerMessage> every_message(const InfoHash& content, wire::Token token,
                                             Bytes payload) {
  namespace peer = wire::peer;
  peer::Have have{token, 5, {}};
  have.chunks.push_back(1);
  peer::Request request{token, {}};
  for (std::uint32_t i = 0; i < wire::most_ranges; ++i) request.ranges.push_back({i, 0, 11});
  peer::AskInfo ask_info{token, {}};
  for (std::uint16_t i = 0; i < 16; ++i) ask_info.pieces.push_back(i);
  return {peer::Hello{token, content, {9}, {42}},
          peer::Hello{token, InfoHash{}, {9}, {42}},
          peer::Welcome{token, {9}, {42}},
          peer::Ask{token, 0},
          have,
          peer::Bits{token, 5, 0, payload.first(3)},
          request,
          peer::Block{token, 0, 0, payload.first(wire::block_size)},
          ask_info,
          peer::Info{token, 10'000, 0, payload.first(wire::block_size)},
          peer::Refuse{token, peer::Refusal::busy, 0},
          peer::Refuse{token, peer::Refusal::no_info, 0},
          peer::Ready{token},
          peer::Bye{token},
          peer::Reset{token}};
}

void send_every_message(OnePeer& one) {
  for (const std::uint64_t token : {0, 1, 12345})
    for (const auto& message : every_message(one.metainfo->info_hash, {token}, one.bytes)) {
      std::vector<std::uint8_t> bytes;
      wire::encode(message, bytes);
      ASSERT_NO_FATAL_FAILURE(send_all(one, bytes, "message " + std::to_string(message.index())));
    }
}

// Answers of trackers, of every action and many lengths, that answer nothing.
void send_answers(OnePeer& one) {
  const std::uint64_t before = one.sent;
  for (std::uint8_t action = 0; action < 6; ++action)
    for (std::size_t length = 0; length < 600; ++length) {
      std::vector<std::uint8_t> bytes(length, 0);
      if (length > 3) bytes[3] = action;
      one.receive(bytes);
    }
  EXPECT_EQ(one.sent, before);
}

void send_everything(OnePeer& one) {
  ASSERT_NO_FATAL_FAILURE(send_every_message(one));
  ASSERT_NO_FATAL_FAILURE(send_every_kind_and_length(one));
  ASSERT_NO_FATAL_FAILURE(send_answers(one));
}

TEST(Amplification, NoneByAPeerThatSharesAContent) {
  OnePeer one;
  one.share();
  send_everything(one);
  EXPECT_GT(one.sent, 0u);
  const std::uint64_t before = one.sent;
  one.pass(600s);
  EXPECT_EQ(one.sent, before);  // nothing of it started a timer
  EXPECT_EQ(one.peer->progress(one.metainfo->info_hash).peers, 0u);
}

TEST(Amplification, NoneByAPeerThatFetches) {
  OnePeer one;
  one.exchange();
  send_everything(one);
  const std::uint64_t before = one.sent;
  one.pass(600s);
  EXPECT_EQ(one.sent, before);
}

TEST(Amplification, NoneByAPeerThatShutsDownOrHasNothing) {
  OnePeer one;
  send_everything(one);
  EXPECT_EQ(one.sent, 0u);
  one.share();
  one.run([&](Outbox& out) { one.peer->stop(one.now, one.metainfo->info_hash, out); });
  send_everything(one);
  one.pass(600s);
  EXPECT_LE(one.sent, one.came);
}

// A tracker named the address, so the peer calls it. Datagrams from there without the token that
// the hello granted get no more than others do, and the hellos do not become more.
TEST(Amplification, NoneByAPeerThatCallsTheAddress) {
  OnePeer one;
  one.exchange();
  one.run(
      [&](Outbox& out) { one.peer->add_peer(one.now, one.metainfo->info_hash, stranger, out); });
  EXPECT_EQ(one.sent, 48u);
  one.sent = 0;
  ASSERT_NO_FATAL_FAILURE(send_answers(one));
  Words random(3);
  for (std::uint8_t kind = 0; kind < kinds; ++kind)
    for (const std::uint64_t token : {std::uint64_t{0}, random.next()})
      for (std::size_t length = 3; length <= longest; length += length < 70 ? 1 : 53) {
        const std::uint64_t before = one.sent;
        const auto bytes = datagram(kind, length, token, one.metainfo->info_hash, random);
        one.receive(bytes);
        ASSERT_LE(one.sent - before, length) << int{kind};
      }
}

// The address shows its token once. From then on it gets what it asks for, and no other address.
TEST(Amplification, ATokenIsForOneAddress) {
  OnePeer one;
  one.share();
  wire::Token granted;
  const auto receive = [&](const Endpoint& from, const wire::PeerMessage& message) {
    std::vector<std::uint8_t> bytes;
    wire::encode(message, bytes);
    Outbox out;
    one.peer->receive(one.now, {Channel::peers, from, false}, bytes, out);
    std::size_t sent = 0;
    for (std::size_t i = 0; i < out.datagrams(); ++i) {
      sent += out.datagram(i).bytes.size();
      const auto answer = wire::decode_peer(out.datagram(i).bytes);
      if (const auto* welcome = std::get_if<wire::peer::Welcome>(&*answer))
        granted = welcome->grant;
    }
    return sent;
  };
  const auto& hash = one.metainfo->info_hash;
  receive(stranger, wire::peer::Hello{{}, hash, {9}, {42}});
  ASSERT_NE(granted.value, 0u);
  const Endpoint other_port{stranger.ip, 100}, other_host{0x0a0a0a0b, 99};
  const wire::Token own = granted;
  for (const Endpoint& other : {other_port, other_host}) {
    EXPECT_LE(receive(other, wire::peer::Hello{own, hash, {9}, {42}}), 48u);
    EXPECT_LE(receive(other, wire::peer::Ask{own, 0}), 16u);
  }
  EXPECT_EQ(one.peer->progress(hash).peers, 0u);
  receive(stranger, wire::peer::Hello{own, hash, {9}, {42}});
  EXPECT_EQ(one.peer->progress(hash).peers, 1u);
}

}  // namespace
}  // namespace swarm
