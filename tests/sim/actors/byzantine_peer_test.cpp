#include "transport/sim/actors/byzantine_peer.hpp"
#include "tests/engine/base/words.hpp"

#include <gtest/gtest.h>

namespace swarm::sim {
namespace {

constexpr Endpoint other{0x0a000005, 6881};

class ByzantinePeerTest : public testing::Test {
 protected:
  ByzantinePeerTest() : content_("film", 10'000, 4096) { settings_.trackers = {0xefff0001, 6969}; }

  void make(PeerBehaviour behaviour) {
    peer_.emplace(settings_, 6881, test::draw_of(9), behaviour,
                  std::vector<const VirtualContent*>{&content_});
    Outbox out;
    peer_->start(now_, out);
    EXPECT_GT(out.datagrams(), 0u);  // it tells the trackers
  }
  // What it answers.
  std::vector<std::vector<std::uint8_t>> answers(const wire::PeerMessage& message) {
    std::vector<std::uint8_t> bytes;
    wire::encode(message, bytes);
    Outbox out;
    peer_->receive(now_, {Channel::peers, other, false}, bytes, out);
    return sent(out);
  }
  static std::vector<std::vector<std::uint8_t>> sent(const Outbox& out) {
    std::vector<std::vector<std::uint8_t>> all;
    for (std::size_t i = 0; i < out.datagrams(); ++i) {
      const Bytes bytes = out.datagram(i).bytes;
      if (out.datagram(i).to == other) all.emplace_back(bytes.begin(), bytes.end());
    }
    return all;
  }
  // The token that it has granted to us.
  wire::Token shake_hands() {
    const auto welcome = answers(wire::peer::Hello{{0}, content_.hash(), {1}, {10}});
    EXPECT_EQ(welcome.size(), 1u);
    const auto token = std::get<wire::peer::Welcome>(*wire::decode_peer(welcome.at(0))).grant;
    const auto have = answers(wire::peer::Hello{token, content_.hash(), {1}, {10}});
    EXPECT_EQ(std::get<wire::peer::Have>(*wire::decode_peer(have.at(0))).count, 3u);
    return token;
  }
  static wire::peer::Request request(wire::Token token) {
    wire::peer::Request asked{token, {}};
    asked.ranges.push_back({1, 0, 3});
    return asked;
  }

  VirtualContent content_;
  PeerSettings settings_;
  std::optional<ByzantinePeer> peer_;
  Time now_ = Time(1s);
};

TEST_F(ByzantinePeerTest, APoisonerSendsAsManyBytesThatAreOthers) {
  make(PeerBehaviour::poisoner);
  const auto blocks = answers(request(shake_hands()));
  ASSERT_EQ(blocks.size(), 3u);
  const auto message = wire::decode_peer(blocks[2]);
  const auto& block = std::get<wire::peer::Block>(*message);
  EXPECT_EQ(block.chunk, 1u);
  EXPECT_EQ(block.block, 2u);
  EXPECT_EQ(block.bytes.size(), 4096u - 2 * wire::block_size);
  EXPECT_FALSE(content_.equals(1, 2 * wire::block_size, block.bytes));
}

TEST_F(ByzantinePeerTest, ASilentOneSendsNoBlock) {
  make(PeerBehaviour::silent);
  EXPECT_TRUE(answers(request(shake_hands())).empty());
}

TEST_F(ByzantinePeerTest, ASlowOneSendsTheRightBytesOneByOne) {
  make(PeerBehaviour::slow);
  EXPECT_TRUE(answers(request(shake_hands())).empty());
  for (int i = 0; i < 3; ++i) {
    now_ += 20ms;
    Outbox out;
    peer_->wake(now_, out);
    const auto blocks = sent(out);
    ASSERT_EQ(blocks.size(), 1u);
    const auto message = wire::decode_peer(blocks[0]);
    const auto& block = std::get<wire::peer::Block>(*message);
    EXPECT_TRUE(content_.equals(1, block.block * std::size_t{wire::block_size}, block.bytes));
  }
}

TEST_F(ByzantinePeerTest, AStallerWaitsLonger) {
  make(PeerBehaviour::staller);
  EXPECT_TRUE(answers(request(shake_hands())).empty());
  now_ += 249ms;
  Outbox early;
  peer_->wake(now_, early);
  EXPECT_TRUE(sent(early).empty());
  now_ += 1ms;
  Outbox out;
  peer_->wake(now_, out);
  EXPECT_EQ(sent(out).size(), 1u);
}

TEST_F(ByzantinePeerTest, ASpoilerSendsOnlyAFirstBlockThatIsWrong) {
  make(PeerBehaviour::spoiler);
  const auto blocks = answers(request(shake_hands()));
  ASSERT_EQ(blocks.size(), 1u);
  const auto message = wire::decode_peer(blocks[0]);
  const auto& block = std::get<wire::peer::Block>(*message);
  EXPECT_EQ(block.block, 0u);
  EXPECT_FALSE(content_.equals(1, 0, block.bytes));
}

TEST_F(ByzantinePeerTest, WithoutItsTokenNobodyGetsAnything) {
  make(PeerBehaviour::poisoner);
  EXPECT_TRUE(answers(request({12345})).empty());
}

}  // namespace
}  // namespace swarm::sim
