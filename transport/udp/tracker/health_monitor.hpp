// Logs conditions of an instance that otherwise only its status would show: it waits for its swarm
// (and for what), it stood still, it is full, its address has changed, it receives nothing from the
// multicast group, its clock has jumped.
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

// Decides when to log a sentence about a condition: when the condition has lasted for 2 calls of
// due(), then after 4 more calls, after 8 more, ... and finally after every 64.
class Patience {
 public:
  // `goes_on`: whether the condition holds now. True if the sentence is due.
  bool due(bool goes_on);

 private:
  unsigned looks_ = 0, next_ = 2;
};

class HealthMonitor {
 public:
  // The present state of the instance. Counts are since the start.
  struct Seen {
    Role role = Role::stranger;
    FirstStart first_start{};
    std::uint32_t expected{};               // bootstrap-expect
    std::vector<Endpoint> candidates;       // other founders from which it receives
    std::vector<OtherSigner> other_secret;  // recent senders of datagrams with another secret
    // If the instance has no swarm: the members of a swarm from which it received lately.
    std::vector<Endpoint> swarm;
    Duration longest_lateness{};  // the longest delay of a timer in the event loop
    bool full{};
    bool deaf{};      // receives nothing from the group, though other members do
    Time clock{};     // the time of the clock that drives the tracker
    Duration wall{};  // the time of day at `clock`; any epoch
    // The instance's cluster address, and its address in the swarm's list of members; zero: none.
    Endpoint own, listed;
  };
  using Line = std::pair<LogLevel, std::string>;

  // For an instance without a swarm: a sentence that says what it waits for, and which other
  // instances it receives from.
  static std::string what_it_waits_for(const Seen& seen);
  // To be called about once a second.
  std::vector<Line> look(const Seen& seen);

 private:
  std::optional<Line> compare_clocks(const Seen& seen);
  Patience waiting_, moved_, full_, deaf_;
  std::optional<Duration> wall_ahead_;
  Duration told_lateness_{};
};

}  // namespace swarm::udp
