// How clients of BEP 15 behave when a tracker does not answer: which requests they send again, when
// they turn to the next tier, how long they keep a connection id. What a dead master costs their
// users depends on these habits more than on the election.
//
// The habits were measured in network namespaces, in two runs each, against trackers that were
// silent, lost an answer, or answered with errors. All kinds treat a closed port like silence. The
// two runs agreed within a second, except where a client draws a time.
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "engine/base/clock.hpp"

namespace swarm::sim {

struct ClientHabits {
  std::string_view kind;     // as scenarios name it
  std::string_view version;  // the version that was measured
  Duration again{};          // from a request's first sending to its second; zero: no second one
  Duration give_up{};        // from a request's first sending; a later answer is ignored
  // From the first sending to a tier until it asks the next tier, too. Zero: it asks all tiers at
  // once, each independently of the others.
  Duration next_tier{};
  // When it has given up all tiers, it waits and begins again with the first one. These are the
  // first wait, the second, and all further ones.
  std::array<Duration, 3> try_again{};
  Duration id_kept{};         // how long it uses a connection id; zero: for one announce
  Duration least_interval{};  // least time between two announces, whatever the tracker says
  bool from_the_top{};        // true: it asks the first tier first; else the one that answered last
  bool starts_anew{};         // at another tier it says `started` instead of `none` or `completed`
  bool says_stopped = true;   // it announces `stopped` when it ends
  bool insists{};             // it sends a request again at once when the answer is an error
};

// All kinds, in the order of their names.
std::span<const ClientHabits> client_habits();
const ClientHabits* find_habits(std::string_view kind);  // null: there is none

}  // namespace swarm::sim
