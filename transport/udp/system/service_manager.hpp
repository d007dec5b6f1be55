// Notifies the service manager (systemd). If no service manager started this process, the functions
// do nothing.
#pragma once

#include <string_view>

#include "engine/base/clock.hpp"

namespace swarm::udp {

class ServiceManager {
 public:
  // Reads the environment. The object must be made in the process that systemd started: the
  // supervisor.
  ServiceManager();

  void ready() const;
  void reloading() const;  // the caller must call ready() when the reload is done
  void stopping() const;
  void status(std::string_view sentence) const;
  // Sends the sign of life that systemd's watchdog expects. The event loop must call it, so that
  // the call proves that the loop runs.
  void alive() const;
  // The interval in which the watchdog expects calls of alive(); 0 if there is no watchdog.
  Duration watchdog() const { return watchdog_; }

 private:
  Duration watchdog_{};
};

}  // namespace swarm::udp
