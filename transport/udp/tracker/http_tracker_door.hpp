// Serves BitTorrent clients over HTTP (BEP 3: GET /announce?..., BEP 48: GET /scrape?...). Each
// request arrives at the node on Channel::http. The node's answer goes back to the connection that
// asked. The node may answer at once or after an election.
//
// A connection serves one request. If the node refuses the request or gives it up (an empty
// answer), the client gets a 503 at once, with the time after which it may ask again. It also gets
// a 503 if no answer comes within 15 s, and then a later answer is dropped. An answer to a client
// that has disconnected is dropped too. X-Forwarded-For and similar headers are ignored, so behind
// a proxy all peers would have the proxy's address.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "transport/udp/net/http_server.hpp"
#include "transport/udp/net/node_host.hpp"

namespace swarm::udp {

class HttpTrackerDoor {
 public:
  // The limits for each listening address. If the process may open only few files, all listening
  // addresses together get half of that number of connections.
  static constexpr HttpLimits limits{
      .connections = 1024, .request = 10s, .answer = 15s, .keep_alive = false};

  // Listens on each address: ADDRESS:PORT or [IPV6]:PORT; port 0 means any free port. `host` must
  // outlive the door. Throws the errors of HttpServer::tcp().
  HttpTrackerDoor(asio::io_context& io, const std::vector<std::string>& addresses, NodeHost& host,
                  const std::shared_ptr<TlsIdentity>& tls = {});
  void use(const std::shared_ptr<TlsIdentity>& tls);  // see HttpServer::use()

  // See HostCallbacks::answer_http().
  void answer(const Endpoint& to, Bytes body);

  std::vector<std::string> addresses() const;
  HttpCounters counters() const;  // summed over all addresses

 private:
  std::optional<HttpResponse> ask(const HttpRequest& request);

  NodeHost& host_;
  std::vector<std::unique_ptr<HttpServer>> servers_;
};

}  // namespace swarm::udp
