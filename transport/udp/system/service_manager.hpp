// Notifies the service manager (systemd). Without one, nothing happens.
#pragma once

#include <string_view>

#include "engine/base/clock.hpp"

namespace swarm::udp {

class ServiceManager {
 public:
  // Reads the environment. To be made in the process that systemd started: the supervisor.
  ServiceManager();

  void ready() const;
  void reloading() const;  // to be followed by ready()
  void stopping() const;
  void status(std::string_view sentence) const;
  // Sends the watchdog's sign of life. To be called from the event loop, so that it proves the loop
  // runs.
  void alive() const;
  // The interval in which alive() is expected; zero if it is not.
  Duration watchdog() const { return watchdog_; }

 private:
  Duration watchdog_{};
};

}  // namespace swarm::udp
