// Client <-> tracker, dialect B: BEP 15, which unmodified BitTorrent clients use. Over IPv6 the
// messages are the same, but a peer takes 18 bytes (BEP 7 and 15). The tracker skips options
// (BEP 41).
//
//   request  := connect | announce | scrape
//   connect  := magic 8                 action 4 (= 0)  transaction 4                 (16, or more)
//   announce := connection 8            action 4 (= 1)  transaction 4  info_hash 20
//               peer_id 20  downloaded 8  left 8  uploaded 8  event 4  ip 4  key 4
//               num_want 4 (signed)  port 2  options                                  (98, or more)
//   scrape   := connection 8            action 4 (= 2)  transaction 4
//               n x info_hash 20, 1 <= n <= 74                                        (16 + 20 x n)
//
//   response  := connected | announced | scraped | error
//   connected := action 4 (= 0)  transaction 4  connection 8                          (16)
//   announced := action 4 (= 1)  transaction 4  interval 4 (s)  leechers 4  seeders 4
//                n x (ip 4  port 2)    n <= 82, or over IPv6 n x (ip 16  port 2)  n <= 56
//   scraped   := action 4 (= 2)  transaction 4  n x (seeders 4  completed 4  leechers 4)
//   error     := action 4 (= 3)  transaction 4  text
//
// Integers are big-endian. The magic is 0x41727101980. Events have the same numbers as in the
// seed's dialect (seed_protocol.hpp). The bytes of a request alone show its dialect. A connect has
// a different magic in each dialect. An announce has 74 bytes in the seed's dialect, and 98 or more
// in BEP 15. The length of a scrape minus 16 is 4 modulo 20 in the seed's dialect, and 0 modulo 20
// in BEP 15. No byte follows the list of peers, because some clients refuse a longer answer.
#pragma once

#include <string>

#include "engine/wire/seed_protocol.hpp"

namespace swarm::wire::bep15 {

inline constexpr ConnectionId connect_magic{0x41727101980};
inline constexpr std::size_t most_hashes = 74;  // in a scrape
inline constexpr std::size_t most_peers = 82;   // in an answer: 512 bytes, all that rtorrent reads
inline constexpr std::size_t most_peers6 = 56;  // in an answer over IPv6
inline constexpr std::size_t longest_error = 80;
inline constexpr std::size_t announce_size = 98;      // bytes, without options
inline constexpr std::size_t longest_request = 2048;  // bytes: an announce with options

struct ConnectRequest {
  TransactionId transaction;
  friend bool operator==(const ConnectRequest&, const ConnectRequest&) = default;
};
struct AnnounceRequest {
  ConnectionId connection;
  TransactionId transaction;
  InfoHash info_hash;
  PeerId peer_id;
  std::uint64_t downloaded{}, left{}, uploaded{};  // bytes; docs/PROTOCOL.md explains left = 0
  AnnounceEvent event{};
  std::uint32_t ip{};  // the tracker ignores it
  std::uint32_t key{};
  std::int32_t num_want{-1};  // negative: the tracker chooses
  std::uint16_t port{};
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
  std::uint32_t interval{};  // seconds
  std::uint32_t leechers{}, seeders{};
  UpTo<Endpoint, most_peers> peers;  // all of the request's address family
  friend bool operator==(const AnnounceResponse&, const AnnounceResponse&) = default;
};
struct SwarmCounts {
  std::uint32_t seeders{}, completed{}, leechers{};
  friend bool operator==(const SwarmCounts&, const SwarmCounts&) = default;
};
struct ScrapeResponse {
  TransactionId transaction;
  UpTo<SwarmCounts, most_hashes> swarms;  // in the order of the request
  friend bool operator==(const ScrapeResponse&, const ScrapeResponse&) = default;
};
struct ErrorResponse {
  TransactionId transaction;
  std::string text;  // at most longest_error bytes
  friend bool operator==(const ErrorResponse&, const ErrorResponse&) = default;
};
using Response = std::variant<ConnectResponse, AnnounceResponse, ScrapeResponse, ErrorResponse>;

// True if the bytes look like a request of this dialect. Otherwise they may be a request of the
// seed's dialect.
bool is_bep15(Bytes bytes);

// Why a datagram is no request. `transaction` is set if the datagram is of this dialect. Then
// the caller may answer with an error response, which must not be longer than the datagram.
struct BadRequest {
  Reject reason{};
  std::optional<TransactionId> transaction;
};
tl::expected<Request, BadRequest> decode_request(Bytes bytes);
// `ipv6`: the response came over IPv6.
tl::expected<Response, Reject> decode_response(Bytes bytes, bool ipv6);

// Replace the contents of `out`, so that the caller can reuse its memory. All peers of a response
// must have the same address family; the first peer decides the form of the list.
void encode(const Request& request, std::vector<std::uint8_t>& out);
void encode(const Response& response, std::vector<std::uint8_t>& out);

}  // namespace swarm::wire::bep15
