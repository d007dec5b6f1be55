#include "transport/sim/world/event_queue.hpp"

#include <gtest/gtest.h>

#include "engine/base/random.hpp"

namespace swarm::sim {
namespace {

template <class Queue>
class EventQueueTest : public testing::Test {
 protected:
  void push(Duration at, std::uint32_t host) {
    queue.push(TrueTime(at), EventKind::arrival, host, host + 1);
  }
  std::uint32_t pop() { return queue.pop().host; }
  Queue queue;
};
using Queues = testing::Types<HeapQueue, RingQueue>;
TYPED_TEST_SUITE(EventQueueTest, Queues);

TYPED_TEST(EventQueueTest, EarlierComesFirst) {
  this->push(3s, 3);
  this->push(1ns, 1);
  this->push(400ms, 2);
  EXPECT_EQ(this->queue.size(), 3u);
  EXPECT_EQ(this->pop(), 1u);
  EXPECT_EQ(this->pop(), 2u);
  EXPECT_EQ(this->pop(), 3u);
  EXPECT_TRUE(this->queue.empty());
}

TYPED_TEST(EventQueueTest, SameTimeComesInTheOrderOfPushes) {
  for (std::uint32_t i = 0; i < 100; ++i) this->push(700ms, i);
  for (std::uint32_t i = 0; i < 100; ++i) EXPECT_EQ(this->pop(), i);
}

TYPED_TEST(EventQueueTest, AnEventKeepsWhatItWasPushedWith) {
  this->queue.push(TrueTime(5ms), EventKind::ballot_synced, 7, 9);
  EXPECT_EQ(this->queue.top().kind(), EventKind::ballot_synced);
  const QueuedEvent event = this->queue.pop();
  EXPECT_EQ(event.at, TrueTime(5ms));
  EXPECT_EQ(event.kind(), EventKind::ballot_synced);
  EXPECT_EQ(event.host, 7u);
  EXPECT_EQ(event.reference, 9u);
}

// top() may look far ahead; what is pushed after that may lie before it.
TYPED_TEST(EventQueueTest, APushAfterALookAheadStillComesFirst) {
  this->push(100s, 2);
  EXPECT_EQ(this->queue.top().host, 2u);
  this->push(1s, 1);
  EXPECT_EQ(this->queue.top().host, 1u);
  EXPECT_EQ(this->pop(), 1u);
  EXPECT_EQ(this->pop(), 2u);
}

TYPED_TEST(EventQueueTest, TheSteadyStateTakesNoMoreMemory) {
  Random random(7);
  const auto turn = [&](Duration most) {
    const QueuedEvent event = this->queue.pop();
    this->queue.push(event.at + random.between(1us, most), event.kind(), event.host, 0);
  };
  for (std::uint32_t i = 0; i < 1000; ++i) this->push(Duration(i), i);
  for (int i = 0; i < 400'000; ++i) turn(20ms);
  const std::size_t before = this->queue.memory();
  for (int i = 0; i < 100'000; ++i) turn(20ms);
  EXPECT_LE(this->queue.memory(), before + before / 4);
}

// Two queues, one order: near and far, bursts of equal times, long silences.
TEST(EventQueue, HeapAndRingAgree) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Random random(seed);
    HeapQueue heap;
    RingQueue ring;
    TrueTime now{};
    const Duration scales[] = {0ns, 1us, 131us, 5ms, 537ms, 2s, 900s};
    for (std::uint32_t i = 0; i < 20'000; ++i) {
      if (heap.empty() || random.below(100) < (i < 10'000 ? 55 : 45)) {
        const Duration scale = scales[random.below(std::size(scales))];
        const TrueTime at = now + random.between(0ns, scale);
        heap.push(at, EventKind::wake, i, i);
        ring.push(at, EventKind::wake, i, i);
      } else {
        if (random.below(10) == 0) {
          ASSERT_EQ(heap.top().host, ring.top().host);
        }
        const QueuedEvent a = heap.pop();
        const QueuedEvent b = ring.pop();
        ASSERT_EQ(a.at, b.at);
        ASSERT_EQ(a.order, b.order);
        ASSERT_EQ(a.host, b.host);
        ASSERT_GE(a.at, now);
        now = a.at;
      }
      ASSERT_EQ(heap.size(), ring.size());
    }
  }
}

}  // namespace
}  // namespace swarm::sim
