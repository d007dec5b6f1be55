// The process of one tracker: engine/tracker on real sockets and disks, with logs, metrics and
// operators' orders. Its supervisor handles its death.
#pragma once

#include <functional>

#include "transport/udp/configuration/configuration.hpp"
#include "transport/udp/system/service_manager.hpp"
#include "transport/udp/tracker/lifeline.hpp"
#include "transport/udp/tracker/supervisor.hpp"

namespace swarm::udp {

// Runs until it is stopped (SIGTERM, SIGINT: drain, commit, hand over), is ordered to leave, is
// refused by the swarm, or cannot go on. `read` reads the present configuration, for SIGHUP; if it
// throws, the old configuration stays. If the start fails, the log has one clear sentence.
ExitCode run_worker(Configuration configuration, Lifeline& lifeline, const ServiceManager& manager,
                    const std::function<Configuration()>& read);

}  // namespace swarm::udp
