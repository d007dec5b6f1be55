// What an instance logs about itself unasked, because otherwise only a look at its status would
// show it: that it waits and for what, that it stood still, that it is full, that its address has
// changed, that it does not receive from the group, that its clock has jumped.
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

// Decides when to repeat a sentence about a lasting condition: after 2, 4, 8, ... looks, at most 64
// apart.
class Patience {
 public:
  bool due(bool goes_on);  // true if the sentence is due

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
    std::vector<Endpoint> candidates;       // other founders that it receives from
    std::vector<OtherSigner> other_secret;  // senders of datagrams with another secret, lately
    std::vector<Endpoint> swarm;            // without a swarm: members it received from lately
    Duration longest_lateness{};            // of the event loop
    bool full{};
    bool deaf{};           // receives nothing from the group, though other members do
    Time clock{};          // of this host, which drives the tracker
    Duration wall{};       // the time of day at `clock`; any epoch
    Endpoint own, listed;  // its address, and its address in the swarm's list; zero: none
  };
  using Line = std::pair<LogLevel, std::string>;

  // For an instance without a swarm: what it waits for, and whom else it receives from.
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
