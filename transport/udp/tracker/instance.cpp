#include "transport/udp/tracker/instance.hpp"

#include <signal.h>
#include <unistd.h>

#include <memory>
#include <utility>

#include "transport/udp/configuration/configuration.hpp"
#include "transport/udp/system/core_dumps.hpp"
#include "transport/udp/system/descriptor_limit.hpp"
#include "transport/udp/system/logger.hpp"
#include "transport/udp/system/patient_call.hpp"
#include "transport/udp/system/service_manager.hpp"
#include "transport/udp/system/steady_allocator.hpp"
#include "transport/udp/tracker/kept_state.hpp"
#include "transport/udp/tracker/supervisor.hpp"
#include "transport/udp/tracker/worker.hpp"

namespace swarm::udp {
namespace {

constexpr Duration patience = 30s;  // enough for six million contents on a slow disk

struct Fresh {
  Configuration configuration;
  ContentsTaken contents;
};

// While an object of this class exists, SIGTERM and SIGINT end the process at once. It exists while
// the first list of contents is being read, when there is nothing to drain, commit or hand over.
class EndsAtOnce {
 public:
  EndsAtOnce() {
    for (const int signal : {SIGTERM, SIGINT}) ::signal(signal, end);
    change(SIG_UNBLOCK);
  }
  ~EndsAtOnce() {
    change(SIG_BLOCK);
    for (const int signal : {SIGTERM, SIGINT}) ::signal(signal, SIG_DFL);
  }
  EndsAtOnce(const EndsAtOnce&) = delete;
  EndsAtOnce& operator=(const EndsAtOnce&) = delete;

 private:
  static void end(int) { ::_exit(static_cast<int>(ExitCode::stopped)); }
  static void change(int how) {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGTERM, SIGINT}) sigaddset(&signals, signal);
    pthread_sigmask(how, &signals, nullptr);
  }
};

class Instance {
 public:
  Instance(const std::vector<std::string>& flags, const std::vector<std::string>& environment)
      : configuration_(read_configuration(flags, environment)),
        warnings_(look_at_host(configuration_)),
        logger_(configuration_.log_level, configuration_.log_format, configuration_.name),
        read_(
            "reading the configuration and what it names",
            [flags, environment] {
              Fresh fresh{read_configuration(flags, environment), {}};
              look_at_host(fresh.configuration);
              fresh.contents = read_contents_taken(fresh.configuration);
              return fresh;
            },
            patience) {}

  int run() {
    for (const auto& warning : warnings_) logger_.warning(warning);
    raise_descriptor_limit();
    if (!configuration_.core_dumps) forbid_core_dumps();
    SupervisorSettings settings;
    settings.address = configuration_.tracker.cluster_address.ip.v4();
    settings.control_socket = configuration_.control_socket;
    return supervise(
        settings, logger_, manager_, [this] { reload_asked_ = true; },
        [this](Lifeline& lifeline) { return static_cast<int>(work(lifeline)); });
  }

 private:
  // Runs in the worker's process.
  ExitCode work(Lifeline& lifeline) try {
    steady_allocator();
    take_contents();
    if (reload_asked_) ::raise(SIGHUP);  // the signal stays blocked until the worker runs
    return run_worker(configuration_, lifeline, manager_, [this] { return read_again(); });
  } catch (const ConfigurationError& error) {
    logger_.error(error.what());
    return ExitCode::usage;
  } catch (const std::exception& error) {
    logger_.error(error.what());
    return ExitCode::failed;
  }

  // A restarted worker continues with the values of the worker before it.
  void take_contents() {
    if (kept_.get(configuration_)) return;
    PatientCall<ContentsTaken> read(
        "reading the list of contents", [c = configuration_] { return read_contents_taken(c); },
        patience);
    ContentsTaken contents;
    {
      const EndsAtOnce stopped;
      contents = read();
    }
    for (const auto& warning : contents.warnings) logger_.warning(warning);
    kept_.put(configuration_, contents);
    take(configuration_, std::move(contents));
  }

  // Runs on the reader thread of the worker. Updates configuration_ with the same values that the
  // worker takes over into its own copy.
  Configuration read_again() {
    Fresh fresh = read_();
    reload(configuration_, fresh.configuration);
    kept_.put(configuration_, fresh.contents);
    take(fresh.configuration, std::move(fresh.contents));
    return std::move(fresh.configuration);
  }

  Configuration configuration_;  // in the supervisor's process it has no list of contents
  std::vector<std::string> warnings_;
  Logger logger_;
  const ServiceManager manager_;
  KeptState kept_;
  PatientCall<Fresh> read_;
  bool reload_asked_ = false;  // makes later workers reload; the present worker gets a SIGHUP
};

}  // namespace

int run_instance(const std::vector<std::string>& flags,
                 const std::vector<std::string>& environment) {
  return Instance(flags, environment).run();
}

}  // namespace swarm::udp
