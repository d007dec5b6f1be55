// Two processes, 1 and 2, that have not spoken yet.
#pragma once

#include <gtest/gtest.h>

#include "tests/engine/links/linked.hpp"

namespace swarm::test {

struct SessionsTest : testing::Test {
  SessionsTest() {
    net.start(1);
    net.start(2);
  }
  template <class M>
  std::size_t sent() const {
    return static_cast<std::size_t>(
        std::count_if(net.recorded().begin(), net.recorded().end(), is<M>));
  }
  Linked net;
};

// Plays everything that was ever sent to every process, from its own address and from others.
inline void play_everything(Linked& net) {
  const auto recorded = net.recorded();
  for (const auto n : net.places())
    for (const auto& flight : recorded)
      for (const auto& from : {flight.from, address_of(n + 1), Endpoint{0x0a0000c8, 9}})
        net.hear(n, from, flight.bytes);
}

}  // namespace swarm::test
