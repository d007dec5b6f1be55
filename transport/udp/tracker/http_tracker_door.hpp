// Serves BitTorrent clients over HTTP (BEP 3: GET /announce?..., BEP 48: GET /scrape?...). Each
// request arrives at the node on Channel::http. The node's answer goes back to the connection that
// asked; it may come at once, after an election or never.
//
// A connection serves one request. If no answer comes within 15 s, the client gets a 503, and a
// later answer is dropped; so is an answer to a client that is gone. X-Forwarded-For and similar
// headers are ignored: behind a proxy all peers would have the proxy's address.
#pragma once

#include <string>
#include <vector>

#include "transport/udp/net/http_server.hpp"
#include "transport/udp/net/node_host.hpp"

namespace swarm::udp {

class HttpTrackerDoor {
 public:
  // The limits per address. If the process may have only few files open, all addresses together get
  // half of that number of connections.
  static constexpr HttpLimits limits{
      .connections = 1024, .request = 10s, .answer = 15s, .keep_alive = false};

  // Listens on each address: ADDRESS:PORT or [IPV6]:PORT; port 0 means any free port. Throws like
  // HttpServer. `host` must outlive the door.
  HttpTrackerDoor(asio::io_context& io, const std::vector<std::string>& addresses, NodeHost& host);

  // See HostCallbacks::answer_http.
  void answer(const Endpoint& to, Bytes body);

  std::vector<std::string> addresses() const;
  HttpCounters counters() const;  // summed over all addresses

 private:
  std::optional<HttpResponse> ask(const HttpRequest& request);

  NodeHost& host_;
  std::vector<std::unique_ptr<HttpServer>> servers_;
};

}  // namespace swarm::udp
