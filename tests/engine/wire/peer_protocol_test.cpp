// Byte for byte against the table of docs/PROTOCOL.md, "Peer to peer".
#include "engine/wire/peer_protocol.hpp"

#include <gtest/gtest.h>

#include <string>

#include "engine/wire/metainfo.hpp"

namespace swarm::wire {
namespace {

using Datagram = std::vector<std::uint8_t>;

Datagram from_hex(std::string_view text) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string digits;
  for (const char c : text)
    if (c != ' ') digits += c;
  Datagram bytes;
  for (std::size_t i = 0; i < digits.size(); i += 2)
    bytes.push_back(static_cast<std::uint8_t>(digit(digits[i]) << 4 | digit(digits[i + 1])));
  return bytes;
}

Datagram encoded(const PeerMessage& message) {
  Datagram bytes;
  encode(message, bytes);
  return bytes;
}

constexpr Token token{0x0102030405060708};
const std::string token_hex = "0102030405060708";
const std::string magic_hex = "545350";

Datagram datagram(const std::string& kind, const std::string& body) {
  return from_hex(magic_hex + kind + token_hex + body);
}

// Both ways: the message is these bytes, and what these bytes are is written as these bytes.
Datagram expect_bytes(const PeerMessage& message, const std::string& kind,
                      const std::string& body) {
  const auto bytes = encoded(message);
  EXPECT_EQ(to_hex(bytes), to_hex(datagram(kind, body)));
  EXPECT_TRUE(is_peer_protocol(bytes));
  const auto decoded = decode_peer(bytes);
  EXPECT_TRUE(decoded.has_value());
  if (decoded) {
    EXPECT_EQ(decoded->index(), message.index());
    EXPECT_EQ(to_hex(encoded(*decoded)), to_hex(bytes));
  }
  return bytes;
}

template <class Message>
void expect_same(const Message& message, const std::string& kind, const std::string& body) {
  const auto bytes = expect_bytes(message, kind, body);
  const auto decoded = decode_peer(bytes);
  ASSERT_TRUE(decoded && std::holds_alternative<Message>(*decoded));
  EXPECT_TRUE(std::get<Message>(*decoded) == message);
}

std::string repeated(std::string_view hex, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += hex;
  return text;
}

Reject reason_of(const Datagram& bytes) {
  const auto decoded = decode_peer(bytes);
  return decoded ? Reject::count : decoded.error();
}

InfoHash hash_aa() {
  InfoHash hash;
  hash.bytes.fill(0xaa);
  return hash;
}

const peer::Hello some_hello{token, hash_aa(), {0x1111111111111111}, {0x2222222222222222}};
const peer::Welcome some_welcome{token, {0x1111111111111111}, {0x2222222222222222}};

TEST(PeerProtocol, HelloIs48Bytes) {
  expect_same(some_hello, "01", repeated("aa", 20) + repeated("11", 8) + repeated("22", 8));
  EXPECT_EQ(encoded(some_hello).size(), 48U);
}

TEST(PeerProtocol, WelcomeIs28Bytes) {
  expect_same(some_welcome, "02", repeated("11", 8) + repeated("22", 8));
  EXPECT_EQ(encoded(some_welcome).size(), 28U);
}

TEST(PeerProtocol, AskIs16Bytes) {
  expect_same(peer::Ask{token, 0x00002b00}, "03", "00002b00");
}

TEST(PeerProtocol, HaveIs16BytesAnd4PerChunk) {
  peer::Have have{token, 7, {}};
  expect_same(have, "04", "00000007");
  have.chunks.push_back(3);
  have.chunks.push_back(0xffffffff);
  expect_same(have, "04", "00000007 00000003 ffffffff");
}

TEST(PeerProtocol, BitsAreThoseOfTheDatagram) {
  const auto raw = from_hex("80ff01");
  const auto bytes =
      expect_bytes(peer::Bits{token, 9, 0x2b00, raw}, "05", "00000009 00002b00 80ff01");
  const auto decoded = decode_peer(bytes);
  const auto& bits = std::get<peer::Bits>(*decoded);
  EXPECT_EQ(bits.token, token);
  EXPECT_EQ(bits.count, 9U);
  EXPECT_EQ(bits.first, 0x2b00U);
  EXPECT_EQ(to_hex(bits.bits), "80ff01");
  EXPECT_EQ(bits.bits.data(), bytes.data() + 20);
}

TEST(PeerProtocol, RequestIs12BytesAnd8PerRange) {
  peer::Request request{token, {}};
  request.ranges.push_back({1, 2, 3});
  expect_same(request, "06", "00000001 0002 0003");
  request.ranges.push_back({0xffffffff, 0xffff, 1});
  request.ranges.push_back({0, 1, 0xffff});
  expect_same(request, "06", "00000001 0002 0003 ffffffff ffff 0001 00000000 0001 ffff");
}

TEST(PeerProtocol, BlockRefersToTheDatagram) {
  const auto raw = from_hex("cafe");
  const auto bytes = expect_bytes(peer::Block{token, 5, 0xb9, raw}, "07", "00000005 00b9 cafe");
  const auto decoded = decode_peer(bytes);
  const auto& block = std::get<peer::Block>(*decoded);
  EXPECT_EQ(block.token, token);
  EXPECT_EQ(block.chunk, 5U);
  EXPECT_EQ(block.block, 0xb9U);
  EXPECT_EQ(to_hex(block.bytes), "cafe");
  EXPECT_EQ(block.bytes.data(), bytes.data() + block_header);
}

TEST(PeerProtocol, BlockHeaderIsWhatIsBeforeTheBlock) {
  std::array<std::uint8_t, block_header> header{};
  encode_block_header(token, 0x0a0b0c0d, 0xfffe, header);
  EXPECT_EQ(to_hex(header), to_hex(datagram("07", "0a0b0c0d fffe")));
}

TEST(PeerProtocol, AskInfoIs12BytesAnd2PerPiece) {
  peer::AskInfo ask{token, {}};
  expect_same(ask, "08", "");
  ask.pieces.push_back(0);
  ask.pieces.push_back(0x5ba9);
  expect_same(ask, "08", "0000 5ba9");
}

TEST(PeerProtocol, InfoRefersToTheDatagram) {
  const auto raw = from_hex("6465");
  const auto bytes = expect_bytes(peer::Info{token, 2, 0, raw}, "09", "00000002 0000 6465");
  const auto decoded = decode_peer(bytes);
  const auto& info = std::get<peer::Info>(*decoded);
  EXPECT_EQ(info.token, token);
  EXPECT_EQ(info.size, 2U);
  EXPECT_EQ(info.piece, 0U);
  EXPECT_EQ(info.bytes.data(), bytes.data() + 18);
}

TEST(PeerProtocol, RefuseIs17BytesWithTheReasonsNumber) {
  const std::pair<peer::Refusal, std::string> reasons[] = {{peer::Refusal::unknown_content, "01"},
                                                           {peer::Refusal::full, "02"},
                                                           {peer::Refusal::busy, "03"},
                                                           {peer::Refusal::not_had, "04"},
                                                           {peer::Refusal::no_info, "05"},
                                                           {peer::Refusal::banned, "06"}};
  for (const auto& [reason, number] : reasons)
    expect_same(peer::Refuse{token, reason, 9}, "0a", number + "00000009");
  EXPECT_EQ(encoded(peer::Refuse{token, peer::Refusal::full, 0}).size(), 17U);
}

TEST(PeerProtocol, ReadyByeAndResetAreATokenEach) {
  expect_same(peer::Ready{token}, "0b", "");
  expect_same(peer::Bye{token}, "0c", "");
  expect_same(peer::Reset{token}, "0d", "");
  EXPECT_EQ(encoded(peer::Reset{token}).size(), 12U);
}

// What may go to an address that has not shown a token is never larger than what came from it.
TEST(PeerProtocol, AnswersToStrangersAreNoLargerThanWhatCame) {
  const auto hello = encoded(some_hello).size();
  EXPECT_LT(encoded(some_welcome).size(), hello);
  EXPECT_LT(encoded(peer::Refuse{token, peer::Refusal::full, 0}).size(), hello);
  for (const auto& smallest : {PeerMessage(peer::Ready{token}), PeerMessage(peer::Bye{token}),
                               PeerMessage(peer::AskInfo{token, {}})})
    EXPECT_LE(encoded(peer::Reset{token}).size(), encoded(smallest).size());
}

TEST(PeerProtocol, EveryListIsTakenAtItsLongestAndRefusedAboveIt) {
  const auto expect_longest = [](const std::string& kind, const std::string& head,
                                 std::string_view item, std::size_t most, std::size_t size) {
    const auto longest = datagram(kind, head + repeated(item, most));
    EXPECT_EQ(longest.size(), size);
    const auto decoded = decode_peer(longest);
    ASSERT_TRUE(decoded.has_value()) << kind;
    EXPECT_EQ(encoded(*decoded), longest);
    EXPECT_EQ(reason_of(datagram(kind, head + repeated(item, most + 1))), Reject::too_long);
  };
  expect_longest("04", "00000001", "00000002", 340, 1376);
  expect_longest("05", "00000001 00000000", "ff", 1376, 1396);
  expect_longest("06", "", "0000000100000001", 128, 1036);
  expect_longest("07", "00000001 0000", "00", 1408, 1426);
  expect_longest("08", "", "0001", 64, 140);
  expect_longest("09", "00000581 0000", "00", 1408, 1426);
}

TEST(PeerProtocol, ListsHoldNoMoreThanTheirMessage) {
  peer::Request request;
  for (std::size_t i = 0; i < most_ranges; ++i) request.ranges.push_back({0, 0, 1});
  EXPECT_THROW(request.ranges.push_back({0, 0, 1}), AssertionFailed);
}

TEST(PeerProtocol, NumbersOfTheLargestChunkAndInfoFit) {
  EXPECT_LE((largest_chunk_size - 1) / block_size, 0xffffU);
  EXPECT_LE((longest_info - 1) / block_size, 0xffffU);
}

TEST(PeerProtocol, OtherProtocolsAreToldApart) {
  EXPECT_FALSE(is_peer_protocol({}));
  EXPECT_FALSE(is_peer_protocol(from_hex("5453")));
  EXPECT_FALSE(is_peer_protocol(from_hex("5453574d 01")));                    // a tracker's "TSWM"
  EXPECT_FALSE(is_peer_protocol(from_hex("00000001 11223344 0000012c 00")));  // announced
  EXPECT_TRUE(is_peer_protocol(from_hex("545350")));
  EXPECT_EQ(reason_of({}), Reject::bad_magic);
  EXPECT_EQ(reason_of(from_hex("5453574d 0102030405060708")), Reject::bad_magic);
}

TEST(PeerProtocol, WhatIsCutShortIsRefusedAtEveryLength) {
  peer::Request request{token, {}};
  request.ranges.push_back({1, 2, 3});
  const auto raw = from_hex("cafe");
  for (const PeerMessage& message :
       {PeerMessage(some_hello), PeerMessage(some_welcome), PeerMessage(peer::Ask{token, 1}),
        PeerMessage(request), PeerMessage(peer::Refuse{token, peer::Refusal::busy, 0}),
        PeerMessage(peer::Info{token, 2, 0, raw}), PeerMessage(peer::Reset{token})}) {
    const auto whole = encoded(message);
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const Datagram cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
      EXPECT_NE(reason_of(cut), Reject::count) << message.index() << " at " << size;
    }
  }
  EXPECT_EQ(reason_of(from_hex("545350 0b 01020304050607")), Reject::too_short);
  EXPECT_EQ(reason_of(datagram("04", "000000")), Reject::bad_length);
  EXPECT_EQ(reason_of(datagram("05", "00000001 000000")), Reject::bad_length);
  EXPECT_EQ(reason_of(datagram("07", "00000001 0000")), Reject::bad_length);  // a block of no bytes
}

TEST(PeerProtocol, WhatIsTooLongIsRefused) {
  EXPECT_EQ(reason_of(datagram("01", repeated("00", 37))), Reject::bad_length);
  EXPECT_EQ(reason_of(datagram("02", repeated("00", 17))), Reject::bad_length);
  EXPECT_EQ(reason_of(datagram("03", "00000000 00")), Reject::bad_length);
  EXPECT_EQ(reason_of(datagram("04", "00000001 0000000200")), Reject::bad_length);
  EXPECT_EQ(reason_of(datagram("06", "00000001 0002 0003 00")), Reject::bad_length);
  EXPECT_EQ(reason_of(datagram("08", "000000")), Reject::bad_length);
  EXPECT_EQ(reason_of(datagram("0a", "03 00000000 00")), Reject::bad_length);
  EXPECT_EQ(reason_of(datagram("0b", "00")), Reject::bad_length);
  EXPECT_EQ(reason_of(datagram("0c", "00")), Reject::bad_length);
  EXPECT_EQ(reason_of(datagram("0d", "00")), Reject::bad_length);
}

TEST(PeerProtocol, UnknownKindsAreRefused) {
  for (const char* kind : {"00", "0e", "ff"})
    EXPECT_EQ(reason_of(datagram(kind, "")), Reject::unknown_action);
}

TEST(PeerProtocol, ValuesOutOfTheirRangeAreRefused) {
  EXPECT_EQ(reason_of(datagram("05", "00000001 00000004 ff")),
            Reject::bad_value);  // no byte's edge
  EXPECT_EQ(reason_of(datagram("05", "00000001 fffffff8 ff")), Reject::count);
  EXPECT_EQ(reason_of(datagram("05", "00000001 fffffff8 ffff")), Reject::bad_value);
  EXPECT_EQ(reason_of(datagram("06", "")), Reject::bad_length);  // no range
  EXPECT_EQ(reason_of(datagram("06", "00000001 0002 0000")), Reject::bad_value);
  EXPECT_EQ(reason_of(datagram("06", "00000001 ffff 0001")), Reject::count);
  EXPECT_EQ(reason_of(datagram("06", "00000001 ffff 0002")), Reject::bad_value);
  EXPECT_EQ(reason_of(datagram("0a", "00 00000000")), Reject::bad_value);
  EXPECT_EQ(reason_of(datagram("0a", "07 00000000")), Reject::bad_value);
}

TEST(PeerProtocol, APartOfTheInfoIsAsLongAsItsPlaceSays) {
  const auto info = [](std::uint32_t size, std::uint16_t piece, std::size_t bytes) {
    const Datagram raw(bytes, 0xee);
    return reason_of(encoded(peer::Info{token, size, piece, raw}));
  };
  EXPECT_EQ(info(1408, 0, 1408), Reject::count);
  EXPECT_EQ(info(1409, 0, 1408), Reject::count);
  EXPECT_EQ(info(1409, 1, 1), Reject::count);
  EXPECT_EQ(info(longest_info, 23'831, (longest_info - 1) % 1408 + 1), Reject::count);
  EXPECT_EQ(info(1409, 0, 1407), Reject::bad_value);
  EXPECT_EQ(info(1409, 1, 2), Reject::bad_value);
  EXPECT_EQ(info(1409, 2, 1), Reject::bad_value);
  EXPECT_EQ(info(0, 0, 1), Reject::bad_value);
  EXPECT_EQ(info(1, 0, 0), Reject::bad_length);
}

TEST(PeerProtocol, EncodeAppends) {
  Datagram bytes = from_hex("99");
  encode(peer::Bye{token}, bytes);
  EXPECT_EQ(to_hex(bytes), "99" + to_hex(datagram("0c", "")));
}

}  // namespace
}  // namespace swarm::wire
