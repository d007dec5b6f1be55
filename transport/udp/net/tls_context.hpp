// OpenSSL's side of a TlsIdentity. Only files that speak TLS include it.
#pragma once

// clang-format off
#include "transport/udp/net/asio.hpp"  // before the rest of Asio
#include <boost/asio/ssl.hpp>
// clang-format on

#include "transport/udp/net/tls_identity.hpp"

namespace swarm::udp {

struct TlsIdentity::Context {
  asio::ssl::context ssl{asio::ssl::context::tls_server};
};

}  // namespace swarm::udp
