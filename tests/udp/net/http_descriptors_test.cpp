// Where a process may have few files open: who connects and asks nothing shuts nobody out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "tests/udp/own_process.hpp"
#include "transport/udp/net/http_server.hpp"
#include "transport/udp/system/descriptor_limit.hpp"

namespace swarm::udp {
namespace {

using testing::EndsWith;
using Tcp = asio::ip::tcp;

void limit_descriptors(rlim_t soft, rlim_t hard) {
  const rlimit limit{soft, hard};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
}

// A server in a process that may have 48 files open, fewer than its limit of connections.
class PoorServer {
 public:
  PoorServer() {
    EXPECT_EQ(::pipe(pipe_.data()), 0);
    process_ = std::make_unique<OwnProcess>([this] {
      limit_descriptors(48, 48);
      asio::io_context io;
      const auto server = HttpServer::tcp(
          io, "127.0.0.1:0", [](const HttpRequest&) { return HttpResponse{.body = "here"}; },
          {.connections = 1024});
      const auto said = server->address() + "\n";
      EXPECT_EQ(::write(pipe_[1], said.data(), said.size()), static_cast<ssize_t>(said.size()));
      io.run();
    });
    ::close(pipe_[1]);
    std::string address;
    for (char c = 0; ::read(pipe_[0], &c, 1) == 1 && c != '\n';) address += c;
    ::close(pipe_[0]);
    port_ = static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  }
  Tcp::socket client(asio::io_context& io) const {
    Tcp::socket socket(io);
    socket.connect({asio::ip::make_address("127.0.0.1"), port_});
    return socket;
  }

 private:
  std::array<int, 2> pipe_{};
  std::unique_ptr<OwnProcess> process_;  // killed at the end
  std::uint16_t port_{};
};

TEST(HttpDescriptors, WhereNoneIsLeftConnectionsThatAskNothingMakeRoom) {
#ifdef __SANITIZE_ADDRESS__
  // To check an object's type it opens a pipe; without a descriptor it takes the type for wrong.
  GTEST_SKIP() << "the sanitizers need descriptors themselves";
#endif
  const PoorServer server;
  asio::io_context io;
  std::vector<Tcp::socket> idle;
  for (int i = 0; i < 100; ++i) idle.push_back(server.client(io));
  auto honest = server.client(io);
  const std::string request = "GET / HTTP/1.1\r\nConnection: close\r\n\r\n";
  asio::write(honest, asio::buffer(request));
  std::string text;
  bool answered = false;
  asio::async_read(honest, asio::dynamic_buffer(text), [&](auto, auto) { answered = true; });
  // Less than what idle connections are given: it did not wait until they were over.
  io.run_for(8s);
  EXPECT_TRUE(answered);
  EXPECT_THAT(text, EndsWith("here"));
}

TEST(DescriptorLimit, IsRaisedToWhatTheSystemAllows) {
  OwnProcess child([] {
    limit_descriptors(64, 200);
    EXPECT_EQ(descriptor_limit(), 64u);
    raise_descriptor_limit();
    EXPECT_EQ(descriptor_limit(), 200u);
    raise_descriptor_limit();
    EXPECT_EQ(descriptor_limit(), 200u);
  });
  EXPECT_TRUE(child.ended_well());
}

}  // namespace
}  // namespace swarm::udp
