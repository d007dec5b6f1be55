// The worker is the process of one tracker: engine/tracker on real sockets and disks, with logs,
// metrics and operators' orders. The supervisor handles the worker's death.
#pragma once

#include <functional>

#include "transport/udp/configuration/configuration.hpp"
#include "transport/udp/system/service_manager.hpp"
#include "transport/udp/tracker/lifeline.hpp"
#include "transport/udp/tracker/supervisor.hpp"

namespace swarm::udp {

// Runs until a signal stops it (SIGTERM, SIGINT: drain, commit, hand over), it has left the swarm
// on an operator's order, the swarm refuses it, or it cannot go on. On SIGHUP `read` must read the
// configuration again. If `read` throws, the old configuration stays in force. If the start fails,
// one sentence in the log says why.
ExitCode run_worker(Configuration configuration, Lifeline& lifeline, const ServiceManager& manager,
                    const std::function<Configuration()>& read);

}  // namespace swarm::udp
