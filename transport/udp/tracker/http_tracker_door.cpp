#include "transport/udp/tracker/http_tracker_door.hpp"

#include <algorithm>

#include "engine/wire/http_tracker.hpp"
#include "transport/udp/system/descriptor_limit.hpp"

namespace swarm::udp {
namespace {

// All addresses together may use half of the process's descriptors. The rest is for sockets,
// databases, requests for status and metrics, and files.
HttpLimits limits_of(std::size_t servers) {
  auto limits = HttpTrackerDoor::limits;
  const auto most =
      std::max<std::size_t>(descriptor_limit() / 2 / std::max<std::size_t>(servers, 1), 1);
  limits.connections = std::min(limits.connections, most);
  return limits;
}

HttpResponse later(std::string sentence) {
  return {.status = 503, .body = std::move(sentence), .retry_after = HttpLimits::retry_after};
}

}  // namespace

HttpTrackerDoor::HttpTrackerDoor(asio::io_context& io, const std::vector<std::string>& addresses,
                                 NodeHost& host, const std::shared_ptr<TlsIdentity>& tls)
    : host_(host) {
  for (const auto& address : addresses)
    servers_.push_back(HttpServer::tcp(
        io, address, [this](const HttpRequest& request) { return ask(request); },
        limits_of(addresses.size()), tls));
}

void HttpTrackerDoor::use(const std::shared_ptr<TlsIdentity>& tls) {
  for (const auto& server : servers_) server->use(tls);
}

// A client can be connected from the same address and port to two of this instance's addresses at
// once. Only one of its requests may wait for an answer; the other gets a 503.
std::optional<HttpResponse> HttpTrackerDoor::ask(const HttpRequest& request) {
  const auto resource = wire::http::resource_of(request.target);
  if (resource.empty())
    return HttpResponse{.status = 404, .body = "there are /announce and /scrape\n"};
  if (request.post || request.head)  // peers send only GET
    return HttpResponse{.status = 405, .body = "only GET\n", .allow = "GET"};
  const auto awaits = [&](const auto& server) { return server->awaits(request.from); };
  if (std::count_if(servers_.begin(), servers_.end(), awaits) > 1)
    return later("ask again: your other request waits\n");
  // A slave relays the request in the same form.
  const std::string target = std::string(resource) + request.query;
  host_.receive({Channel::http, request.from, false},
                {reinterpret_cast<const std::uint8_t*>(target.data()), target.size()});
  return {};
}

void HttpTrackerDoor::answer(const Endpoint& to, Bytes body) {
  const std::string text(body.begin(), body.end());
  for (const auto& server : servers_)
    server->answer(to, text.empty() ? later("no tracker can answer now: ask again later\n")
                                    : HttpResponse{.type = "text/plain", .body = text});
}

std::vector<std::string> HttpTrackerDoor::addresses() const {
  std::vector<std::string> all;
  for (const auto& server : servers_) all.push_back(server->address());
  return all;
}

HttpCounters HttpTrackerDoor::counters() const {
  HttpCounters sum;
  for (const auto& server : servers_) sum += server->counters();
  return sum;
}

}  // namespace swarm::udp
