// Runs an io_context until a condition holds. If it does not hold within 30 s, returns false.
#pragma once

#include "transport/udp/net/asio.hpp"

namespace swarm::udp {

template <class Condition>
[[nodiscard]] bool run_until(asio::io_context& io, const Condition& holds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  const auto work = asio::make_work_guard(io);
  while (!holds() && std::chrono::steady_clock::now() < end) {
    io.restart();
    io.run_one_for(std::chrono::milliseconds(100));
  }
  return holds();
}

}  // namespace swarm::udp
