// How clients of BEP 15 behave when a tracker does not answer: which requests they send again, when
// they turn to the next tier, how long they keep a connection id. The time that users lose when a
// master dies depends more on these habits than on the election.
//
// The habits were measured in network namespaces, in two runs each, against trackers that were
// silent, lost an answer, or answered with errors. All kinds treat a closed port like silence. The
// two runs agreed within a second, except for times that a client draws at random.
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "engine/base/clock.hpp"

namespace swarm::sim {

struct ClientHabits {
  std::string_view kind;     // as scenarios name it
  std::string_view version;  // the version that was measured
  Duration again{};          // from a request's first sending to its second; zero: no second
  Duration give_up{};        // from a request's first sending until its answer is ignored
  // The time from the first request to a tier until the client also asks the next tier. Zero: the
  // client asks all tiers at once, each independently of the others.
  Duration next_tier{};
  // When the client has given up all tiers, it waits and begins again with the first tier. These
  // are the first wait, the second wait, and every later wait.
  std::array<Duration, 3> try_again{};
  Duration id_kept{};         // how long it uses a connection id; zero: only for one announce
  Duration least_interval{};  // least time between two announces, whatever the tracker says
  bool from_the_top{};        // it asks the first tier first; false: the tier that answered last
  bool starts_anew{};         // to another tier it says `started` instead of `none` or `completed`
  bool says_stopped = true;   // it announces `stopped` when it ends
  bool insists{};             // if the answer is an error, it sends the request again at once
};

// All kinds, in the order of their names.
std::span<const ClientHabits> client_habits();
const ClientHabits* find_habits(std::string_view kind);  // null: there is none

}  // namespace swarm::sim
