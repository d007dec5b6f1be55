// The texts of a plot: quantities, titles that state what the data show, and small print.
#pragma once

#include <string>
#include <vector>

#include "observe/plots/plot_data.hpp"

namespace swarm::observe {

std::string in_ms(double ms);  // "42 µs", "1.9 ms", "287 ms", "12.3 s"

// "150ms..155ms" -> "150–155 ms", "25ms" -> "25 ms". readable_key() returns the last part of a key
// with dots.
std::string readable_value(const std::string& value);
std::string readable_key(const std::string& key);

// Separates the values of a combination: "30 ms · 1 %".
inline constexpr auto between_keys = " · ";

// The unit that all values share ("ms"); empty if there is none.
std::string common_unit(const std::vector<std::string>& readable_values);

// The name of an axis for this measure, for example "service gap".
std::string axis_name(Measure measure);
std::string share_name(Measure measure);  // the name of the other axis: "% of failovers over"
// The words for a failover, download or announce that has no value: "never", "not measured".
std::string without_value(Measure measure);
std::string definition(Measure measure);  // what is measured, for the small print

// Titles. Each is one or two plain sentences without a full stop. If `key` is empty, the title uses
// only the labels of the curves.
std::string finding(const Curve& curve, Measure measure);
std::string finding(const std::vector<Curve>& curves, Measure measure);
std::string finding_of_sweep(const std::string& key, const std::vector<Curve>& curves,
                             Measure measure);
std::string finding(const Timeline& timeline);
// A title for curves that differ only in their rare slow cases. It compares one quantile of the
// curves: the 99 % quantile, or if some curve does not reach it, the 95 % or the 90 % quantile.
std::string finding_of_tails(const std::vector<Curve>& curves, Measure measure);

// For example "n = 100, seeds 42–141".
std::string sample_text(const std::vector<Failover>& failovers);
// For example "scenario “master-crash” · swarm-sim 0.1.0". Empty parts are left out.
std::string origin_text(const RunInfo& info);

std::size_t width_of(const std::string& text);  // in characters, not bytes
std::vector<std::string> wrapped(const std::string& text, std::size_t columns);
// Breaks the lines at " · ", which separates the parts of the small print. Breaks inside a part
// only if the part is longer than a line.
std::vector<std::string> wrapped_by_parts(const std::string& text, std::size_t columns);
// Makes as many lines as wrapped(), but of about equal length.
std::vector<std::string> balanced(const std::string& text, std::size_t columns);

}  // namespace swarm::observe
