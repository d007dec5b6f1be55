#include "transport/sim/program/progress_line.hpp"

#include <fmt/format.h>

#include <ostream>

namespace swarm::sim {
namespace {

constexpr auto in_place_interval = std::chrono::milliseconds(200);
constexpr auto piped_interval = std::chrono::seconds(10);

}  // namespace

ProgressLine::ProgressLine(std::ostream& out, bool in_place, std::string name)
    : out_(out),
      in_place_(in_place),
      name_(std::move(name)),
      began_(Clock::now()),
      shown_(in_place ? began_ - in_place_interval : began_) {}

ProgressLine::~ProgressLine() {
  if (in_place_ && any_) out_ << "\r\x1b[K" << std::flush;
}

void ProgressLine::show(const Progress& progress) {
  const auto now = Clock::now();
  if (now - shown_ < (in_place_ ? Clock::duration(in_place_interval) : piped_interval)) return;
  shown_ = now;
  any_ = true;
  if (in_place_)
    out_ << "\r" << text(progress, now) << "\x1b[K" << std::flush;
  else
    out_ << text(progress, now) << std::endl;
}

std::string ProgressLine::text(const Progress& progress, Clock::time_point now) const {
  const double seconds = std::chrono::duration<double>(now - began_).count();
  const double rate = seconds > 0 ? progress.done / seconds : 0;
  const double left = rate > 0 ? (progress.total - progress.done) / rate : 0;
  return fmt::format("{}: {} of {} runs, {:.1f}/s, {} failed, {:.0f} s left", name_, progress.done,
                     progress.total, rate, progress.failed, left);
}

}  // namespace swarm::sim
