// The token that a client of the pages (/status, /metrics) must show, if the operator has set one:
// `Authorization: Bearer TOKEN` (RFC 6750). Probes (/healthz, /readyz) are answered without
// it, but then they learn no more than whether the instance lives and is ready.
#pragma once

#include <optional>
#include <string>

#include "transport/udp/net/http_server.hpp"

namespace swarm::udp {

class HttpToken {
 public:
  explicit HttpToken(std::string token) : token_(std::move(token)) {}  // empty: none is needed

  // Returns the refusal of a request that does not show the token. Nothing: it is answered. The
  // time that this takes does not depend on how much of a token is right.
  std::optional<HttpResponse> objection(const HttpRequest& request) const;

 private:
  std::string token_;
};

}  // namespace swarm::udp
