// What the service manager (systemd) is told; without one, nothing happens.
#pragma once

#include <string_view>

#include "engine/base/clock.hpp"

namespace swarm::udp {

class ServiceManager {
 public:
  // Asks the environment: to be made by the process that was started, the supervisor.
  ServiceManager();

  void ready() const;
  void reloading() const;  // to be followed by ready()
  void stopping() const;
  void status(std::string_view sentence) const;
  // I am alive; from the event loop, so that it says something.
  void alive() const;
  // How often alive() is expected; zero: not at all.
  Duration watchdog() const { return watchdog_; }

 private:
  Duration watchdog_{};
};

}  // namespace swarm::udp
