// Which interface and addresses of this host a tracker or a peer uses, and addresses as people
// write them. An interface is one with an IPv4 address: trackers speak to each other over IPv4.
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
  unsigned index{};  // of the kernel: another one when it was deleted and made anew
  bool running{};    // up, and its cable is in
};

std::vector<NetworkInterface> network_interfaces();  // one entry per IPv4 address
// That of an address of this host (all of 127.0.0.0/8 is the loopback's), as it is now.
std::optional<NetworkInterface> interface_with(std::uint32_t ip);
// The interface of the default route with the lowest metric, in the text of /proc/net/route; empty:
// there is none.
std::string default_route_interface(std::string_view routes);

// `wanted`: a name or an address; empty: the one of the default route, or the only one that is no
// loopback. All of 127.0.0.0/8 is the loopback's. Throws InterfaceError: a sentence that names what
// there is.
struct InterfaceError : std::runtime_error {
  using std::runtime_error::runtime_error;
};
NetworkInterface choose_interface(std::string_view wanted);
// The same with what there is: its network_interfaces() and its default_route_interface().
NetworkInterface choose_interface(std::string_view wanted,
                                  const std::vector<NetworkInterface>& there,
                                  std::string_view default_route);

// An interface's IPv6 addresses, in the text of /proc/net/if_inet6.
struct Address6 {
  Ip ip;
  enum class State : std::uint8_t {
    good,
    passing,    // temporary or deprecated: not what a URL should name
    not_ready,  // tentative: nobody may use it yet, or a duplicate: nobody ever
  } state{};
};
// Global and unique-local ones (fc00::/7) of one interface; global ones first, then by number.
std::vector<Address6> addresses6(std::string_view interface, std::string_view if_inet6);
std::vector<Address6> addresses6(std::string_view interface);  // of this host
// The first good one; none of the loopback: several instances may be there for a trial.
std::optional<Ip> lasting_address6(const NetworkInterface& interface);
// The number of the interface that has this IPv4 address now; none: no interface of this host has.
std::optional<unsigned> holder_of(const Ip& ip);
bool is_own_address(const Ip& ip);  // of any interface, either family; all of 127.0.0.0/8

// 192.0.2.1, in host order. Names are not looked up.
Parsed<std::uint32_t> parse_address(std::string_view text);
// 2001:db8::1, without brackets; none that maps an IPv4 address.
Parsed<Ip> parse_address6(std::string_view text);
std::string address_text(const Ip& ip);
// ADDRESS:PORT, or ADDRESS alone where there is a default port (not 0).
Parsed<Endpoint> parse_endpoint(std::string_view text, std::uint16_t default_port = 0);
// The same, or [IPV6]:PORT.
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
