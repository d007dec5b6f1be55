// What a peer says to a tracker, as the measuring programs need it, in either dialect.
// The seed's (engine/wire/seed_protocol.hpp) is "seed", BEP 15's (engine/wire/bep15.hpp) "bep15".
#pragma once

#include <optional>
#include <string_view>

#include "engine/wire/seed_protocol.hpp"

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
