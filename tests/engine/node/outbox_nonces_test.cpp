#include <gtest/gtest.h>

#include <set>

#include "engine/base/assert.hpp"
#include "engine/node/outbox.hpp"
#include "tests/engine/consensus/counted_nonces.hpp"

namespace swarm {
namespace {

TEST(OutboxNonces, NoneComesTwice) {
  test::CountedNonces source;
  Outbox out;
  out.set_nonces(&source);
  std::set<std::array<std::uint8_t, 24>> all;
  for (int step = 0; step < 10; ++step) {
    for (int datagram = 0; datagram < 300; ++datagram) all.insert(out.nonce());
    out.clear();
  }
  EXPECT_EQ(all.size(), 3000u);
  EXPECT_EQ(source.steps, 10u) << "the random part is drawn once in a step";
}

TEST(OutboxNonces, AStepWithoutADatagramDrawsNothing) {
  test::CountedNonces source;
  Outbox out;
  out.set_nonces(&source);
  out.clear();
  EXPECT_EQ(source.steps, 0u);
}

// As when a machine continues from a snapshot of its memory, or is copied while it runs.
TEST(OutboxNonces, ACopyOfAMachineUsesOthers) {
  test::CountedNonces source;
  Outbox machine;
  machine.set_nonces(&source);
  machine.nonce();
  machine.clear();
  Outbox copy = machine;
  EXPECT_NE(machine.nonce(), copy.nonce());
}

TEST(OutboxNonces, WithoutASourceThereIsNone) {
  Outbox out;
  EXPECT_THROW(out.nonce(), AssertionFailed);
}

}  // namespace
}  // namespace swarm
