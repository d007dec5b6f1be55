#include "transport/udp/configuration/configuration_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "engine/base/did_you_mean.hpp"
#include "transport/udp/configuration/configuration_keys.hpp"
#include "transport/udp/system/network_interfaces.hpp"

namespace swarm::udp::value {
namespace {

constexpr Duration longest_stop = 1h;

template <class Enum>
using Names = std::array<std::pair<std::string_view, Enum>, 5>;

constexpr Names<LogLevel> levels{{{"error", LogLevel::error},
                                  {"warning", LogLevel::warning},
                                  {"notice", LogLevel::notice},
                                  {"info", LogLevel::info},
                                  {"debug", LogLevel::debug}}};
constexpr std::array<std::pair<std::string_view, TlsDoors>, 3> tls_doors{
    {{"both", TlsDoors::both}, {"pages", TlsDoors::pages}, {"clients", TlsDoors::clients}}};
constexpr std::array<std::pair<std::string_view, LogFormat>, 4> formats{
    {{"automatic", LogFormat::automatic},
     {"text", LogFormat::text},
     {"journal", LogFormat::journal},
     {"json", LogFormat::json}}};

template <class Choices>
auto parse_choice(std::string_view text, const Choices& choices)
    -> Parsed<typename Choices::value_type::second_type> {
  std::vector<std::string_view> known;
  for (const auto& [name, value] : choices) {
    if (name == text) return value;
    known.push_back(name);
  }
  return tl::unexpected(
      fmt::format("`{}` is none of the choices{}", text.substr(0, 40), did_you_mean(text, known)));
}

}  // namespace

Parsed<std::string> parse_text(std::string_view text) {
  return std::string(text);
}

// Few characters are allowed, because the name appears in traces and logs without escaping.
Parsed<std::string> parse_name(std::string_view text) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  };
  if (text.size() <= 64 && std::all_of(text.begin(), text.end(), allowed)) return std::string(text);
  return tl::unexpected(
      std::string("a name has at most 64 letters, digits, `-`, `_` and `.`, and no blanks"));
}

Parsed<std::string> parse_secret(std::string_view text) {
  if (text.size() >= shortest_secret) return std::string(text);
  return tl::unexpected(fmt::format("a secret has at least {} characters", shortest_secret));
}

Parsed<bool> parse_yes_or_no(std::string_view text) {
  if (text == "yes" || text == "no") return text == "yes";
  return tl::unexpected(fmt::format("`{}` is neither yes nor no", text));
}

Parsed<std::filesystem::path> parse_path(std::string_view text) {
  if (text.find('\0') == text.npos) return std::filesystem::path(text);
  return tl::unexpected(std::string("a path has no zero byte"));
}

Parsed<std::uint16_t> parse_port(std::string_view text) {
  return parse_count(text, 1, 65535).map([](std::uint64_t v) {
    return static_cast<std::uint16_t>(v);
  });
}

Parsed<int> parse_ttl(std::string_view text) {
  return parse_count(text, 0, 255).map([](std::uint64_t v) { return static_cast<int>(v); });
}

Parsed<std::uint32_t> parse_host(std::string_view text) {
  return parse_address(text).and_then([&](std::uint32_t ip) -> Parsed<std::uint32_t> {
    if (ip != 0 && !is_multicast(ip) && ip != 0xffffffff) return ip;
    return tl::unexpected(fmt::format("{} is not the address of a host", text));
  });
}

Parsed<std::uint32_t> parse_group(std::string_view text) {
  if (text == "none") return 0;
  return parse_address(text).and_then([&](std::uint32_t ip) -> Parsed<std::uint32_t> {
    if (is_multicast(ip)) return ip;
    return tl::unexpected(fmt::format(
        "{} is no multicast group, take one of 224.0.0.0/4 like 239.255.0.1, or `none`", text));
  });
}

Parsed<std::string> parse_http_address(std::string_view text) {
  if (text == "none") return std::string(text);
  return parse_endpoint_of_either(text).map([&](const Endpoint&) { return std::string(text); });
}

Parsed<std::string> parse_peers_address6(std::string_view text) {
  if (text == automatic || text == "none") return std::string(text);
  return parse_address6(text).and_then([&](const Ip& ip) -> Parsed<std::string> {
    const bool multicast = ip.high() >> 56 == 0xff, none = ip == Ip::v6({});
    if (!multicast && !none && !is_link_local(ip)) return std::string(text);
    return tl::unexpected(
        fmt::format("{} is not the address of a host that a torrent could name", text));
  });
}

Parsed<std::size_t> parse_buffer(std::string_view text) {
  return parse_size(text).and_then([&](std::uint64_t size) -> Parsed<std::size_t> {
    if (size >= least_buffer && size <= most_buffer) return static_cast<std::size_t>(size);
    return tl::unexpected(fmt::format("{} is out of range, it must be within {}..{}", text,
                                      size_text(least_buffer), size_text(most_buffer)));
  });
}

Parsed<Duration> parse_stop_timeout(std::string_view text) {
  return parse_duration(text, Sign::negative).and_then([](Duration value) -> Parsed<Duration> {
    if (value >= Duration{} && value <= longest_stop) return value;
    return tl::unexpected(fmt::format("{} is out of range, it must be within 0s..{}",
                                      swarm::to_text(value), swarm::to_text(longest_stop)));
  });
}

Parsed<LogLevel> parse_level(std::string_view text) {
  return parse_choice(text, levels);
}
Parsed<LogFormat> parse_format(std::string_view text) {
  return parse_choice(text, formats);
}
Parsed<TlsDoors> parse_tls_doors(std::string_view text) {
  return parse_choice(text, tls_doors);
}

std::string print(const std::string& text) {
  return text;
}
std::string print(const std::filesystem::path& path) {
  return path.string();
}
std::string print(std::uint16_t port) {
  return fmt::format("{}", port);
}
std::string print(int number) {
  return fmt::format("{}", number);
}
std::string print(std::size_t size) {
  return size_text(size);
}
std::string print(bool value) {
  return value ? "yes" : "no";
}
std::string print(Duration duration) {
  return swarm::to_text(duration);
}
std::string print(LogLevel level) {
  return std::string(levels.at(static_cast<std::size_t>(level)).first);
}
std::string print(LogFormat format) {
  return std::string(formats.at(static_cast<std::size_t>(format)).first);
}
std::string print(TlsDoors doors) {
  return std::string(tls_doors.at(static_cast<std::size_t>(doors)).first);
}
std::string print_host(std::uint32_t ip) {
  return ip == 0 ? "" : address_text(ip);
}
std::string print_group(std::uint32_t ip) {
  return ip == 0 ? "none" : address_text(ip);
}

}  // namespace swarm::udp::value
