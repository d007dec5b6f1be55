// Reports when an interface or an address of this host appears, disappears or changes. The kernel
// announces every change (rtnetlink), so no polling is needed.
#pragma once

#include <functional>
#include <memory>
#include <stdexcept>

#include "transport/udp/net/asio.hpp"

namespace swarm::udp {

class InterfaceWatch {
 public:
  // Calls `changed` on the thread of `io` once per batch of the kernel's messages. `changed` must
  // look at the interfaces itself, because the messages are not parsed. Throws std::runtime_error
  // if the system has no netlink.
  InterfaceWatch(asio::io_context& io, std::function<void()> changed);
  ~InterfaceWatch();
  InterfaceWatch(const InterfaceWatch&) = delete;
  InterfaceWatch& operator=(const InterfaceWatch&) = delete;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace swarm::udp
