// All settings of a tracker. The scenario files (key `tracker:`), the daemon's configuration and
// --print-config share this struct.
#pragma once

#include "engine/consensus/settings.hpp"
#include "engine/tracker/answering/settings.hpp"

namespace swarm {

struct TrackerSettings : ConsensusSettings, AnsweringSettings {};

}  // namespace swarm
