#include "engine/wire/bep15.hpp"

namespace swarm::wire::bep15 {
namespace {

constexpr std::size_t request_head = 16;
constexpr std::size_t hash_size = 20;
constexpr std::size_t counts_size = 12;

struct Head {
  ConnectionId connection;
  Action action;
  TransactionId transaction;
};

Head read_head(Reader& in) {
  Head head{{in.u64()}, static_cast<Action>(in.u32()), {}};
  in.read(head.transaction);
  return head;
}

bool is_bep15(const Head& head, std::size_t size) {
  switch (head.action) {
    case Action::connect:
      return head.connection == connect_magic;
    case Action::announce:
      return size >= announce_size;
    case Action::scrape:
      return (size - request_head) % hash_size == 0;
    default:
      return false;
  }
}

tl::unexpected<BadRequest> refuse(Reject reason) {
  return tl::unexpected<BadRequest>({reason, std::nullopt});
}

tl::unexpected<BadRequest> refuse(Reject reason, TransactionId transaction) {
  return tl::unexpected<BadRequest>({reason, transaction});
}

// Some clients send event numbers that BEP 15 does not have: libtorrent sends BEP 21's "paused" as
// 4, even instead of "started". Such a client is present and shares what it has. So an unknown
// event counts as a refresh, not as an error.
AnnounceEvent event_of(std::uint32_t number) {
  const auto event = static_cast<AnnounceEvent>(number);
  return event <= AnnounceEvent::stopped ? event : AnnounceEvent::none;
}

AnnounceRequest read_announce(const Head& head, Reader& in) {
  AnnounceRequest request{head.connection, head.transaction, {in.array<20>()}, {in.array<20>()}};
  request.downloaded = in.u64();
  request.left = in.u64();
  request.uploaded = in.u64();
  request.event = event_of(in.u32());
  request.ip = in.u32();
  request.key = in.u32();
  request.num_want = static_cast<std::int32_t>(in.u32());
  request.port = in.u16();
  return request;
}

tl::expected<Request, BadRequest> decode_scrape(const Head& head, Reader& in) {
  const std::size_t count = in.left() / hash_size;
  if (count == 0) return refuse(Reject::bad_length, head.transaction);
  if (count > most_hashes) return refuse(Reject::too_long, head.transaction);
  ScrapeRequest request{head.connection, head.transaction, {}};
  for (std::size_t i = 0; i < count; ++i) request.contents.push_back({in.array<20>()});
  return request;
}

tl::expected<Response, Reject> decode_connected(TransactionId transaction, Reader& in) {
  const ConnectResponse response{transaction, {in.u64()}};
  if (!in.done()) return tl::unexpected(Reject::bad_length);
  return response;
}

tl::expected<Response, Reject> decode_announced(TransactionId transaction, Reader& in, bool ipv6) {
  AnnounceResponse response{transaction, in.u32(), in.u32(), in.u32(), {}};
  if (!in.ok()) return tl::unexpected(Reject::too_short);
  const std::size_t peer_size = ipv6 ? 18 : 6;
  const std::size_t count = in.left() / peer_size;
  if (in.left() % peer_size != 0 || count > (ipv6 ? most_peers6 : most_peers))
    return tl::unexpected(Reject::bad_length);
  for (std::size_t i = 0; i < count; ++i) {
    const auto peer = ipv6 ? in.endpoint6() : in.endpoint();
    if (peer.ip.is_v4() == ipv6) return tl::unexpected(Reject::bad_value);
    response.peers.push_back(peer);
  }
  return response;
}

tl::expected<Response, Reject> decode_scraped(TransactionId transaction, Reader& in) {
  const std::size_t count = in.left() / counts_size;
  if (in.left() % counts_size != 0 || count == 0 || count > most_hashes)
    return tl::unexpected(Reject::bad_length);
  ScrapeResponse response{transaction, {}};
  for (std::size_t i = 0; i < count; ++i) response.swarms.push_back({in.u32(), in.u32(), in.u32()});
  return response;
}

tl::expected<Response, Reject> decode_error(TransactionId transaction, Reader& in) {
  if (in.left() > longest_error) return tl::unexpected(Reject::too_long);
  const Bytes text = in.take(in.left());
  return ErrorResponse{transaction, {text.begin(), text.end()}};
}

void write_head(Writer& out, ConnectionId connection, Action action, TransactionId transaction) {
  out.id(connection);
  out.u32(static_cast<std::uint32_t>(action));
  out.id(transaction);
}

void write_head(Writer& out, Action action, TransactionId transaction) {
  out.u32(static_cast<std::uint32_t>(action));
  out.id(transaction);
}

void write(Writer& out, const ConnectRequest& request) {
  write_head(out, connect_magic, Action::connect, request.transaction);
}

void write(Writer& out, const AnnounceRequest& request) {
  write_head(out, request.connection, Action::announce, request.transaction);
  out.bytes(request.info_hash.bytes);
  out.bytes(request.peer_id.bytes);
  out.u64(request.downloaded);
  out.u64(request.left);
  out.u64(request.uploaded);
  out.u32(static_cast<std::uint32_t>(request.event));
  out.u32(request.ip);
  out.u32(request.key);
  out.u32(static_cast<std::uint32_t>(request.num_want));
  out.u16(request.port);
}

void write(Writer& out, const ScrapeRequest& request) {
  SWARM_ASSERT(request.contents.size() > 0, "a scrape asks about something");
  write_head(out, request.connection, Action::scrape, request.transaction);
  for (const auto& content : request.contents) out.bytes(content.bytes);
}

void write(Writer& out, const ConnectResponse& response) {
  write_head(out, Action::connect, response.transaction);
  out.id(response.connection);
}

void write(Writer& out, const AnnounceResponse& response) {
  write_head(out, Action::announce, response.transaction);
  out.u32(response.interval);
  out.u32(response.leechers);
  out.u32(response.seeders);
  const bool ipv6 = response.peers.size() > 0 && !response.peers.begin()->ip.is_v4();
  SWARM_ASSERT(!ipv6 || response.peers.size() <= most_peers6, "an answer over IPv6 holds fewer");
  for (const auto& peer : response.peers) {
    SWARM_ASSERT(peer.ip.is_v4() != ipv6, "the peers of an answer are of one family");
    if (ipv6)
      out.endpoint6(peer);
    else
      out.endpoint(peer);
  }
}

void write(Writer& out, const ScrapeResponse& response) {
  write_head(out, Action::scrape, response.transaction);
  for (const auto& swarm : response.swarms) {
    out.u32(swarm.seeders);
    out.u32(swarm.completed);
    out.u32(swarm.leechers);
  }
}

void write(Writer& out, const ErrorResponse& response) {
  SWARM_ASSERT(response.text.size() <= longest_error, "the text of an error is short");
  write_head(out, Action::error, response.transaction);
  out.bytes({reinterpret_cast<const std::uint8_t*>(response.text.data()), response.text.size()});
}

template <class Message>
void replace(const Message& message, std::vector<std::uint8_t>& bytes) {
  bytes.clear();
  Writer out(bytes);
  std::visit([&](const auto& m) { write(out, m); }, message);
}

}  // namespace

bool is_bep15(Bytes bytes) {
  if (bytes.size() < request_head) return false;
  Reader in(bytes);
  return is_bep15(read_head(in), bytes.size());
}

tl::expected<Request, BadRequest> decode_request(Bytes bytes) {
  if (bytes.size() < request_head) return refuse(Reject::too_short);
  Reader in(bytes);
  const Head head = read_head(in);
  if (!is_bep15(head, bytes.size())) return refuse(Reject::unknown_action);
  if (bytes.size() > longest_request) return refuse(Reject::too_long, head.transaction);
  if (head.action == Action::connect) return ConnectRequest{head.transaction};
  if (head.action == Action::announce) return read_announce(head, in);
  return decode_scrape(head, in);
}

tl::expected<Response, Reject> decode_response(Bytes bytes, bool ipv6) {
  Reader in(bytes);
  const auto action = static_cast<Action>(in.u32());
  TransactionId transaction;
  in.read(transaction);
  if (!in.ok()) return tl::unexpected(Reject::too_short);
  switch (action) {
    case Action::connect:
      return decode_connected(transaction, in);
    case Action::announce:
      return decode_announced(transaction, in, ipv6);
    case Action::scrape:
      return decode_scraped(transaction, in);
    case Action::error:
      return decode_error(transaction, in);
  }
  return tl::unexpected(Reject::unknown_action);
}

void encode(const Request& request, std::vector<std::uint8_t>& out) {
  replace(request, out);
}

void encode(const Response& response, std::vector<std::uint8_t>& out) {
  replace(response, out);
}

}  // namespace swarm::wire::bep15
