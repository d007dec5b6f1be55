// A client's request in a form that is the same for all dialects. The rules of answering (R16 to
// R18) use only this form. client_answer.hpp writes the answer in the dialect of the request.
#pragma once

#include "engine/tracker/answering/requester.hpp"
#include "engine/wire/http_tracker.hpp"

namespace swarm {

// The state that a request wants for the registration of a peer with a content.
enum class DesiredState : std::uint8_t {
  registered,  // the state does not change; a new registration becomes a leecher
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
    bool refresh{};     // the request names no event; it only shows that the peer is still there
    bool foreign_ip{};  // the request names an address that is not its source; never believed
    // The port on which the peer listens. The source address and this port identify the peer. Zero:
    // no other peer can reach this peer, so it gets peers but is not registered.
    std::uint16_t port{};
    std::uint32_t peers_wanted{};
    // The client has just started and says that it lacks nothing. It is a seeder, or a WebTorrent
    // that has only a magnet link and lacks everything. To be useful to both, its answer names
    // seeders, unlike the answer to a known seeder.
    bool may_lack_all{};
    bool compact{};  // HTTP: the answer has the peers in the compact form
  };
  struct Declare {  // the seed's scrape: the source is a seeder of all these contents
    Contents contents;
  };
  struct Scrape {  // BEP 15 and 48: asks how many peers each content has
    Contents contents;
  };

  Dialect dialect{};
  std::size_t size{};         // bytes of the request
  TransactionId transaction;  // the answer repeats it; HTTP has none
  ConnectionId connection;    // HTTP has none, because TCP has verified the source address
  std::variant<Connect, Announce, Declare, Scrape> what;
};

// The reason why bytes are no request. `answer` is the error for the client; over UDP it is not
// larger than the bytes. Empty: the client gets no error, and the tracker only counts the bytes.
struct BadClientRequest {
  Reject reason{};
  Dialect dialect{};
  std::vector<std::uint8_t> answer;
};

tl::expected<ClientRequest, BadClientRequest> read_request(const Requester& requester, Bytes bytes);

// Returns the bytes of a request without the options of BEP 41, which a tracker ignores.
Bytes without_options(const ClientRequest& request, Bytes bytes);

// Returns a number that is the same for all copies of one request of a client. In the seed's
// dialect, copies are requests with the same transaction. In the other dialects, copies are
// requests with the same bytes.
std::uint64_t request_number(const ClientRequest& request, Bytes bytes, std::uint64_t seed);

}  // namespace swarm
