// Byte for byte against the table of docs/PROTOCOL.md, "Peer to tracker".
#include "engine/wire/seed_protocol.hpp"

#include <gtest/gtest.h>

#include <string>

namespace swarm::wire {
namespace {

std::vector<std::uint8_t> from_hex(std::string_view text) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string digits;
  for (const char c : text)
    if (c != ' ') digits += c;
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i < digits.size(); i += 2)
    bytes.push_back(static_cast<std::uint8_t>(digit(digits[i]) << 4 | digit(digits[i + 1])));
  return bytes;
}

InfoHash hash_of(std::uint8_t byte) {
  InfoHash hash;
  hash.bytes.fill(byte);
  return hash;
}

const std::string hash_aa = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const std::string hash_bb = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

// Both ways: the message is these bytes, and these bytes are the message.
template <class Message>
void expect_request(const Message& message, const std::string& hex) {
  const auto bytes = from_hex(hex);
  EXPECT_EQ(to_hex(encode(message).bytes()), to_hex(bytes));
  const auto decoded = decode_request(bytes);
  ASSERT_TRUE(decoded.has_value());
  EXPECT_TRUE(*decoded == Request(message));
}

template <class Message>
void expect_response(const Message& message, const std::string& hex) {
  const auto bytes = from_hex(hex);
  EXPECT_EQ(to_hex(encode(message).bytes()), to_hex(bytes));
  const auto decoded = decode_response(bytes);
  ASSERT_TRUE(decoded.has_value());
  EXPECT_TRUE(*decoded == Response(message));
}

AnnounceRequest some_announce() {
  AnnounceRequest request{{0x0102030405060708}, {0x11223344}, hash_of(0xaa), {}};
  request.peer_id.bytes.fill(0xbb);
  request.event = AnnounceEvent::started;
  request.ip = 0x0a000001;
  request.key = 0xdeadbeef;
  request.num_want = 50;
  request.port = 6881;
  return request;
}

const std::string some_announce_hex = "0102030405060708 00000001 11223344" + hash_aa + hash_bb +
                                      "00000002 0a000001 deadbeef 00000032 1ae1";

TEST(SeedProtocol, ConnectRequestIs16BytesWithTheSeedsMagic) {
  expect_request(ConnectRequest{{0x11223344}}, "fee1deadbaadbeef 00000000 11223344");
}

TEST(SeedProtocol, AnnounceRequestIs74Bytes) {
  EXPECT_EQ(from_hex(some_announce_hex).size(), 74U);
  expect_request(some_announce(), some_announce_hex);
}

TEST(SeedProtocol, AnnounceEventsHaveTheSeedsNumbers) {
  const std::pair<AnnounceEvent, std::uint8_t> events[] = {{AnnounceEvent::none, 0},
                                                           {AnnounceEvent::completed, 1},
                                                           {AnnounceEvent::started, 2},
                                                           {AnnounceEvent::stopped, 3}};
  for (const auto& [event, number] : events) {
    auto request = some_announce();
    request.event = event;
    EXPECT_EQ(encode(request).bytes()[59], number);
  }
}

TEST(SeedProtocol, ScrapeRequestIs20BytesAndA20PerHash) {
  ScrapeRequest request{{0x0102030405060708}, {0x11223344}, {}};
  expect_request(request, "0102030405060708 00000002 11223344 00000000");
  request.contents.push_back(hash_of(0xaa));
  request.contents.push_back(hash_of(0xbb));
  expect_request(request, "0102030405060708 00000002 11223344 00000002" + hash_aa + hash_bb);
}

TEST(SeedProtocol, ScrapeRequestHoldsAtMost24Hashes) {
  ScrapeRequest request{{1}, {2}, {}};
  for (std::uint8_t i = 0; i < 24; ++i) request.contents.push_back(hash_of(i));
  const auto datagram = encode(request);
  EXPECT_EQ(datagram.bytes().size(), 500U);
  EXPECT_TRUE(decode_request(datagram.bytes()).has_value());
  EXPECT_THROW(request.contents.push_back(hash_of(24)), AssertionFailed);
}

TEST(SeedProtocol, ConnectResponseIs16Bytes) {
  expect_response(ConnectResponse{{0x11223344}, {0x0102030405060708}},
                  "00000000 11223344 0102030405060708");
}

TEST(SeedProtocol, AnnounceResponseIs16BytesAnd6PerPeer) {
  AnnounceResponse response{{0x11223344}, 300, {}};
  expect_response(response, "00000001 11223344 0000012c 00000000");
  response.peers.push_back({0x0a000001, 6881});
  response.peers.push_back({0x0a0000ff, 80});
  expect_response(response, "00000001 11223344 0000012c 00000002 0a000001 1ae1 0a0000ff 0050");
}

TEST(SeedProtocol, AnnounceResponseHoldsAtMost82PeersIn508Bytes) {
  AnnounceResponse response{{1}, 300, {}};
  for (std::uint16_t i = 0; i < 82; ++i) response.peers.push_back({i, i});
  const auto datagram = encode(response);
  EXPECT_EQ(datagram.bytes().size(), 508U);
  EXPECT_TRUE(decode_response(datagram.bytes()).has_value());
  EXPECT_THROW(response.peers.push_back({}), AssertionFailed);
}

TEST(SeedProtocol, ScrapeResponseIs8Bytes) {
  expect_response(ScrapeResponse{{0x11223344}}, "00000002 11223344");
}

TEST(SeedProtocol, ErrorResponseIs16BytesWithItsTextPaddedWithZeros) {
  expect_response(ErrorResponse{{0x11223344}, error_number(ClientError::bad_connection)},
                  "00000003 11223344 62616420636f6e6e");  // "bad conn"
  expect_response(ErrorResponse{{0x11223344}, error_number(ClientError::bad_address)},
                  "00000003 11223344 6261642069700000");  // "bad ip"
}

TEST(SeedProtocol, ErrorTextsAreDistinctAndFitEightCharacters) {
  std::vector<std::uint64_t> seen;
  for (std::uint8_t i = 0; i < static_cast<std::uint8_t>(ClientError::count); ++i) {
    const auto error = static_cast<ClientError>(i);
    EXPECT_FALSE(error_text(error).empty());
    EXPECT_LE(error_text(error).size(), 8U);
    EXPECT_EQ(std::count(seen.begin(), seen.end(), error_number(error)), 0);
    seen.push_back(error_number(error));
  }
}

void expect_refused(std::vector<std::uint8_t> bytes, Reject reason,
                    std::optional<ClientError> answer = std::nullopt) {
  const auto decoded = decode_request(bytes);
  ASSERT_FALSE(decoded.has_value());
  EXPECT_EQ(decoded.error().reason, reason);
  ASSERT_EQ(decoded.error().answer.has_value(), answer.has_value());
  if (!answer) return;
  EXPECT_EQ(decoded.error().answer->transaction.value, 0x11223344U);
  EXPECT_EQ(decoded.error().answer->text, error_number(*answer));
  EXPECT_LE(encode(*decoded.error().answer).bytes().size(), bytes.size());
}

TEST(SeedProtocol, WhatIsNotOfThisDialectIsNotAnswered) {
  expect_refused({}, Reject::too_short);
  expect_refused(from_hex("fee1deadbaadbeef 00000000 112233"), Reject::too_short);
  expect_refused(from_hex("0000041727101980 00000000 11223344"), Reject::bad_magic);  // BEP 15
  expect_refused(from_hex("fee1deadbaadbeef 00000000 11223344 00"), Reject::bad_length);
  expect_refused(from_hex("0102030405060708 00000003 11223344"), Reject::unknown_action);
  expect_refused(from_hex("0102030405060708 00000002 11223344"), Reject::bad_length);
  expect_refused(from_hex("0102030405060708 00000002 11223344" + hash_aa), Reject::bad_length);
  auto longer = from_hex(some_announce_hex);
  longer.resize(98);
  expect_refused(longer, Reject::bad_length);
  longer.resize(73);
  expect_refused(longer, Reject::bad_length);
}

TEST(SeedProtocol, WhatIsOfThisDialectButWrongIsAnswerable) {
  auto announce = from_hex(some_announce_hex);
  announce[59] = 4;
  expect_refused(announce, Reject::bad_value, ClientError::bad_event);
  expect_refused(from_hex("0102030405060708 00000002 11223344 00000002" + hash_aa),
                 Reject::bad_value, ClientError::bad_count);
  auto scrape = from_hex("0102030405060708 00000002 11223344 00000019");
  scrape.resize(20 + 20 * 25);
  expect_refused(scrape, Reject::too_long, ClientError::too_many);
  scrape.resize(20);
  scrape[16] = 0xff;  // a count whose bytes would not even fit a number
  expect_refused(scrape, Reject::bad_value, ClientError::bad_count);
}

TEST(SeedProtocol, BadResponsesAreRefusedWithTheirReason) {
  const auto reason = [](const std::string& hex) {
    const auto decoded = decode_response(from_hex(hex));
    return decoded ? Reject::count : decoded.error();
  };
  EXPECT_EQ(reason(""), Reject::too_short);
  EXPECT_EQ(reason("00000001 112233"), Reject::too_short);
  EXPECT_EQ(reason("00000000 11223344 01020304050607"), Reject::bad_length);
  EXPECT_EQ(reason("00000001 11223344 0000012c"), Reject::too_short);
  EXPECT_EQ(reason("00000001 11223344 0000012c 00000001"), Reject::bad_length);
  EXPECT_EQ(reason("00000001 11223344 0000012c 00000000 00"), Reject::bad_length);
  EXPECT_EQ(reason("00000001 11223344 0000012c ffffffff"), Reject::bad_length);
  EXPECT_EQ(reason("00000002 11223344 00"), Reject::bad_length);
  EXPECT_EQ(reason("00000003 11223344 00"), Reject::bad_length);
  EXPECT_EQ(reason("00000004 11223344"), Reject::unknown_action);
}

}  // namespace
}  // namespace swarm::wire
