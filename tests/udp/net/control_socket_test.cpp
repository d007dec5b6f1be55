// The control socket: whose it is, and what who asks it is told.
#include "transport/udp/net/http_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "tests/engine/db/temporary_directory.hpp"
#include "tests/udp/net/http_clients.hpp"
#include "transport/udp/net/control_socket.hpp"

namespace swarm::udp::http {
namespace {

namespace fs = std::filesystem;

using testing::HasSubstr;

using Local = asio::local::stream_protocol;

Running::Make control(const std::string& path, HttpHandler handler = echo) {
  return [=](asio::io_context& io) { return HttpServer::control(io, path, handler); };
}

bool is_there(const std::string& path) {
  struct stat file {};
  return lstat(path.c_str(), &file) == 0;
}

// A socket file that nobody listens on, as a killed process leaves it.
void leave_stale(const std::string& path) {
  asio::io_context io;
  Local::acceptor(io, Local::endpoint(path));
}

TEST(ControlSocket, TakesRequestsAndGivesAnswers) {
  const TemporaryDirectory folder;
  const Running server(control(folder / "control.sock"));
  const auto looked = control_request(folder / "control.sock", {false, "/status", {}});
  EXPECT_EQ(looked.status, 200u);
  EXPECT_EQ(looked.type, "text/plain; charset=utf-8");
  EXPECT_EQ(looked.body, "get /status ");
  EXPECT_EQ(control_request(folder / "control.sock", {true, "/handover", "x"}).body,
            "post /handover x");
  EXPECT_EQ(control_request(folder / "control.sock", {false, "/missing", {}}).status, 404u);
}

TEST(ControlSocket, OnlyItsOwnerMayUseItAndItGoesWithItsServer) {
  const TemporaryDirectory folder;
  const auto path = folder / "control.sock";
  const auto mask = umask(0);
  {
    const Running server(control(path));
    struct stat file {};
    ASSERT_EQ(stat(path.c_str(), &file), 0);
    EXPECT_EQ(file.st_mode, static_cast<mode_t>(S_IFSOCK | 0600));
    EXPECT_EQ(server.address(), path);
  }
  umask(mask);
  EXPECT_FALSE(is_there(path));
}

TEST(ControlSocket, AStaleOneIsReplaced) {
  const TemporaryDirectory folder;
  leave_stale(folder / "control.sock");
  ASSERT_TRUE(is_there(folder / "control.sock"));
  const Running server(control(folder / "control.sock"));
  EXPECT_EQ(control_request(folder / "control.sock", {false, "/", {}}).status, 200u);
}

TEST(ControlSocket, ALiveOneIsRefusedAndLivesOn) {
  const TemporaryDirectory folder;
  const Running first(control(folder / "control.sock"));
  EXPECT_THAT(sentence_of([&] { Running(control(folder / "control.sock")); }),
              HasSubstr("another swarm-tracker runs on this data directory"));
  EXPECT_EQ(control_request(folder / "control.sock", {false, "/", {}}).status, 200u);
}

// A stopped process accepts nobody, and in the end its queue is full; it is alive all the same.
TEST(ControlSocket, ALiveOneWithAFullQueueIsRefused) {
  const TemporaryDirectory folder;
  asio::io_context io;
  Local::acceptor deaf(io, Local());
  deaf.bind(folder / "control.sock");
  deaf.listen(0);
  std::vector<Local::socket> queue;
  boost::system::error_code full;
  while (!full && queue.size() < 100) {
    queue.emplace_back(io, Local());
    queue.back().non_blocking(true);
    queue.back().connect(folder / "control.sock", full);
  }
  ASSERT_TRUE(full);
  EXPECT_THAT(sentence_of([&] { Running(control(folder / "control.sock")); }),
              HasSubstr("another swarm-tracker runs on this data directory"));
}

TEST(ControlSocket, OfManyThatStartAtOnceOneGetsIt) {
  const TemporaryDirectory folder;
  const auto path = folder / "control.sock";
  for (int round = 0; round < 50; ++round) {
    leave_stale(path);
    asio::io_context io;
    std::vector<std::unique_ptr<HttpServer>> servers(8);
    std::vector<std::thread> threads;
    for (auto& server : servers)
      threads.emplace_back([&] {
        try {
          server = HttpServer::control(io, path, echo);
        } catch (const std::runtime_error&) {
        }
      });
    for (auto& thread : threads) thread.join();
    const auto got = [](const auto& server) { return server != nullptr; };
    ASSERT_EQ(std::count_if(servers.begin(), servers.end(), got), 1);
    ASSERT_TRUE(is_there(path));
  }
}

TEST(ControlSocket, WhatIsNoSocketIsLeftAlone) {
  const TemporaryDirectory folder;
  std::ofstream(folder / "control.sock") << "precious";
  EXPECT_THAT(sentence_of([&] { Running(control(folder / "control.sock")); }),
              HasSubstr("is no socket"));
  EXPECT_EQ(fs::file_size(folder / "control.sock"), 8u);
}

TEST(ControlSocket, AnothersSocketIsNotRemovedAtTheEnd) {
  const TemporaryDirectory folder;
  auto first = std::make_unique<Running>(control(folder / "control.sock"));
  fs::remove(folder / "control.sock");
  const Running second(control(folder / "control.sock"));
  first.reset();
  EXPECT_EQ(control_request(folder / "control.sock", {false, "/", {}}).status, 200u);
}

TEST(ControlSocket, AMissingDirectoryIsOneSentence) {
  const TemporaryDirectory folder;
  EXPECT_THAT(sentence_of([&] { Running(control(folder / "none/control.sock")); }),
              AllOf(HasSubstr("cannot listen on the control socket"), HasSubstr("No such file")));
}

TEST(ControlSocket, APathTooLongIsOneSentenceOnBothSides) {
  const TemporaryDirectory folder;
  const auto path = folder / std::string(100, 'x').c_str();
  const std::string sentence = "the system allows 107: set control-socket to a shorter one";
  EXPECT_THAT(sentence_of([&] { Running(control(path)); }), HasSubstr(sentence));
  EXPECT_THAT(sentence_of([&] { control_request(path, {}); }), HasSubstr(sentence));
}

TEST(ControlRequest, SaysThatNoInstanceRuns) {
  const TemporaryDirectory folder;
  const auto path = folder / "control.sock";
  EXPECT_THAT(sentence_of([&] {
                control_request(path, {false, "/status", {}});
              }),
              AllOf(HasSubstr("is swarm-tracker running, and with which data-directory?"),
                    HasSubstr(path)));
  leave_stale(path);
  EXPECT_THAT(sentence_of([&] {
                control_request(path, {false, "/status", {}});
              }),
              HasSubstr("nobody listens"));
}

TEST(ControlRequest, SaysThatThePermissionIsMissing) {
  const TemporaryDirectory folder;
  const Running server(control(folder / "control.sock"));
  ASSERT_EQ(chmod((folder / "control.sock").c_str(), 0), 0);
  const bool root = geteuid() == 0;  // who may do everything
  ASSERT_EQ(root ? seteuid(65534) : 0, 0);
  const auto sentence = sentence_of([&] { control_request(folder / "control.sock", {}); });
  ASSERT_EQ(root ? seteuid(0) : 0, 0);
  EXPECT_THAT(sentence, HasSubstr("run this as root or as the service's user"));
}

TEST(ControlRequest, DoesNotWaitForEver) {
  const TemporaryDirectory folder;
  asio::io_context io;
  Local::acceptor deaf(io, Local::endpoint(folder / "control.sock"));
  const auto begun = std::chrono::steady_clock::now();
  const auto sentence = sentence_of([&] {
    control_request(folder / "control.sock", {false, "/", {}}, 20ms);
  });
  EXPECT_THAT(sentence, HasSubstr("within 20ms"));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 20s);  // of any machine, not of this one
}

TEST(ControlRequest, SaysThatTheInstanceWentAwayOrTalksNonsense) {
  for (const std::string answer : {"", "220 ready\r\n"}) {
    const TemporaryDirectory folder;
    asio::io_context io;
    Local::acceptor acceptor(io, Local::endpoint(folder / "control.sock"));
    std::thread instance([&] {
      auto socket = acceptor.accept();
      std::string asked;
      asio::read_until(socket, asio::dynamic_buffer(asked), "\r\n\r\n");
      asio::write(socket, asio::buffer(answer));
    });
    EXPECT_THAT(sentence_of([&] {
                  control_request(folder / "control.sock", {false, "/", {}});
                }),
                HasSubstr("no answer from the control socket"));
    instance.join();
  }
}

}  // namespace
}  // namespace swarm::udp::http
