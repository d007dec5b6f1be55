// Converts endpoints to and from the kernel's representation.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>

#include "engine/base/types.hpp"

namespace swarm::udp {

// Holds the address and port of an IPv4 or IPv6 endpoint.
class SocketAddress {
 public:
  SocketAddress() : v4_{} {}
  explicit SocketAddress(const Endpoint& endpoint) : v6_{} {
    if (endpoint.ip.is_v4()) {
      v4_.sin_family = AF_INET;
      v4_.sin_addr.s_addr = htonl(endpoint.ip.v4());
      v4_.sin_port = htons(endpoint.port);
    } else {
      const auto bytes = endpoint.ip.bytes();
      v6_.sin6_family = AF_INET6;
      v6_.sin6_port = htons(endpoint.port);
      std::memcpy(&v6_.sin6_addr, bytes.data(), bytes.size());
    }
  }

  Endpoint endpoint() const {
    if (any_.sa_family != AF_INET6) return {ntohl(v4_.sin_addr.s_addr), ntohs(v4_.sin_port)};
    Ip::Bytes16 bytes;
    std::memcpy(bytes.data(), &v6_.sin6_addr, bytes.size());
    return {Ip::v6(bytes), ntohs(v6_.sin6_port)};
  }

  sockaddr* data() { return &any_; }
  const sockaddr* data() const { return &any_; }
  socklen_t size() const { return any_.sa_family == AF_INET6 ? sizeof v6_ : sizeof v4_; }
  static constexpr socklen_t capacity = sizeof(sockaddr_in6);

 private:
  union {
    sockaddr any_;
    sockaddr_in v4_;
    sockaddr_in6 v6_;
  };
};

}  // namespace swarm::udp
