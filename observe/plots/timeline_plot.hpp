// The course of one run: a lane per tracker coloured by its role, faults shaded, and below it what
// the peers saw.
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
  std::optional<double> fault_ms;  // if given, the axis counts from this time
};

// NAME.csv: kind,lane,from,to,label,value. Times are in the unit of the axis; lane 1 is at the
// bottom.
Plot timeline_plot(const TimelineFigure& figure);

// The part around the first fault that was followed by a new master. None if that part can be seen
// well enough in the whole run.
struct Zoom {
  double from_ms{}, to_ms{};
  double fault_ms{};
  std::string title;
};
std::optional<Zoom> zoom_of(const Timeline& timeline);

}  // namespace swarm::observe
