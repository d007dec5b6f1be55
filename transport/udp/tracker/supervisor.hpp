// The supervisor is the parent of a tracker's process, the worker. When the worker dies, the
// supervisor announces that to the other members at once (DEAD, the death certificate), and
// restarts the worker with back-off. It does little else, so that what kills a worker does not kill
// the supervisor.
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
  stopped = 0,  // it was told to stop, or it has left the swarm
  // A worker failed: it is restarted, unless the instance's very first start failed. A command: the
  // instance refused it or is starting.
  failed = 1,
  usage = 2,  // wrong usage or configuration
  // The swarm refuses this instance, or its files are damaged. The worker is not restarted.
  refused = 3,
  no_answer = 4,  // an operator's command: no instance answers
  joins_anew = 5  // a worker has set its damaged files aside, as configured: it is restarted
};

struct SupervisorSettings {
  std::uint32_t address{};  // the source address of death certificates, in host byte order
  RestartBackOff::Settings restart;
  // The supervisor sends the service manager signs of life for a worker that is still loading, for
  // at most this long.
  Duration longest_start = 5min;
  // The path of the worker's control socket. While no worker listens on it, the supervisor answers
  // operators (supervisor_door.hpp). If it is empty, the supervisor does not answer.
  std::filesystem::path control_socket{};
};

// Runs until the worker has ended for good, and returns the exit code. On SIGTERM or SIGINT it
// sends SIGTERM to the worker; a second such signal kills the worker. On SIGHUP it calls `reload`,
// then sends SIGHUP to the worker. `worker` runs in the child process and returns its exit code. It
// starts with SIGTERM, SIGINT, SIGHUP and SIGCHLD blocked, and must unblock them. supervise() must
// be called while the process has only one thread.
int supervise(const SupervisorSettings& settings, Logger& logger, const ServiceManager& manager,
              const std::function<void()>& reload, const std::function<int(Lifeline&)>& worker);

}  // namespace swarm::udp
