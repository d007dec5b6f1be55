// Tells when an interface of this host, or an address of one, has come, gone or changed: by the
// kernel's own messages (rtnetlink), so nothing is asked again and again.
#pragma once

#include <functional>
#include <memory>
#include <stdexcept>

#include "transport/udp/net/asio.hpp"

namespace swarm::udp {

class InterfaceWatch {
 public:
  // Calls `changed` on the thread of `io` for each batch of messages. What they say is not read:
  // look at the interfaces. Throws std::runtime_error where there is no netlink.
  InterfaceWatch(asio::io_context& io, std::function<void()> changed);
  ~InterfaceWatch();
  InterfaceWatch(const InterfaceWatch&) = delete;
  InterfaceWatch& operator=(const InterfaceWatch&) = delete;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace swarm::udp
