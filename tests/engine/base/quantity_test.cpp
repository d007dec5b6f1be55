#include "engine/base/quantity.hpp"

#include <gtest/gtest.h>

namespace swarm {
namespace {

TEST(Quantity, DurationsAreExactInEveryUnit) {
  EXPECT_EQ(parse_duration("7ns"), 7ns);
  EXPECT_EQ(parse_duration("200us"), 200us);
  EXPECT_EQ(parse_duration("10ms"), 10ms);
  EXPECT_EQ(parse_duration("1.5s"), 1500ms);
  EXPECT_EQ(parse_duration("0.000000001s"), 1ns);
  EXPECT_EQ(parse_duration("2min"), 120s);
  EXPECT_EQ(parse_duration("0.5h"), 1800s);
  EXPECT_EQ(parse_duration("0s"), 0ns);
}

TEST(Quantity, DurationsThatCannotBeHeldExactlyAreRefused) {
  EXPECT_FALSE(parse_duration("0.5ns"));
  EXPECT_FALSE(parse_duration("1.0000000001s"));
  EXPECT_EQ(parse_duration("1.0000000000s"), 1s);
}

TEST(Quantity, MissingUnitsAreNamedWithAnExample) {
  const auto parsed = parse_duration("10");
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error(), "`10` has no unit, write 10s (ns, us, ms, s, min, h)");
}

TEST(Quantity, SeparatorsBetweenDigitsAreNamed) {
  EXPECT_EQ(parse_count("1,234,567", 0, 9'999'999).error(),
            "`1,234,567` is not a whole number (digits only), write 1234567");
  EXPECT_EQ(parse_count("1_000", 0, 9'999).error(),
            "`1_000` is not a whole number (digits only), write 1000");
  EXPECT_EQ(parse_rate("1,000Mbit/s").error(),
            "`1,000Mbit/s`: no separators between digits, write 1000Mbit/s");
  EXPECT_EQ(parse_duration("12,000ms").error(),
            "`12,000ms`: no separators between digits, write 12000ms");
  for (const auto* text : {"1,23", "1234,567", "1,2345", ",123", "1,000ms", "1,", ""})
    EXPECT_EQ(parse_count(text, 0, 9).error(),
              "`" + std::string(text) + "` is not a whole number (digits only)");
  EXPECT_EQ(parse_duration("1,5ms").error(),
            "`1,5ms` has the unknown unit `,5ms`, known are ns, us, ms, s, min, h");
}

TEST(Quantity, ABlankBeforeTheUnitIsNamed) {
  EXPECT_EQ(parse_duration("80 ms").error(), "`80 ms` has a blank before its unit, write 80ms");
}

// Whoever leaves out the unit of a share may count from 0 to 1.
TEST(Quantity, AShareWithoutUnitMayBeAPartOfOne) {
  EXPECT_EQ(parse_share("0.2").error(),
            "`0.2` has no unit, write 0.2%, or 20% if it is a part of 1");
  EXPECT_EQ(parse_share("5").error(), "`5` has no unit, write 5% (%, ppm)");
  EXPECT_EQ(parse_share("0").error(), "`0` has no unit, write 0% (%, ppm)");
  EXPECT_EQ(parse_share_range("0.5").error(),
            "`0.5` has no unit, write 0.5%, or 50% if it is a part of 1");
}

TEST(Quantity, UnknownUnitsAreRefused) {
  for (const char* text : {"10sec", "10 ms", "10MS", "10m", "10ms ", "1e3ms"})
    EXPECT_FALSE(parse_duration(text)) << text;
}

TEST(Quantity, WhatIsNoNumberIsRefused) {
  for (const char* text : {"", "-", ".", "ms", ".5s", "5.s", "--5s", "+5s", "5..", "..5s", "abc"})
    EXPECT_FALSE(parse_duration(text)) << text;
}

TEST(Quantity, HugeNumbersAreOutOfRangeNotWrong) {
  for (const char* text : {"10001h", "99999999999999999999999999s", "9223372036854775807ns1"})
    EXPECT_FALSE(parse_duration(text)) << text;
  EXPECT_EQ(parse_duration("10000h"), 10000h);
}

TEST(Quantity, NegativeDurationsOnlyWhereTheyMakeSense) {
  EXPECT_FALSE(parse_duration("-5ms"));
  EXPECT_EQ(parse_duration("-5ms", Sign::negative), -5ms);
}

TEST(Quantity, RangesTakeTheUnitOfTheirUpperEnd) {
  const auto both = parse_duration_range("8s..12s");
  ASSERT_TRUE(both);
  EXPECT_EQ(both->low, 8s);
  EXPECT_EQ(both->high, 12s);
  const auto one = parse_duration_range("8..12s");
  ASSERT_TRUE(one);
  EXPECT_EQ(one->low, 8s);
  const auto mixed = parse_duration_range("900us..1.5ms");
  ASSERT_TRUE(mixed);
  EXPECT_EQ(mixed->high, 1500us);
  const auto fixed = parse_duration_range("3s");
  ASSERT_TRUE(fixed);
  EXPECT_EQ(fixed->low, fixed->high);
}

TEST(Quantity, RangesThatEndBeforeTheyBeginAreRefused) {
  EXPECT_FALSE(parse_duration_range("2s..1s"));
  EXPECT_FALSE(parse_duration_range("1s..2s..3s"));
  EXPECT_FALSE(parse_duration_range("1s.."));
  EXPECT_FALSE(parse_duration_range("1s..2"));
}

TEST(Quantity, SharesArePartsPerMillion) {
  EXPECT_EQ(parse_share("2%"), 20'000u);
  EXPECT_EQ(parse_share("0.1%"), 1'000u);
  EXPECT_EQ(parse_share("0.0001%"), 1u);
  EXPECT_EQ(parse_share("100%"), 1'000'000u);
  EXPECT_EQ(parse_share("5ppm"), 5u);
  EXPECT_FALSE(parse_share("0.00001%"));
  EXPECT_FALSE(parse_share("101%"));
  EXPECT_FALSE(parse_share("-1%"));
  EXPECT_FALSE(parse_share("0.02"));
  const auto range = parse_share_range("0..5%");
  ASSERT_TRUE(range);
  EXPECT_EQ(range->low, 0u);
  EXPECT_EQ(range->high, 50'000u);
}

TEST(Quantity, DriftsAreSigned) {
  const auto drift = parse_drift_range("-50..100ppm");
  ASSERT_TRUE(drift);
  EXPECT_EQ(drift->low, -50);
  EXPECT_EQ(drift->high, 100);
  EXPECT_FALSE(parse_drift_range("20%"));
}

TEST(Quantity, RatesAreBitsPerSecond) {
  EXPECT_EQ(parse_rate("100Mbit/s"), 100'000'000u);
  EXPECT_EQ(parse_rate("2.5Gbit/s"), 2'500'000'000u);
  EXPECT_EQ(parse_rate("64kbit/s"), 64'000u);
  EXPECT_FALSE(parse_rate("100MB/s"));
  EXPECT_FALSE(parse_rate("0Mbit/s"));
}

TEST(Quantity, SizesAreBytes) {
  EXPECT_EQ(parse_size("8MiB"), 8u << 20);
  EXPECT_EQ(parse_size("512KiB"), 512u << 10);
  EXPECT_EQ(parse_size("100MB"), 100'000'000u);
  EXPECT_EQ(parse_size("1.5GiB"), 3u << 29);
  EXPECT_EQ(parse_size("64kB"), 64'000u);
  EXPECT_EQ(parse_size("1024TiB"), std::uint64_t{1} << 50);
  EXPECT_EQ(parse_size("4096"), 4096u);
  EXPECT_EQ(parse_size("0"), 0u);
  EXPECT_EQ(parse_size("0B"), 0u);
  for (const char* text : {"", "MiB", "-1B", "1.5", "8mib", "8 MiB", "0.3B", "1025TiB", "0x10"})
    EXPECT_FALSE(parse_size(text)) << text;
  EXPECT_EQ(parse_size("8M").error(),
            "`8M` has the unknown unit `M`, known are B, kB, KiB, MB, MiB, GB, GiB, TB, TiB");
}

TEST(Quantity, CountsAreDigitsWithinTheirBounds) {
  EXPECT_EQ(parse_count("5", 1, 16), 5u);
  EXPECT_EQ(parse_count("18446744073709551615", 0, UINT64_MAX), UINT64_MAX);
  for (const char* text : {"", "0", "17", "5.0", "-1", "0x5", "five", "18446744073709551616"})
    EXPECT_FALSE(parse_count(text, 1, 16)) << text;
}

TEST(Quantity, FlagsAreTrueOrFalseOnly) {
  EXPECT_EQ(parse_flag("true"), true);
  EXPECT_EQ(parse_flag("false"), false);
  for (const char* text : {"yes", "no", "on", "1", "True", ""}) EXPECT_FALSE(parse_flag(text));
}

TEST(Quantity, TextsAreReadBackAsTheSameValue) {
  for (const Duration d : std::initializer_list<Duration>{0ns, 1ns, 999ns, 1us, 1500us, 10ms, 1s,
                                                          90s, 600s, 3600s, 86400s}) {
    const auto back = parse_duration(to_text(d));
    ASSERT_TRUE(back) << to_text(d);
    EXPECT_EQ(*back, d);
  }
  EXPECT_EQ(to_text(10ms), "10ms");
  EXPECT_EQ(to_text(1500us), "1500us");
  EXPECT_EQ(to_text(Duration(3600s)), "1h");
  EXPECT_EQ(to_text(Range<Duration>{8s, 12s}), "8s..12s");
  for (const Ppm share : {0u, 1u, 1'000u, 20'000u, 1'000'000u})
    EXPECT_EQ(parse_share(share_text(share)), share);
  EXPECT_EQ(share_text(1'000), "0.1%");
  EXPECT_EQ(rate_text(100'000'000), "100Mbit/s");
  EXPECT_EQ(rate_text(1'234), "1234bit/s");
  for (const std::uint64_t size :
       {0ull, 1ull, 1000ull, 1024ull, 16'000'000ull, 1ull << 33, 12345ull})
    EXPECT_EQ(parse_size(size_text(size)), size);
  EXPECT_EQ(size_text(0), "0B");
  EXPECT_EQ(size_text(8 << 20), "8MiB");
  EXPECT_EQ(size_text(16'000'000), "16MB");
}

}  // namespace
}  // namespace swarm
