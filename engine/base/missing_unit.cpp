#include "engine/base/missing_unit.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/quantity.hpp"

namespace swarm {
namespace {

bool is_number(std::string_view text) {
  return text.size() <= 20 && parse_duration(fmt::format("{}s", text), Sign::negative) &&
         text.find_first_not_of("-0123456789.") == text.npos;
}

Duration size_of(Duration value) {
  return std::max(value < Duration{} ? -value : value, Duration(1));
}

// The ratio of the larger size to the smaller size.
std::int64_t apart(Duration a, Duration b) {
  return std::max(size_of(a) / size_of(b), size_of(b) / size_of(a));
}

}  // namespace

std::optional<std::string> missing_unit(std::string_view text, Duration low, Duration high,
                                        Duration standard) {
  const auto dots = text.find("..");
  const std::string_view number = dots == text.npos ? text : text.substr(dots + 2);
  if (!is_number(number) || (dots != text.npos && !is_number(text.substr(0, dots))))
    return std::nullopt;
  const auto in = [&](std::string_view unit) {
    return parse_duration(fmt::format("{}{}", number, unit), Sign::negative);
  };
  const auto fits = [&](const Parsed<Duration>& value) {
    return value && *value >= low && *value <= high;
  };
  const auto seconds = in("s"), milliseconds = in("ms");
  bool small = fits(milliseconds);
  if (small && fits(seconds))
    small = standard != Duration{} && apart(*milliseconds, standard) < apart(*seconds, standard);
  return fmt::format("`{}` has no unit, write {}{} (ns, us, ms, s, min, h)", text, text,
                     small ? "ms" : "s");
}

}  // namespace swarm
