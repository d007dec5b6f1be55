// What every command of swarm-peer that uses the network does first.
#pragma once

#include <cstdint>
#include <string>

#include "transport/udp/net/asio.hpp"
#include "transport/udp/net/datagram_socket.hpp"
#include "transport/udp/peer/peer_options.hpp"

namespace swarm::udp {

// The address of this host for the peer. Throws InterfaceError.
MulticastSettings peer_interface(asio::io_context& io, const PeerOptions& options);

// A seed for a peer; different at each start.
std::uint64_t drawn_seed();

// The message if no tracker has answered the peer at `self` for options.timeout: what may be wrong.
std::string silence_text(const PeerOptions& options, const Endpoint& self);

}  // namespace swarm::udp
