// How clients of BEP 15 behave when a tracker does not answer: which of their requests they send
// again, when they turn to the next tier, how long they keep a connection id. What a dead master
// costs their users is made of these habits more than of the election.
//
// Measured in network namespaces, two runs each, against trackers that were silent, lost an answer,
// or answered with errors; all kinds treat a closed port like silence. The runs agreed within a
// second, but for what a client draws.
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "engine/base/clock.hpp"

namespace swarm::sim {

struct ClientHabits {
  std::string_view kind;     // as scenarios name it
  std::string_view version;  // that was measured
  Duration again{};          // so long after its first sending a request is sent again; zero: never
  Duration give_up{};        // from the first sending on; an answer that comes later is not seen
  // So long after its first sending to a tier it asks the next one, too. Zero: it asks all tiers
  // at once, and each for itself.
  Duration next_tier{};
  // When the last tier was given up it waits so long and begins with the first: the first, the
  // second, and each further time.
  std::array<Duration, 3> try_again{};
  Duration id_kept{};         // a connection id is used for so long; zero: for one announce
  Duration least_interval{};  // between announces, whatever it was told
  bool from_the_top{};        // of the list, each time; else whoever answered last is asked first
  bool starts_anew{};         // at another tier it says `started`, whatever it wanted to say
  bool says_stopped = true;   // when it ends
  bool insists{};             // what was answered with an error is sent again, at once
};

// All kinds, in the order of their names.
std::span<const ClientHabits> client_habits();
const ClientHabits* find_habits(std::string_view kind);  // null: there is none

}  // namespace swarm::sim
