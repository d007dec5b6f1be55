#include "transport/udp/system/service_manager.hpp"

#include <fmt/format.h>
#include <systemd/sd-daemon.h>
#include <time.h>

namespace swarm::udp {
namespace {

void notify(const std::string& message) {
  sd_notify(0, message.c_str());
}

std::int64_t monotonic_us() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1'000;
}

}  // namespace

ServiceManager::ServiceManager() {
  std::uint64_t us = 0;
  if (sd_watchdog_enabled(0, &us) > 0) watchdog_ = std::chrono::microseconds(us);
}

void ServiceManager::ready() const {
  notify("READY=1");
}
void ServiceManager::reloading() const {
  notify(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", monotonic_us()));
}
void ServiceManager::stopping() const {
  notify("STOPPING=1");
}
void ServiceManager::status(std::string_view sentence) const {
  notify(fmt::format("STATUS={}", sentence));
}
void ServiceManager::alive() const {
  notify("WATCHDOG=1");
}

}  // namespace swarm::udp
