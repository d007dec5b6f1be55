#include "tests/lan/harness/error_listener.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <system_error>

namespace swarm::lan {
namespace {

constexpr std::size_t ip_header = 20, udp_header = 8;
constexpr std::uint16_t trackers_port = 6969;
constexpr int room = 8 << 20;  // for a storm

}  // namespace

ErrorListener::ErrorListener(const NetworkNamespace& host) {
  host.inside([&] {
    fd_ = ::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_UDP);
    if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "a raw socket");
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
  });
}

ErrorListener::~ErrorListener() {
  ::close(fd_);
}

std::size_t ErrorListener::datagrams() {
  listen();
  return datagrams_;
}
std::size_t ErrorListener::errors() {
  listen();
  return errors_;
}

void ErrorListener::listen() {
  std::array<std::uint8_t, ip_header + udp_header + 4> bytes{};  // the rest is cut off
  const auto* udp = &bytes[ip_header];
  for (ssize_t n; (n = ::recv(fd_, bytes.data(), bytes.size(), 0)) > 0;) {
    if (static_cast<std::size_t>(n) < bytes.size() || (udp[0] << 8 | udp[1]) != trackers_port)
      continue;
    ++datagrams_;
    const auto* action = &udp[udp_header];
    if (action[0] == 0 && action[1] == 0 && action[2] == 0 && action[3] == 3) ++errors_;
  }
}

}  // namespace swarm::lan
