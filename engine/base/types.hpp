// Strongly typed ids, so that swapped arguments do not compile. Each id has the width that it has
// on the wire.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace swarm {

// A number with a meaning, such as a term. Only plain numbers can be added to it or subtracted from
// it. The difference of two numbers of one meaning is a plain number.
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

// Ids of the cluster (docs/PROTOCOL.md, tracker to tracker). Zero always means "none".
using ClusterId = Strong<struct ClusterTag, std::uint64_t>;  // one swarm of trackers
using MemberId = Strong<struct MemberTag, std::uint32_t>;    // one member, from 1; never reused
using StoreId = Strong<struct StoreTag, std::uint64_t>;      // one disk; random from its creation
using BootId = Strong<struct BootTag, std::uint64_t>;        // one process; random from its start
using Term = Strong<struct TermTag, std::uint64_t>;
using LogIndex = Strong<struct LogIndexTag, std::uint64_t>;  // a block of the log, from 1
// The number of a consensus group within its instance. No message contains it. Zero is not "none",
// but the first group, and today the only one.
using GroupId = Strong<struct GroupTag, std::uint32_t>;

// Ids of peers and of their requests (seed section 4).
using ConnectionId = Strong<struct ConnectionTag, std::uint64_t>;
using TransactionId = Strong<struct TransactionTag, std::uint32_t>;
using PeerRowId = Strong<struct PeerRowTag, std::int64_t>;  // PEER-INFO.id

struct InfoHash {  // identifies a content: the SHA-1 of its info dictionary
  std::array<std::uint8_t, 20> bytes{};
  friend constexpr auto operator<=>(const InfoHash&, const InfoHash&) = default;
};

struct PeerId {  // the seed's peer_id
  std::array<std::uint8_t, 20> bytes{};
  friend constexpr auto operator<=>(const PeerId&, const PeerId&) = default;
};

// An IPv4 or IPv6 address. A plain number becomes an IPv4 address; the number is in host order. An
// IPv4-mapped IPv6 address (::ffff:10.0.0.1) equals its IPv4 address.
class Ip {
 public:
  using Bytes16 = std::array<std::uint8_t, 16>;

  constexpr Ip() = default;  // 0.0.0.0
  constexpr Ip(std::uint32_t v4) : low_(mapped | v4) {}
  static constexpr Ip v6(const Bytes16& bytes) {  // in the order of the wire
    Ip ip;
    ip.high_ = ip.low_ = 0;
    for (std::size_t i = 0; i < 8; ++i) ip.high_ = ip.high_ << 8 | bytes[i];
    for (std::size_t i = 8; i < 16; ++i) ip.low_ = ip.low_ << 8 | bytes[i];
    return ip;
  }

  constexpr bool is_v4() const { return high_ == 0 && low_ >> 32 == mapped >> 32; }
  // Valid only if is_v4().
  constexpr std::uint32_t v4() const { return static_cast<std::uint32_t>(low_); }
  // An IPv4 address is returned in its mapped form, ::ffff:a.b.c.d.
  constexpr Bytes16 bytes() const {
    Bytes16 out{};
    for (std::size_t i = 0; i < 8; ++i) {
      out[i] = static_cast<std::uint8_t>(high_ >> (56 - 8 * i));
      out[8 + i] = static_cast<std::uint8_t>(low_ >> (56 - 8 * i));
    }
    return out;
  }
  // What limits per source count as one source: an IPv4 address itself, or the /64 network of an
  // IPv6 address, because one host can use all 2^64 addresses of such a network.
  constexpr Ip network() const {
    Ip ip = *this;
    if (!is_v4()) ip.low_ = 0;
    return ip;
  }
  constexpr std::uint64_t high() const { return high_; }
  constexpr std::uint64_t low() const { return low_; }
  friend constexpr auto operator<=>(const Ip&, const Ip&) = default;

 private:
  static constexpr std::uint64_t mapped = 0xffff'0000'0000;
  std::uint64_t high_ = 0, low_ = mapped;
};

// An address and a UDP port (host order). Trackers speak to each other over IPv4 only.
struct Endpoint {
  Ip ip{};
  std::uint16_t port{};
  friend constexpr auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

using Bytes = std::span<const std::uint8_t>;

std::string to_string(const Ip& ip);                // 10.0.0.1, 2001:db8::1
std::optional<Ip> parse_ip(std::string_view text);  // accepts only the form that to_string writes
std::string to_string(const Endpoint& endpoint);    // 10.0.0.1:6969, [2001:db8::1]:6969
std::string to_hex(Bytes bytes);                    // lower case

}  // namespace swarm
