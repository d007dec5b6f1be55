// The words of a plot: quantities, titles that state what the data show, and small print.
#pragma once

#include <string>
#include <vector>

#include "observe/plots/plot_data.hpp"

namespace swarm::observe {

std::string in_ms(double ms);  // "42 µs", "1.9 ms", "287 ms", "12.3 s"

// "150ms..155ms" -> "150–155 ms", "25ms" -> "25 ms". readable_key() gives the last part of a dotted
// key.
std::string readable_value(const std::string& value);
std::string readable_key(const std::string& key);

// Stands between the values of a combination: "30 ms · 1 %".
inline constexpr auto between_keys = " · ";

// The unit that all values share ("ms"); empty if there is none.
std::string common_unit(const std::vector<std::string>& readable_values);

// The name of what is measured, for an axis.
std::string axis_name(Measure measure);
std::string share_name(Measure measure);  // "% of failovers over"
// What to call the members of a curve that have no value: "never", "not measured".
std::string without_value(Measure measure);
std::string definition(Measure measure);

// Titles: each is one or two plain sentences without a full stop. With an empty key, the labels of
// the curves must say everything.
std::string finding(const Curve& curve, Measure measure);
std::string finding(const std::vector<Curve>& curves, Measure measure);
std::string finding_of_sweep(const std::string& key, const std::vector<Curve>& curves,
                             Measure measure);
std::string finding(const Timeline& timeline);
// For curves whose medians are equal and whose rare cases differ: compares the highest of the
// quantiles 99, 95 and 90 % that all curves reach.
std::string finding_of_tails(const std::vector<Curve>& curves, Measure measure);

// For example "n = 100 failovers, seeds 42–141".
std::string sample_text(const std::vector<Failover>& failovers);
// "scenario master-crash · version 0.1.0"; empty parts are left out.
std::string origin_text(const RunInfo& info);

std::size_t width_of(const std::string& text);  // in characters, not bytes
std::vector<std::string> wrapped(const std::string& text, std::size_t columns);
// Breaks at the dots between the parts of the small print, and inside a part only if necessary.
std::vector<std::string> wrapped_by_parts(const std::string& text, std::size_t columns);
// Wraps into the same number of lines as wrapped(), with lines of about equal length.
std::vector<std::string> balanced(const std::string& text, std::size_t columns);

}  // namespace swarm::observe
