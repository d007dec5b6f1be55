// Client <-> tracker over HTTP (BEP 3, 7, 23, 48), for the clients that have nothing else. What
// arrives is the target of a GET, what leaves is the body of the answer, in bencode.
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
// Bytes of a value are written as %XX or as they are. Other keys are skipped: `ip` is never
// believed, and a peer is known by its address, so that no list of peers holds a peer id. The
// passkey (bytes but "/" and "?", or none) means nothing here: there are no accounts.
#pragma once

#include <string>
#include <string_view>

#include "engine/wire/bep15.hpp"

namespace swarm::wire::http {

inline constexpr std::size_t longest_target = 8192;  // bytes; a scrape of 74 needs 5,261

struct AnnounceRequest {
  InfoHash info_hash;
  PeerId peer_id;
  std::uint16_t port{};  // 0: nobody can reach it
  AnnounceEvent event{};
  std::optional<std::uint64_t> left;      // bytes; none: not said, or not as a number
  std::optional<std::uint32_t> num_want;  // none, or no number: as many as the tracker likes
  bool compact = true;                    // the form of the peers in the answer (BEP 23)
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
  bool compact = true;  // as it was asked for
};
struct ScrapeResponse {
  struct Swarm {
    InfoHash content;
    bep15::SwarmCounts counts;
  };
  UpTo<Swarm, bep15::most_hashes> swarms;  // of a content that is named twice the first one counts
};
struct ErrorResponse {
  std::string text;
};
using Response = std::variant<AnnounceResponse, ScrapeResponse, ErrorResponse>;

// What a path (without "?" and what follows) asks for: "/announce" or "/scrape"; empty: nothing
// that is here.
std::string_view resource_of(std::string_view path);

// Or the sentence for ErrorResponse: "info_hash is missing". It quotes nothing of the target.
tl::expected<Request, std::string> decode_request(Bytes target);

// Replaces the contents of `out`, which its owner reuses.
void encode(const Response& response, std::vector<std::uint8_t>& out);

}  // namespace swarm::wire::http
