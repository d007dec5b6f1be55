// The process of one tracker: engine/tracker on real sockets and disks, with its logs, metrics and
// an operator's orders. What kills it is its supervisor's business.
#pragma once

#include <functional>

#include "transport/udp/configuration/configuration.hpp"
#include "transport/udp/system/service_manager.hpp"
#include "transport/udp/tracker/lifeline.hpp"
#include "transport/udp/tracker/supervisor.hpp"

namespace swarm::udp {

// Runs until it is stopped (SIGTERM, SIGINT: drain, commit, hand over), ordered to leave, refused
// by the swarm, or cannot go on. `read`: the configuration as it is now, for SIGHUP; when it
// throws, the old one stays. A failure of the start is one clear sentence in the log.
ExitCode run_worker(Configuration configuration, Lifeline& lifeline, const ServiceManager& manager,
                    const std::function<Configuration()>& read);

}  // namespace swarm::udp
