// What every command of swarm-peer that uses the network begins with.
#pragma once

#include <cstdint>
#include <string>

#include "transport/udp/net/asio.hpp"
#include "transport/udp/net/datagram_socket.hpp"
#include "transport/udp/peer/peer_options.hpp"

namespace swarm::udp {

// The address of this host that the peer uses. Throws InterfaceError.
MulticastSettings peer_interface(asio::io_context& io, const PeerOptions& options);

// Of a peer: another one at each start.
std::uint64_t drawn_seed();

// No tracker has answered the peer at `self` for so long: what may be the matter.
std::string silence_text(const PeerOptions& options, const Endpoint& self);

}  // namespace swarm::udp
