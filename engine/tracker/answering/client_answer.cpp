#include "engine/tracker/answering/client_answer.hpp"

#include <algorithm>

namespace swarm {
namespace {

namespace bep15 = wire::bep15;
namespace http = wire::http;
using wire::ClientError;

constexpr std::size_t error_head = 8;  // bytes before the text of a BEP 15 error

bep15::SwarmCounts counts_of(const SwarmTable::Counts& counts) {
  return {counts.seeders, counts.completed, counts.leechers};
}

wire::AnnounceResponse seed_announced(const ClientRequest& request,
                                      const ClientAnswer::Announced& answer) {
  wire::AnnounceResponse response{request.transaction, answer.interval, {}};
  for (const auto& peer : answer.peers) response.peers.push_back(peer);
  return response;
}

bep15::AnnounceResponse bep15_announced(const ClientRequest& request,
                                        const ClientAnswer::Announced& answer) {
  bep15::AnnounceResponse response{
      request.transaction, answer.interval, answer.counts.leechers, answer.counts.seeders, {}};
  for (const auto& peer : answer.peers) response.peers.push_back(peer);
  return response;
}

// A client that has too few peers may ask again after half of the interval (the second number).
http::AnnounceResponse http_announced(const ClientRequest& request,
                                      const ClientAnswer::Announced& answer) {
  http::AnnounceResponse response{
      answer.interval, std::max(answer.interval / 2, 1U), counts_of(answer.counts), {}};
  response.compact = std::get<ClientRequest::Announce>(request.what).compact;
  for (const auto& peer : answer.peers) response.peers.push_back(peer);
  return response;
}

}  // namespace

std::string_view error_sentence(ClientError error) {
  switch (error) {
    case ClientError::bad_connection:
      return "connection id is not good";
    case ClientError::not_taken:
      return "content is not tracked here";
    case ClientError::too_many:
      return "too many contents";
    case ClientError::bad_event:
    case ClientError::bad_port:
    case ClientError::bad_count:
    case ClientError::bad_address:
    case ClientError::count:
      break;
  }
  return malformed_request;
}

std::vector<std::uint8_t> bep15_error(TransactionId transaction, std::string_view text,
                                      std::size_t size) {
  SWARM_ASSERT(size >= error_head, "only what is as long as an error is answered with one");
  const std::size_t room = std::min(size - error_head, bep15::longest_error);
  std::vector<std::uint8_t> bytes;
  encode(bep15::ErrorResponse{transaction, std::string(text.substr(0, room))}, bytes);
  return bytes;
}

std::size_t ClientAnswer::most_peers(const ClientRequest& request, const Ip& requester) {
  if (request.dialect == Dialect::seed) return wire::most_peers;
  const bool large = request.dialect == Dialect::bep15 && !requester.is_v4();
  return large ? bep15::most_peers6 : bep15::most_peers;
}

Bytes ClientAnswer::keep(const wire::Datagram& datagram) {
  bytes_.assign(datagram.bytes().begin(), datagram.bytes().end());
  return bytes_;
}
Bytes ClientAnswer::keep(const bep15::Response& response) {
  encode(response, bytes_);
  return bytes_;
}
Bytes ClientAnswer::keep(const http::Response& response) {
  encode(response, bytes_);
  return bytes_;
}

Bytes ClientAnswer::connected(const ClientRequest& request, ConnectionId id) {
  if (request.dialect == Dialect::seed)
    return keep(encode(wire::ConnectResponse{request.transaction, id}));
  return keep(bep15::ConnectResponse{request.transaction, id});
}

Bytes ClientAnswer::announced(const ClientRequest& request, const Announced& answer) {
  switch (request.dialect) {
    case Dialect::seed:
      return keep(encode(seed_announced(request, answer)));
    case Dialect::http:
      return keep(http_announced(request, answer));
    case Dialect::bep15:
      return keep(bep15_announced(request, answer));
    case Dialect::count:
      break;
  }
  SWARM_ASSERT(false, "each request is of a dialect");
}

Bytes ClientAnswer::declared(const ClientRequest& request) {
  return keep(encode(wire::ScrapeResponse{request.transaction}));
}

Bytes ClientAnswer::scraped(const ClientRequest& request,
                            std::span<const SwarmTable::Counts> counts) {
  if (request.dialect == Dialect::bep15) {
    bep15::ScrapeResponse response{request.transaction, {}};
    for (const auto& c : counts) response.swarms.push_back(counts_of(c));
    return keep(response);
  }
  const auto& contents = std::get<ClientRequest::Scrape>(request.what).contents.items();
  http::ScrapeResponse response;
  for (std::size_t i = 0; i < counts.size(); ++i)
    response.swarms.push_back({contents[i], counts_of(counts[i])});
  return keep(response);
}

Bytes ClientAnswer::error(const ClientRequest& request, ClientError error) {
  switch (request.dialect) {
    case Dialect::seed:
      return keep(encode(wire::ErrorResponse{request.transaction, error_number(error)}));
    case Dialect::http:
      return keep(http::ErrorResponse{std::string(error_sentence(error))});
    case Dialect::bep15:
      bytes_ = bep15_error(request.transaction, error_sentence(error), request.size);
      return bytes_;
    case Dialect::count:
      break;
  }
  SWARM_ASSERT(false, "each request is of a dialect");
}

}  // namespace swarm
