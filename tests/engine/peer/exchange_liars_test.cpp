// Peers that say that they have everything, and send wrong blocks, or right ones as slowly as they
// can without being called silent.
#include <gtest/gtest.h>

#include <array>
#include <deque>
#include <functional>
#include <utility>

#include "engine/peer/bans.hpp"
#include "tests/engine/peer/exchange_attack.hpp"

namespace swarm {
namespace {

using namespace test;
using namespace wire;
using Host = ExchangeNet::Host;
using Attack = ExchangeAttack;
using Why = event::PeerDropped::Why;

bool dropped(const Host& host, const Endpoint& peer, Why why) {
  for (const auto& event : host.events)
    if (const auto* one = std::get_if<event::PeerDropped>(&event))
      if (one->peer == peer && one->why == why) return true;
  return false;
}

// Notes which blocks are asked of it, and sends one when the test says so.
class Dribbler {
 public:
  Dribbler(ExchangeNet& net, const std::vector<std::uint8_t>& bytes, const MetainfoPtr& metainfo)
      : net_(net), bytes_(bytes), metainfo_(metainfo), host_(net.add()) {
    host_.strange = [this](Host&, const Endpoint& from, Bytes datagram, Outbox& out) {
      const auto message = decode_peer(datagram);
      if (message) receive(from, *message, out);
    };
  }
  Host& host() { return host_; }
  bool owns(std::uint32_t chunk) const {
    for (const auto& [asked, block] : asked_)
      if (asked == chunk) return true;
    return false;
  }
  std::size_t asked() const { return asked_.size(); }
  std::uint32_t first_chunk() const { return asked_.front().first; }
  void send_one() {
    if (asked_.empty()) return;
    const auto [chunk, block] = asked_.front();
    asked_.pop_front();
    const std::size_t at = std::size_t{block} * block_size;
    const std::size_t left = metainfo_->length(chunk) - at;
    const Bytes right = Bytes(bytes_).subspan(metainfo_->offset(chunk) + at,
                                              std::min<std::size_t>(block_size, left));
    std::vector<std::uint8_t> datagram;
    encode(peer::Block{token_, chunk, block, right}, datagram);
    net_.inject(host_.address, to_, datagram);
  }

 private:
  void receive(const Endpoint& from, const PeerMessage& message, Outbox& out) {
    to_ = from;
    if (const auto* hello = std::get_if<peer::Hello>(&message)) {
      token_ = hello->grant;
      std::vector<std::uint8_t> datagram;
      if (!hello->token)
        encode(peer::Welcome{token_, {5}, {77}}, datagram);
      else
        encode(peer::Have{token_, metainfo_->chunk_count(), {}}, datagram);
      return out.send(Channel::peers, from, datagram);
    }
    const auto* request = std::get_if<peer::Request>(&message);
    if (request == nullptr) return;
    for (const auto& range : request->ranges)
      for (std::uint32_t n = range.first; n < range.first + std::uint32_t{range.count}; ++n)
        asked_.emplace_back(range.chunk, static_cast<std::uint16_t>(n));
  }

  ExchangeNet& net_;
  const std::vector<std::uint8_t>& bytes_;
  const MetainfoPtr& metainfo_;
  Host& host_;
  Endpoint to_;
  Token token_;
  std::deque<std::pair<std::uint32_t, std::uint16_t>> asked_;
};

// An honest source, and any number of those that send a block every `every`.
struct Dribble {
  explicit Dribble(std::size_t size, std::uint32_t chunk = Attack::chunk_size)
      : bytes(some_bytes(size)), metainfo(metainfo_of(bytes, chunk)) {
    honest.store.hold(metainfo, bytes);
  }
  void begin(std::size_t liars) {
    net.exchange(honest, metainfo);
    net.exchange(victim, metainfo);
    for (std::size_t i = 0; i < liars; ++i) {
      auto& one = *dribblers.emplace_back(std::make_unique<Dribbler>(net, bytes, metainfo));
      net.introduce(victim, one.host(), metainfo->info_hash);
    }
    net.run_for(20ms);
    net.introduce(victim, honest, metainfo->info_hash);
  }
  ContentProgress progress() const { return victim.peer->progress(metainfo->info_hash); }
  bool run_until(const std::function<bool()>& done, Duration every, Duration most) {
    for (const Time end = net.now() + most; net.now() < end;) {
      if (net.run_until(done, every)) return true;
      for (auto& one : dribblers) one->send_one();
    }
    return done();
  }
  bool completes(Duration every, Duration most) {
    return run_until([&] { return progress().complete; }, every, most);
  }

  ExchangeNet net;
  std::vector<std::uint8_t> bytes;
  MetainfoPtr metainfo;
  Host& victim = net.add();
  Host& honest = net.add();
  std::vector<std::unique_ptr<Dribbler>> dribblers;
};

// --- Right blocks, one by one

// The honest source takes 40 s for everything, and has other chunks to send all the time. The liar
// would need 12 s for its chunk.
TEST(ExchangeLiars, AChunkIsNotLeftToOneThatSendsABlockNowAndThen) {
  Dribble attack(4'000'000);
  attack.honest.settings.exchange.upload_rate = 100'000;
  attack.begin(1);
  const std::uint32_t chunk = attack.dribblers[0]->first_chunk();
  const auto here = [&] { return attack.victim.store.had.test(chunk); };
  EXPECT_TRUE(attack.run_until(here, 250ms, 8s));
  EXPECT_FALSE(attack.progress().complete);
  EXPECT_TRUE(attack.completes(250ms, 60s));
  EXPECT_LE(attack.progress().wasted, attack.bytes.size() / 20);
}

// 2 kB/s: a quarter of the least pace, and still better than nobody.
TEST(ExchangeLiars, ASlowSourceThatIsTheOnlyOneIsNotGivenUp) {
  Dribble slow(Attack::chunk_size);
  slow.honest.settings.exchange.upload_rate = 2'000;
  slow.begin(0);
  EXPECT_TRUE(slow.completes(1s, 120s));
}

// A chunk of 1 MiB that must come from one source. Each liar sends a block just before an idle
// source would take the chunk over: for the whole chunk it would take 186 s.
struct SpoiltLargeChunk : Dribble {
  static constexpr std::uint32_t size = 1 << 20;
  SpoiltLargeChunk() : Dribble(size, size) {
    net.latency = 50ms;
    spoiler.strange = [this](Host&, const Endpoint& from, Bytes datagram, Outbox& out) {
      const auto message = decode_peer(datagram);
      if (!message) return;
      const auto* hello = std::get_if<peer::Hello>(&*message);
      if (hello != nullptr) {
        token = hello->grant;
        return hello->token ? say(peer::Have{token, 1, {}}, from, out)
                            : say(peer::Welcome{token, {5}, {77}}, from, out);
      }
      const auto* request = std::get_if<peer::Request>(&*message);
      if (request == nullptr || spoilt++ > 0) return;
      const std::vector<std::uint8_t> junk(block_size, 1);
      say(peer::Block{token, 0, request->ranges.items()[0].first, junk}, from, out);
    };
  }
  void say(const PeerMessage& message, const Endpoint& to, Outbox& out) {
    std::vector<std::uint8_t> datagram;
    encode(message, datagram);
    out.send(Channel::peers, to, datagram);
  }
  // The chunk fails its hash because of one block of the spoiler, who says nothing from then on.
  void begin(std::size_t liars) {
    net.exchange(victim, metainfo);
    net.introduce(victim, spoiler, metainfo->info_hash);
    net.run_for(300ms);
    Dribble::begin(liars);
    ASSERT_TRUE(run_until([&] { return victim.store.wrong_writes > 0; }, 10ms, 30s));
  }
  Host& spoiler = net.add();
  Token token;
  int spoilt = 0;
};

TEST(ExchangeLiars, ASpoiltChunkIsNotLeftToOneThatSendsABlockNowAndThen) {
  SpoiltLargeChunk attack;
  attack.begin(1);
  EXPECT_TRUE(attack.completes(250ms, 50s));
  EXPECT_TRUE(dropped(attack.victim, attack.spoiler.address, Why::poison));
}

// Each of them would take the chunk over from the other before an honest source could.
TEST(ExchangeLiars, NorToSeveralInTurns) {
  SpoiltLargeChunk attack;
  attack.begin(3);
  EXPECT_TRUE(attack.completes(250ms, 100s));
  EXPECT_FALSE(dropped(attack.victim, attack.honest.address, Why::poison));
}

// --- Who spoilt it

// A content of one chunk. The liar sends wrong bytes for all blocks but the last, which an honest
// source sends: so nobody is proven wrong, and the chunk is fetched again from one source. That is
// the liar, which says nothing from then on.
struct SpoiltChunk : Attack {
  SpoiltChunk() : Attack(Attack::chunk_size) {
    answer = [this](const PeerMessage& message, Outbox& out) {
      const auto* request = std::get_if<peer::Request>(&message);
      if (request == nullptr || victim.store.wrong_writes > 0) return;
      const std::vector<std::uint8_t> junk(block_size, 1);
      for (const auto& range : request->ranges)
        for (std::uint32_t n = range.first; n < range.first + range.count; ++n)
          if (n + 1 < blocks) say(peer::Block{token, 0, static_cast<std::uint16_t>(n), junk}, out);
    };
  }
  static constexpr std::uint32_t blocks = (Attack::chunk_size + block_size - 1) / block_size;
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

// The honest source sent one block of the spoilt chunk. It is asked for more, and the liar is not.
TEST(ExchangeLiars, WhoSpoiltAChunkIsFoundWhenItHasComeRight) {
  SpoiltChunk attack;
  attack.begin();
  EXPECT_TRUE(attack.completes(200ms));
  EXPECT_TRUE(dropped(attack.victim, attack.liar.address, Why::poison));
  EXPECT_FALSE(dropped(attack.victim, attack.honest.address, Why::poison));
}

// It sends one wrong block of a chunk, right ones otherwise, and never a whole chunk.
TEST(ExchangeLiars, AWrongBlockAmongRightOnesIsEnough) {
  SpoiltLargeChunk attack;
  attack.begin(0);
  EXPECT_TRUE(attack.completes(100ms, 30s));
  EXPECT_TRUE(dropped(attack.victim, attack.spoiler.address, Why::poison));
  EXPECT_FALSE(dropped(attack.victim, attack.honest.address, Why::poison));
  EXPECT_EQ(attack.victim.store.wrong_writes, 1u);
}

// --- Who shares its address with liars

// Sends wrong bytes for every block that is asked of it.
void make_liar(Host& host, const MetainfoPtr& metainfo) {
  host.strange = [metainfo, token = Token{}](Host&, const Endpoint& from, Bytes datagram,
                                             Outbox& out) mutable {
    const auto message = decode_peer(datagram);
    if (!message) return;
    const auto say = [&](const PeerMessage& answer) {
      std::vector<std::uint8_t> bytes;
      encode(answer, bytes);
      out.send(Channel::peers, from, bytes);
    };
    if (const auto* hello = std::get_if<peer::Hello>(&*message)) {
      token = hello->grant;
      return hello->token ? say(peer::Have{token, metainfo->chunk_count(), {}})
                          : say(peer::Welcome{token, {5}, {77}});
    }
    const auto* request = std::get_if<peer::Request>(&*message);
    if (request == nullptr) return;
    const std::vector<std::uint8_t> junk(block_size, 1);
    for (const auto& range : request->ranges)
      for (std::uint32_t n = range.first; n < range.first + std::uint32_t{range.count}; ++n) {
        const auto left = metainfo->length(range.chunk) - n * block_size;
        const Bytes wrong = Bytes(junk).first(std::min(block_size, left));
        say(peer::Block{token, range.chunk, static_cast<std::uint16_t>(n), wrong});
      }
  };
}

TEST(ExchangeLiars, WhoHasSentAChunkIsNotBannedWithItsNeighbours) {
  Dribble attack(2'000'000);
  attack.honest.settings.exchange.upload_rate = 100'000;
  attack.begin(0);
  ASSERT_TRUE(attack.net.run_until([&] { return attack.victim.store.had.count() > 0; }, 10s));
  std::vector<Endpoint> liars;
  for (std::uint16_t port = 1; port <= Bans::most_ports; ++port) {
    Host& liar = attack.net.add();
    liar.address = {attack.honest.address.ip, port};
    liars.push_back(liar.address);
    make_liar(liar, attack.metainfo);
    attack.net.introduce(attack.victim, liar, attack.metainfo->info_hash);
  }
  EXPECT_TRUE(attack.net.run_until([&] { return attack.progress().complete; }, 60s));
  for (const auto& liar : liars) EXPECT_TRUE(dropped(attack.victim, liar, Why::poison));
  EXPECT_FALSE(dropped(attack.victim, attack.honest.address, Why::poison));
}

// --- The info dictionary

// The liar sends a new piece before it is given up, of a dictionary as long as there can be one.
TEST(ExchangeLiars, TheInfoIsNotLeftToOneThatSendsAPieceNowAndThen) {
  Attack attack;
  std::uint16_t next = 0;
  const std::vector<std::uint8_t> junk(block_size, 1);
  attack.net.exchange(attack.victim, attack.metainfo->info_hash);
  attack.net.introduce(attack.victim, attack.liar, attack.metainfo->info_hash);
  attack.net.run_for(100ms);
  attack.net.introduce(attack.victim, attack.honest, attack.metainfo->info_hash);
  const auto complete = [&] {
    return attack.victim.peer->progress(attack.metainfo->info_hash).complete;
  };
  for (const Time end = attack.net.now() + 30s; attack.net.now() < end && !complete();) {
    attack.inject(peer::Info{attack.token, 32U << 20, next++, junk});
    attack.net.run_until(complete, 150ms);
  }
  EXPECT_TRUE(complete());
}

// Two liars that never send a piece. Whichever is asked begins its session anew before its turn is
// over, as if it had been restarted.
struct Restarting : Attack {
  struct Liar {
    Host& host;
    Endpoint to;
    Token granted;  // by the victim
    std::uint64_t nonce = 100;
    bool asked = false;
  };

  Restarting() {
    for (auto& one : liars)
      one.host.strange = [this, &one](Host&, const Endpoint& from, Bytes datagram, Outbox& out) {
        const auto message = decode_peer(datagram);
        if (!message) return;
        one.to = from;
        if (std::get_if<peer::AskInfo>(&*message) != nullptr) one.asked = true;
        const auto* hello = std::get_if<peer::Hello>(&*message);
        if (hello == nullptr) return;
        one.granted = hello->grant;
        to = from;
        hello->token ? say(peer::Have{one.granted, 1, {}}, out)
                     : say(peer::Welcome{one.granted, {one.nonce}, own}, out);
      };
  }
  void begin() {
    net.exchange(victim, metainfo->info_hash);
    for (auto& one : liars) net.introduce(victim, one.host, metainfo->info_hash);
    net.run_for(100ms);
    net.introduce(victim, honest, metainfo->info_hash);
  }
  bool completes(Duration most) {
    const auto complete = [&] { return victim.peer->progress(metainfo->info_hash).complete; };
    for (const Time end = net.now() + most; net.now() < end && !complete();) {
      for (auto& one : liars)
        if (std::exchange(one.asked, false)) restart(one);
      net.run_until(complete, 500ms);
    }
    return complete();
  }
  void restart(Liar& one) {
    std::vector<std::uint8_t> datagram;
    encode(peer::Hello{one.granted, metainfo->info_hash, {++one.nonce}, own}, datagram);
    net.inject(one.host.address, one.to, datagram);
  }

  static constexpr Token own{5};
  std::array<Liar, 2> liars{Liar{net.add(), {}, {}}, Liar{net.add(), {}, {}}};
};

TEST(ExchangeLiars, TheInfoIsNotLeftToSomeThatRestartInTurns) {
  Restarting attack;
  attack.begin();
  EXPECT_TRUE(attack.completes(30s));
}

TEST(ExchangeLiars, NorToPortsOfOneAddressThatRestartInTurns) {
  Restarting attack;
  attack.liars[1].host.address = {attack.liars[0].host.address.ip, 6999};
  attack.begin();
  EXPECT_TRUE(attack.completes(30s));
}

// The honest source loses its first turn, because its answers are lost for 3 s.
struct LostFirstTurn : Attack {
  LostFirstTurn() {
    net.exchange(victim, metainfo->info_hash);
    const Time until = net.now() + 3s;
    net.drop = [this, until](const Endpoint& from, const Endpoint&, Bytes datagram) {
      const auto message = decode_peer(datagram);
      return net.now() < until && from == honest.address && message &&
             std::holds_alternative<peer::Info>(*message);
    };
    net.introduce(victim, honest, metainfo->info_hash);
    net.run_for(100ms);
    net.introduce(victim, liar, metainfo->info_hash);
  }
  bool completes(const std::function<PeerMessage()>& next, Duration every, Duration most) {
    const auto complete = [&] { return victim.peer->progress(metainfo->info_hash).complete; };
    for (const Time end = net.now() + most; net.now() < end && !complete();) {
      inject(next());
      net.run_until(complete, every);
    }
    return complete();
  }
};

TEST(ExchangeLiars, TheLastTurnOfARoundEndsToo) {
  LostFirstTurn attack;
  const std::vector<std::uint8_t> junk(block_size, 1);
  std::uint16_t piece = 0;
  const auto next = [&] { return peer::Info{attack.token, 32U << 20, piece++, junk}; };
  EXPECT_TRUE(attack.completes(next, 150ms, 60s));
}

TEST(ExchangeLiars, HellosDoNotPutOffTheNextRound) {
  LostFirstTurn attack;
  const auto next = [&] {
    return peer::Hello{attack.token, attack.metainfo->info_hash, {5}, {77}};
  };
  attack.net.run_for(1s);
  EXPECT_TRUE(attack.completes(next, 500ms, 60s));
}

}  // namespace
}  // namespace swarm
