#include "observe/plots/plot_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <sstream>
#include <utility>

namespace swarm::observe {
namespace {

std::string two_digits(double value) {
  return value < 9.95 ? fmt::format("{:.1f}", value) : fmt::format("{:.0f}", value);
}

struct Words {
  std::string one, many;  // "failover", "failovers"
  std::string subject, share, definition;
  std::string one_ended = "came to an end before the run did";
  std::string some_did_not = "did not end before the run did";
  std::string only = "Only {} of {} {} came to an end, the slowest of them in {}";
  std::string nowhere = "Nowhere did half of the {} come to an end";
  std::string none_at_all = "There were no {}";
  std::string without_value = "never";
};

// Sets the words for failovers, which do end, but perhaps after the next fault or the end of the
// run, when they are no longer measured.
Words measured(Words words) {
  words.one_ended = "was measured to its end";
  words.some_did_not = "were not measured to their end";
  words.only = "Only {} of {} {} were measured to their end, the slowest of them in {}";
  words.nowhere = "Nowhere were half of the {} measured to their end";
  words.none_at_all = "No {} were measured";
  words.without_value = "not measured";
  return words;
}

const Words& words(Measure measure) {
  static const std::array<Words, 4> all{{
      measured({"failover", "failovers", "service gap", "% of failovers over",
                "service gap: fault until the first answered new registration"}),
      measured({"failover", "elections", "time without a master", "% of elections over",
                "time without a master: fault until a new master is elected"}),
      {"download", "downloads", "time to complete", "% of downloads complete",
       "time to complete: arrival until each chunk is verified and on disk"},
      {"announce", "announces", "time to the answer", "% of announces answered",
       "time to the answer: from when a client wants to announce until a tracker has answered it",
       "was answered", "were not answered"},
  }};
  return all[static_cast<std::size_t>(measure)];
}

std::string what_ends(Measure measure) {
  return words(measure).many;
}

std::string never_text(const Curve& curve, Measure measure) {
  if (curve.never() == 0) return {};
  return fmt::format("; {} of {} {}", curve.never(), curve.n, words(measure).some_did_not);
}

std::string finding_of_few(const Curve& curve, Measure measure) {
  const auto& values = curve.values;
  const auto what = what_ends(measure);
  if (curve.n == 1)
    return fmt::format("The {} is over in {}", words(measure).one, in_ms(values.front()));
  if (values.front() == values.back()) {
    return fmt::format("{} {} over in {}{}", values.size() == curve.n ? "All" : "The",
                       what + " are", in_ms(values.front()), never_text(curve, measure));
  }
  const auto median = quantile(curve, 50);
  if (!median) {
    return fmt::format(fmt::runtime(words(measure).only), values.size(), curve.n, what,
                       in_ms(values.back()));
  }
  return fmt::format("Half of the {} are over in {}, the slowest in {}{}", what, in_ms(*median),
                     in_ms(values.back()), never_text(curve, measure));
}

struct Extremes {
  const Curve* best{};
  const Curve* worst{};
  double least{}, most{};
};

// The curves with the smallest and the largest median. Curves without a median are left out;
// without_enough() tells their number. nullopt if no curve has a median.
std::optional<Extremes> extremes(const std::vector<Curve>& curves) {
  Extremes found;
  for (const auto& curve : curves) {
    const auto median = quantile(curve, 50);
    if (!median) continue;
    if (found.best == nullptr || *median < found.least) found.best = &curve, found.least = *median;
    if (found.worst == nullptr || *median > found.most) found.worst = &curve, found.most = *median;
  }
  if (found.best == nullptr) return std::nullopt;
  return found;
}

std::string without_enough(const std::vector<Curve>& curves, Measure measure) {
  const auto lacking = std::count_if(curves.begin(), curves.end(),
                                     [](const Curve& c) { return c.n > 0 && !quantile(c, 50); });
  if (lacking == 0) return {};
  if (words(measure).without_value == "never")
    return fmt::format("; {} of {} end in less than half of the runs", lacking, curves.size());
  return fmt::format("; of {} of {} less than half were measured to their end", lacking,
                     curves.size());
}

bool about_equal(const Extremes& e) {
  return e.most <= e.least * 1.1 || e.most - e.least < 0.01;
}

std::string subject(Measure measure) {
  return words(measure).subject;
}

bool is_unit(const std::string& word) {
  return word.starts_with("ms") || word.starts_with("µs") || word.starts_with("%") || word == "s";
}

std::string counted(std::size_t number, const std::string& what) {
  return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s");
}

// A sentence about the times from the faults to the first answers. It does not use the times to the
// new masters, because a new master may have no lease and give no answer. Empty if no fault has a
// measured failover.
std::string what_peers_saw(const Timeline& timeline) {
  std::vector<double> gaps;
  std::size_t measured = 0;
  for (const auto& fault : timeline.faults) {
    if (!fault.measured) continue;
    ++measured;
    if (fault.measured->service_ms) gaps.push_back(*fault.measured->service_ms);
  }
  if (measured == 0) return {};
  std::sort(gaps.begin(), gaps.end());
  const auto faults = timeline.faults.size();
  const auto which = measured < faults ? fmt::format("after {} of them", measured)
                     : faults == 1     ? "after it"
                                       : "after each";
  if (gaps.empty()) return fmt::format("{} no answer of a new registration was seen", which);
  const auto spread = gaps.size() == 1 || in_ms(gaps.front()) == in_ms(gaps.back())
                          ? in_ms(gaps.back())
                          : in_ms(gaps.front()) + " to " + in_ms(gaps.back());
  auto text = fmt::format("{} a new registration is answered {} later", which, spread);
  if (gaps.size() < measured) {
    text = fmt::format(
        "after {} of them a new registration is answered {} later, after {} no answer was seen",
        gaps.size(), spread, measured - gaps.size());
  }
  return text;
}

std::string changes_of_master(const Timeline& timeline) {
  std::vector<std::pair<double, std::string>> masters;
  for (const auto& span : timeline.roles) {
    if (span.role == "master") masters.emplace_back(span.from_ms, span.tracker);
  }
  std::sort(masters.begin(), masters.end());
  std::size_t changes = 0;
  for (std::size_t i = 1; i < masters.size(); ++i) {
    changes += masters[i].second != masters[i - 1].second;
  }
  return changes == 0 ? "the master stays the same" : counted(changes, "change") + " of the master";
}

std::string join(const std::vector<std::string>& parts, const std::string& between) {
  std::string joined;
  for (const auto& part : parts) {
    if (part.empty()) continue;
    if (!joined.empty()) joined += between;
    joined += part;
  }
  return joined;
}

}  // namespace

std::string in_ms(double ms) {
  if (ms == 0) return "0 ms";
  if (ms < 0.0995) return fmt::format("{} µs", two_digits(ms * 1000));
  if (ms < 0.995) return fmt::format("{:.2f} ms", ms);
  if (ms < 999.5) return two_digits(ms) + " ms";
  return two_digits(ms / 1000) + " s";
}

std::string readable_key(const std::string& key) {
  return key.substr(key.rfind('.') + 1);
}

std::string readable_value(const std::string& value) {
  if (const auto dots = value.find(".."); dots != std::string::npos) {
    auto low = readable_value(value.substr(0, dots));
    const auto high = readable_value(value.substr(dots + 2));
    const auto unit = common_unit({low, high});
    if (!unit.empty()) low.resize(low.size() - unit.size() - 1);
    return low + "–" + high;
  }
  const auto unit = value.find_last_of("0123456789") + 1;
  if (unit == 0 || unit == value.size() || value[unit] == ' ') return value;
  // A space is added only between a number and its unit. A text such as "t2x" is a name.
  if (value.find_first_not_of("0123456789.") < unit) return value;
  return value.substr(0, unit) + ' ' + value.substr(unit);
}

std::string common_unit(const std::vector<std::string>& readable_values) {
  std::string unit;
  for (const auto& value : readable_values) {
    if (value.find(between_keys) != std::string::npos) return {};
    const auto space = value.rfind(' ');
    if (space == std::string::npos) return {};
    const auto own = value.substr(space + 1);
    if (!unit.empty() && own != unit) return {};
    unit = own;
  }
  return unit;
}

std::string axis_name(Measure measure) {
  return subject(measure);
}

std::string share_name(Measure measure) {
  return words(measure).share;
}

std::string without_value(Measure measure) {
  return words(measure).without_value;
}

std::string definition(Measure measure) {
  return words(measure).definition;
}

std::string finding(const Curve& curve, Measure measure) {
  const auto what = what_ends(measure);
  if (curve.n == 0) return fmt::format(fmt::runtime(words(measure).none_at_all), what);
  if (curve.values.empty()) {
    return fmt::format("None of the {} {} {}", curve.n, what, words(measure).one_ended);
  }
  const auto most = quantile(curve, 99);
  const bool one_value = curve.values.front() == curve.values.back();
  if (curve.n < 100 || !most || one_value) return finding_of_few(curve, measure);
  return fmt::format("Half of the {} are over in {}, 99 % in {}{}", what,
                     in_ms(*quantile(curve, 50)), in_ms(*most), never_text(curve, measure));
}

std::string finding(const std::vector<Curve>& curves, Measure measure) {
  if (curves.size() == 1) return finding(curves.front(), measure);
  const auto found = extremes(curves);
  if (!found) {
    const bool none =
        std::all_of(curves.begin(), curves.end(), [](const Curve& c) { return c.n == 0; });
    const auto& own = words(measure);
    return fmt::format(fmt::runtime(none ? own.none_at_all : own.nowhere), own.many);
  }
  const auto rest = without_enough(curves, measure);
  if (about_equal(*found)) {
    return fmt::format("Median {} is {} everywhere{}", subject(measure), in_ms(found->most), rest);
  }
  return fmt::format("Median {}: {} with {}, {} with {}{}", subject(measure), in_ms(found->least),
                     found->best->label, in_ms(found->most), found->worst->label, rest);
}

std::string finding_of_tails(const std::vector<Curve>& curves, Measure measure) {
  if (curves.size() == 1) return finding(curves.front(), measure);
  Curve all;
  for (const auto& curve : curves) {
    all.n += curve.n;
    all.values.insert(all.values.end(), curve.values.begin(), curve.values.end());
  }
  const auto rest = never_text(all, measure);
  for (const int percent : {99, 95, 90}) {
    std::vector<std::pair<double, std::string>> tails;
    for (const auto& curve : curves)
      if (const auto tail = quantile(curve, percent)) tails.emplace_back(*tail, curve.label);
    if (tails.empty() || tails.size() < curves.size()) continue;
    const auto [best, worst] = std::minmax_element(tails.begin(), tails.end());
    return fmt::format("{} {} in {} with {}, in {} with {}{}", percent, share_name(measure),
                       in_ms(best->first), best->second, in_ms(worst->first), worst->second, rest);
  }
  return finding(curves, measure) + rest;
}

std::string finding_of_sweep(const std::string& key, const std::vector<Curve>& curves,
                             Measure measure) {
  const auto found = extremes(curves);
  if (curves.size() == 1 || !found || key.empty()) return finding(curves, measure);
  const auto rest = without_enough(curves, measure);
  const auto name = readable_key(key);
  if (about_equal(*found)) {  // the medians are about equal, but the tails may differ
    const auto least = in_ms(found->least), most = in_ms(found->most);
    return fmt::format("Median {} is {} at every value of {}{}", subject(measure),
                       least == most ? most : least + " to " + most, name, rest);
  }
  const bool grows = found->best == &curves.front() && found->worst == &curves.back();
  const bool shrinks = found->worst == &curves.front() && found->best == &curves.back();
  if (grows || shrinks) {
    return fmt::format("Median {} {} from {} to {} as {} goes from {} to {}{}", subject(measure),
                       grows ? "grows" : "shrinks", in_ms(grows ? found->least : found->most),
                       in_ms(grows ? found->most : found->least), name, curves.front().label,
                       curves.back().label, rest);
  }
  return fmt::format("Median {} is shortest ({}) at {} {}, longest ({}) at {}{}", subject(measure),
                     in_ms(found->least), name, found->best->label, in_ms(found->most),
                     found->worst->label, rest);
}

std::string finding(const Timeline& timeline) {
  const auto in_run = in_ms(timeline.end_ms);
  const bool mastered = std::any_of(timeline.roles.begin(), timeline.roles.end(),
                                    [](const RoleSpan& span) { return span.role == "master"; });
  if (!mastered) return fmt::format("No tracker became master in {}", in_run);
  const auto faults = timeline.faults.size();
  const auto head = faults == 0 ? fmt::format("No fault in {}", in_run)
                                : fmt::format("{} in {}", counted(faults, "fault"), in_run);
  const auto gaps = gaps_without_master(timeline);
  if (!gaps.empty() && gaps.back().to_ms == timeline.end_ms) {
    return fmt::format("{}; no tracker is master from {} on", head, in_ms(gaps.back().from_ms));
  }
  const auto answered = what_peers_saw(timeline);
  return fmt::format("{}: {}", head, answered.empty() ? changes_of_master(timeline) : answered);
}

std::string sample_text(const std::vector<Failover>& failovers) {
  const auto seeds = seeds_of(failovers);
  if (seeds.count == 0) return "n = 0";
  const auto n = fmt::format("n = {}", failovers.size());
  if (seeds.count == 1) return fmt::format("{}, seed {}", n, seeds.lowest);
  const bool every = seeds.highest - seeds.lowest + 1 == seeds.count;
  return every ? fmt::format("{}, seeds {}–{}", n, seeds.lowest, seeds.highest)
               : fmt::format("{}, {} seeds from {} to {}", n, seeds.count, seeds.lowest,
                             seeds.highest);
}

std::string origin_text(const RunInfo& info) {
  return join({info.scenario.empty() ? "" : "scenario “" + info.scenario + "”",
               info.version.empty() ? "" : "swarm-sim " + info.version},
              " · ");
}

std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

std::vector<std::string> wrapped_by_parts(const std::string& text, std::size_t columns) {
  static const std::string dot = " · ";
  std::vector<std::string> lines;
  for (std::size_t at = 0; at <= text.size();) {
    const auto end = std::min(text.find(dot, at), text.size());
    const auto part = text.substr(at, end - at);
    at = end + dot.size();
    if (!lines.empty() && width_of(lines.back() + dot + part) <= columns) {
      lines.back() += dot + part;
    } else {
      for (auto& line : wrapped(part, columns)) lines.push_back(std::move(line));
    }
  }
  return lines;
}

std::vector<std::string> balanced(const std::string& text, std::size_t columns) {
  const auto lines = wrapped(text, columns).size();
  auto narrower = columns;
  while (narrower > 20 && wrapped(text, narrower - 1).size() == lines) --narrower;
  return wrapped(text, narrower);
}

std::vector<std::string> wrapped(const std::string& text, std::size_t columns) {
  std::vector<std::string> lines;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    const bool full = !lines.empty() && width_of(lines.back()) + 1 + width_of(word) > columns;
    if (lines.empty()) {
      lines.push_back(word);
    } else if (full && is_unit(word)) {
      // Keeps a number on the same line as its unit.
      const auto number = lines.back().rfind(' ') + 1;
      lines.push_back(lines.back().substr(number) + ' ' + word);
      auto& before = lines[lines.size() - 2];
      before.resize(number == 0 ? 0 : number - 1);
    } else if (full) {
      lines.push_back(word);
    } else {
      lines.back() += ' ' + word;
    }
  }
  return lines;
}

}  // namespace swarm::observe
