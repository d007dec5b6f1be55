#include "tests/bench/client_dialect.hpp"

namespace swarm::bench {
namespace {

constexpr std::uint64_t bep15_magic = 0x41727101980;
constexpr std::size_t peer_size = 6;

std::size_t announced_head(Dialect dialect) {
  return dialect == Dialect::seed ? 16 : 20;
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
  wire::Datagram out;
  out.number(bep15_magic);
  out.number(static_cast<std::uint32_t>(wire::Action::connect));
  out.number(transaction.value);
  return out;
}

wire::Datagram announce_request(Dialect dialect, const wire::AnnounceRequest& request) {
  if (dialect == Dialect::seed) return wire::encode(request);
  wire::Datagram out;
  out.number(request.connection.value);
  out.number(static_cast<std::uint32_t>(wire::Action::announce));
  out.number(request.transaction.value);
  out.append(request.info_hash.bytes);
  out.append(request.peer_id.bytes);
  out.number(std::uint64_t{0});  // downloaded
  out.number(std::uint64_t{1});  // left
  out.number(std::uint64_t{0});  // uploaded
  out.number(static_cast<std::uint32_t>(request.event));
  out.number(request.ip);
  out.number(request.key);
  out.number(request.num_want);
  out.number(request.port);
  return out;
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
