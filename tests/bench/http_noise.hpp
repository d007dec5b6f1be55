// Sends bad input to HTTP ports, as any host of the network could: noise, unfinished requests,
// endless headers, orders to ports that accept none, and connections that send nothing.
#pragma once

#include <atomic>
#include <deque>
#include <string>
#include <thread>
#include <vector>

#include "engine/base/types.hpp"
#include "tests/engine/base/words.hpp"

namespace swarm::bench {

class HttpNoise {
 public:
  // Opens about `per_second` connections to `targets` in turn, from now until stop().
  HttpNoise(std::vector<Endpoint> targets, std::uint64_t per_second, std::uint64_t seed);
  ~HttpNoise() { stop(); }
  void stop();

  std::uint64_t connections() const { return connections_; }
  std::uint64_t accepted_orders() const { return accepted_orders_; }  // must stay 0

 private:
  void run(std::uint64_t per_second);
  void one(const Endpoint& target);
  std::string next_request();

  std::vector<Endpoint> targets_;
  test::Words random_;
  std::deque<int> held_;  // open connections on which nothing was sent
  std::atomic<bool> stopping_ = false;
  std::atomic<std::uint64_t> connections_ = 0, accepted_orders_ = 0;
  std::thread thread_;
};

}  // namespace swarm::bench
