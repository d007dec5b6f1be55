// Quantities as people write them: `10ms`, `8s..12s`, `0.1%`, `100Mbit/s`. Exact: no floating
// point, and what cannot be held exactly is refused.
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
using Ppm = std::uint32_t;  // parts per million; 2 % = 20000

// ns, us, ms, s, min, h; at most 10,000 h either way. Negative only where `negative` says so.
enum class Sign { positive, negative };
Parsed<Duration> parse_duration(std::string_view text, Sign sign = Sign::positive);
// `5ms` or `8s..12s`; `8..12s` too: the unit of the upper end serves both.
Parsed<Range<Duration>> parse_duration_range(std::string_view text, Sign sign = Sign::positive);

// 0 % to 100 %, in steps of 0.0001 %.
Parsed<Ppm> parse_share(std::string_view text);
Parsed<Range<Ppm>> parse_share_range(std::string_view text);

// `-50ppm..50ppm`: rates of clocks, within 10 %.
Parsed<Range<std::int32_t>> parse_drift_range(std::string_view text);

// bit/s, kbit/s, Mbit/s, Gbit/s; 1 kbit/s to 1000 Gbit/s.
Parsed<std::uint64_t> parse_rate(std::string_view text);

// Bytes: B, kB, MB, GB, TB (powers of 1000), KiB, MiB, GiB, TiB (of 1024), up to 1024 TiB; a number
// alone is in bytes.
Parsed<std::uint64_t> parse_size(std::string_view text);

Parsed<std::uint64_t> parse_count(std::string_view text, std::uint64_t low, std::uint64_t high);
Parsed<bool> parse_flag(std::string_view text);  // true, false

// In the largest unit that is exact: 10ms, 1500us, 8s..12s, 0.1%, 100Mbit/s.
std::string to_text(Duration duration);
std::string to_text(const Range<Duration>& range);
std::string share_text(Ppm share);
std::string rate_text(std::uint64_t bits_per_second);
std::string size_text(std::uint64_t bytes);  // 8MiB, 100MB, 0B

}  // namespace swarm
