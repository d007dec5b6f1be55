// Quantities as people write them: `10ms`, `8s..12s`, `0.1%`, `100Mbit/s`. The parsers use no
// floating point. They refuse a text whose value they cannot represent exactly.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "engine/base/clock.hpp"

namespace swarm {

// A value, or a sentence that says what is wrong with the text.
template <class T>
using Parsed = tl::expected<T, std::string>;

template <class T>
struct Range {
  T low{}, high{};
};
using Ppm = std::uint32_t;  // parts per million; 2 % is 20000

// Units: ns, us, ms, s, min, h; up to 10,000 h. Sign::negative also allows negative values.
enum class Sign { positive, negative };
Parsed<Duration> parse_duration(std::string_view text, Sign sign = Sign::positive);
// `5ms`, `8s..12s` or `8..12s`. A lower end without a unit takes the unit of the upper end.
Parsed<Range<Duration>> parse_duration_range(std::string_view text, Sign sign = Sign::positive);

// 0 % to 100 %, in steps of 0.0001 %.
Parsed<Ppm> parse_share(std::string_view text);
Parsed<Range<Ppm>> parse_share_range(std::string_view text);

// The drift of a clock, such as `-50ppm..50ppm`. Allowed: -10 % to 10 %.
Parsed<Range<std::int32_t>> parse_drift_range(std::string_view text);

// Returns bits per second. Units: bit/s, kbit/s, Mbit/s, Gbit/s; 1 kbit/s to 1000 Gbit/s.
Parsed<std::uint64_t> parse_rate(std::string_view text);

// Returns bytes. Units: B; kB, MB, GB, TB (powers of 1000); KiB, MiB, GiB, TiB (powers of 1024); up
// to 1024 TiB. A number without a unit is in bytes.
Parsed<std::uint64_t> parse_size(std::string_view text);

Parsed<std::uint64_t> parse_count(std::string_view text, std::uint64_t low, std::uint64_t high);
Parsed<bool> parse_flag(std::string_view text);  // true, false

// Each of these functions writes a quantity in the largest unit that gives a whole number: 10ms,
// 1500us, 8s..12s, 100Mbit/s. A duration is in min or h only from 10 min on: 90s, 300s, 10min.
// share_text() always writes percent: 0.1%.
std::string to_text(Duration duration);
std::string to_text(const Range<Duration>& range);
std::string share_text(Ppm share);
std::string rate_text(std::uint64_t bits_per_second);
std::string size_text(std::uint64_t bytes);  // 8MiB, 100MB, 0B

}  // namespace swarm
