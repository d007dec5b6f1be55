// Parses and prints each kind of configuration value. The parse functions accept all text that the
// print functions return. The error of a parse function is one sentence.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "engine/base/quantity.hpp"
#include "transport/udp/configuration/configuration.hpp"

namespace swarm::udp::value {

constexpr std::uint64_t least_buffer = 4 << 10, most_buffer = 1 << 30;  // bounds of socket-buffer

Parsed<std::string> parse_text(std::string_view text);
Parsed<std::string> parse_name(std::string_view text);
Parsed<std::string> parse_secret(std::string_view text);
Parsed<bool> parse_yes_or_no(std::string_view text);
Parsed<std::filesystem::path> parse_path(std::string_view text);
Parsed<std::uint16_t> parse_port(std::string_view text);
Parsed<int> parse_ttl(std::string_view text);
Parsed<std::uint32_t> parse_host(std::string_view text);
Parsed<std::uint32_t> parse_group(std::string_view text);
Parsed<std::string> parse_http_address(std::string_view text);
Parsed<std::string> parse_peers_address6(std::string_view text);
Parsed<std::size_t> parse_buffer(std::string_view text);
Parsed<Duration> parse_stop_timeout(std::string_view text);
Parsed<LogLevel> parse_level(std::string_view text);
Parsed<LogFormat> parse_format(std::string_view text);
Parsed<TlsDoors> parse_tls_doors(std::string_view text);

std::string print(const std::string& text);
std::string print(const std::filesystem::path& path);
std::string print(std::uint16_t port);
std::string print(int number);
std::string print(std::size_t size);
std::string print(bool value);
std::string print(Duration duration);
std::string print(LogLevel level);
std::string print(LogFormat format);
std::string print(TlsDoors doors);
std::string print_host(std::uint32_t ip);
std::string print_group(std::uint32_t ip);

}  // namespace swarm::udp::value
