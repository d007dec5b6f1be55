#include "engine/base/quantity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>
#include <optional>
#include <span>

namespace swarm {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t scale;  // one of this unit, in the smallest unit
};

// A kind of quantity: its name and an example for messages, its units, and its bounds in the
// smallest unit.
struct Measure {
  std::string_view what, example;
  std::span<const Unit> units;
  std::int64_t low, high;
  std::size_t usual;  // index of the unit that a message suggests if the text has none
};

constexpr std::int64_t kilo = 1'000, mega = 1'000'000, giga = 1'000'000'000;
constexpr std::array duration_units{Unit{"ns", 1},          Unit{"us", kilo},
                                    Unit{"ms", mega},       Unit{"s", giga},
                                    Unit{"min", 60 * giga}, Unit{"h", 3600 * giga}};
constexpr std::array share_units{Unit{"%", 10'000}, Unit{"ppm", 1}};
constexpr std::array drift_units{Unit{"ppm", 1}, Unit{"%", 10'000}};
constexpr std::array rate_units{Unit{"bit/s", 1}, Unit{"kbit/s", kilo}, Unit{"Mbit/s", mega},
                                Unit{"Gbit/s", giga}};
constexpr std::int64_t kibi = 1024, mebi = 1024 * kibi, gibi = 1024 * mebi, tebi = 1024 * gibi;
constexpr std::array size_units{Unit{"B", 1},      Unit{"kB", kilo},        Unit{"KiB", kibi},
                                Unit{"MB", mega},  Unit{"MiB", mebi},       Unit{"GB", giga},
                                Unit{"GiB", gibi}, Unit{"TB", 1000 * giga}, Unit{"TiB", tebi}};
constexpr std::int64_t longest = 10'000 * 3600 * giga;

constexpr Measure duration_measure{"a duration", "10ms", duration_units, 0, longest, 3};
constexpr Measure signed_duration_measure{"a duration", "-5ms",  duration_units,
                                          -longest,     longest, 3};
constexpr Measure share_measure{"a share", "2%", share_units, 0, mega, 0};
constexpr Measure drift_measure{"a drift", "50ppm", drift_units, -100'000, 100'000, 0};
constexpr Measure rate_measure{"a rate", "100Mbit/s", rate_units, kilo, 1000 * giga, 2};
constexpr Measure size_measure{"a size", "8MiB", size_units, 0, 1024 * tebi, 4};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Returns the text in quotes, for a message. Cuts a long text, because it may be a megabyte of
// noise.
std::string quoted(std::string_view text) {
  constexpr std::size_t most = 40;
  return text.size() <= most ? fmt::format("`{}`", text)
                             : fmt::format("`{}...`", text.substr(0, most));
}

// Removes separators of thousands: `1,234,567ms` -> `1234567ms`. Returns nothing if the text
// has none.
std::optional<std::string> without_separators(std::string_view text) {
  const auto digits_at = [&](std::size_t from, std::size_t most) {
    std::size_t n = 0;
    while (n < most && from + n < text.size() && is_digit(text[from + n])) ++n;
    return n;
  };
  std::size_t at = digits_at(0, 3);
  std::string out(text.substr(0, at));
  while (at > 0 && at < text.size() && std::string_view(",_'").find(text[at]) != text.npos &&
         digits_at(at + 1, 4) == 3) {
    out += text.substr(at + 1, 3);
    at += 4;
  }
  if (out.size() == at || text.size() > 40) return std::nullopt;
  return out.append(text.substr(at));
}

struct Number {
  bool negative{};
  std::string_view whole, fraction, unit;
};

// Splits [-]digits[.digits]unit. The unit may be missing.
Parsed<Number> split(std::string_view text, const Measure& measure) {
  Number number;
  std::string_view rest = text;
  if (rest.starts_with('-')) {
    number.negative = true;
    rest.remove_prefix(1);
  }
  const auto digits = [&rest] {
    const auto end = std::find_if_not(rest.begin(), rest.end(), is_digit);
    const auto found = rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
    rest.remove_prefix(found.size());
    return found;
  };
  number.whole = digits();
  bool bad = number.whole.empty();
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    number.fraction = digits();
    bad = bad || number.fraction.empty();
  }
  number.unit = rest;
  if (bad)
    return tl::unexpected(
        fmt::format("{} is not {}, write it like {}", quoted(text), measure.what, measure.example));
  return number;
}

std::string unit_names(const Measure& measure) {
  std::string names;
  for (const Unit& unit : measure.units)
    names += (names.empty() ? "" : ", ") + std::string(unit.name);
  return names;
}

Parsed<Unit> find_unit(std::string_view text, std::string_view name, const Measure& measure) {
  for (const Unit& unit : measure.units)
    if (unit.name == name) return unit;
  if (name.empty())
    return tl::unexpected(fmt::format(
        "{} has no unit, write {} ({})", quoted(text),
        std::string(text) + std::string(measure.units[measure.usual].name), unit_names(measure)));
  const auto begin = std::min(name.find_first_not_of(' '), name.size());
  for (const Unit& unit : measure.units)
    if (unit.name == name.substr(begin))
      return tl::unexpected(fmt::format("{} has a blank before its unit, write {}{}", quoted(text),
                                        text.substr(0, text.size() - name.size()), unit.name));
  if (const auto plain = without_separators(text))
    return tl::unexpected(
        fmt::format("{}: no separators between digits, write {}", quoted(text), *plain));
  return tl::unexpected(fmt::format("{} has the unknown unit {}, known are {}", quoted(text),
                                    quoted(name), unit_names(measure)));
}

std::string bound_text(std::int64_t value, const Measure& measure) {
  Unit best = measure.units.front();
  for (const Unit& unit : measure.units)
    if (value % unit.scale == 0 && unit.scale >= best.scale) best = unit;
  return fmt::format("{}{}", value / best.scale, best.name);
}

// Returns 0.`digits` x scale, or nothing if the product is not a whole number.
std::optional<std::int64_t> scaled_decimals(std::string_view digits, std::int64_t scale) {
  while (digits.ends_with('0')) digits.remove_suffix(1);
  if (digits.size() > 18) return std::nullopt;
  std::int64_t part = 0, whole = 1;
  for (const char c : digits) part = part * 10 + (c - '0'), whole *= 10;
  const std::int64_t common = std::gcd(part, whole);
  if (scale % (whole / common) != 0) return std::nullopt;
  return part / common * (scale / (whole / common));
}

Parsed<std::int64_t> scaled(std::string_view text, const Number& number, const Unit& unit,
                            const Measure& measure) {
  constexpr std::int64_t infinite = std::numeric_limits<std::int64_t>::max() / 4;
  std::int64_t value = 0;
  for (const char c : number.whole)
    value = value > infinite / 10 ? infinite : value * 10 + (c - '0');
  value = value > infinite / unit.scale ? infinite : value * unit.scale;
  const auto decimals = scaled_decimals(number.fraction, unit.scale);
  if (!decimals) return tl::unexpected(fmt::format("{} has too many decimals", quoted(text)));
  value += *decimals;
  if (number.negative) value = -value;
  if (value < measure.low || value > measure.high)
    return tl::unexpected(fmt::format("{} is out of range, it must be within {}..{}", quoted(text),
                                      bound_text(measure.low, measure),
                                      bound_text(measure.high, measure)));
  return value;
}

// A share `0.2` without a unit is ambiguous: the user may mean 0.2 % or 20 %.
std::optional<std::string> as_part_of_one(std::string_view text, const Number& number,
                                          const Measure& measure) {
  if (&measure != &share_measure || !number.unit.empty()) return std::nullopt;
  const auto part = scaled(text, number, Unit{"", mega}, measure);
  if (!part || *part == 0) return std::nullopt;
  return fmt::format("{} has no unit, write {}%, or {} if it is a part of 1", quoted(text), text,
                     share_text(static_cast<Ppm>(*part)));
}

Parsed<std::int64_t> parse_one(std::string_view text, const Measure& measure) {
  return split(text, measure).and_then([&](const Number& number) -> Parsed<std::int64_t> {
    if (auto sentence = as_part_of_one(text, number, measure))
      return tl::unexpected(std::move(*sentence));
    return find_unit(text, number.unit, measure).and_then([&](const Unit& unit) {
      return scaled(text, number, unit, measure);
    });
  });
}

Parsed<Range<std::int64_t>> parse_range(std::string_view text, const Measure& measure) {
  const auto dots = text.find("..");
  if (dots == std::string_view::npos)
    return parse_one(text, measure).map([](std::int64_t v) { return Range<std::int64_t>{v, v}; });
  std::string low_text(text.substr(0, dots));
  const std::string_view high_text = text.substr(dots + 2);
  const auto high = parse_one(high_text, measure);
  if (!high) return tl::unexpected(high.error());
  if (const auto number = split(low_text, measure); number && number->unit.empty())
    low_text += split(high_text, measure)->unit;
  const auto low = parse_one(low_text, measure);
  if (!low) return tl::unexpected(low.error());
  if (*low > *high) return tl::unexpected(fmt::format("{} ends before it begins", quoted(text)));
  return Range<std::int64_t>{*low, *high};
}

const Measure& duration_measure_for(Sign sign) {
  return sign == Sign::negative ? signed_duration_measure : duration_measure;
}

template <class T>
Parsed<Range<T>> narrow(const Parsed<Range<std::int64_t>>& range) {
  return range.map([](const Range<std::int64_t>& r) {
    return Range<T>{static_cast<T>(r.low), static_cast<T>(r.high)};
  });
}

// Writes the value in the largest unit that gives a whole number, so the text is exact.
std::string whole_text(std::int64_t value, std::span<const Unit> units) {
  Unit best = units.front();
  for (const Unit& unit : units)
    if (value != 0 && value % unit.scale == 0 && unit.scale > best.scale) best = unit;
  return fmt::format("{}{}", value / best.scale, best.name);
}

}  // namespace

Parsed<Duration> parse_duration(std::string_view text, Sign sign) {
  return parse_one(text, duration_measure_for(sign)).map([](std::int64_t v) {
    return Duration(v);
  });
}

Parsed<Range<Duration>> parse_duration_range(std::string_view text, Sign sign) {
  return narrow<Duration>(parse_range(text, duration_measure_for(sign)));
}

Parsed<Ppm> parse_share(std::string_view text) {
  return parse_one(text, share_measure).map([](std::int64_t v) { return static_cast<Ppm>(v); });
}

Parsed<Range<Ppm>> parse_share_range(std::string_view text) {
  return narrow<Ppm>(parse_range(text, share_measure));
}

Parsed<Range<std::int32_t>> parse_drift_range(std::string_view text) {
  return narrow<std::int32_t>(parse_range(text, drift_measure));
}

Parsed<std::uint64_t> parse_rate(std::string_view text) {
  return parse_one(text, rate_measure).map([](std::int64_t v) {
    return static_cast<std::uint64_t>(v);
  });
}

Parsed<std::uint64_t> parse_size(std::string_view text) {
  const bool number = !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
  const auto size = parse_one(number ? std::string(text) + "B" : std::string(text), size_measure);
  return size.map([](std::int64_t v) { return static_cast<std::uint64_t>(v); });
}

Parsed<std::uint64_t> parse_count(std::string_view text, std::uint64_t low, std::uint64_t high) {
  std::uint64_t value = 0;
  bool bad = text.empty(), large = false;
  for (const char c : text) {
    bad = bad || !is_digit(c);
    if (bad) break;
    const auto digit = static_cast<std::uint64_t>(c - '0');
    large = large || value > (std::numeric_limits<std::uint64_t>::max() - digit) / 10;
    value = value * 10 + digit;
  }
  if (bad) {
    const auto plain = without_separators(text);
    const bool number = plain && std::all_of(plain->begin(), plain->end(), is_digit);
    return tl::unexpected(fmt::format("{} is not a whole number (digits only){}", quoted(text),
                                      number ? ", write " + *plain : ""));
  }
  if (large || value < low || value > high)
    return tl::unexpected(
        fmt::format("{} is out of range, it must be within {}..{}", quoted(text), low, high));
  return value;
}

Parsed<bool> parse_flag(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return tl::unexpected(fmt::format("{} is neither true nor false", quoted(text)));
}

std::string to_text(Duration duration) {
  const std::int64_t ns = duration.count();
  if (ns == 0) return "0s";
  // Below 10min, and for a part of a minute, the largest unit is s: 90s, 300s, 630s.
  const bool minutes = ns % (60 * giga) == 0 && (ns >= 600 * giga || ns <= -600 * giga);
  return whole_text(ns, std::span(duration_units).first(minutes ? 6 : 4));
}

std::string to_text(const Range<Duration>& range) {
  return range.low == range.high ? to_text(range.low)
                                 : to_text(range.low) + ".." + to_text(range.high);
}

std::string share_text(Ppm share) {
  std::string text = fmt::format("{}.{:04}", share / 10'000, share % 10'000);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text + "%";
}

std::string rate_text(std::uint64_t bits_per_second) {
  return whole_text(static_cast<std::int64_t>(bits_per_second), rate_units);
}

std::string size_text(std::uint64_t bytes) {
  return whole_text(static_cast<std::int64_t>(bytes), size_units);
}

}  // namespace swarm
