#include "engine/tracker/answering/client_request.hpp"

#include <algorithm>

#include "engine/base/random.hpp"
#include "engine/tracker/answering/client_answer.hpp"

namespace swarm {
namespace {

namespace bep15 = wire::bep15;
namespace http = wire::http;
using wire::AnnounceEvent;

constexpr std::uint32_t usual_peers_wanted = 50;  // if the client gives no number

using Connect = ClientRequest::Connect;
using Announce = ClientRequest::Announce;
using Declare = ClientRequest::Declare;
using Scrape = ClientRequest::Scrape;

// `left`: the number of bytes that the client lacks, if the request has it. It overrules every
// event but *stopped*.
DesiredState desired_state_of(AnnounceEvent event, std::optional<std::uint64_t> left) {
  if (event == AnnounceEvent::stopped) return DesiredState::absent;
  if (left) return *left == 0 ? DesiredState::seeder : DesiredState::leecher;
  return event == AnnounceEvent::completed ? DesiredState::seeder : DesiredState::registered;
}

// The fields that all dialects have.
template <class Request>
Announce announce_of(const Request& r, std::optional<std::uint64_t> left) {
  Announce announce{r.info_hash, desired_state_of(r.event, left)};
  announce.completed = r.event == AnnounceEvent::completed && left.value_or(0) == 0;
  announce.refresh = r.event == AnnounceEvent::none;
  announce.port = r.port;
  return announce;
}

template <class Hashes>
ClientRequest::Contents contents_of(const Hashes& hashes) {
  ClientRequest::Contents contents;
  for (const auto& hash : hashes) contents.push_back(hash);
  return contents;
}

// The seed's dialect.

ClientRequest neutral(const wire::ConnectRequest& r, const Requester&) {
  return {Dialect::seed, {}, r.transaction, {}, Connect{}};
}
ClientRequest neutral(const wire::AnnounceRequest& r, const Requester& requester) {
  auto announce = announce_of(r, std::nullopt);
  announce.foreign_ip = r.ip != 0 && r.ip != requester.client.ip;
  announce.peers_wanted = r.num_want;
  return {Dialect::seed, {}, r.transaction, r.connection, announce};
}
ClientRequest neutral(const wire::ScrapeRequest& r, const Requester&) {
  return {Dialect::seed, {}, r.transaction, r.connection, Declare{contents_of(r.contents)}};
}

// BEP 15. The field `ip` is ignored. It is no error if it is set, because clients behind a router
// set it.

ClientRequest neutral(const bep15::ConnectRequest& r, const Requester&) {
  return {Dialect::bep15, {}, r.transaction, {}, Connect{}};
}
ClientRequest neutral(const bep15::AnnounceRequest& r, const Requester&) {
  auto announce = announce_of(r, r.left);
  announce.may_lack_all = r.event == AnnounceEvent::started && r.left == 0;
  announce.peers_wanted =
      r.num_want < 0 ? usual_peers_wanted : static_cast<std::uint32_t>(r.num_want);
  return {Dialect::bep15, {}, r.transaction, r.connection, announce};
}
ClientRequest neutral(const bep15::ScrapeRequest& r, const Requester&) {
  return {Dialect::bep15, {}, r.transaction, r.connection, Scrape{r.contents}};
}

// HTTP.

ClientRequest neutral(const http::AnnounceRequest& r, const Requester&) {
  auto announce = announce_of(r, r.left);
  announce.may_lack_all = r.event == AnnounceEvent::started && r.left.value_or(0) == 0;
  announce.peers_wanted = r.num_want.value_or(usual_peers_wanted);
  announce.compact = r.compact;
  return {Dialect::http, {}, {}, {}, announce};
}
ClientRequest neutral(const http::ScrapeRequest& r, const Requester&) {
  return {Dialect::http, {}, {}, {}, Scrape{r.contents}};
}

template <class Request>
ClientRequest neutral_of(const Request& request, const Requester& requester, Bytes bytes) {
  ClientRequest result = std::visit([&](const auto& r) { return neutral(r, requester); }, request);
  result.size = bytes.size();
  return result;
}

tl::unexpected<BadClientRequest> bad(Dialect dialect, Reject reason) {
  return tl::unexpected<BadClientRequest>({reason, dialect, {}});
}
tl::unexpected<BadClientRequest> bad(const wire::BadRequest& request) {
  BadClientRequest result{request.reason, Dialect::seed, {}};
  if (request.answer) {
    const auto datagram = encode(*request.answer);
    result.answer.assign(datagram.bytes().begin(), datagram.bytes().end());
  }
  return tl::unexpected(std::move(result));
}
tl::unexpected<BadClientRequest> bad(const bep15::BadRequest& request, Bytes bytes) {
  BadClientRequest result{request.reason, Dialect::bep15, {}};
  if (request.transaction)
    result.answer = bep15_error(*request.transaction, malformed_request, bytes.size());
  return tl::unexpected(std::move(result));
}

tl::unexpected<BadClientRequest> bad(const std::string& sentence) {
  BadClientRequest result{Reject::bad_value, Dialect::http, {}};
  encode(http::ErrorResponse{sentence}, result.answer);
  return tl::unexpected(std::move(result));
}

}  // namespace

tl::expected<ClientRequest, BadClientRequest> read_request(const Requester& requester,
                                                           Bytes bytes) {
  if (requester.channel == Channel::http) {
    const auto request = http::decode_request(bytes);
    if (!request) return bad(request.error());
    return neutral_of(*request, requester, bytes);
  }
  if (bep15::is_bep15(bytes)) {
    const auto request = bep15::decode_request(bytes);
    if (!request) return bad(request.error(), bytes);
    return neutral_of(*request, requester, bytes);
  }
  if (!requester.client.ip.is_v4()) return bad(Dialect::seed, Reject::not_for_me);
  const auto request = wire::decode_request(bytes);
  if (!request) return bad(request.error());
  return neutral_of(*request, requester, bytes);
}

Bytes without_options(const ClientRequest& request, Bytes bytes) {
  const bool options = request.dialect == Dialect::bep15 &&
                       std::holds_alternative<ClientRequest::Announce>(request.what);
  return options ? bytes.first(bep15::announce_size) : bytes;
}

std::uint64_t request_number(const ClientRequest& request, Bytes bytes, std::uint64_t seed) {
  if (request.dialect == Dialect::seed) return request.transaction.value;
  std::uint64_t number = mix(seed ^ bytes.size());
  for (std::size_t at = 0; at < bytes.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, std::min<std::size_t>(8, bytes.size() - at));
    number = mix(number ^ word);
  }
  return number;
}

}  // namespace swarm
