// A thread that runs an io_context. call() runs a function on this thread.
#pragma once

#include <future>
#include <thread>

#include "transport/udp/net/asio.hpp"

namespace swarm::lan {

class LoopThread {
 public:
  explicit LoopThread(udp::asio::io_context& io)
      : io_(io), thread_([&io] {
          const auto work = udp::asio::make_work_guard(io);
          io.run();
        }) {}
  ~LoopThread() {
    io_.stop();
    thread_.join();
  }
  LoopThread(const LoopThread&) = delete;
  LoopThread& operator=(const LoopThread&) = delete;

  // Runs `body` on the thread, waits for it, and returns its result or throws its exception.
  template <class Body>
  std::invoke_result_t<Body> call(const Body& body) {
    std::packaged_task<std::invoke_result_t<Body>()> task(body);
    auto result = task.get_future();
    udp::asio::post(io_, [&] { task(); });
    return result.get();
  }

 private:
  udp::asio::io_context& io_;
  std::thread thread_;
};

}  // namespace swarm::lan
