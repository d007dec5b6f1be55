// The parent of a tracker's process. It reaps its worker, tells the other members of its death at
// once (DEAD: the death certificate), and starts it again with back-off. It does nothing else, so
// that it does not die of what its worker dies of.
#pragma once

#include <filesystem>
#include <functional>

#include "engine/base/types.hpp"
#include "transport/restart_back_off.hpp"
#include "transport/udp/system/logger.hpp"
#include "transport/udp/system/service_manager.hpp"
#include "transport/udp/tracker/lifeline.hpp"

namespace swarm::udp {

// Exit codes of a worker, and of swarm-tracker.
enum class ExitCode : int {
  stopped = 0,    // as asked; also: left the swarm
  failed = 1,     // restarted, unless it could not even start at first; of commands: refused, or
                  // the instance is being started
  usage = 2,      // configuration
  refused = 3,    // the swarm will not have this instance, or its files are damaged: for good
  no_answer = 4,  // of operators' commands: no instance answers
  joins_anew = 5  // of a worker alone: its files are set aside as configured; restarted
};

struct SupervisorSettings {
  std::uint32_t address{};  // certificates leave from here (host order)
  RestartBackOff::Settings restart;
  Duration longest_start = 5min;  // the service manager's patience with a worker that loads
  std::filesystem::path control_socket{};  // whose absence it explains; empty: nobody asks
};

// Runs until its worker has ended for good. SIGTERM and SIGINT are passed on as SIGTERM, the second
// one kills the worker; SIGHUP: `reload`, then passed on. `worker` runs in the child, with
// SIGTERM, SIGINT, SIGHUP and SIGCHLD blocked until it unblocks them, and returns its exit code. To
// be called while the process has one thread. Returns the exit code.
int supervise(const SupervisorSettings& settings, Logger& logger, const ServiceManager& manager,
              const std::function<void()>& reload, const std::function<int(Lifeline&)>& worker);

}  // namespace swarm::udp
