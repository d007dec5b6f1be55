// A client's request, independent of its dialect. The rules of answering (R16 to R18) are written
// once, for this form. client_answer.hpp turns the answer into the dialect of the request.
#pragma once

#include "engine/tracker/answering/requester.hpp"
#include "engine/wire/http_tracker.hpp"

namespace swarm {

// What the registration of a peer at a content shall be.
enum class DesiredState : std::uint8_t {
  registered,  // as whatever it is; if it is unknown, as a leecher
  leecher,
  seeder,
  absent,
};

struct ClientRequest {
  using Contents = wire::UpTo<InfoHash, wire::bep15::most_hashes>;

  struct Connect {};
  struct Announce {
    InfoHash content;
    DesiredState desired{};
    bool completed{};   // it has just fetched the last of it
    bool refresh{};     // it names no event: it only says that it still is there
    bool foreign_ip{};  // it names an address that is not its source's, which is never believed
    // The port that the peer listens on; the peer is (source address, port). Zero: no other peer
    // can reach it, so it gets peers and is not registered.
    std::uint16_t port{};
    std::uint32_t peers_wanted{};
    // The client has just started and says that it lacks nothing. It is a seeder, or a WebTorrent
    // that has only a magnet link and needs all. So its answer names seeders, unlike a seeder's.
    bool may_lack_all{};
    bool compact{};  // HTTP: how the peers are written
  };
  struct Declare {  // the seed's scrape: the source is a seeder of all these
    Contents contents;
  };
  struct Scrape {  // BEP 15 and 48: how many peers has each of these?
    Contents contents;
  };

  Dialect dialect{};
  std::size_t size{};         // in bytes
  TransactionId transaction;  // repeated in the answer; HTTP has none
  ConnectionId connection;    // HTTP has none: TCP has shown that the source is there
  std::variant<Connect, Announce, Declare, Scrape> what;
};

// The reason why bytes are no request. `answer`: the error to send to the client, never larger than
// its request. Empty: the request is only counted.
struct BadClientRequest {
  Reject reason{};
  Dialect dialect{};
  std::vector<std::uint8_t> answer;
};

tl::expected<ClientRequest, BadClientRequest> read_request(const Requester& requester, Bytes bytes);

// The part of a request that has a meaning here: all but the options of BEP 15 (BEP 41).
Bytes without_options(const ClientRequest& request, Bytes bytes);

// Equal for copies of one request of one client. Copies have the same transaction in the seed's
// dialect, whose peers retransmit. In other dialects requests are copies if they are equal.
std::uint64_t request_number(const ClientRequest& request, Bytes bytes, std::uint64_t seed);

}  // namespace swarm
