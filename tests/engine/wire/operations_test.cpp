#include "engine/wire/operations.hpp"

#include <gtest/gtest.h>

#include "engine/base/assert.hpp"
#include "tests/engine/base/words.hpp"

namespace swarm::wire {
namespace {

using Buffer = std::vector<std::uint8_t>;

Buffer encoded(const Operation& operation) {
  Buffer out;
  encode(operation, out);
  return out;
}

InfoHash hash_of(std::uint8_t byte) {
  InfoHash hash;
  hash.bytes.fill(byte);
  return hash;
}

Member member(std::uint32_t id) {
  return {{id}, {0x0102030405060708}, Standing::voter, true, {0x0a000000 + id, 7000}};
}

Config config_of(std::uint32_t members) {
  Config config;
  for (std::uint32_t id = 1; id <= members; ++id) config.members.push_back(member(id));
  config.ready = ReadyPolicy::in_sync;
  config.next_id = {members + 1};
  config.current_secret.fill(0xcc);
  config.previous_secret.fill(0xdd);
  return config;
}

Endpoint v6(std::uint16_t port) {
  return {Ip::v6({0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}), port};
}
Config rotated(Config config) {
  config.secret_since = {0x0102030405060708};
  return config;
}

Endpoint random_endpoint(test::Words& random, bool v6) {
  const auto port = static_cast<std::uint16_t>(1 + random.below(65535));
  if (!v6) return {static_cast<std::uint32_t>(random.next()), port};
  Ip::Bytes16 bytes;
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random.below(256));
  return {Ip::v6(bytes), port};
}

Operation random_operation(test::Words& random) {
  const InfoHash content = hash_of(static_cast<std::uint8_t>(random.below(256)));
  const bool v6 = random.below(2) == 0;
  const Endpoint peer = random_endpoint(random, v6);
  switch (random.below(6)) {
    case 0:
      return Register{content, peer, static_cast<PeerState>(random.below(2))};
    case 1:
      return Register{content, peer, PeerState::seeder, true};
    case 2:
      return Remove{content, peer};
    case 3: {
      Expire expire;
      for (auto n = 1 + random.below(v6 ? Expire::most6 : Expire::most); n > 0; --n)
        expire.peers.push_back(random_endpoint(random, v6));
      return expire;
    }
    case 4:
      return Noop{};
    default: {
      const auto config = config_of(static_cast<std::uint32_t>(random.below(Config::most + 1)));
      return v6 ? rotated(config) : config;
    }
  }
}

TEST(Operations, BytesAreThoseOfTheGrammar) {
  const Buffer reg = encoded(Register{hash_of(0xab), {0x0a000001, 6881}, PeerState::seeder});
  Buffer expected{1};
  expected.insert(expected.end(), 20, 0xab);
  expected.insert(expected.end(), {10, 0, 0, 1, 0x1a, 0xe1, 1});
  EXPECT_EQ(reg, expected);

  EXPECT_EQ(encoded(Noop{}), Buffer{4});
  EXPECT_EQ(encoded(Expire{{{0x0a000001, 1}, {0x0a000002, 2}}}),
            (Buffer{3, 2, 10, 0, 0, 1, 0, 1, 10, 0, 0, 2, 0, 2}));

  EXPECT_EQ(encoded(Register{hash_of(1), {1, 1}, PeerState::seeder, true}).back(), 2);

  const Buffer config = encoded(config_of(1));
  Buffer head{5, 1, 0, 0, 0, 2};
  head.insert(head.end(), 16, 0xcc);
  head.insert(head.end(), 16, 0xdd);
  head.insert(head.end(), {1, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 1, 1, 10, 0, 0, 1, 0x1b, 0x58});
  EXPECT_EQ(config, head);
}

TEST(Operations, EncodeDecodeEncodeIsTheSame) {
  test::Words random(1);
  for (int round = 0; round < 2000; ++round) {
    const Operation operation = random_operation(random);
    const Buffer bytes = encoded(operation);
    EXPECT_EQ(bytes.size(), encoded_size(operation));
    const auto decoded = decode_operations(bytes);
    ASSERT_TRUE(decoded.has_value());
    ASSERT_EQ(decoded->size(), 1u);
    EXPECT_EQ(decoded->front(), operation);
    EXPECT_EQ(encoded(decoded->front()), bytes);
  }
}

TEST(Operations, ABlockHoldsManyInTheirOrder) {
  Buffer block;
  const std::vector<Operation> operations{Noop{}, Register{hash_of(1), {1, 1}, PeerState::leecher},
                                          Remove{hash_of(1), {1, 1}}, Expire{{{1, 1}}},
                                          config_of(3)};
  for (const auto& operation : operations) encode(operation, block);
  EXPECT_EQ(decode_operations(block), operations);
  EXPECT_EQ(decode_operations({}), std::vector<Operation>{});
}

TEST(Operations, TheLargestOfEachKindFitsABlock) {
  Expire expire;
  expire.peers.assign(Expire::most, {0xffffffff, 0xffff});
  EXPECT_LE(encoded_size(expire), Block::most);
  EXPECT_LE(encoded_size(rotated(config_of(Config::most))), Block::most);
  Expire expire6;
  expire6.peers.assign(Expire::most6, v6(0xffff));
  EXPECT_LE(encoded_size(expire6), Block::most);
  EXPECT_TRUE(decode_operations(encoded(config_of(Config::most))));
}

TEST(Operations, EveryTruncationAndEveryTrailingByteIsRefused) {
  const std::vector<Operation> kinds{Register{hash_of(9), {1, 1}, PeerState::seeder},
                                     Remove{hash_of(9), {1, 1}},
                                     Expire{{{1, 1}, {2, 2}}},
                                     Register{hash_of(9), v6(1), PeerState::seeder},
                                     Remove{hash_of(9), v6(1)},
                                     Expire{{v6(1), v6(2)}},
                                     config_of(3),
                                     rotated(config_of(3))};
  for (const auto& operation : kinds) {
    Buffer bytes = encoded(operation);
    for (std::size_t n = 1; n < bytes.size(); ++n)
      EXPECT_FALSE(decode_operations(Bytes(bytes).first(n))) << n << " bytes";
    bytes.push_back(0);
    EXPECT_FALSE(decode_operations(bytes)) << "a trailing byte";
  }
}

TEST(Operations, WrongValuesAreRefused) {
  const auto changed = [](Operation operation, std::size_t at, std::uint8_t value) {
    Buffer bytes = encoded(operation);
    bytes.at(at) = value;
    return decode_operations(bytes).has_value();
  };
  const Register reg{hash_of(1), {1, 1}, PeerState::leecher};
  EXPECT_TRUE(changed(reg, 27, 1));
  EXPECT_TRUE(changed(reg, 27, 2));
  EXPECT_FALSE(changed(reg, 27, 3)) << "state";
  EXPECT_FALSE(changed(reg, 26, 0)) << "port 0";
  EXPECT_FALSE(changed(Remove{hash_of(1), {1, 1}}, 26, 0)) << "port 0";
  EXPECT_FALSE(changed(Expire{{{1, 1}}}, 7, 0)) << "port 0";
  for (int kind = 0; kind < 256; ++kind)
    if (kind != 4) {
      EXPECT_FALSE(changed(Noop{}, 0, static_cast<std::uint8_t>(kind))) << kind;
    }

  const std::size_t second = 39 + 20;  // of a CONFIG: where its second member begins
  EXPECT_TRUE(changed(config_of(2), second + 3, 3));
  EXPECT_FALSE(changed(config_of(2), second + 3, 1)) << "an id twice";
  EXPECT_FALSE(changed(config_of(2), 39 + 3, 3)) << "ids out of order";
  EXPECT_FALSE(changed(config_of(2), 39 + 3, 0)) << "id zero";
  EXPECT_FALSE(changed(config_of(2), second + 12, 2)) << "standing";
  EXPECT_FALSE(changed(config_of(2), second + 13, 2)) << "in_sync";
  EXPECT_FALSE(changed(config_of(2), 1, 2)) << "ready";
}

TEST(Operations, BytesOfTheLaterKindsAreThoseOfTheGrammar) {
  const Buffer address{0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x1a, 0xe1};
  const auto after = [](Buffer head, std::size_t hashes, const Buffer& tail) {
    head.insert(head.end(), 20 * hashes, 0xab);
    head.insert(head.end(), tail.begin(), tail.end());
    return head;
  };
  Buffer completed = after({6}, 1, address);
  completed.push_back(2);
  EXPECT_EQ(encoded(Register{hash_of(0xab), v6(6881), PeerState::seeder, true}), completed);
  EXPECT_EQ(encoded(Remove{hash_of(0xab), v6(6881)}), after({7}, 1, address));
  EXPECT_EQ(encoded(Expire{{v6(6881)}}), after({8, 1}, 0, address));

  Buffer expected = encoded(config_of(2));
  expected[0] = 9;
  const Buffer since{1, 2, 3, 4, 5, 6, 7, 8};
  expected.insert(expected.begin() + 38, since.begin(), since.end());
  EXPECT_EQ(encoded(rotated(config_of(2))), expected);
}

TEST(Operations, WhatHasAnOlderFormIsNotReadInTheLaterOne) {
  Buffer removal = encoded(Remove{hash_of(1), v6(1)});
  EXPECT_TRUE(decode_operations(removal));
  const Buffer mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 1};
  std::copy(mapped.begin(), mapped.end(), removal.begin() + 21);
  EXPECT_FALSE(decode_operations(removal)) << "an IPv4 address, mapped";
  Buffer config = encoded(rotated(config_of(1)));
  EXPECT_TRUE(decode_operations(config));
  std::fill_n(config.begin() + 38, 8, std::uint8_t{0});
  EXPECT_FALSE(decode_operations(config)) << "rotated at no time";
}

TEST(Operations, NumbersOverTheLimitAreRefused) {
  Buffer expire{3, Expire::most + 1};
  expire.insert(expire.end(), 6 * (Expire::most + 1), 1);
  EXPECT_FALSE(decode_operations(expire));
  EXPECT_FALSE(decode_operations(Buffer{3, 0})) << "an EXPIRE of nobody";
  Buffer expire6{8, Expire::most6 + 1};
  expire6.insert(expire6.end(), 18 * (Expire::most6 + 1), 1);
  EXPECT_FALSE(decode_operations(expire6));

  Buffer config = encoded(config_of(Config::most));
  config.at(38) = Config::most + 1;
  encode(Noop{}, config);
  const Buffer last = encoded(config_of(17 - Config::most));
  config.pop_back();
  const Member extra = member(17);
  config.insert(config.end(), {0, 0, 0, static_cast<std::uint8_t>(extra.id.value)});
  config.insert(config.end(), last.begin() + 43, last.end());
  EXPECT_FALSE(decode_operations(config)) << "seventeen well-formed members";

  EXPECT_TRUE(decode_operations(Buffer(Block::most, 4)));
  EXPECT_FALSE(decode_operations(Buffer(Block::most + 1, 4))) << "larger than a block";
}

TEST(Operations, WritingWhatNobodyWouldReadIsABug) {
  Buffer out;
  EXPECT_THROW(encode(Register{hash_of(1), {1, 0}, PeerState::leecher}, out), AssertionFailed);
  EXPECT_THROW(encode(Expire{}, out), AssertionFailed);
  Expire large;
  large.peers.assign(Expire::most + 1, {1, 1});
  EXPECT_THROW(encode(large, out), AssertionFailed);
  large.peers.assign(Expire::most6 + 1, v6(1));
  EXPECT_THROW(encode(large, out), AssertionFailed);
  EXPECT_THROW(encode(Expire{{{1, 1}, v6(1)}}, out), AssertionFailed);
  EXPECT_THROW(encode(Register{hash_of(1), {1, 1}, PeerState::leecher, true}, out),
               AssertionFailed);
  EXPECT_THROW(encode(config_of(Config::most + 1), out), AssertionFailed);
  Config disordered = config_of(2);
  std::swap(disordered.members[0], disordered.members[1]);
  EXPECT_THROW(encode(disordered, out), AssertionFailed);
  EXPECT_TRUE(out.empty()) << "nothing half-written";
}

}  // namespace
}  // namespace swarm::wire
