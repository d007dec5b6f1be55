// Client <-> tracker over HTTP (BEP 3, 7, 23, 48), for clients that cannot use UDP. A request is
// the target of a GET. An answer is the body of the HTTP response, in bencode.
//
//   target   := ["/" passkey] ("/announce" | "/scrape") ["/"] ["?" pairs]
//   pairs    := key "=" value ("&" ...)*
//   announce := info_hash (20 bytes)  peer_id (20 bytes)  port (0 to 65535)
//               [event: started, completed, stopped]  [left]  [numwant]  [compact: 0 or 1]
//   scrape   := 1 to 74 x info_hash
//
//   announced := d complete  downloaded  incomplete  interval  "min interval"  peers  [peers6] e
//   scraped   := d files: d info_hash: d complete  downloaded  incomplete e ... e e
//   failed    := d "failure reason" e
//
// Each byte of a value is written as %XX or as itself. The tracker skips all other keys, `ip` among
// them. It knows a peer by its address, so no list of peers has peer ids. It ignores the passkey
// (any bytes except "/" and "?", or none), because it has no accounts.
#pragma once

#include <string>
#include <string_view>

#include "engine/wire/bep15.hpp"

namespace swarm::wire::http {

inline constexpr std::size_t longest_target = 8192;  // bytes; a scrape of 74 contents needs 5,261

struct AnnounceRequest {
  InfoHash info_hash;
  PeerId peer_id;
  std::uint16_t port{};  // 0: no peer can reach this client
  AnnounceEvent event{};
  std::optional<std::uint64_t> left;      // bytes; empty if missing or not a number
  std::optional<std::uint32_t> num_want;  // empty: the tracker chooses
  bool compact = true;                    // the answer has its peers in compact form (BEP 23)
  friend bool operator==(const AnnounceRequest&, const AnnounceRequest&) = default;
};
struct ScrapeRequest {
  UpTo<InfoHash, bep15::most_hashes> contents;  // at least one
  friend bool operator==(const ScrapeRequest&, const ScrapeRequest&) = default;
};
using Request = std::variant<AnnounceRequest, ScrapeRequest>;

struct AnnounceResponse {
  std::uint32_t interval{}, min_interval{};  // seconds
  bep15::SwarmCounts counts;
  UpTo<Endpoint, bep15::most_peers> peers;
  bool compact = true;  // as in the request
};
struct ScrapeResponse {
  struct Swarm {
    InfoHash content;
    bep15::SwarmCounts counts;
  };
  UpTo<Swarm, bep15::most_hashes> swarms;  // of two with one content, encode() writes the first
};
struct ErrorResponse {
  std::string text;
};
using Response = std::variant<AnnounceResponse, ScrapeResponse, ErrorResponse>;

// The resource that a path asks for: "/announce" or "/scrape", or empty if it asks for neither.
// `path` is the part of the target before the "?".
std::string_view resource_of(std::string_view path);

// The error is the sentence for ErrorResponse, such as "info_hash is missing". It quotes no part of
// the target.
tl::expected<Request, std::string> decode_request(Bytes target);

// Replaces the contents of `out`, so that the caller can reuse its memory.
void encode(const Response& response, std::vector<std::uint8_t>& out);

}  // namespace swarm::wire::http
