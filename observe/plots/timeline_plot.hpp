// A figure of the course of one run. Each tracker has a lane, coloured by its role. Faults are
// shaded. Below the lanes are the answers that peers got.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "observe/plots/plot_data.hpp"
#include "observe/plots/plot_script.hpp"

namespace swarm::observe {

struct TimelineFigure {
  std::string name;
  std::string title;
  std::vector<std::string> small_print;
  Timeline timeline;
  double from_ms{}, to_ms{};       // the part of the timeline that is drawn
  std::optional<double> fault_ms;  // if set, this time is zero on the axis
};

// NAME.csv: kind,lane,from,to,label,value. Times are in the unit of the axis. Lane 1 is at the
// bottom.
Plot timeline_plot(const TimelineFigure& figure);

// A part of the timeline around a fault and the election of a new master after it: the first such
// part that is at most an eighth of the run. nullopt if there is none. Longer parts can be seen
// well enough in the whole run.
struct Zoom {
  double from_ms{}, to_ms{};
  double fault_ms{};
  std::string title;
};
std::optional<Zoom> zoom_of(const Timeline& timeline);

}  // namespace swarm::observe
