// What an HTTP port may get from anybody: noise, requests without an end, endless heads, orders
// where none are taken, connections that say nothing.
#pragma once

#include <atomic>
#include <deque>
#include <string>
#include <thread>
#include <vector>

#include "engine/base/random.hpp"
#include "engine/base/types.hpp"

namespace swarm::bench {

class HttpNoise {
 public:
  // To all of `targets` in turn, about `per_second` connections, from now until stop().
  HttpNoise(std::vector<Endpoint> targets, std::uint64_t per_second, std::uint64_t seed);
  ~HttpNoise() { stop(); }
  void stop();

  std::uint64_t connections() const { return connections_; }
  std::uint64_t accepted_orders() const { return accepted_orders_; }  // there must be none

 private:
  void run(std::uint64_t per_second);
  void one(const Endpoint& target);
  std::string next_request();

  std::vector<Endpoint> targets_;
  Random random_;
  std::deque<int> held_;  // connections left open without a word
  std::atomic<bool> stopping_ = false;
  std::atomic<std::uint64_t> connections_ = 0, accepted_orders_ = 0;
  std::thread thread_;
};

}  // namespace swarm::bench
