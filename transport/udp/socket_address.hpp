// Endpoints as the kernel has them.
#pragma once

#include <netinet/in.h>

#include "engine/types.hpp"

namespace swarm::udp {

inline sockaddr_in address_of(const Endpoint& endpoint) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(endpoint.ip.v4());
  address.sin_port = htons(endpoint.port);
  return address;
}

inline Endpoint endpoint_of(const sockaddr_in& address) {
  return {ntohl(address.sin_addr.s_addr), ntohs(address.sin_port)};
}

}  // namespace swarm::udp
