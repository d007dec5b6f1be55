#include "transport/udp/peer/peer_setup.hpp"

#include <fmt/format.h>

#include "engine/base/quantity.hpp"
#include "transport/udp/system/network_interfaces.hpp"

namespace swarm::udp {
namespace {

// The source address that this host's routing chooses for datagrams to a tracker.
std::uint32_t address_towards(asio::io_context& io, const Endpoint& tracker) {
  const asio::ip::udp::endpoint to(asio::ip::address_v4(tracker.ip.v4()), tracker.port);
  asio::ip::udp::socket socket(io, asio::ip::udp::v4());
  boost::system::error_code error;
  socket.connect(to, error);  // sends nothing
  if (error)
    throw InterfaceError(fmt::format("no route leads to {}: {}; name another --interface",
                                     address_text(tracker.ip), error.message()));
  return socket.local_endpoint().address().to_v4().to_uint();
}

std::uint32_t local_address(asio::io_context& io, const PeerOptions& options) {
  if (options.interface.empty() && !options.multicast())
    return address_towards(io, options.tracker);
  const auto interface = choose_interface(options.interface);
  if (!interface.up)
    throw InterfaceError(fmt::format(
        "interface {} is down; bring it up or name another --interface", interface.name));
  return interface.ip;
}

}  // namespace

MulticastSettings peer_interface(asio::io_context& io, const PeerOptions& options) {
  return {local_address(io, options), options.ttl};
}

std::string silence_text(const PeerOptions& options, const Endpoint& self) {
  const std::string whom = to_string(options.tracker), time = to_text(options.timeout);
  if (options.multicast())
    return fmt::format(
        "no tracker answered within {} (asked the group {} from {}): do trackers with a master "
        "run in this network, and is it the right --interface?",
        time, whom, to_string(self));
  return fmt::format(
      "{} did not answer within {} (asked from {}): does a tracker run there, of a swarm that has "
      "a master? Name another one, or leave --tracker away to ask all by multicast",
      whom, time, to_string(self));
}

}  // namespace swarm::udp
