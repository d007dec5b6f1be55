#include "tests/bench/client_dialect.hpp"

#include "engine/wire/bep15.hpp"

namespace swarm::bench {
namespace {

constexpr std::size_t peer_size = 6;

std::size_t announced_head(Dialect dialect) {
  return dialect == Dialect::seed ? 16 : 20;
}

wire::Datagram datagram_of(const wire::bep15::Request& request) {
  std::vector<std::uint8_t> bytes;
  bytes.reserve(128);  // an announce, in one piece
  wire::bep15::encode(request, bytes);
  wire::Datagram out;
  out.append(bytes);
  return out;
}

}  // namespace

std::optional<Dialect> read_dialect(std::string_view name) {
  for (const auto dialect : {Dialect::seed, Dialect::bep15})
    if (name == dialect_name(dialect)) return dialect;
  return std::nullopt;
}

std::string_view dialect_name(Dialect dialect) {
  return dialect == Dialect::seed ? "seed" : "bep15";
}

wire::Datagram connect_request(Dialect dialect, TransactionId transaction) {
  if (dialect == Dialect::seed) return wire::encode(wire::ConnectRequest{transaction});
  return datagram_of(wire::bep15::ConnectRequest{transaction});
}

wire::Datagram announce_request(Dialect dialect, const wire::AnnounceRequest& request) {
  if (dialect == Dialect::seed) return wire::encode(request);
  wire::bep15::AnnounceRequest out{request.connection, request.transaction, request.info_hash,
                                   request.peer_id};
  out.left = 1;
  out.event = request.event;
  out.ip = request.ip;
  out.key = request.key;
  out.num_want = static_cast<std::int32_t>(request.num_want);
  out.port = request.port;
  return datagram_of(out);
}

std::optional<Answer> read_answer(Dialect dialect, Bytes datagram) {
  Reader in(datagram);
  Answer answer;
  answer.action = static_cast<wire::Action>(in.u32());
  in.read(answer.transaction);
  if (!in.ok()) return std::nullopt;
  if (answer.action == wire::Action::connect) {
    in.read(answer.connection);
    if (!in.ok()) return std::nullopt;
  } else if (answer.action == wire::Action::announce) {
    const auto head = announced_head(dialect);
    if (datagram.size() < head || (datagram.size() - head) % peer_size != 0) return std::nullopt;
    answer.peers = (datagram.size() - head) / peer_size;
  } else if (answer.action != wire::Action::error) {
    return std::nullopt;
  }
  return answer;
}

}  // namespace swarm::bench
