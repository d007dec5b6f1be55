// The parent of a tracker's process. It reaps its worker, announces its death to the other members
// at once (DEAD: the death certificate), and restarts it with back-off. It does nothing else, so
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

// Exit codes of a worker and of swarm-tracker.
enum class ExitCode : int {
  stopped = 0,  // as requested, or after leaving the swarm
  // Of a worker: it is restarted, unless its very first start failed. Of a command: the instance
  // refused or is being started.
  failed = 1,
  usage = 2,  // wrong usage or configuration
  // The swarm refuses this instance, or its files are damaged. No restart follows.
  refused = 3,
  no_answer = 4,  // of an operator's command: no instance answers
  joins_anew = 5  // only of a worker: files were set aside as configured; restarted
};

struct SupervisorSettings {
  std::uint32_t address{};  // host order; death certificates are sent from here
  RestartBackOff::Settings restart;
  Duration longest_start = 5min;  // so long the supervisor gives signs of life for a loading worker
  // If no worker listens on it, the supervisor answers in its place; empty: no answers.
  std::filesystem::path control_socket{};
};

// Runs until its worker has ended for good, and returns the exit code. SIGTERM and SIGINT are
// passed on as SIGTERM; the second one kills the worker. SIGHUP calls `reload` and is then passed
// on. `worker` runs in the child and returns its exit code. SIGTERM, SIGINT, SIGHUP and SIGCHLD are
// blocked in it until it unblocks them. To be called while the process has only one thread.
int supervise(const SupervisorSettings& settings, Logger& logger, const ServiceManager& manager,
              const std::function<void()>& reload, const std::function<int(Lifeline&)>& worker);

}  // namespace swarm::udp
