#include "transport/udp/system/network_interfaces.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <ifaddrs.h>
#include <linux/if_addr.h>
#include <net/if.h>
#include <net/route.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
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
  if (able.empty())  // --interface is a flag of both programs
    throw InterfaceError(
        fmt::format("this host has no interface with an IPv4 address but its loopback; name one "
                    "with --interface, for a trial on this host alone `--interface lo` (there are "
                    "{})",
                    list(there)));
  throw InterfaceError(
      fmt::format("this host has no default route and several interfaces: name "
                  "one with --interface; there are {}",
                  list(there)));
}

std::string contents(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

struct Line6 {  // a line of /proc/net/if_inet6
  Ip ip;
  unsigned flags{};
  std::string interface;
};

std::optional<Line6> parse_line6(const std::string& line) {
  std::istringstream fields(line);
  std::string digits, index, prefix, scope;
  Line6 one;
  fields >> digits >> index >> prefix >> scope >> std::hex >> one.flags >> one.interface;
  if (!fields || digits.size() != 32) return std::nullopt;
  Ip::Bytes16 bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const char* const begin = &digits[2 * i];
    if (std::from_chars(begin, begin + 2, bytes[i], 16).ptr != begin + 2) return std::nullopt;
  }
  one.ip = Ip::v6(bytes);
  return one;
}

std::vector<Line6> lines6(std::string_view if_inet6) {
  std::vector<Line6> all;
  std::istringstream lines{std::string(if_inet6)};
  for (std::string line; std::getline(lines, line);)
    if (auto one = parse_line6(line)) all.push_back(std::move(*one));
  return all;
}

constexpr bool is_global(const Ip& ip) {  // 2000::/3
  return ip.high() >> 61 == 1;
}
constexpr bool is_unique_local(const Ip& ip) {  // fc00::/7
  return ip.high() >> 57 == 0xfc >> 1;
}

Address6::State state_of(unsigned flags) {
  if ((flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) != 0) return Address6::State::not_ready;
  if ((flags & (IFA_F_TEMPORARY | IFA_F_DEPRECATED)) != 0) return Address6::State::passing;
  return Address6::State::good;
}

constexpr const char* if_inet6_file = "/proc/self/net/if_inet6";

}  // namespace

std::vector<Address6> addresses6(std::string_view interface, std::string_view if_inet6) {
  std::vector<Address6> found;
  for (const auto& line : lines6(if_inet6))
    if (line.interface == interface && (is_global(line.ip) || is_unique_local(line.ip)))
      found.push_back({line.ip, state_of(line.flags)});
  std::sort(found.begin(), found.end(), [](const Address6& a, const Address6& b) {
    return std::pair(!is_global(a.ip), a.ip) < std::pair(!is_global(b.ip), b.ip);
  });
  return found;
}

std::vector<Address6> addresses6(std::string_view interface) {
  return addresses6(interface, contents(if_inet6_file));
}

std::optional<Ip> lasting_address6(const NetworkInterface& interface) {
  if (interface.loopback) return std::nullopt;
  const auto there = addresses6(interface.name);
  const auto good = std::find_if(there.begin(), there.end(), [](const Address6& address) {
    return address.state == Address6::State::good;
  });
  return good == there.end() ? std::nullopt : std::optional(good->ip);
}

std::optional<unsigned> holder_of(const Ip& ip) {
  const auto interface = ip.is_v4() ? interface_with(ip.v4()) : std::nullopt;
  return interface ? std::optional(interface->index) : std::nullopt;
}

bool is_own_address(const Ip& ip) {
  if (is_loopback(ip) && ip.is_v4()) return true;
  if (ip.is_v4()) {
    const auto all = network_interfaces();
    return std::any_of(all.begin(), all.end(), [&](const auto& i) { return i.ip == ip.v4(); });
  }
  const auto all = lines6(contents(if_inet6_file));
  return std::any_of(all.begin(), all.end(), [&](const Line6& line) { return line.ip == ip; });
}

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
                     has(IFF_MULTICAST), ::if_nametoindex(i->ifa_name),
                     has(IFF_UP) && has(IFF_RUNNING)});
  }
  return there;
}

std::optional<NetworkInterface> interface_with(std::uint32_t ip) try {
  return by_address(ip, network_interfaces());
} catch (const InterfaceError&) {
  return std::nullopt;
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
  return choose_interface(wanted, network_interfaces(),
                          default_route_interface(contents("/proc/self/net/route")));
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

Parsed<Ip> parse_address6(std::string_view text) {
  Ip::Bytes16 bytes{};
  const bool good = text.find('\0') == text.npos &&
                    ::inet_pton(AF_INET6, std::string(text).c_str(), bytes.data()) == 1;
  const Ip ip = Ip::v6(bytes);
  if (good && !ip.is_v4()) return ip;
  return tl::unexpected(
      fmt::format("`{}` is no IPv6 address, write it like 2001:db8::1", text.substr(0, 50)));
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

Parsed<Endpoint> parse_endpoint_of_either(std::string_view text) {
  if (!text.starts_with('[') && std::count(text.begin(), text.end(), ':') < 2)
    return parse_endpoint(text);
  const auto end = text.rfind("]:");
  if (!text.starts_with('[') || end == text.npos)
    return tl::unexpected(
        fmt::format("`{}` is no IPv6 address with a port, write it like [2001:db8::1]:6969",
                    text.substr(0, 50)));
  const auto ip = parse_address6(text.substr(1, end - 1));
  if (!ip) return tl::unexpected(ip.error());
  return parse_count(text.substr(end + 2), 1, 65535).map([&](std::uint64_t port) {
    return Endpoint{*ip, static_cast<std::uint16_t>(port)};
  });
}

}  // namespace swarm::udp
