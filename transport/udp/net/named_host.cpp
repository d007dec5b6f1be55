#include "transport/udp/net/named_host.hpp"

#include <algorithm>
#include <utility>

#include "transport/udp/system/network_interfaces.hpp"

namespace swarm::udp {
namespace {

constexpr std::size_t longest_name = 253;  // of DNS

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
char small(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
bool is_of_a_name(char c) {
  return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '_' || c == '.';
}

// Removes `:PORT` from the end. False: what follows the host is no port.
bool take_port(std::string_view& text) {
  const auto end = text.starts_with('[') ? text.find(']') : 0;
  if (end == text.npos) return false;
  const auto colon = text.find(':', end);
  if (text.starts_with('[') && std::min(colon, text.size()) != end + 1) return false;
  if (colon == text.npos) return true;
  const auto port = text.substr(colon + 1);
  text = text.substr(0, colon);
  return port.size() <= 5 && std::all_of(port.begin(), port.end(), is_digit);
}

}  // namespace

std::optional<NamedHost> parse_named_host(std::string_view text) {
  if (!take_port(text)) return std::nullopt;
  if (text.starts_with('[')) {
    const auto ip = parse_address6(text.substr(1, text.size() - 2));
    return ip ? std::optional(NamedHost{{}, *ip}) : std::nullopt;
  }
  if (text.ends_with('.')) text.remove_suffix(1);
  if (const auto ip = parse_address(text)) return NamedHost{{}, Ip(*ip)};
  NamedHost host{std::string(text), {}};
  std::transform(text.begin(), text.end(), host.name.begin(), small);
  const bool good = !text.empty() && text.size() <= longest_name &&
                    std::all_of(host.name.begin(), host.name.end(), is_of_a_name);
  return good ? std::optional(std::move(host)) : std::nullopt;
}

}  // namespace swarm::udp
