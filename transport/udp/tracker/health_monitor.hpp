// What an instance tells of its own accord about itself, because it is otherwise seen by looking
// only: that it waits and for what, that it stood still, that it is full, that it has moved, that
// it is deaf to the group, that its clock has jumped.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/node/events.hpp"
#include "engine/tracker/settings.hpp"
#include "transport/udp/system/logger.hpp"
#include "transport/udp/tracker/other_signers.hpp"

namespace swarm::udp {

// What goes on is said again after 2, 4, 8, ... but at most 64 looks.
class Patience {
 public:
  bool due(bool goes_on);  // it is to be said (again)

 private:
  unsigned looks_ = 0, next_ = 2;
};

class HealthMonitor {
 public:
  // As it is now; the counts since the start.
  struct Seen {
    Role role = Role::stranger;
    FirstStart first_start{};
    std::uint32_t expected{};               // bootstrap-expect
    std::vector<Endpoint> candidates;       // others that are heard
    std::vector<OtherSigner> other_secret;  // of datagrams lately
    std::vector<Endpoint> swarm;            // whom an instance without one hears lately
    Duration longest_lateness{};            // of the event loop
    bool full{};
    bool deaf{};           // hears nothing of the group while others do
    Time clock{};          // of this host, which drives the tracker
    Duration wall{};       // the time of day then, since whenever
    Endpoint own, listed;  // its address, and that which the swarm has; zero: none
  };
  using Line = std::pair<LogLevel, std::string>;

  // Of an instance without a swarm: what it waits for, and whom else it hears.
  static std::string what_it_waits_for(const Seen& seen);
  // Once a second or so.
  std::vector<Line> look(const Seen& seen);

 private:
  std::optional<Line> compare_clocks(const Seen& seen);
  Patience waiting_, moved_, full_, deaf_;
  std::optional<Duration> wall_ahead_;
  Duration told_lateness_{};
};

}  // namespace swarm::udp
