#include "observe/plots/timeline_plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "observe/plots/plot_text.hpp"

namespace swarm::observe {
namespace {

constexpr double left = 74, right = Canvas::width - 24;
constexpr double lane_height = 30, answers_height = 110, between = 22;
constexpr double axis_height = 54, roles_height = 30, label_height = 16;
constexpr std::size_t most_faults = 40;             // with more faults, they get no labels
constexpr std::size_t bars = 180;                   // approximate number of bars for answers
constexpr auto orange = "#B04A00";                  // dark enough for text
constexpr double least_width = 2 / (right - left);  // two pixels, as a share of the axis

struct RoleColour {
  const char* role;
  const char* colour;
  const char* pattern;  // gnuplot's fill style
};
constexpr RoleColour role_colours[] = {
    {"master", "#0072B2", "solid 1"},    {"slave", "#A9D6F2", "solid 1"},
    {"candidate", "#E69F00", "solid 1"}, {"learner", "#CC79A7", "solid 1"},
    {"stranger", "#F0E442", "solid 1"},  {"paused", "#8a8a8a", "pattern 4"},
    {"down", "#333333", "solid 1"},      {"removed", "#bbbbbb", "pattern 2"},
};

// The unit of the axis: seconds for a long run, milliseconds for a short one.
struct Unit {
  double ms{};
  const char* name{};
};
Unit unit_of(const TimelineFigure& figure) {
  return figure.to_ms - figure.from_ms >= 2'000 ? Unit{1'000, "s"} : Unit{1, "ms"};
}

class TimelineScript {
 public:
  explicit TimelineScript(const TimelineFigure& figure);
  // The height of the figure without title and small print.
  double height() const;
  std::string csv() const;
  std::string body(const Canvas& canvas) const;

 private:
  double lanes_height() const { return lane_height * static_cast<double>(trackers_.size()); }
  bool with_answers() const;
  double below_lanes() const;
  double least() const { return least_width * (to_ - from_); }
  bool shown(double from_ms, double to_ms) const;
  // Converts a time to the unit of the axis. A time beyond an end of the axis gives that end.
  double at(double ms) const { return std::clamp((ms - origin_) / unit_.ms, from_, to_); }
  // The line for a role in the CSV. A span that is too short to see is drawn two pixels wide.
  std::string role_line(const RoleSpan& span) const;
  void collect_faults();
  bool crowded() const { return faults_.size() > most_faults; }
  // The number of faults of each kind, the most frequent first: "44 crash, 42 cut".
  std::string kinds() const;
  // Puts each label into the lowest of three rows in which it covers no other label. If it fits
  // into no row, it is left out.
  void place_labels();
  // The answers per second, in about `bars` bars.
  std::vector<AnswerBin> rates() const;
  std::string time_axis(const Canvas& canvas, double bottom, bool labelled) const;
  // Draws the faults as rectangles behind everything else.
  std::string shades() const;
  std::string fault_labels(const Canvas& canvas, double top) const;

  struct Label {
    std::string text;
    std::size_t row{};
    double start{};  // in pixels
    std::string colour;
  };

  static std::string fault_label(const Canvas& canvas, const Label& label, double y);
  // Used instead of labels if there are too many faults: draws a tick above the lanes for each
  // fault, and writes the number of faults of each kind.
  std::string fault_ticks(const Canvas& canvas, double top) const;
  std::string lanes(const Canvas& canvas, double bottom) const;
  std::set<std::string> roles_shown() const;
  // Draws the list of roles in one line under the title. gnuplot's own list would not do, because
  // nobody can know how many lines it takes.
  std::string role_list(const Canvas& canvas) const;
  std::string role_boxes() const;
  std::string answers(const Canvas& canvas, double bottom) const;
  // The axis is logarithmic if the many answers to the probe around a fault would make all other
  // bars too small to see.
  Axis answers_axis() const;

  const TimelineFigure& figure_;
  Unit unit_;
  std::vector<std::string> trackers_;
  double origin_{};  // the time that is zero on the axis, in ms
  double from_{}, to_{};
  std::vector<FaultSpan> faults_, marks_;  // the drawn ones; times are in the unit of the axis
  std::vector<Label> labels_;
  double fault_rows_{};
};

TimelineScript::TimelineScript(const TimelineFigure& figure)
    : figure_(figure),
      unit_(unit_of(figure)),
      trackers_(figure.timeline.trackers()),
      origin_(figure.fault_ms.value_or(0)),
      from_((figure.from_ms - origin_) / unit_.ms),
      to_((figure.to_ms - origin_) / unit_.ms) {
  collect_faults();
}

double TimelineScript::height() const {
  return below_lanes() + lanes_height() + fault_rows_ * label_height + roles_height;
}

std::string TimelineScript::csv() const {
  std::string csv = "kind,lane,from,to,label,value\n";
  for (const auto& span : figure_.timeline.roles) csv += role_line(span);
  for (const auto& span : faults_) {
    csv += fmt::format("fault,0,{},{},{},\n", span.from_ms, span.to_ms, csv_cell(span.label));
  }
  for (const auto& span : marks_) {
    csv += fmt::format("mark,0,{},{},{},\n", span.from_ms, span.to_ms, csv_cell(span.label));
  }
  for (const auto& bin : rates()) {
    csv += fmt::format("answers,0,{},{},,{}\n", bin.from_ms, bin.to_ms, bin.answers);
  }
  return csv;
}

std::string TimelineScript::body(const Canvas& canvas) const {
  return lanes(canvas, canvas.bottom() + below_lanes()) +
         (with_answers() ? answers(canvas, canvas.bottom() + axis_height) : "");
}

bool TimelineScript::with_answers() const {
  return std::any_of(
      figure_.timeline.answers.begin(), figure_.timeline.answers.end(),
      [&](const AnswerBin& bin) { return bin.answers > 0 && shown(bin.from_ms, bin.to_ms); });
}

double TimelineScript::below_lanes() const {
  return axis_height + (with_answers() ? answers_height + between : 0);
}

bool TimelineScript::shown(double from_ms, double to_ms) const {
  return to_ms >= figure_.from_ms && from_ms <= figure_.to_ms;
}

std::string TimelineScript::role_line(const RoleSpan& span) const {
  if (!shown(span.from_ms, span.to_ms)) return {};
  const auto lane = trackers_.end() - std::find(trackers_.begin(), trackers_.end(), span.tracker);
  const double from = at(span.from_ms);
  return fmt::format("role,{},{:.9g},{:.9g},{},\n", lane, from,
                     std::max(at(span.to_ms), std::min(to_, from + least())), span.role);
}

void TimelineScript::collect_faults() {
  for (const auto& span : figure_.timeline.faults) {
    if (!shown(span.from_ms, span.to_ms)) continue;
    const double from = at(span.from_ms);
    const auto who = span.tracker.empty() ? "" : " " + span.tracker;
    faults_.push_back(
        {span.tracker, from, std::max(at(span.to_ms), from),
         span.label.find(span.tracker) == std::string::npos ? span.label + who : span.label});
  }
  for (const auto& mark : figure_.timeline.marks) {
    if (shown(mark.from_ms, mark.to_ms))
      marks_.push_back({"", at(mark.from_ms), at(mark.from_ms), mark.label});
  }
  if (crowded())
    fault_rows_ = 2;
  else
    place_labels();
}

std::string TimelineScript::kinds() const {
  std::map<std::string, int> counts;
  for (const auto& fault : figure_.timeline.faults) {
    if (shown(fault.from_ms, fault.to_ms)) ++counts[fault.label];
  }
  std::vector<std::pair<int, std::string>> sorted;
  for (const auto& [kind, count] : counts) sorted.emplace_back(-count, kind);
  std::sort(sorted.begin(), sorted.end());
  std::string text;
  for (const auto& [count, kind] : sorted)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", -count, kind);
  return text;
}

void TimelineScript::place_labels() {
  std::vector<double> taken;
  std::vector<FaultSpan> labelled = faults_;
  labelled.insert(labelled.end(), marks_.begin(), marks_.end());
  std::stable_sort(labelled.begin(), labelled.end(),
                   [](const FaultSpan& a, const FaultSpan& b) { return a.from_ms < b.from_ms; });
  for (const auto& fault : labelled) {
    const double width = text_width(fault.label) + 8;
    const double start = std::min((fault.from_ms - from_) / (to_ - from_) * (right - left),
                                  right - left - width + 20);
    std::size_t row = 0;
    while (row < taken.size() && taken[row] > start) ++row;
    if (row == taken.size()) taken.push_back(0);
    taken[row] = start + width;
    const bool mark = fault.tracker.empty() && fault.from_ms == fault.to_ms;
    labels_.push_back({fault.label, row, start, mark ? grey : orange});
  }
  fault_rows_ = static_cast<double>(std::min<std::size_t>(taken.size(), 3));
}

std::vector<AnswerBin> TimelineScript::rates() const {
  std::vector<AnswerBin> shown_bins;
  for (const auto& bin : figure_.timeline.answers) {
    if (shown(bin.from_ms, bin.to_ms)) shown_bins.push_back(bin);
  }
  const auto together = (shown_bins.size() + bars - 1) / bars;
  std::vector<AnswerBin> result;
  for (std::size_t i = 0; i < shown_bins.size(); i += together) {
    const auto end = std::min(i + together, shown_bins.size());
    double sum = 0;
    for (auto k = i; k < end; ++k) sum += shown_bins[k].answers;
    const double from = shown_bins[i].from_ms, to = shown_bins[end - 1].to_ms;
    if (to > from) result.push_back({at(from), at(to), sum / (to - from) * 1'000});
  }
  return result;
}

std::string TimelineScript::time_axis(const Canvas& canvas, double bottom, bool labelled) const {
  auto script = fmt::format("set xrange [{}:{}]\nset xtics {}\n", from_, to_,
                            labelled ? "format '%g'" : "format ''");
  if (labelled) {
    script +=
        canvas.x_name(left, right, bottom,
                      fmt::format("time {} ({})",
                                  figure_.fault_ms ? "since the fault" : "in the run", unit_.name));
  }
  return script;
}

std::string TimelineScript::shades() const {
  std::string script;
  if (crowded()) return script;
  for (const auto& mark : marks_) {
    script += fmt::format(
        "set arrow from first {0},graph 0 to first {0},graph 1 nohead back dashtype (4,4) "
        "linewidth 1 linecolor rgb '{1}'\n",
        mark.from_ms, grey);
  }
  for (const auto& fault : faults_) {
    if (fault.to_ms - fault.from_ms > least()) {
      script += fmt::format(
          "set object rectangle from first {},graph 0 to first {},graph 1 behind "
          "fillstyle solid 1 noborder fillcolor rgb '#f3e3d3'\n",
          fault.from_ms, fault.to_ms);
    }
    script += fmt::format(
        "set arrow from first {0},graph 0 to first {0},graph 1 nohead back "
        "linewidth 1.2 linecolor rgb '#D55E00'\n",
        fault.from_ms);
  }
  return script;
}

std::string TimelineScript::fault_labels(const Canvas& canvas, double top) const {
  if (crowded()) return fault_ticks(canvas, top);
  std::string script;
  for (const auto& label : labels_) {
    if (label.row >= 3) continue;
    script += fault_label(canvas, label, top + 10 + label_height * static_cast<double>(label.row));
  }
  return script;
}

std::string TimelineScript::fault_label(const Canvas& canvas, const Label& label, double y) {
  return fmt::format(
      "set label {} at screen {:.4f},{:.4f} left font 'sans-serif,12' textcolor rgb '{}'\n",
      quoted(label.text), canvas.x(left + label.start), canvas.y(y), label.colour);
}

std::string TimelineScript::fault_ticks(const Canvas& canvas, double top) const {
  auto script = fault_label(canvas, {kinds(), 0, 0, orange}, top + 10 + label_height);
  for (const auto& fault : faults_) {
    script += fmt::format(
        "set arrow from first {0},screen {1:.4f} to first {0},screen {2:.4f} nohead "
        "linewidth 1 linecolor rgb '#D55E00'\n",
        fault.from_ms, canvas.y(top + 2), canvas.y(top + 12));
  }
  return script;
}

std::string TimelineScript::lanes(const Canvas& canvas, double bottom) const {
  const double top = bottom + lanes_height();
  auto script = reset_graph() + canvas.margins(left, right, bottom, top) + "set border 0\n";
  script += time_axis(canvas, bottom, !with_answers());
  script += with_answers() ? "unset xtics\n" : "";
  script += fmt::format("set yrange [0.5:{}]\nset ytics scale 0 (",
                        static_cast<double>(trackers_.size()) + 0.5);
  for (std::size_t i = 0; i < trackers_.size(); ++i) {
    script +=
        fmt::format("{}{} {}", i == 0 ? "" : ", ", quoted(trackers_[i]), trackers_.size() - i);
  }
  script += ")\n" + shades() + fault_labels(canvas, top) + role_list(canvas);
  return script + "plot " + role_boxes() + "\n";
}

std::set<std::string> TimelineScript::roles_shown() const {
  std::set<std::string> seen;
  for (const auto& span : figure_.timeline.roles) {
    if (shown(span.from_ms, span.to_ms)) seen.insert(span.role);
  }
  return seen;
}

std::string TimelineScript::role_list(const Canvas& canvas) const {
  std::string script;
  const auto seen = roles_shown();
  double x = left;
  for (const auto& [role, colour, pattern] : role_colours) {
    if (!seen.contains(role)) continue;
    const double y = canvas.top() - 2;
    script += fmt::format(
        "set object rectangle from screen {:.4f},{:.4f} to screen {:.4f},{:.4f} fillstyle {} "
        "noborder fillcolor rgb '{}'\n",
        canvas.x(x), canvas.y(y - 6), canvas.x(x + 16), canvas.y(y + 6), pattern, colour);
    script += fmt::format("set label '{}' at screen {:.4f},{:.4f} left font 'sans-serif,12'\n",
                          role, canvas.x(x + 21), canvas.y(y));
    x += 21 + text_width(role) + 16;
  }
  return script;
}

std::string TimelineScript::role_boxes() const {
  const auto seen = roles_shown();
  std::string lines;
  for (const auto& [role, colour, pattern] : role_colours) {
    if (!seen.contains(role)) continue;
    if (!lines.empty()) lines += ", \\\n     ";
    lines += fmt::format(
        "'{}.csv' using (strcol(1) eq 'role' && strcol(5) eq '{}' ? $3 : "
        "NaN):2:3:4:($2-0.38):($2+0.38) with boxxyerror fillstyle {} noborder linecolor rgb '{}'",
        figure_.name, role, pattern, colour);
  }
  return lines.empty() ? "NaN" : lines;
}

std::string TimelineScript::answers(const Canvas& canvas, double bottom) const {
  auto script = reset_graph() + canvas.margins(left, right, bottom, bottom + answers_height);
  const Axis axis = answers_axis();
  script += axis_script('y', axis);
  script += shades() + time_axis(canvas, bottom, true) +
            fmt::format("set grid ytics linetype 1 linewidth 0.6 linecolor rgb '{}'\n", light_grey);
  script += fmt::format(
      "set label 'answers per second, to peers and to the probe around a fault{}' "
      "at graph 0,1.08 left font 'sans-serif,12' textcolor rgb '{}'\n",
      axis.logarithmic ? " (logarithmic)" : "", grey);
  return script + fmt::format(
                      "plot '{0}.csv' using (strcol(1) eq 'answers' && $6>0 ? $3 : "
                      "NaN):({1}):3:4:({1}):6 with boxxyerror fillstyle solid 1 noborder "
                      "linecolor rgb '#009E73'\n",
                      figure_.name, axis.low);
}

Axis TimelineScript::answers_axis() const {
  std::vector<double> some;
  for (const auto& bin : rates())
    if (bin.answers > 0) some.push_back(bin.answers);
  if (some.empty()) return axis_for(1, 1);
  std::sort(some.begin(), some.end());
  if (some.back() < 20 * some[some.size() / 2]) return axis_for(some.back(), some.back() * 1.05);
  Axis axis = axis_for(std::pow(10, std::floor(std::log10(some.front()))), some.back());
  std::erase_if(axis.ticks, [](double tick) {
    const double decade = std::log10(tick);
    return std::abs(decade - std::round(decade)) > 0.01;
  });
  return axis;
}

}  // namespace

Plot timeline_plot(const TimelineFigure& figure) {
  const TimelineScript script(figure);
  const Canvas frame(figure.name, 0, figure.title, figure.small_print);
  const Canvas canvas(figure.name, static_cast<int>(frame.frame_height() + script.height()),
                      figure.title, figure.small_print);
  return canvas.plot(script.body(canvas), script.csv());
}

namespace {

bool names(const FaultSpan& fault, const std::string& tracker) {
  const auto text = " " + fault.tracker + " ";
  return text.find(" " + tracker + " ") != std::string::npos;
}

// The fault that led to the new master `next`. Of the faults since the former master's election, it
// is the last one that hit the former master. If none did, it is the last one of any tracker.
const FaultSpan* cause_of(const Timeline& timeline, const RoleSpan& next) {
  const RoleSpan* former = nullptr;
  for (const auto& span : timeline.roles) {
    const bool before = span.role == "master" && span.from_ms < next.from_ms;
    if (before && (former == nullptr || span.from_ms > former->from_ms)) former = &span;
  }
  if (former == nullptr) return nullptr;
  const FaultSpan* cause = nullptr;
  for (const auto& fault : timeline.faults) {
    if (fault.from_ms > next.from_ms || fault.from_ms < former->from_ms) continue;
    const bool of_former = names(fault, former->tracker);
    if (cause == nullptr || of_former || !names(*cause, former->tracker)) cause = &fault;
  }
  return cause;
}

// The time from the fault to the first answered new registration, as measured. If the fault has no
// measurement, the time to the first answer after the new master's election. 0 if no answer came.
double first_answer_ms(const Timeline& timeline, const FaultSpan& fault, const RoleSpan& next) {
  if (fault.measured) return fault.measured->service_ms.value_or(0);
  for (const auto& bin : timeline.answers) {
    if (bin.answers > 0 && bin.from_ms >= next.from_ms) return bin.to_ms - fault.from_ms;
  }
  return 0;
}

std::string title_of(const Timeline& timeline, const FaultSpan& fault, const RoleSpan& next) {
  const bool first =
      std::none_of(timeline.faults.begin(), timeline.faults.end(),
                   [&](const FaultSpan& other) { return other.from_ms < fault.from_ms; });
  auto title =
      fmt::format("{} is master {} after {} fault ({})", next.tracker,
                  in_ms(next.from_ms - fault.from_ms), first ? "the first" : "a", fault.label);
  if (!fault.measured) return title;
  const auto& [service, watched] =
      std::pair(fault.measured->service_ms, fault.measured->watched_ms);
  if (service) return title + "; a new registration is answered after " + in_ms(*service);
  return title + "; no answer of a new registration was seen" +
         (watched ? " in " + in_ms(*watched) : "");
}

}  // namespace

std::optional<Zoom> zoom_of(const Timeline& timeline) {
  std::vector<const RoleSpan*> masters;
  for (const auto& span : timeline.roles)
    if (span.role == "master") masters.push_back(&span);
  std::sort(masters.begin(), masters.end(),
            [](const RoleSpan* a, const RoleSpan* b) { return a->from_ms < b->from_ms; });
  for (const auto* next : masters) {
    const auto* cause = cause_of(timeline, *next);
    if (cause == nullptr) continue;
    const double took = next->from_ms - cause->from_ms;
    const double answered = first_answer_ms(timeline, *cause, *next);
    const double around = std::max(took, 5.0);
    const Zoom zoom{std::max(0.0, cause->from_ms - std::max(around, answered / 4)),
                    std::min(timeline.end_ms, std::max(next->from_ms + 2 * around,
                                                       cause->from_ms + 1.25 * answered)),
                    cause->from_ms, title_of(timeline, *cause, *next)};
    if (zoom.to_ms - zoom.from_ms <= timeline.end_ms / 8) return zoom;
  }
  return std::nullopt;
}

}  // namespace swarm::observe
