// What a peer says to a tracker, as the measuring programs need it, in either dialect.
//
//   seed   engine/wire/client_protocol.hpp: announce 74 bytes, its answer 16 + 6 x n
//   bep15  BEP 15: connect magic 8 (0x41727101980), action 4, transaction 4; announce 98 bytes:
//          connection 8, action 4, transaction 4, info_hash 20, peer_id 20, downloaded 8, left 8,
//          uploaded 8, event 4, ip 4, key 4, num_want 4, port 2; its answer 20 + 6 x n
#pragma once

#include <optional>
#include <string_view>

#include "engine/wire/client_protocol.hpp"

namespace swarm::bench {

enum class Dialect { seed, bep15 };
std::optional<Dialect> read_dialect(std::string_view name);
std::string_view dialect_name(Dialect dialect);

wire::Datagram connect_request(Dialect dialect, TransactionId transaction);
// A leecher's.
wire::Datagram announce_request(Dialect dialect, const wire::AnnounceRequest& request);

struct Answer {
  wire::Action action{};
  TransactionId transaction;
  ConnectionId connection;  // of a connect
  std::size_t peers{};      // of an announce
};
// Nothing: not an answer of this dialect.
std::optional<Answer> read_answer(Dialect dialect, Bytes datagram);

}  // namespace swarm::bench
