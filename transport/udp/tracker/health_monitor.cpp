#include "transport/udp/tracker/health_monitor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/base/counted.hpp"
#include "engine/base/quantity.hpp"

namespace swarm::udp {
namespace {

constexpr Duration worth_telling = 200ms;
constexpr Duration worth_telling_of_clocks = 1s;

std::string list_of(const std::vector<Endpoint>& endpoints) {
  std::vector<std::string> texts;
  for (const auto& endpoint : endpoints) texts.push_back(to_string(endpoint));
  return fmt::format("{}", fmt::join(texts, ", "));
}

// Without a master nobody answers a request to join.
std::string has_asked_to_join(const HealthMonitor::Seen& seen) {
  if (!seen.swarm.empty())
    return fmt::format(
        "waits for its swarm: has asked to join; a member of it is heard at {}, and no master has "
        "taken this instance in yet: a wiped disk's former identity must have been silent for "
        "removal-silence first, and without the disks of a majority there is no master",
        list_of(seen.swarm));
  return "waits for its swarm: has asked to join, and nobody answers: is there a swarm with a "
         "master, is it reached (multicast-group, contact, firewall), and has it the same secret?";
}

// The swarm is founded only when each founder receives from every other. So an instance that
// receives from all others may still have to wait. If founder A does not receive from founder B,
// only the log of A names B.
std::string waits_for_founders(const HealthMonitor::Seen& seen) {
  const std::size_t others = seen.expected > 0 ? seen.expected - 1 : 0,
                    heard = seen.candidates.size();
  const auto who = heard > 0 ? ", at " + list_of(seen.candidates) : "";
  const auto text = fmt::format(
      "waits for its swarm, which {} instances found together: hears {} of "
      "{}{}; ",
      seen.expected, heard, counted(others, "other"), who);
  return text + (heard < others
                     ? "who is missing does not run, or has not the same secret and "
                       "bootstrap-expect and `first-start = bootstrap`, or the network keeps them "
                       "apart (multicast-group, contact, firewall)"
                     : "one of those does not hear all yet: see whom its log names");
}

std::string waits_for(const HealthMonitor::Seen& seen) {
  switch (seen.first_start) {
    case FirstStart::bootstrap:
      return waits_for_founders(seen);
    case FirstStart::join:
      return has_asked_to_join(seen);
    case FirstStart::manual:
    case FirstStart::init:
      break;
  }
  return "waits for an order: swarm-tracker init, or swarm-tracker join";
}

std::string with_secret(std::string sentence, const HealthMonitor::Seen& seen) {
  if (seen.other_secret.empty()) return sentence;
  return sentence +
         fmt::format(
             "; {}: either the secret files differ, then compare those of all hosts, or another "
             "swarm is there, which needs another multicast-group or other ports",
             signed_otherwise(seen.other_secret, seen.clock));
}

}  // namespace

// Compares the time of day with the clock that drives the tracker. If their difference has changed,
// one of the two clocks was set, or the machine and its clock stood still and the time of day was
// corrected afterwards.
std::optional<HealthMonitor::Line> HealthMonitor::compare_clocks(const Seen& seen) {
  const Duration ahead = seen.wall - seen.clock.time_since_epoch();
  const auto before = std::exchange(wall_ahead_, ahead);
  if (!before || std::chrono::abs(ahead - *before) < worth_telling_of_clocks) return std::nullopt;
  const bool forward = ahead > *before;
  return Line(LogLevel::warning,
              fmt::format("the time of day went {} by {} against the clock of this host: somebody "
                          "has set it{}",
                          forward ? "forward" : "back",
                          to_text((forward ? ahead - *before : *before - ahead) / 1s * 1s),
                          forward ? ", or this machine was suspended for so long and its clock "
                                    "stood still: if it was the master, what it answered in the "
                                    "moment after it is not sure"
                                  : ""));
}

std::string HealthMonitor::what_it_waits_for(const Seen& seen) {
  return with_secret(waits_for(seen), seen);
}

bool Patience::due(bool goes_on) {
  if (!goes_on) {
    *this = {};
    return false;
  }
  if (++looks_ < next_) return false;
  looks_ = 0;
  next_ = std::min(2 * next_, 64u);
  return true;
}

std::vector<HealthMonitor::Line> HealthMonitor::look(const Seen& seen) {
  std::vector<Line> lines;
  if (waiting_.due(seen.role == Role::stranger))
    lines.emplace_back(LogLevel::notice, what_it_waits_for(seen));
  if (moved_.due(seen.listed != Endpoint{} && seen.listed != seen.own))
    lines.emplace_back(LogLevel::error,
                       fmt::format("has moved, or runs on a copy of a member's data directory: "
                                   "its swarm knows it at {}, it listens at {}, so nobody reaches "
                                   "it; give it its address back, or end it and start it with an "
                                   "empty directory",
                                   to_string(seen.listed), to_string(seen.own)));
  if (deaf_.due(seen.deaf))
    lines.emplace_back(
        LogLevel::warning,
        "is deaf: nothing of what peers last sent to the group arrived here, "
        "though other members heard it; see swarm-tracker status, and the network of this "
        "host");
  if (auto line = compare_clocks(seen)) lines.push_back(std::move(*line));
  if (full_.due(seen.full))
    lines.emplace_back(LogLevel::warning,
                       "is full: new peers are answered, and not stored (max-contents, max-peers, "
                       "max-memory)");
  if (seen.longest_lateness > told_lateness_ && seen.longest_lateness > worth_telling)
    lines.emplace_back(
        LogLevel::warning,
        fmt::format("stood still for {} ms: this host is overloaded, was paused, or its "
                    "clock leapt forward; elections about that time are its doing",
                    seen.longest_lateness / 1ms));
  told_lateness_ = std::max(told_lateness_, seen.longest_lateness);
  return lines;
}

}  // namespace swarm::udp
