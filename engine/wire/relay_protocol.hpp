// The content of RELAY and RELAY_REPLY: what the trackers' service says from member to member. The
// consensus carries both as bytes that it does not read (wire::ServiceRequest, wire::ServiceReply).
//
//   RELAY       := fragment  client (ip 16  port 2)  http 1  age 4  bytes, at most 1,024
//   RELAY_REPLY := fragment  answer 4  lease 4  bytes, at most 1,024
//   fragment    := id 8  number 1  count 1
//
// A message that is larger than 1,024 bytes travels in up to eight fragments; the receiver puts
// them together. A request is repeated until it is answered or too old (docs/PROTOCOL.md, R23 to
// R25).
#pragma once

#include <tl/expected.hpp>
#include <vector>

#include "engine/base/types.hpp"
#include "engine/node/events.hpp"

namespace swarm::wire {

inline constexpr std::size_t relay_fragment_size = 1024;  // bytes
inline constexpr std::uint8_t most_relay_fragments = 8;

struct RelayFragment {
  std::uint64_t id{};               // of the request, counted by the slave's process
  std::uint8_t number{}, count{1};  // number < count
};
// A unicast request that a client sent to a slave.
struct Relay {
  RelayFragment is;
  Endpoint client;         // IPv6 on the wire, IPv4 mapped into it
  std::uint8_t http{};     // 1: its bytes are the target of an HTTP request
  std::uint32_t age_us{};  // since it arrived at the slave
  Bytes bytes;
};
// The master's answer to it, which the slave sends from where it was asked.
struct RelayReply {
  RelayFragment is;
  std::uint32_t answer{};    // of its fragments: all have the same
  std::uint32_t lease_us{};  // the master's lease lasts, at the least, from that arrival on
  Bytes bytes;               // none: the master leaves it unanswered
};

// Replace the contents of `out`.
void encode(const Relay& message, std::vector<std::uint8_t>& out);
void encode(const RelayReply& message, std::vector<std::uint8_t>& out);
// Views in the result point into `content`. Refused: bad_length, bad_value.
tl::expected<Relay, Reject> decode_relay(Bytes content);
tl::expected<RelayReply, Reject> decode_relay_reply(Bytes content);

}  // namespace swarm::wire
