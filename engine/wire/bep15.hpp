// Client <-> tracker, dialect B: BEP 15, so that unmodified BitTorrent clients work. IPv6 is that
// of BEP 7 and 15: the same messages, with 18 bytes a peer. Options (BEP 41) are skipped.
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
// Integers are big-endian. The magic is 0x41727101980. Events are numbered as in the seed's
// dialect. Told apart from the seed's dialect (seed_protocol.hpp) by the bytes alone: a connect
// by its magic, an announce by its length (74, or 98 and more), a scrape by (length - 16) mod 20
// (4, or 0). Nothing follows the list of peers: there are clients that refuse such an answer.
#pragma once

#include <string>

#include "engine/wire/seed_protocol.hpp"

namespace swarm::wire::bep15 {

inline constexpr ConnectionId connect_magic{0x41727101980};
inline constexpr std::size_t most_hashes = 74;  // of a scrape
inline constexpr std::size_t most_peers = 82;   // of an answer: rtorrent reads 512 bytes
inline constexpr std::size_t most_peers6 = 56;  // of an answer over IPv6
inline constexpr std::size_t longest_error = 80;
inline constexpr std::size_t announce_size = 98;      // without its options
inline constexpr std::size_t longest_request = 2048;  // bytes; an announce with its options

struct ConnectRequest {
  TransactionId transaction;
  friend bool operator==(const ConnectRequest&, const ConnectRequest&) = default;
};
struct AnnounceRequest {
  ConnectionId connection;
  TransactionId transaction;
  InfoHash info_hash;
  PeerId peer_id;
  std::uint64_t downloaded{}, left{}, uploaded{};  // bytes; see docs/PROTOCOL.md on left = 0
  AnnounceEvent event{};
  std::uint32_t ip{};  // never believed
  std::uint32_t key{};
  std::int32_t num_want{-1};  // negative: as many as the tracker likes
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
  UpTo<Endpoint, most_peers> peers;  // all of the family that the client asked over
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

// Whether the bytes are this dialect's, as far as can be told; else they may be the seed's.
bool is_bep15(Bytes bytes);

// Why a datagram is no request; `transaction`: it is long enough, and of this dialect, so that it
// could be answered with an error that is not larger than it.
struct BadRequest {
  Reject reason{};
  std::optional<TransactionId> transaction;
};
tl::expected<Request, BadRequest> decode_request(Bytes bytes);
// `ipv6`: the answer came over IPv6.
tl::expected<Response, Reject> decode_response(Bytes bytes, bool ipv6);

// Replace the contents of `out`, which its owner reuses. The peers of an answer over IPv6 are those
// of IPv6 addresses: the first one tells.
void encode(const Request& request, std::vector<std::uint8_t>& out);
void encode(const Response& response, std::vector<std::uint8_t>& out);

}  // namespace swarm::wire::bep15
