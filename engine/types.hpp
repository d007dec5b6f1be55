// Strong ids: swapped arguments do not compile. Widths are those of the wire.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace swarm {

// A number with a meaning. Arithmetic is only with plain numbers; a difference is a plain number.
template <class Tag, class Rep>
struct Strong {
  Rep value{};
  friend constexpr auto operator<=>(const Strong&, const Strong&) = default;
  constexpr Strong operator+(Rep n) const { return {static_cast<Rep>(value + n)}; }
  constexpr Strong operator-(Rep n) const { return {static_cast<Rep>(value - n)}; }
  constexpr Rep operator-(const Strong& other) const {
    return static_cast<Rep>(value - other.value);
  }
  constexpr Strong& operator++() {
    ++value;
    return *this;
  }
  constexpr explicit operator bool() const { return value != 0; }
};

// Cluster (docs/PROTOCOL.md, tracker to tracker). Zero always means "none".
using ClusterId = Strong<struct ClusterTag, std::uint64_t>;  // one swarm of trackers
using MemberId = Strong<struct MemberTag, std::uint32_t>;    // 1.. in the CONFIG; never reused
using StoreId = Strong<struct StoreTag, std::uint64_t>;      // random at creation: one disk
using BootId = Strong<struct BootTag, std::uint64_t>;        // random: one start of one process
using Term = Strong<struct TermTag, std::uint64_t>;
using LogIndex = Strong<struct LogIndexTag, std::uint64_t>;  // of a block; the first is 1

// Peers (seed section 4).
using ConnectionId = Strong<struct ConnectionTag, std::uint64_t>;
using TransactionId = Strong<struct TransactionTag, std::uint32_t>;
using PeerRowId = Strong<struct PeerRowTag, std::int64_t>;  // PEER-INFO.id

struct InfoHash {  // SHA-1 of a content
  std::array<std::uint8_t, 20> bytes{};
  friend constexpr auto operator<=>(const InfoHash&, const InfoHash&) = default;
};

struct PeerId {  // the seed's peer_id
  std::array<std::uint8_t, 20> bytes{};
  friend constexpr auto operator<=>(const PeerId&, const PeerId&) = default;
};

// An IPv4 address and UDP port, both in host order.
struct Endpoint {
  std::uint32_t ip{};
  std::uint16_t port{};
  friend constexpr auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

using Bytes = std::span<const std::uint8_t>;

std::string to_string(const Endpoint& endpoint);  // 10.0.0.1:6969
std::string to_hex(Bytes bytes);                  // lower case

}  // namespace swarm
