#include "transport/udp/net/interface_watch.hpp"

#include <fmt/format.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace swarm::udp {
namespace {

int netlink() {
  const int fd = ::socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR;
  if (fd < 0 || ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error(
        fmt::format("the kernel does not tell of interfaces that change: {}", strerror(errno)));
  return fd;
}

}  // namespace

struct InterfaceWatch::Impl : std::enable_shared_from_this<InterfaceWatch::Impl> {
  asio::posix::stream_descriptor descriptor;
  std::function<void()> changed;

  Impl(asio::io_context& io, std::function<void()> call)
      : descriptor(io, netlink()), changed(std::move(call)) {}

  void wait() {
    descriptor.async_wait(asio::posix::descriptor_base::wait_read,
                          [self = weak_from_this()](const boost::system::error_code& error) {
                            const auto impl = self.lock();
                            if (error || !impl) return;
                            impl->drain();
                            impl->wait();
                            impl->changed();
                          });
  }
  // ENOBUFS means that messages were lost for lack of space. This counts as a change, because the
  // lost messages announced changes.
  void drain() {
    std::array<char, 16384> messages{};
    for (int most = 64; most > 0; --most)
      if (::recv(descriptor.native_handle(), messages.data(), messages.size(), MSG_DONTWAIT) < 0 &&
          errno != ENOBUFS)
        return;
  }
};

InterfaceWatch::InterfaceWatch(asio::io_context& io, std::function<void()> changed)
    : impl_(std::make_shared<Impl>(io, std::move(changed))) {
  impl_->wait();
}

InterfaceWatch::~InterfaceWatch() {
  boost::system::error_code ignored;
  impl_->descriptor.close(ignored);
}

}  // namespace swarm::udp
