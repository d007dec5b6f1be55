// Byte for byte against the table of docs/PROTOCOL.md, "BEP 15".
#include "engine/wire/bep15.hpp"

#include <gtest/gtest.h>

#include <string>

namespace swarm::wire::bep15 {
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

template <class Message>
std::vector<std::uint8_t> encoded(const Message& message) {
  std::vector<std::uint8_t> out{1, 2, 3};  // that must not stay
  encode(message, out);
  return out;
}

InfoHash hash_of(std::uint8_t byte) {
  InfoHash hash;
  hash.bytes.fill(byte);
  return hash;
}

Ip ip6_of(std::uint8_t last) {
  return Ip::v6({0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last});
}

const std::string hash_aa = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const std::string hash_bb = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
constexpr TransactionId transaction{0x11223344};

// Both ways: the message is these bytes, and these bytes are the message.
void expect_request(const Request& message, const std::string& hex) {
  const auto bytes = from_hex(hex);
  EXPECT_EQ(to_hex(encoded(message)), to_hex(bytes));
  EXPECT_TRUE(is_bep15(bytes));
  const auto decoded = decode_request(bytes);
  ASSERT_TRUE(decoded.has_value());
  EXPECT_TRUE(*decoded == message);
}

void expect_response(const Response& message, const std::string& hex, bool ipv6 = false) {
  const auto bytes = from_hex(hex);
  EXPECT_EQ(to_hex(encoded(message)), to_hex(bytes));
  const auto decoded = decode_response(bytes, ipv6);
  ASSERT_TRUE(decoded.has_value());
  EXPECT_TRUE(*decoded == message);
}

void expect_refused(Bytes bytes, Reject reason, std::optional<TransactionId> answer_to) {
  const auto decoded = decode_request(bytes);
  ASSERT_FALSE(decoded.has_value());
  EXPECT_EQ(decoded.error().reason, reason);
  EXPECT_EQ(decoded.error().transaction, answer_to);
}

AnnounceRequest some_announce() {
  AnnounceRequest request{{0x0102030405060708}, transaction, hash_of(0xaa), {}};
  request.peer_id.bytes.fill(0xbb);
  request.downloaded = 0x1000;
  request.left = 0x200000000;
  request.uploaded = 0x30;
  request.event = AnnounceEvent::started;
  request.ip = 0x0a000001;
  request.key = 0xdeadbeef;
  request.num_want = 50;
  request.port = 6881;
  return request;
}

const std::string some_announce_hex =
    "0102030405060708 00000001 11223344" + hash_aa + hash_bb +
    "0000000000001000 0000000200000000 0000000000000030 00000002 0a000001 deadbeef 00000032 1ae1";
constexpr std::size_t event_at = 80;

ScrapeRequest scrape_of(std::size_t count) {
  ScrapeRequest request{{0x0102030405060708}, transaction, {}};
  for (std::size_t i = 0; i < count; ++i)
    request.contents.push_back(hash_of(static_cast<std::uint8_t>(i)));
  return request;
}

TEST(Bep15, ConnectRequestIs16BytesWithTheMagic) {
  expect_request(ConnectRequest{transaction}, "0000041727101980 00000000 11223344");
}

TEST(Bep15, WhatFollowsAConnectIsSkipped) {
  const auto decoded = decode_request(from_hex("0000041727101980 00000000 11223344 0102"));
  ASSERT_TRUE(decoded.has_value());
  EXPECT_TRUE(*decoded == Request(ConnectRequest{transaction}));
}

TEST(Bep15, AnnounceRequestIs98Bytes) {
  EXPECT_EQ(from_hex(some_announce_hex).size(), 98U);
  expect_request(some_announce(), some_announce_hex);
}

TEST(Bep15, ANegativeNumberOfPeersWantedMeansAsManyAsTheTrackerLikes) {
  auto request = some_announce();
  request.num_want = -1;
  EXPECT_EQ(to_hex(Bytes(encoded(Request(request))).subspan(92, 4)), "ffffffff");
  EXPECT_TRUE(*decode_request(encoded(Request(request))) == Request(request));
}

// 4 is what libtorrent 2.0.8 sends, with something left, when it has all the files that it wants.
TEST(Bep15, EventsHaveTheNumbersOfTheSeedsDialectAndOthersAreARefresh) {
  const std::pair<std::uint8_t, AnnounceEvent> events[] = {
      {0, AnnounceEvent::none},    {1, AnnounceEvent::completed}, {2, AnnounceEvent::started},
      {3, AnnounceEvent::stopped}, {4, AnnounceEvent::none},      {255, AnnounceEvent::none}};
  for (const auto& [number, event] : events) {
    auto bytes = from_hex(some_announce_hex);
    bytes[event_at + 3] = number;
    const auto decoded = decode_request(bytes);
    ASSERT_TRUE(decoded.has_value());
    EXPECT_EQ(std::get<AnnounceRequest>(*decoded).event, event) << int(number);
  }
}

// What libtorrent 2.0.8 sent to "udp://127.77.1.1:47730/announce?key=7" when it started on a
// content of 50,000 bytes: an option of BEP 41 with the path and query follows the 98 bytes.
TEST(Bep15, AnAnnounceOfLibtorrentWithItsOptions) {
  const auto bytes = from_hex(
      "1122334455667788 00000001 867b850e 93b3cd6bf747ea6b497131625ae2c53e1d0715da"
      "2d4c54323038302d762e5549595a32673443596b 0000000000000000 000000000000c350"
      "0000000000000000 00000002 00000000 a3537ae0 000000c8 9e43"
      "020f2f616e6e6f756e63653f6b65793d37");
  EXPECT_EQ(bytes.size(), 115U);
  EXPECT_TRUE(is_bep15(bytes));
  const auto decoded = decode_request(bytes);
  ASSERT_TRUE(decoded.has_value());
  const auto& request = std::get<AnnounceRequest>(*decoded);
  EXPECT_EQ(request.connection.value, 0x1122334455667788U);
  EXPECT_EQ(request.transaction.value, 0x867b850eU);
  EXPECT_EQ(to_hex(request.info_hash.bytes), "93b3cd6bf747ea6b497131625ae2c53e1d0715da");
  EXPECT_EQ(to_hex(Bytes(request.peer_id.bytes).first(8)), "2d4c54323038302d");  // "-LT2080-"
  EXPECT_EQ(request.downloaded, 0U);
  EXPECT_EQ(request.left, 50000U);
  EXPECT_EQ(request.uploaded, 0U);
  EXPECT_EQ(request.event, AnnounceEvent::started);
  EXPECT_EQ(request.ip, 0U);
  EXPECT_EQ(request.num_want, 200);
  EXPECT_EQ(request.port, 0x9e43);
}

TEST(Bep15, ScrapeRequestIs16BytesAnd20PerHash) {
  ScrapeRequest request{{0x0102030405060708}, transaction, {}};
  request.contents.push_back(hash_of(0xaa));
  expect_request(request, "0102030405060708 00000002 11223344" + hash_aa);
  request.contents.push_back(hash_of(0xbb));
  expect_request(request, "0102030405060708 00000002 11223344" + hash_aa + hash_bb);
}

TEST(Bep15, AScrapeIsAboutOneTo74Contents) {
  const auto most = encoded(Request(scrape_of(most_hashes)));
  EXPECT_EQ(most.size(), 16U + 20 * 74);
  EXPECT_TRUE(*decode_request(most) == Request(scrape_of(most_hashes)));
  auto more = most;
  more.resize(more.size() + 20);
  expect_refused(more, Reject::too_long, transaction);
  expect_refused(Bytes(most).first(16), Reject::bad_length, transaction);
}

TEST(Bep15, ARequestHasABound) {
  auto bytes = from_hex(some_announce_hex);
  bytes.resize(longest_request);
  EXPECT_TRUE(decode_request(bytes).has_value());
  bytes.push_back(0);
  expect_refused(bytes, Reject::too_long, transaction);
}

TEST(Bep15, NoTruncatedRequestIsTakenForAWholeOne) {
  for (const auto& request :
       {Request(ConnectRequest{transaction}), Request(some_announce()), Request(scrape_of(3))}) {
    const auto whole = encoded(request);
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const auto decoded = decode_request(Bytes(whole).first(size));
      if (!decoded) continue;
      ASSERT_TRUE(std::holds_alternative<ScrapeRequest>(request)) << size;  // of fewer hashes
      EXPECT_EQ(std::get<ScrapeRequest>(*decoded).contents.size(), (size - 16) / 20);
      EXPECT_EQ((size - 16) % 20, 0U);
    }
  }
}

TEST(Bep15, TheTwoDialectsAreToldApartByTheirBytes) {
  wire::ScrapeRequest told{{1}, transaction, {}};
  for (std::size_t n = 0; n <= wire::most_hashes; ++n) {
    EXPECT_FALSE(is_bep15(wire::encode(told).bytes())) << n;
    if (n < wire::most_hashes) told.contents.push_back(hash_of(0xaa));
  }
  EXPECT_FALSE(is_bep15(wire::encode(wire::ConnectRequest{transaction}).bytes()));
  EXPECT_FALSE(is_bep15(wire::encode(wire::AnnounceRequest{{1}, transaction, {}, {}}).bytes()));
  for (const auto& request : {Request(ConnectRequest{transaction}), Request(some_announce()),
                              Request(scrape_of(1)), Request(scrape_of(most_hashes))}) {
    EXPECT_TRUE(is_bep15(encoded(request)));
    EXPECT_FALSE(wire::decode_request(encoded(request)).has_value());
  }
}

TEST(Bep15, WhatIsOfNeitherDialectIsNotAnswered) {
  expect_refused(from_hex("00"), Reject::too_short, {});
  expect_refused(from_hex("0000041727101980 00000003 11223344"), Reject::unknown_action, {});
  expect_refused(from_hex("0000041727101981 00000000 11223344"), Reject::unknown_action, {});
  expect_refused(Bytes(from_hex(some_announce_hex)).first(97), Reject::unknown_action, {});
}

TEST(Bep15, ConnectResponseIs16Bytes) {
  expect_response(ConnectResponse{transaction, {0x0102030405060708}},
                  "00000000 11223344 0102030405060708");
}

TEST(Bep15, AnnounceResponseIs20BytesAnd6PerPeer) {
  AnnounceResponse response{transaction, 300, 7, 9, {}};
  expect_response(response, "00000001 11223344 0000012c 00000007 00000009");
  response.peers.push_back({0x0a000001, 6881});
  response.peers.push_back({0x0a000002, 80});
  expect_response(response,
                  "00000001 11223344 0000012c 00000007 00000009 0a0000011ae1 0a0000020050");
}

TEST(Bep15, AnnounceResponseOverIpv6Has18BytesPerPeer) {
  AnnounceResponse response{transaction, 300, 7, 9, {}};
  expect_response(response, "00000001 11223344 0000012c 00000007 00000009", true);
  response.peers.push_back({ip6_of(1), 6881});
  expect_response(response,
                  "00000001 11223344 0000012c 00000007 00000009"
                  "20010db8000000000000000000000001 1ae1",
                  true);
}

TEST(Bep15, AnAnswerHoldsAtMost82PeersAnd56OverIpv6) {
  AnnounceResponse four{transaction, 300, 0, 0, {}}, six = four;
  for (std::size_t i = 0; i < most_peers; ++i) four.peers.push_back({0x0a000001, 1});
  for (std::size_t i = 0; i < most_peers6; ++i) six.peers.push_back({ip6_of(1), 1});
  auto bytes = encoded(Response(four));
  EXPECT_EQ(bytes.size(), 512U);
  EXPECT_TRUE(*decode_response(bytes, false) == Response(four));
  bytes.resize(bytes.size() + 6);
  EXPECT_EQ(decode_response(bytes, false).error(), Reject::bad_length);
  bytes = encoded(Response(six));
  EXPECT_TRUE(*decode_response(bytes, true) == Response(six));
  bytes.insert(bytes.end(), bytes.end() - 18, bytes.end());
  EXPECT_EQ(decode_response(bytes, true).error(), Reject::bad_length);
}

TEST(Bep15, AnIpv4AddressIsNoPeerOfAnAnswerOverIpv6) {
  const auto bytes = from_hex(
      "00000001 11223344 0000012c 00000007 00000009 00000000000000000000ffff0a000001 1ae1");
  EXPECT_EQ(decode_response(bytes, true).error(), Reject::bad_value);
}

TEST(Bep15, ScrapeResponseIs8BytesAnd12PerContent) {
  ScrapeResponse response{transaction, {}};
  response.swarms.push_back({1, 2, 3});
  response.swarms.push_back({4, 5, 6});
  expect_response(response,
                  "00000002 11223344 00000001 00000002 00000003 00000004 00000005 00000006");
}

TEST(Bep15, ErrorResponseIs8BytesAndItsText) {
  expect_response(ErrorResponse{transaction, "bad port"}, "00000003 11223344 62616420706f7274");
  expect_response(ErrorResponse{transaction, ""}, "00000003 11223344");
  auto longest = encoded(Response(ErrorResponse{transaction, std::string(longest_error, 'x')}));
  EXPECT_TRUE(decode_response(longest, false).has_value());
  longest.push_back('x');
  EXPECT_EQ(decode_response(longest, false).error(), Reject::too_long);
}

TEST(Bep15, ATruncatedResponseIsAtMostOneOfFewerItems) {
  AnnounceResponse announced{transaction, 300, 7, 9, {}};
  announced.peers.push_back({0x0a000001, 6881});
  announced.peers.push_back({0x0a000002, 80});
  ScrapeResponse scraped{transaction, {}};
  scraped.swarms.push_back({1, 2, 3});
  scraped.swarms.push_back({4, 5, 6});
  const std::tuple<Response, std::size_t, std::size_t> cases[] = {
      {ConnectResponse{transaction, {5}}, 16, 1}, {announced, 20, 6}, {scraped, 20, 12}};
  for (const auto& [response, least, step] : cases) {
    const auto whole = encoded(response);
    for (std::size_t size = 0; size < whole.size(); ++size)
      EXPECT_EQ(decode_response(Bytes(whole).first(size), false).has_value(),
                size >= least && (size - least) % step == 0)
          << size;
  }
}

TEST(Bep15, AnUnknownActionIsNoResponse) {
  EXPECT_EQ(decode_response(from_hex("00000004 11223344"), false).error(), Reject::unknown_action);
}

}  // namespace
}  // namespace swarm::wire::bep15
