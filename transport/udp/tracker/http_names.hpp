// The names under which the pages of this instance (/status, /metrics) may be asked for. A web page
// of a stranger can let its own name point to this host (DNS rebinding). Then a browser within the
// network would ask this instance, and would give the answer to that page. But the browser also
// tells the name that it asked for (Host). So a request is answered only if it names this host by
// localhost, by an address of this host, or by a name that the operator has listed.
//
// The worker answers probes (/healthz, /readyz) under every name, but then they learn no more than
// whether the instance lives and is ready.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "transport/udp/net/http_server.hpp"
#include "transport/udp/net/named_host.hpp"

namespace swarm::udp {

class HttpNames {
 public:
  // True: this host has the address.
  using IsOwn = std::function<bool(const Ip&)>;

  // `names` are hosts that parse_named_host() accepts: names or addresses.
  HttpNames(const std::vector<std::string>& names, IsOwn is_own);

  // Returns the refusal of a request that does not name this host. Nothing: the request is
  // answered.
  std::optional<HttpResponse> objection(const HttpRequest& request) const;

 private:
  bool is_this_host(std::string_view text) const;

  std::vector<NamedHost> names_;
  IsOwn is_own_;
};

}  // namespace swarm::udp
