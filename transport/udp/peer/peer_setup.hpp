// Functions for all commands of swarm-peer that use the network.
#pragma once

#include <cstdint>
#include <string>

#include "transport/udp/net/asio.hpp"
#include "transport/udp/net/datagram_socket.hpp"
#include "transport/udp/peer/peer_options.hpp"

namespace swarm::udp {

// The address of this host that the peer uses, and the TTL of its multicasts. Throws
// InterfaceError.
MulticastSettings peer_interface(asio::io_context& io, const PeerOptions& options);

// The message if no tracker has answered the peer at `self` within options.timeout. It says what
// may be wrong.
std::string silence_text(const PeerOptions& options, const Endpoint& self);

}  // namespace swarm::udp
