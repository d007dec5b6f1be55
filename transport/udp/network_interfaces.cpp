#include "transport/udp/network_interfaces.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <net/route.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>
#include <memory>
#include <sstream>

namespace swarm::udp {
namespace {

using Interfaces = std::vector<NetworkInterface>;

std::string list(const Interfaces& there) {
  std::string text;
  for (const auto& i : there)
    text += fmt::format("{}{} {}{}", text.empty() ? "" : ", ", i.name, address_text(i.ip),
                        i.up ? "" : " (down)");
  return text.empty() ? "none" : text;
}

template <class Matches>
const NetworkInterface* find(const Interfaces& there, Matches matches) {
  const auto found = std::find_if(there.begin(), there.end(), matches);
  return found == there.end() ? nullptr : &*found;
}

NetworkInterface by_address(std::uint32_t ip, const Interfaces& there) {
  if (const auto* own = find(there, [ip](const auto& i) { return i.ip == ip; })) return *own;
  const auto* loopback = find(there, [](const auto& i) { return i.loopback; });
  if (loopback == nullptr || !is_loopback(ip))
    throw InterfaceError(fmt::format("{} is no address of this host; its interfaces are {}",
                                     address_text(ip), list(there)));
  NetworkInterface chosen = *loopback;
  chosen.ip = ip;
  return chosen;
}

NetworkInterface wanted_one(std::string_view wanted, const Interfaces& there) {
  NetworkInterface chosen;
  if (const auto ip = parse_address(wanted)) {
    chosen = by_address(*ip, there);
  } else if (const auto* named = find(there, [&](const auto& i) { return i.name == wanted; })) {
    chosen = *named;
  } else {
    throw InterfaceError(
        fmt::format("there is no interface `{}` with an IPv4 address; there are {}",
                    wanted.substr(0, 40), list(there)));
  }
  if (!chosen.up)
    throw InterfaceError(
        fmt::format("the interface {} is down; there are {}", chosen.name, list(there)));
  return chosen;
}

NetworkInterface only_one(const Interfaces& there) {
  Interfaces able;
  for (const auto& i : there)
    if (i.up && !i.loopback) able.push_back(i);
  if (able.size() == 1) return able.front();
  if (able.empty())
    throw InterfaceError(
        fmt::format("this host has no interface with an IPv4 address but its loopback; name one "
                    "with `interface`, for a trial on this host alone `interface = lo` (there are "
                    "{})",
                    list(there)));
  throw InterfaceError(
      fmt::format("this host has no default route and several interfaces: name "
                  "one with `interface`; there are {}",
                  list(there)));
}

}  // namespace

Interfaces network_interfaces() {
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0)
    throw InterfaceError(
        fmt::format("the interfaces of this host cannot be listed: {}", std::strerror(errno)));
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> all(first, &::freeifaddrs);
  Interfaces there;
  for (const ifaddrs* i = first; i != nullptr; i = i->ifa_next) {
    if (i->ifa_addr == nullptr || i->ifa_addr->sa_family != AF_INET) continue;
    sockaddr_in address{};
    std::memcpy(&address, i->ifa_addr, sizeof address);
    const auto has = [flags = i->ifa_flags](unsigned flag) { return (flags & flag) != 0; };
    there.push_back({i->ifa_name, ntohl(address.sin_addr.s_addr), has(IFF_LOOPBACK), has(IFF_UP),
                     has(IFF_MULTICAST)});
  }
  return there;
}

std::string default_route_interface(std::string_view routes) {
  std::istringstream lines{std::string(routes)};
  std::string line, best;
  auto least = std::numeric_limits<unsigned long>::max();
  while (std::getline(lines, line)) {
    std::istringstream fields(line);
    std::string name, gateway;
    unsigned long destination{}, flags{}, references{}, uses{}, metric{}, mask{};
    fields >> name >> std::hex >> destination >> gateway >> flags >> std::dec >> references >>
        uses >> metric >> std::hex >> mask;
    const bool usable = fields && destination == 0 && mask == 0 && (flags & RTF_UP) != 0 &&
                        (flags & RTF_REJECT) == 0;
    if (usable && metric < least) {
      least = metric;
      best = name;
    }
  }
  return best;
}

NetworkInterface choose_interface(std::string_view wanted, const Interfaces& there,
                                  std::string_view default_route) {
  if (!wanted.empty()) return wanted_one(wanted, there);
  const auto* routed = find(there, [&](const auto& i) { return i.name == default_route && i.up; });
  return routed != nullptr ? *routed : only_one(there);
}

NetworkInterface choose_interface(std::string_view wanted) {
  std::ifstream file("/proc/self/net/route");
  const std::string routes{std::istreambuf_iterator<char>(file), {}};
  return choose_interface(wanted, network_interfaces(), default_route_interface(routes));
}

Parsed<std::uint32_t> parse_address(std::string_view text) {
  in_addr address{};
  if (::inet_pton(AF_INET, std::string(text).c_str(), &address) == 1 &&
      text.find('\0') == text.npos)
    return ntohl(address.s_addr);
  return tl::unexpected(
      fmt::format("`{}` is no IPv4 address, write it like 192.0.2.1 (names are not looked up)",
                  text.substr(0, 40)));
}

std::string address_text(const Ip& ip) {
  return to_string(ip);
}

Parsed<Endpoint> parse_endpoint(std::string_view text, std::uint16_t default_port) {
  const auto colon = text.rfind(':');
  if (colon == text.npos && default_port == 0)
    return tl::unexpected(
        fmt::format("`{}` has no port, write it like 192.0.2.1:6980", text.substr(0, 40)));
  const auto ip = parse_address(text.substr(0, colon));
  if (!ip) return tl::unexpected(ip.error());
  if (colon == text.npos) return Endpoint{*ip, default_port};
  return parse_count(text.substr(colon + 1), 1, 65535).map([&](std::uint64_t port) {
    return Endpoint{*ip, static_cast<std::uint16_t>(port)};
  });
}

}  // namespace swarm::udp
