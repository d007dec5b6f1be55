// The contents of RELAY and RELAY_REPLY, by which a slave passes a client's request to the master
// and gets the master's answer. The consensus carries both without reading them
// (wire::ServiceRequest, wire::ServiceReply).
//
//   RELAY       := fragment  client (ip 16  port 2)  http 1  age 4  bytes, at most 1,024
//   RELAY_REPLY := fragment  answer 4  lease 4  bytes, at most 1,024
//   fragment    := id 8  number 1  count 1
//
// A message of more than 1,024 bytes travels in up to eight fragments, which the receiver puts
// together. The slave repeats a request until the master answers it or the request is too old
// (docs/PROTOCOL.md, R23 to R25).
#pragma once

#include <tl/expected.hpp>
#include <vector>

#include "engine/base/types.hpp"
#include "engine/node/events.hpp"

namespace swarm::wire {

inline constexpr std::size_t relay_fragment_size = 1024;  // bytes
inline constexpr std::uint8_t most_relay_fragments = 8;

struct RelayFragment {
  std::uint64_t id{};               // number of the request, counted by the slave's process
  std::uint8_t number{}, count{1};  // number < count
};
// A unicast request that a client sent to a slave.
struct Relay {
  RelayFragment is;
  Endpoint client;         // on the wire always as IPv6; IPv4 in mapped form
  std::uint8_t http{};     // 1: `bytes` are the target of an HTTP request
  std::uint32_t age_us{};  // time since the request arrived at the slave
  Bytes bytes;
};
// The master's answer. The slave sends it on to the client, from the address that the client asked.
struct RelayReply {
  RelayFragment is;
  std::uint32_t answer{};    // number of the answer; the same in all its fragments
  std::uint32_t lease_us{};  // the lease lasts at least this long from the arrival at the slave
  Bytes bytes;               // empty: the master leaves the request unanswered
};

// Replace the contents of `out`.
void encode(const Relay& message, std::vector<std::uint8_t>& out);
void encode(const RelayReply& message, std::vector<std::uint8_t>& out);
// Views in the result point into `content`. The errors are bad_length and bad_value.
tl::expected<Relay, Reject> decode_relay(Bytes content);
tl::expected<RelayReply, Reject> decode_relay_reply(Bytes content);

}  // namespace swarm::wire
