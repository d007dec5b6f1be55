#include "transport/udp/configuration/content_list_file.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/hex_id.hpp"
#include "transport/udp/configuration/configuration.hpp"
#include "transport/udp/system/text_file.hpp"

namespace swarm::udp {
namespace {

constexpr std::size_t longest_file = 256 << 20;  // bytes; room for six million contents
constexpr std::size_t longest_shown = 80;  // an error quotes at most so many characters of a line

bool can_be_shown(std::string_view line) {
  return line.size() <= longest_shown &&
         std::all_of(line.begin(), line.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

InfoHash parse_line(std::string_view line, const std::string& file, std::size_t number) {
  const auto hash = parse_hex_id("info-hash", line);
  if (hash) return {*hash};
  throw ConfigurationError(
      fmt::format("{}:{}: {}", file, number,
                  can_be_shown(line) ? hash.error() : "this is no info-hash of 40 digits"));
}

}  // namespace

std::vector<InfoHash> parse_content_list(std::string_view text, const std::string& file) {
  std::vector<InfoHash> contents;
  if (const auto wrong = take_byte_order_mark(text); !wrong.empty())
    throw ConfigurationError(fmt::format("{}: {}", file, wrong));
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    line = trimmed(line.substr(0, line.find('#')));
    if (!line.empty()) contents.push_back(parse_line(line, file, number));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return contents;
}

std::vector<InfoHash> read_content_list(const std::filesystem::path& file) {
  const auto text = read_text_file(file, longest_file);
  if (text) return parse_content_list(*text, file.string());
  throw ConfigurationError(fmt::format("{}: {}", file.string(), why_unreadable(text.error())));
}

}  // namespace swarm::udp
