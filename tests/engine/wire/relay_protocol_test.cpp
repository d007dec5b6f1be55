// The bytes of RELAY and RELAY_REPLY, and what is refused.
#include "engine/wire/relay_protocol.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

namespace swarm::wire {
namespace {

using Raw = std::vector<std::uint8_t>;

const Raw payload{0xaa, 0xbb, 0xcc};

Relay request() {
  return {{0x0102030405060708, 1, 3}, {Ip(0x0a000001), 6881}, 1, 250, payload};
}
RelayReply reply() {
  return {{7, 0, 1}, 3, 40'000, payload};
}
Raw encoded(const auto& message) {
  Raw bytes{9, 9};  // replaced
  encode(message, bytes);
  return bytes;
}
std::optional<Reject> refusal(const Relay& message) {
  const auto bytes = encoded(message);
  const auto decoded = decode_relay(bytes);
  return decoded ? std::nullopt : std::optional(decoded.error());
}
std::optional<Reject> refusal(const RelayReply& message) {
  const auto bytes = encoded(message);
  const auto decoded = decode_relay_reply(bytes);
  return decoded ? std::nullopt : std::optional(decoded.error());
}

TEST(RelayProtocol, ARequestHasTheseBytes) {
  EXPECT_EQ(encoded(request()), (Raw{1,    2,    3,    4,   5, 6, 7, 8,  // id
                                     1,    3,                            // part
                                     0,    0,    0,    0,   0, 0, 0, 0,    0,
                                     0,    0xff, 0xff, 10,  0, 0, 1, 0x1a, 0xe1,  // port
                                     1,                                           // http
                                     0,    0,    0,    250,                       // age
                                     0xaa, 0xbb, 0xcc}));
}

TEST(RelayProtocol, AReplyHasTheseBytes) {
  EXPECT_EQ(encoded(reply()), (Raw{0,    0,    0,    0,    0, 0, 0, 7,  // id
                                   0,    1,                             // part
                                   0,    0,    0,    3,                 // answer
                                   0,    0,    0x9c, 0x40,              // lease
                                   0xaa, 0xbb, 0xcc}));
}

TEST(RelayProtocol, ValuesComeBackInTheirPlaces) {
  const auto asked_bytes = encoded(request());
  const auto asked = decode_relay(asked_bytes);
  ASSERT_TRUE(asked);
  EXPECT_EQ(asked->is.id, 0x0102030405060708u);
  EXPECT_EQ(asked->is.number, 1);
  EXPECT_EQ(asked->is.count, 3);
  EXPECT_EQ(asked->client, (Endpoint{Ip(0x0a000001), 6881}));
  EXPECT_EQ(asked->http, 1);
  EXPECT_EQ(asked->age_us, 250u);
  EXPECT_EQ(Raw(asked->bytes.begin(), asked->bytes.end()), payload);
  const auto said_bytes = encoded(reply());
  const auto said = decode_relay_reply(said_bytes);
  ASSERT_TRUE(said);
  EXPECT_EQ(said->is.id, 7u);
  EXPECT_EQ(said->answer, 3u);
  EXPECT_EQ(said->lease_us, 40'000u);
  EXPECT_EQ(Raw(said->bytes.begin(), said->bytes.end()), payload);
}

TEST(RelayProtocol, ValuesThatNobodyCanMeanAreRefused) {
  EXPECT_EQ(refusal(Relay{{1, 3, 3}, {}, 0, 0, {}}), Reject::bad_value);
  EXPECT_EQ(refusal(Relay{{1, 0, 9}, {}, 0, 0, {}}), Reject::bad_value);
  EXPECT_EQ(refusal(Relay{{1, 0, 1}, {}, 2, 0, {}}), Reject::bad_value);
  EXPECT_EQ(refusal(RelayReply{{1, 0, 0}, 1, 1, {}}), Reject::bad_value);
  const Raw too_long(relay_fragment_size + 1);
  EXPECT_EQ(refusal(Relay{{1, 0, 1}, {}, 0, 0, too_long}), Reject::bad_value);
  EXPECT_EQ(refusal(RelayReply{{1, 0, 1}, 1, 1, too_long}), Reject::bad_value);
  EXPECT_EQ(refusal(Relay{{1, 7, 8}, {}, 0, 0, Bytes(too_long).first(relay_fragment_size)}),
            std::nullopt);
}

TEST(RelayProtocol, WhatIsTooShortIsRefused) {
  const auto asked = encoded(Relay{{}, {}, 0, 0, {}});
  const auto said = encoded(RelayReply{});
  for (std::size_t size = 0; size < asked.size(); ++size) {
    const auto short_one = decode_relay(Bytes(asked).first(size));
    ASSERT_FALSE(short_one) << size;
    EXPECT_EQ(short_one.error(), Reject::bad_length);
  }
  for (std::size_t size = 0; size < said.size(); ++size)
    EXPECT_FALSE(decode_relay_reply(Bytes(said).first(size))) << size;
}

}  // namespace
}  // namespace swarm::wire
