#include "transport/udp/http_tracker_door.hpp"

#include <algorithm>

namespace swarm::udp {

HttpTrackerDoor::HttpTrackerDoor(asio::io_context& io, const std::vector<std::string>& addresses,
                                 NodeHost& host)
    : host_(host) {
  for (const auto& address : addresses)
    servers_.push_back(HttpServer::tcp(
        io, address, [this](const HttpRequest& request) { return ask(request); }, limits));
}

// One client's endpoint may be connected to two addresses of ours at a time; then one of them
// waits.
std::optional<HttpResponse> HttpTrackerDoor::ask(const HttpRequest& request) {
  if (request.target != "/announce" && request.target != "/scrape")
    return HttpResponse{.status = 404, .body = "there are /announce and /scrape\n"};
  if (request.post || request.head)  // who only looks is no peer
    return HttpResponse{.status = 405, .body = "only GET\n", .allow = "GET"};
  const auto awaits = [&](const auto& server) { return server->awaits(request.from); };
  if (std::count_if(servers_.begin(), servers_.end(), awaits) > 1)
    return HttpResponse{.status = 503, .body = "ask again: your other request waits\n"};
  const std::string target = request.target + request.query;
  host_.receive({Channel::http, request.from, false},
                {reinterpret_cast<const std::uint8_t*>(target.data()), target.size()});
  return {};
}

void HttpTrackerDoor::answer(const Endpoint& to, Bytes body) {
  const std::string text(body.begin(), body.end());
  for (const auto& server : servers_) server->answer(to, {.type = "text/plain", .body = text});
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
