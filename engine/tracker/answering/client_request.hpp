// A client's request, independent of its dialect. The rules of answering (R16 to R18) are written
// once, for this form. client_answer.hpp turns the answer into the dialect of the request.
#pragma once

#include "engine/tracker/answering/requester.hpp"
#include "engine/wire/http_tracker.hpp"

namespace swarm {

// The state that a request wants for the registration of a peer at a content.
enum class DesiredState : std::uint8_t {
  registered,  // in its present state; a new registration becomes a leecher
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
    bool completed{};   // the peer has just fetched the last part of the content
    bool refresh{};     // the request names no event: it only says that the peer is still there
    bool foreign_ip{};  // it names another address than its source's, which is never believed
    // The port that the peer listens on; the peer is (source address, port). Zero: no other peer
    // can reach it, so it gets peers but is not registered.
    std::uint16_t port{};
    std::uint32_t peers_wanted{};
    // The client has just started and says that it lacks nothing. It is either a seeder, or a
    // WebTorrent that has only a magnet link and needs everything. So its answer names seeders,
    // which the answer to a seeder does not.
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

// Why bytes are no request. `answer` is the error for the client; over UDP it is not larger than
// the request. It is empty if the request is only counted.
struct BadClientRequest {
  Reject reason{};
  Dialect dialect{};
  std::vector<std::uint8_t> answer;
};

tl::expected<ClientRequest, BadClientRequest> read_request(const Requester& requester, Bytes bytes);

// The bytes of a request without the options of BEP 15 (BEP 41), which have no meaning here.
Bytes without_options(const ClientRequest& request, Bytes bytes);

// A number that all copies of one request of a client share. In the seed's dialect, whose peers
// retransmit, copies have the same transaction. In the other dialects copies have the same bytes.
std::uint64_t request_number(const ClientRequest& request, Bytes bytes, std::uint64_t seed);

}  // namespace swarm
