#include "engine/wire/seed_protocol.hpp"

namespace swarm::wire {
namespace {

constexpr std::size_t shortest_request = 16;
constexpr std::size_t announce_size = 74;
constexpr std::size_t scrape_head = 20;
constexpr std::size_t hash_size = 20;
constexpr std::size_t announced_head = 16;
constexpr std::size_t peer_size = 6;

constexpr std::array<std::string_view, static_cast<std::size_t>(ClientError::count)> texts{
    "bad conn", "bad evnt", "bad cnt", "too many", "bad port", "bad ip", "not here",
};

tl::unexpected<BadRequest> refuse(Reject reason) {
  return tl::unexpected<BadRequest>({reason, std::nullopt});
}

tl::unexpected<BadRequest> refuse(Reject reason, TransactionId transaction, ClientError error) {
  return tl::unexpected<BadRequest>({reason, ErrorResponse{transaction, error_number(error)}});
}

// The head of every request, as decode_request() has read it.
struct Head {
  ConnectionId connection;
  TransactionId transaction;
  std::size_t size;
};

tl::expected<Request, BadRequest> decode_connect(const Head& head) {
  if (head.size != shortest_request) return refuse(Reject::bad_length);
  if (head.connection != connect_magic) return refuse(Reject::bad_magic);
  return ConnectRequest{head.transaction};
}

tl::expected<Request, BadRequest> decode_announce(const Head& head, Reader& in) {
  if (head.size != announce_size) return refuse(Reject::bad_length);
  AnnounceRequest request{head.connection, head.transaction, {in.array<20>()}, {in.array<20>()}};
  const auto event = in.u32();
  if (event > static_cast<std::uint32_t>(AnnounceEvent::stopped))
    return refuse(Reject::bad_value, head.transaction, ClientError::bad_event);
  request.event = static_cast<AnnounceEvent>(event);
  request.ip = in.u32();
  request.key = in.u32();
  request.num_want = in.u32();
  request.port = in.u16();
  return request;
}

tl::expected<Request, BadRequest> decode_scrape(const Head& head, Reader& in) {
  if (head.size < scrape_head || (head.size - scrape_head) % hash_size != 0)
    return refuse(Reject::bad_length);
  const std::uint32_t count = in.u32();
  if (count != (head.size - scrape_head) / hash_size)
    return refuse(Reject::bad_value, head.transaction, ClientError::bad_count);
  if (count > most_hashes) return refuse(Reject::too_long, head.transaction, ClientError::too_many);
  ScrapeRequest request{head.connection, head.transaction, {}};
  for (std::uint32_t i = 0; i < count; ++i) request.contents.push_back({in.array<20>()});
  return request;
}

tl::expected<Response, Reject> decode_announced(TransactionId transaction, Reader& in) {
  AnnounceResponse response{transaction, in.u32(), {}};
  const std::uint32_t count = in.u32();
  if (!in.ok()) return tl::unexpected(Reject::too_short);
  if (count > most_peers || in.left() != count * peer_size)
    return tl::unexpected(Reject::bad_length);
  for (std::uint32_t i = 0; i < count; ++i) response.peers.push_back(in.endpoint());
  return response;
}

void head(Datagram& out, ConnectionId connection, Action action, TransactionId transaction) {
  out.number(connection.value);
  out.number(static_cast<std::uint32_t>(action));
  out.number(transaction.value);
}

Datagram answer(Action action, TransactionId transaction) {
  Datagram out;
  out.number(static_cast<std::uint32_t>(action));
  out.number(transaction.value);
  return out;
}

}  // namespace

std::string_view error_text(ClientError error) {
  return texts[static_cast<std::size_t>(error)];
}

std::uint64_t error_number(ClientError error) {
  std::uint64_t number = 0;
  const auto text = error_text(error);
  for (std::size_t i = 0; i < 8; ++i)
    number = number << 8 | (i < text.size() ? static_cast<std::uint8_t>(text[i]) : 0U);
  return number;
}

tl::expected<Request, BadRequest> decode_request(Bytes bytes) {
  if (bytes.size() < shortest_request) return refuse(Reject::too_short);
  Reader in(bytes);
  Head head{{in.u64()}, {}, bytes.size()};
  const auto action = in.u32();
  in.read(head.transaction);
  switch (static_cast<Action>(action)) {
    case Action::connect:
      return decode_connect(head);
    case Action::announce:
      return decode_announce(head, in);
    case Action::scrape:
      return decode_scrape(head, in);
    default:
      return refuse(Reject::unknown_action);
  }
}

tl::expected<Response, Reject> decode_response(Bytes bytes) {
  Reader in(bytes);
  const auto action = static_cast<Action>(in.u32());
  TransactionId transaction;
  in.read(transaction);
  if (!in.ok()) return tl::unexpected(Reject::too_short);
  switch (action) {
    case Action::connect: {
      const ConnectResponse response{transaction, {in.u64()}};
      if (!in.done()) return tl::unexpected(Reject::bad_length);
      return response;
    }
    case Action::announce:
      return decode_announced(transaction, in);
    case Action::scrape:
      if (!in.done()) return tl::unexpected(Reject::bad_length);
      return ScrapeResponse{transaction};
    case Action::error: {
      const ErrorResponse response{transaction, in.u64()};
      if (!in.done()) return tl::unexpected(Reject::bad_length);
      return response;
    }
  }
  return tl::unexpected(Reject::unknown_action);
}

Datagram encode(const ConnectRequest& request) {
  Datagram out;
  head(out, connect_magic, Action::connect, request.transaction);
  return out;
}

Datagram encode(const AnnounceRequest& request) {
  Datagram out;
  head(out, request.connection, Action::announce, request.transaction);
  out.append(request.info_hash.bytes);
  out.append(request.peer_id.bytes);
  out.number(static_cast<std::uint32_t>(request.event));
  out.number(request.ip);
  out.number(request.key);
  out.number(request.num_want);
  out.number(request.port);
  return out;
}

Datagram encode(const ScrapeRequest& request) {
  Datagram out;
  head(out, request.connection, Action::scrape, request.transaction);
  out.number(static_cast<std::uint32_t>(request.contents.size()));
  for (const auto& content : request.contents) out.append(content.bytes);
  return out;
}

Datagram encode(const ConnectResponse& response) {
  Datagram out = answer(Action::connect, response.transaction);
  out.number(response.connection.value);
  return out;
}

Datagram encode(const AnnounceResponse& response) {
  Datagram out = answer(Action::announce, response.transaction);
  out.number(response.interval);
  out.number(static_cast<std::uint32_t>(response.peers.size()));
  for (const auto& peer : response.peers) {
    out.number(peer.ip.v4());
    out.number(peer.port);
  }
  return out;
}

Datagram encode(const ScrapeResponse& response) {
  return answer(Action::scrape, response.transaction);
}

Datagram encode(const ErrorResponse& response) {
  Datagram out = answer(Action::error, response.transaction);
  out.number(response.text);
  return out;
}

Datagram encode(const Request& request) {
  return std::visit([](const auto& r) { return encode(r); }, request);
}

Datagram encode(const Response& response) {
  return std::visit([](const auto& r) { return encode(r); }, response);
}

}  // namespace swarm::wire
