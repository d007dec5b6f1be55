// Where BitTorrent clients ask over HTTP (BEP 3: GET /announce?..., BEP 48: GET /scrape?...). Each
// request is one arrival on Channel::http at the node; what the node answers, now, after an
// election or never, goes to the connection that asked.
//
// A connection serves one request. A client that is gone, or that was told 503 because no answer
// came within 15 s, is nobody's concern. X-Forwarded-For and the like are not believed: behind a
// proxy all peers would have its address.
#pragma once

#include <string>
#include <vector>

#include "transport/udp/net/http_server.hpp"
#include "transport/udp/net/node_host.hpp"

namespace swarm::udp {

class HttpTrackerDoor {
 public:
  // Of each address; fewer connections where the process may have few files open: half of that
  // number for all addresses.
  static constexpr HttpLimits limits{
      .connections = 1024, .request = 10s, .answer = 15s, .keep_alive = false};

  // Listens at each of them: ADDRESS:PORT or [IPV6]:PORT; port 0: any free one. Throws like
  // HttpServer. `host` outlives it.
  HttpTrackerDoor(asio::io_context& io, const std::vector<std::string>& addresses, NodeHost& host);

  // See HostCallbacks::answer_http.
  void answer(const Endpoint& to, Bytes body);

  std::vector<std::string> addresses() const;
  HttpCounters counters() const;  // the sum

 private:
  std::optional<HttpResponse> ask(const HttpRequest& request);

  NodeHost& host_;
  std::vector<std::unique_ptr<HttpServer>> servers_;
};

}  // namespace swarm::udp
