// Peer <-> tracker, dialect A: the seed's own protocol (seed section 4), byte for byte.
//
//   request  := connect | announce | scrape
//   connect  := magic 8                 action 4 (= 0)  transaction 4                      (16)
//   announce := connection 8            action 4 (= 1)  transaction 4  info_hash 20
//               peer_id 20  event 4  ip 4  key 4  num_want 4  port 2                       (74)
//   scrape   := connection 8            action 4 (= 2)  transaction 4  n 4
//               n x info_hash 20, n <= 24                                       (20 + 20 x n)
//
//   response := connected | announced | scraped | error
//   connected := action 4 (= 0)  transaction 4  connection 8                               (16)
//   announced := action 4 (= 1)  transaction 4  interval 4 (s)  n 4
//                n x (ip 4  port 2), n <= 82                                     (16 + 6 x n)
//   scraped   := action 4 (= 2)  transaction 4                                              (8)
//   error     := action 4 (= 3)  transaction 4  text 8 (ASCII, zero-padded)                (16)
//
// Integers are big-endian. The magic is 0xFEE1DEADBAADBEEF. Action and length alone decide which
// request a datagram is. With a scrape a peer *states* which contents it has. In BEP 15 a scrape
// asks for numbers of peers.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <tl/expected.hpp>
#include <variant>

#include "engine/base/assert.hpp"
#include "engine/base/bytes.hpp"
#include "engine/base/types.hpp"
#include "engine/node/events.hpp"

namespace swarm::wire {

// A list of at most N items that is stored in place, so a datagram needs no allocation.
template <class T, std::size_t N>
class UpTo {
 public:
  UpTo() {}  // not "= default": with that, `UpTo{}` would write zeros into all items
  void push_back(const T& item) {
    SWARM_ASSERT(size_ < N, "a list of the wire holds no more than its message does");
    items_[size_++] = item;
  }
  std::size_t size() const { return size_; }
  std::span<const T> items() const { return {items_.data(), size_}; }
  const T* begin() const { return items_.data(); }
  const T* end() const { return items_.data() + size_; }
  friend bool operator==(const UpTo& a, const UpTo& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
  }

 private:
  std::size_t size_ = 0;
  std::array<T, N> items_;
};

inline constexpr ConnectionId connect_magic{0xFEE1DEADBAADBEEF};
inline constexpr std::size_t most_peers = 82;   // in an announce response
inline constexpr std::size_t most_hashes = 24;  // in a scrape request
inline constexpr std::size_t longest_datagram = 16 + 6 * most_peers;

enum class Action : std::uint32_t { connect = 0, announce = 1, scrape = 2, error = 3 };
enum class AnnounceEvent : std::uint32_t { none = 0, completed = 1, started = 2, stopped = 3 };

struct ConnectRequest {
  TransactionId transaction;
  friend bool operator==(const ConnectRequest&, const ConnectRequest&) = default;
};
struct AnnounceRequest {
  ConnectionId connection;
  TransactionId transaction;
  InfoHash info_hash;
  PeerId peer_id;
  AnnounceEvent event{};
  std::uint32_t ip{};  // must be zero or the address of the source
  std::uint32_t key{};
  std::uint32_t num_want{};  // the most peers that the response may have
  std::uint16_t port{};      // the port that the peer listens on
  friend bool operator==(const AnnounceRequest&, const AnnounceRequest&) = default;
};
struct ScrapeRequest {
  ConnectionId connection;
  TransactionId transaction;
  UpTo<InfoHash, most_hashes> contents;
  friend bool operator==(const ScrapeRequest&, const ScrapeRequest&) = default;
};
using Request = std::variant<ConnectRequest, AnnounceRequest, ScrapeRequest>;

struct ConnectResponse {
  TransactionId transaction;
  ConnectionId connection;
  friend bool operator==(const ConnectResponse&, const ConnectResponse&) = default;
};
struct AnnounceResponse {
  TransactionId transaction;
  std::uint32_t interval{};  // least time until the next announce, in seconds
  UpTo<Endpoint, most_peers> peers;
  friend bool operator==(const AnnounceResponse&, const AnnounceResponse&) = default;
};
struct ScrapeResponse {
  TransactionId transaction;
  friend bool operator==(const ScrapeResponse&, const ScrapeResponse&) = default;
};
struct ErrorResponse {
  TransactionId transaction;
  std::uint64_t text{};  // the eight characters, the first in the highest byte
  friend bool operator==(const ErrorResponse&, const ErrorResponse&) = default;
};
using Response = std::variant<ConnectResponse, AnnounceResponse, ScrapeResponse, ErrorResponse>;

// Why a tracker refuses a request. Each error has a text (error_text, docs/PROTOCOL.md).
enum class ClientError : std::uint8_t {
  bad_connection,  // the connection id is invalid or has expired: connect again
  bad_event,
  bad_count,    // the number of hashes does not fit the length
  too_many,     // more than 24 hashes
  bad_port,     // port 0; only version 0.1.0 sends this, later versions answer with peers
  bad_address,  // ip is neither 0 nor the address of the source
  not_taken,    // the tracker does not serve this content (ContentList)
  count,
};
std::string_view error_text(ClientError error);  // at most 8 characters
std::uint64_t error_number(ClientError error);   // the same text, as ErrorResponse::text

// Why a datagram is no request. `answer` is set if the datagram is of dialect A and at least as
// long as the error response. Otherwise the tracker only counts the datagram.
struct BadRequest {
  Reject reason{};
  std::optional<ErrorResponse> answer;
};

// An encoded message, stored in place.
class Datagram {
 public:
  template <std::unsigned_integral T>
  void number(T value) {
    for (std::size_t i = sizeof(T); i-- > 0;)
      bytes_[size_++] = static_cast<std::uint8_t>(value >> (8 * i));
  }
  void append(Bytes raw) {
    std::copy(raw.begin(), raw.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(size_));
    size_ += raw.size();
  }
  Bytes bytes() const { return {bytes_.data(), size_}; }

 private:
  std::size_t size_ = 0;
  std::array<std::uint8_t, longest_datagram> bytes_;
};

tl::expected<Request, BadRequest> decode_request(Bytes bytes);
tl::expected<Response, Reject> decode_response(Bytes bytes);

Datagram encode(const ConnectRequest& request);
Datagram encode(const AnnounceRequest& request);
Datagram encode(const ScrapeRequest& request);
Datagram encode(const ConnectResponse& response);
Datagram encode(const AnnounceResponse& response);
Datagram encode(const ScrapeResponse& response);
Datagram encode(const ErrorResponse& response);
Datagram encode(const Request& request);
Datagram encode(const Response& response);

}  // namespace swarm::wire
