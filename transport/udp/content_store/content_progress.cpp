#include "transport/udp/content_store/content_progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "engine/wire/file_name.hpp"

namespace swarm::udp {
namespace {

using Phase = ContentFigures::Phase;

constexpr Duration meter_window = 5s;
constexpr std::size_t shortest_name = 17;  // holds "10 of 12 contents"

std::string peers_text(std::uint32_t peers) {
  return fmt::format("{} peer{}", peers, peers == 1 ? "" : "s");
}

// A part of the line after the name. If the line is too narrow, the fields with the highest rank
// are left out first.
struct Field {
  std::string text;
  int rank = 0;  // 0: the field is never left out
};
using Fields = std::vector<Field>;

Fields fields_of(const ContentFigures& figures) {
  const auto per_second = [](std::uint64_t rate) { return bytes_text(rate) + "/s"; };
  const Field peers{peers_text(figures.peers), 2};
  Fields fields;
  switch (figures.phase) {
    case Phase::searching:
      return {{"looking for a peer that has it"}, peers};
    case Phase::opening:
      return {{"opening"}};
    case Phase::checking:
      return {{"checking what is here"}, {bytes_text(figures.doubtful) + " to go", 1}};
    case Phase::complete:
      fields = {{"complete"}, peers, {bytes_text(figures.sent) + " sent", 1}};
      break;
    case Phase::fetching:
      fields = {{fmt::format("{:.1f} %", figures.percent())},
                {fmt::format("{} of {}", bytes_text(figures.had), bytes_text(figures.size)), 3},
                {per_second(figures.down_rate)},
                peers};
      if (const auto left = figures.left()) fields.push_back({time_left_text(*left) + " left", 1});
      break;
  }
  if (figures.up_rate > 0) fields.push_back({"up " + per_second(figures.up_rate), 4});
  return fields;
}

std::string joined(const Fields& fields) {
  std::string text;
  for (const auto& field : fields) text += "  " + field.text;
  return text;
}

// Leaves out fields until the others fit into `room`. Fields of rank 0 stay even if they do not
// fit.
Fields narrowed(Fields fields, std::size_t room) {
  for (int rank = 4; rank > 0 && joined(fields).size() > room; --rank)
    std::erase_if(fields, [&](const Field& field) { return field.rank == rank; });
  return fields;
}

// True for C0, DEL, C1, and the characters that change the direction of text.
bool steers(std::string_view one) {
  const auto first = static_cast<unsigned char>(one[0]);
  if (one.size() == 1) return first < 0x20 || first == 0x7f;
  if (one.size() == 2) return first == 0xc2 && static_cast<unsigned char>(one[1]) < 0xa0;
  return one == "\u200e" || one == "\u200f" || one == "\u2028" || one == "\u2029" ||
         (one >= "\u202a" && one <= "\u202e") || (one >= "\u2066" && one <= "\u2069");
}

// The characters of a printable text.
std::vector<std::string_view> characters(std::string_view text) {
  std::vector<std::string_view> all;
  while (!text.empty()) {
    all.push_back(text.substr(0, std::max<std::size_t>(wire::utf8_character(text), 1)));
    text.remove_prefix(all.back().size());
  }
  return all;
}

std::string cut(const std::string& text, std::size_t columns) {
  const auto all = characters(text);
  if (all.size() <= columns) return text;
  return text.substr(0, static_cast<std::size_t>(all[columns].data() - text.data()));
}

}  // namespace

double ContentFigures::percent() const {
  return phase == Phase::complete ? 100 : percent_of(had, size);
}

std::optional<Duration> ContentFigures::left() const {
  if (phase != Phase::fetching || down_rate == 0 || had > size) return std::nullopt;
  constexpr std::uint64_t longest = 1000 * 3600;  // seconds
  return std::chrono::seconds(std::min(longest, (size - had + down_rate - 1) / down_rate));
}

ContentFigures& ContentFigures::operator+=(const ContentFigures& other) {
  phase = std::min(phase, other.phase);
  size += other.size, had += other.had, doubtful += other.doubtful;
  down_rate += other.down_rate, up_rate += other.up_rate;
  received += other.received, wasted += other.wasted, sent += other.sent;
  peers += other.peers, uploaders += other.uploaders;
  return *this;
}

std::string progress_text(const ContentFigures& figures, std::size_t columns) {
  const auto fields = fields_of(figures);
  if (columns == 0) return printable(figures.name) + joined(fields);
  const auto name = std::min(characters(printable(figures.name)).size(), shortest_name);
  const auto text = joined(narrowed(fields, columns - std::min(columns, name)));
  const std::size_t room = columns - std::min(columns, text.size());
  const auto all = shortened(figures.name, std::max(room, name)) + text;
  return cut(all, columns);
}

void RateMeter::add(Time now, std::uint64_t total) {
  samples_.push_back({now, total});
  while (samples_.size() > 2 && samples_[1].at <= now - meter_window) samples_.pop_front();
}

std::uint64_t RateMeter::per_second() const {
  if (samples_.size() < 2) return 0;
  const auto& [from, before] = samples_.front();
  const auto& [until, after] = samples_.back();
  if (until <= from || after <= before) return 0;
  const auto seconds = std::chrono::duration<double>(until - from).count();
  return static_cast<std::uint64_t>(static_cast<double>(after - before) / seconds);
}

double percent_of(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return 0;
  if (part >= whole) return 100;
  const double exact = 1000 * static_cast<double>(part) / static_cast<double>(whole);
  return std::min(std::floor(exact), 999.0) / 10;
}

std::string bytes_text(std::uint64_t bytes) {
  constexpr std::array units{"B", "kB", "MB", "GB", "TB", "PB"};
  if (bytes < 1000) return fmt::format("{} B", bytes);
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; value >= 999.5 && unit + 1 < units.size(); ++unit) value /= 1000;
  const int digits = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return fmt::format("{:.{}f} {}", value, digits, units[unit]);
}

std::string time_left_text(Duration left) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(left).count();
  const auto minutes = seconds / 60, hours = minutes / 60;
  if (hours > 99) return "more than 4 days";
  if (hours > 0) return fmt::format("{} h {} min", hours, minutes % 60);
  if (minutes > 0) return fmt::format("{} min {} s", minutes, seconds % 60);
  return fmt::format("{} s", seconds);
}

std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
  return digits;
}

std::string printable(std::string_view text) {
  std::string safe;
  while (!text.empty()) {
    const std::size_t length = wire::utf8_character(text);
    const auto one = text.substr(0, std::max<std::size_t>(length, 1));
    safe += length == 0 || steers(one) ? "?" : one;
    text.remove_prefix(one.size());
  }
  return safe;
}

std::string shortened(std::string_view text, std::size_t columns) {
  std::string safe = printable(text);
  const auto all = characters(safe);
  if (all.size() <= columns) return safe;
  constexpr std::string_view gap = "...";
  if (columns <= gap.size()) return std::string(gap.substr(0, columns));
  const std::size_t kept = columns - gap.size(), head = (kept + 1) / 2, tail = kept - head;
  std::string short_one;
  for (std::size_t i = 0; i < head; ++i) short_one += all[i];
  short_one += gap;
  for (std::size_t i = all.size() - tail; i < all.size(); ++i) short_one += all[i];
  return short_one;
}

}  // namespace swarm::udp
