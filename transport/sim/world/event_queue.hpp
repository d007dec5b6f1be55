// The queue of a simulated world's future events. Events at the same true time happen in the order
// in which they were pushed.
//
// There are two implementations with the same interface. They always give the same order of events
// (a test compares them). HeapQueue is one heap. RingQueue sorts only the events that are due soon.
// Both keep their memory, so they allocate nothing in the steady state.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstdint>
#include <limits>
#include <vector>

#include "engine/base/clock.hpp"

namespace swarm::sim {

// The true time of the world, in nanoseconds from zero. No host in the world can read it.
struct TrueClock {
  using duration = Duration;
  using rep = Duration::rep;
  using period = Duration::period;
  using time_point = std::chrono::time_point<TrueClock>;
  static constexpr bool is_steady = true;
};
using TrueTime = TrueClock::time_point;

inline constexpr TrueTime end_of_time = TrueTime::max();

// The kind of an event. The label behind each kind says what QueuedEvent::reference holds.
enum class EventKind : std::uint8_t {
  start,          // nothing
  arrival,        // the datagram that reaches the receiver's NIC
  delivery,       // the datagram that the receiver's NIC hands on
  wake,           // the generation of the host's timer
  log_synced,     // the number of the sync
  ballot_synced,  // the number of the sync
  callback,       // the index of a callback of World::at(); the event has no host
  stored,         // the number of the store's job
};

struct QueuedEvent {
  TrueTime at{};
  std::uint64_t order{};  // sequence << 8 | kind
  std::uint32_t host{};
  std::uint32_t reference{};

  EventKind kind() const { return static_cast<EventKind>(order & 0xff); }
  bool before(const QueuedEvent& other) const {
    return at != other.at ? at < other.at : order < other.order;
  }
};
static_assert(sizeof(QueuedEvent) == 24);

// A heap with four children per node. It is half as deep as a binary heap, and siblings are
// adjacent in memory.
class EventHeap {
 public:
  void push(const QueuedEvent& event) {
    events_.push_back(event);
    sift_up(events_.size() - 1, event);
  }
  bool empty() const { return events_.empty(); }
  std::size_t size() const { return events_.size(); }
  const QueuedEvent& top() const { return events_.front(); }
  QueuedEvent pop() {
    const QueuedEvent first = events_.front();
    const QueuedEvent last = events_.back();
    events_.pop_back();
    if (!events_.empty()) sift_down(0, last);
    return first;
  }
  // Takes over `events`, and leaves the heap's memory there. Call it only on an empty heap.
  void adopt(std::vector<QueuedEvent>& events) {
    events_.swap(events);
    for (std::size_t i = (events_.size() + 2) / 4; i-- > 0;) sift_down(i, QueuedEvent(events_[i]));
  }
  std::size_t memory() const { return events_.capacity() * sizeof(QueuedEvent); }

 private:
  void sift_up(std::size_t at, const QueuedEvent event) {
    while (at > 0) {
      const std::size_t parent = (at - 1) / 4;
      if (!event.before(events_[parent])) break;
      events_[at] = events_[parent];
      at = parent;
    }
    events_[at] = event;
  }
  void sift_down(std::size_t at, const QueuedEvent& event) {
    const std::size_t size = events_.size();
    for (;;) {
      const std::size_t first_child = 4 * at + 1;
      if (first_child >= size) break;
      const std::size_t child = first_of(first_child, std::min(first_child + 4, size));
      if (!events_[child].before(event)) break;
      events_[at] = events_[child];
      at = child;
    }
    events_[at] = event;
  }
  std::size_t first_of(std::size_t begin, std::size_t end) const {
    std::size_t best = begin;
    for (std::size_t i = begin + 1; i < end; ++i)
      if (events_[i].before(events_[best])) best = i;
    return best;
  }

  std::vector<QueuedEvent> events_;
};

class HeapQueue {
 public:
  void push(TrueTime at, EventKind kind, std::uint32_t host, std::uint32_t reference) {
    heap_.push({at, sequence_++ << 8 | static_cast<std::uint64_t>(kind), host, reference});
  }
  bool empty() const { return heap_.empty(); }
  std::size_t size() const { return heap_.size(); }
  const QueuedEvent& top() { return heap_.top(); }  // the queue must not be empty
  const QueuedEvent* peek() const { return heap_.empty() ? nullptr : &heap_.top(); }
  QueuedEvent pop() { return heap_.pop(); }
  std::size_t memory() const { return heap_.memory(); }

 private:
  EventHeap heap_;
  std::uint64_t sequence_ = 0;
};

// Time is cut into buckets. The near heap holds the events of the current bucket and of the past.
// The ring has an unsorted list for each of the next buckets. One bit per list says whether the
// list has events. Events beyond the ring wait in the far heap.
class RingQueue {
 public:
  RingQueue() : ring_(buckets) {}

  void push(TrueTime at, EventKind kind, std::uint32_t host, std::uint32_t reference) {
    const QueuedEvent event{at, sequence_++ << 8 | static_cast<std::uint64_t>(kind), host,
                            reference};
    ++size_;
    place(event);
  }
  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  const QueuedEvent& top() {
    if (near_.empty()) advance();
    return near_.top();
  }
  // Returns the next event if the near heap has it. Otherwise returns null, and does not search the
  // ring.
  const QueuedEvent* peek() const { return near_.empty() ? nullptr : &near_.top(); }
  QueuedEvent pop() {
    if (near_.empty()) advance();
    --size_;
    return near_.pop();
  }
  std::size_t memory() const {
    std::size_t total = near_.memory() + far_.memory() + ring_.capacity() * sizeof(ring_[0]);
    for (const auto& bucket : ring_) total += bucket.capacity() * sizeof(QueuedEvent);
    return total;
  }

 private:
  static constexpr int bucket_bits = 17;  // a bucket lasts 2^17 ns = 131 us, the whole ring 537 ms
  static constexpr std::uint64_t buckets = 4096;
  static constexpr std::uint64_t words = buckets / 64;

  static std::uint64_t bucket_of(TrueTime at) {
    return static_cast<std::uint64_t>(at.time_since_epoch().count()) >> bucket_bits;
  }
  void place(const QueuedEvent& event) {
    const std::uint64_t bucket = bucket_of(event.at);
    if (bucket <= current_)
      near_.push(event);
    else if (bucket - current_ < buckets)
      place_in_ring(bucket % buckets, event);
    else
      far_.push(event);
  }
  void place_in_ring(std::uint64_t slot, const QueuedEvent& event) {
    ring_[slot].push_back(event);
    used_[slot / 64] |= std::uint64_t{1} << (slot % 64);
  }
  // Goes to the next bucket that has events. Call it when the near heap is empty and the queue is
  // not.
  void advance() {
    const std::uint64_t slot = first_used();
    if (slot == buckets)
      current_ = bucket_of(far_.top().at);
    else
      current_ += (slot - current_) % buckets;
    if (slot != buckets) {
      near_.adopt(ring_[slot]);
      used_[slot / 64] &= ~(std::uint64_t{1} << (slot % 64));
    }
    while (!far_.empty() && bucket_of(far_.top().at) - current_ < buckets) place(far_.pop());
  }
  // Returns the first used slot after the current slot, wrapping around. If no slot is used, it
  // returns `buckets`.
  std::uint64_t first_used() const {
    const std::uint64_t begin = (current_ + 1) % buckets;
    std::uint64_t word = begin / 64;
    std::uint64_t bits = used_[word] & (~std::uint64_t{0} << (begin % 64));
    for (std::uint64_t i = 0; i <= words; ++i) {
      if (bits != 0) return word * 64 + static_cast<std::uint64_t>(std::countr_zero(bits));
      word = (word + 1) % words;
      bits = used_[word];
    }
    return buckets;
  }

  EventHeap near_, far_;
  std::vector<std::vector<QueuedEvent>> ring_;
  std::array<std::uint64_t, words> used_{};
  std::uint64_t current_ = 0;  // the current bucket, counted from time zero
  std::uint64_t sequence_ = 0;
  std::size_t size_ = 0;
};

using EventQueue = RingQueue;

}  // namespace swarm::sim
