// Chooses the interface and the addresses that a tracker or a peer uses on this host. Also parses
// and prints addresses. Interfaces without an IPv4 address are ignored, because trackers use IPv4
// among themselves.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/quantity.hpp"
#include "engine/base/types.hpp"

namespace swarm::udp {

struct NetworkInterface {
  std::string name;    // eth0
  std::uint32_t ip{};  // host order
  bool loopback{}, up{}, multicast{};
  unsigned index{};  // the kernel's number; changes if the interface is deleted and made anew
  bool running{};    // true if the interface is up and has a working link
};

std::vector<NetworkInterface> network_interfaces();  // one entry per IPv4 address
// Returns the interface that has this address now. All of 127.0.0.0/8 belongs to the loopback
// interface.
std::optional<NetworkInterface> interface_with(std::uint32_t ip);
// Returns the name of the interface of the default route with the lowest metric; empty if there is
// no default route. `routes` is the text of /proc/net/route.
std::string default_route_interface(std::string_view routes);

// `wanted` is the name of an interface, or one of its addresses. All of 127.0.0.0/8 belongs to the
// loopback interface. If `wanted` is empty, the result is the interface of the default route, or
// else the only interface other than loopback. If there is no such interface, throws
// InterfaceError with a sentence that lists the interfaces.
struct InterfaceError : std::runtime_error {
  using std::runtime_error::runtime_error;
};
NetworkInterface choose_interface(std::string_view wanted);
// Chooses among the given interfaces; `default_route` is the result of default_route_interface().
NetworkInterface choose_interface(std::string_view wanted,
                                  const std::vector<NetworkInterface>& there,
                                  std::string_view default_route);

// An IPv6 address of an interface.
struct Address6 {
  Ip ip;
  enum class State : std::uint8_t {
    good,
    passing,    // temporary or deprecated: not for a URL
    not_ready,  // tentative, so not usable yet; or a duplicate of another host's, so never usable
  } state{};
};
// Returns the global addresses of one interface in numeric order, then its unique-local addresses
// (fc00::/7) in numeric order. `if_inet6` is the text of /proc/net/if_inet6.
std::vector<Address6> addresses6(std::string_view interface, std::string_view if_inet6);
std::vector<Address6> addresses6(std::string_view interface);  // reads /proc/net/if_inet6
// Returns the first good IPv6 address. Returns nullopt for the loopback interface: it has only one
// IPv6 address, and several instances may run there for a trial.
std::optional<Ip> lasting_address6(const NetworkInterface& interface);
// Returns the index of the interface that has this IPv4 address now; nullopt if there is none.
std::optional<unsigned> holder_of(const Ip& ip);
// True if any interface of this host has this IPv4 or IPv6 address, or if it is in 127.0.0.0/8.
bool is_own_address(const Ip& ip);

// Parses an address like 192.0.2.1 into host order. Looks up no names.
Parsed<std::uint32_t> parse_address(std::string_view text);
// Parses an address like 2001:db8::1, without brackets. An IPv4-mapped address is an error.
Parsed<Ip> parse_address6(std::string_view text);
std::string address_text(const Ip& ip);
// Parses ADDRESS:PORT, or ADDRESS alone if there is a default port (not 0).
Parsed<Endpoint> parse_endpoint(std::string_view text, std::uint16_t default_port = 0);
// Parses ADDRESS:PORT or [IPV6]:PORT.
Parsed<Endpoint> parse_endpoint_of_either(std::string_view text);

constexpr bool is_loopback(const Ip& ip) {
  return ip.is_v4() ? ip.v4() >> 24 == 127 : ip.high() == 0 && ip.low() == 1;
}
constexpr bool is_link_local(const Ip& ip) {  // IPv6: fe80::/10
  return !ip.is_v4() && ip.high() >> 54 == 0xfe80 >> 6;
}
constexpr bool is_multicast(const Ip& ip) {  // IPv4
  return ip.is_v4() && ip.v4() >> 28 == 0xe;
}

}  // namespace swarm::udp
