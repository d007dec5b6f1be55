// Every key of a tracker. The same struct serves the scenario files (key `tracker:`), the daemon's
// configuration and --print-config.
#pragma once

#include "engine/consensus/settings.hpp"
#include "engine/tracker/answering/settings.hpp"

namespace swarm {

struct TrackerSettings : ConsensusSettings, AnsweringSettings {};

}  // namespace swarm
