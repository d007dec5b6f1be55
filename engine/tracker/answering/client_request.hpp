// What a client asks of a tracker, whatever its dialect: the rules of answering (R16 to R18) are
// written once, for this. The answer's way back into the dialect: client_answer.hpp.
#pragma once

#include "engine/tracker/answering/asker.hpp"
#include "engine/wire/http_tracker.hpp"

namespace swarm {

// What the registration of a peer at a content shall be.
enum class Wish : std::uint8_t {
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
    Wish wish{};
    bool completed{};   // it has just fetched the last of it
    bool refresh{};     // it names no event: it only says that it still is there
    bool foreign_ip{};  // it names an address that is not its source's, which is never believed
    // That the peer listens on; the peer is (source address, this). Zero: nobody can reach it, so
    // it is told of peers and not registered.
    std::uint16_t port{};
    std::uint32_t peers_wanted{};
    // It has just started and says that it lacks nothing: a seeder, or a WebTorrent that has a
    // magnet link alone and needs all. It is told of seeders, whom a seeder is not.
    bool may_lack_all{};
    bool compact{};  // HTTP: how the peers are written
  };
  struct Tell {  // the seed's scrape: the source is a seeder of all these
    Contents contents;
  };
  struct Scrape {  // BEP 15 and 48: how many peers has each of these?
    Contents contents;
  };

  Dialect dialect{};
  std::size_t size{};         // in bytes
  TransactionId transaction;  // repeated in the answer; HTTP has none
  ConnectionId connection;    // HTTP has none: TCP has shown that the source is there
  std::variant<Connect, Announce, Tell, Scrape> what;
};

// Why the bytes are no request. `answer`: what to tell the client, never larger than its request;
// empty: nothing, it is only counted.
struct BadClientRequest {
  Reject reason{};
  Dialect dialect{};
  std::vector<std::uint8_t> answer;
};

tl::expected<ClientRequest, BadClientRequest> read_request(const Asker& asker, Bytes bytes);

// The part of a request that says something: the options of BEP 15 (BEP 41) do not.
Bytes without_options(const ClientRequest& request, Bytes bytes);

// Equal for copies of one request of one client: the seed's peers, which retransmit, tell them by
// the transaction; other clients' requests are copies if they are equal.
std::uint64_t question_number(const ClientRequest& request, Bytes bytes, std::uint64_t seed);

}  // namespace swarm
