// One run as it went: a lane per tracker coloured by its role, faults shaded, and below what the
// peers saw of it.
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
  double from_ms{}, to_ms{};       // the part of it that is drawn
  std::optional<double> fault_ms;  // if given, the axis counts from it
};

// NAME.csv: kind,lane,from,to,label,value; times in the unit of the axis, lane 1 at the bottom.
Plot timeline_plot(const TimelineFigure& figure);

// The part around the first fault that a new master followed, worth a picture of its own: where it
// came too soon to be seen in the whole run.
struct Zoom {
  double from_ms{}, to_ms{};
  double fault_ms{};
  std::string title;
};
std::optional<Zoom> zoom_of(const Timeline& timeline);

}  // namespace swarm::observe
