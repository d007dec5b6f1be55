// Makes requests to a tracker and reads its answers, for the measuring programs. There are two
// dialects: "seed" (engine/wire/seed_protocol.hpp) and "bep15" (engine/wire/bep15.hpp).
#pragma once

#include <optional>
#include <string_view>

#include "engine/wire/seed_protocol.hpp"

namespace swarm::bench {

enum class Dialect { seed, bep15 };
std::optional<Dialect> read_dialect(std::string_view name);
std::string_view dialect_name(Dialect dialect);

wire::Datagram connect_request(Dialect dialect, TransactionId transaction);
// Makes the announce of a leecher.
wire::Datagram announce_request(Dialect dialect, const wire::AnnounceRequest& request);

struct Answer {
  wire::Action action{};
  TransactionId transaction;
  ConnectionId connection;  // for the answer to a connect
  std::size_t peers{};      // for the answer to an announce: the number of peers
};
// Returns nullopt if the datagram is no answer of this dialect.
std::optional<Answer> read_answer(Dialect dialect, Bytes datagram);

}  // namespace swarm::bench
