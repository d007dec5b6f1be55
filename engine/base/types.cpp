#include "engine/base/types.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

namespace swarm {

std::string to_string(const Ip& ip) {
  const auto bytes = ip.bytes();
  if (ip.is_v4()) return fmt::format("{}.{}.{}.{}", bytes[12], bytes[13], bytes[14], bytes[15]);
  char text[INET6_ADDRSTRLEN];
  return ::inet_ntop(AF_INET6, bytes.data(), text, sizeof text);
}

std::optional<Ip> parse_ip(std::string_view text) {
  const std::string ended(text);
  Ip ip;
  if (ended.find(':') != std::string::npos) {
    Ip::Bytes16 bytes;
    if (::inet_pton(AF_INET6, ended.c_str(), bytes.data()) != 1) return std::nullopt;
    ip = Ip::v6(bytes);
  } else {
    std::uint32_t bytes{};
    if (::inet_pton(AF_INET, ended.c_str(), &bytes) != 1) return std::nullopt;
    ip = ntohl(bytes);
  }
  if (to_string(ip) != text) return std::nullopt;
  return ip;
}

std::string to_string(const Endpoint& e) {
  return e.ip.is_v4() ? fmt::format("{}:{}", to_string(e.ip), e.port)
                      : fmt::format("[{}]:{}", to_string(e.ip), e.port);
}

std::string to_hex(Bytes bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const auto byte : bytes) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

}  // namespace swarm
