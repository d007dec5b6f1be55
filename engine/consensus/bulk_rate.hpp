// The rate at which bulk may leave for one member, or for all together. It is as high as it can be
// without delaying keep-alives. Bulk are messages that may come late: chunks of a snapshot, and
// blocks for slaves that were away.
//
// The acknowledgement of a keep-alive shows how long it queued: its round trip, less the least
// round trip that is known of that path. While this delay is below a quarter of the target the rate
// grows. It doubles for each two datagrams whose effect has been measured; after it was once too
// high it grows by an eighth. Above the target bulk is *held*: it leaves at the rate `least` until
// the delay of a keep-alive is below half of the target, and continues at three quarters of the
// rate. Bulk is also held when keep-alives are no longer acknowledged: an overflowing queue loses
// them instead of delaying them. All of it is in integers.
#pragma once

#include <cstdint>

#include "engine/base/clock.hpp"

namespace swarm {

// The queueing delay of one path: its round trip, less the least one of the last 10 to 20 s.
class PathDelay {
 public:
  // A round trip that ended now; returns the part of it that is delay.
  Duration sample(Time now, Duration round_trip);
  Duration round_trip() const { return last_; }  // the last one; zero: none is known
  Duration least() const;

 private:
  Duration last_{}, base_ = Duration::max(), next_base_ = Duration::max();
  Time base_until_{};
};

class BulkRate {
 public:
  static constexpr std::uint64_t least = 10'000, first = 20'000, most = 125'000'000;  // bytes/s

  explicit BulkRate(Time now) : round_begin_(now), free_(now), heard_(now) {}

  // `target`: the delay of keep-alives that is acceptable. `silence`: bulk is held when no
  // acknowledgement came for the path's round trip and this time.
  void bear(Duration target, Duration silence) { target_ = target, silence_ = silence; }

  // A keep-alive that was sent at `sent` is acknowledged now, with this queueing delay. A
  // keep-alive from before the round began shows only that the member lives.
  void acknowledged(Time now, Time sent, Duration delay);

  Time next(Time now);  // when a datagram may leave: now, if not later than that
  void left(Time now, std::size_t bytes);
  std::uint64_t rate() const { return held_ ? least : rate_; }
  bool held() const { return held_; }

 private:
  void hold(Time now, bool much);
  void begin_round(Time now);

  Duration target_ = 10ms, silence_ = 30ms;
  std::uint64_t rate_ = first;
  bool starting_ = true;  // never too fast so far
  bool held_ = false;
  bool waited_ = false;         // in this round bulk had to wait for this rate
  std::uint32_t in_round_ = 0;  // datagrams that left in this round
  Time proved_at_ = never;      // when enough of them had left to show the effect of the rate
  Time round_begin_;
  Time free_;              // when the bulk that has left is through the line, at this rate
  Time heard_;             // when the last acknowledged keep-alive was sent
  Duration round_trip_{};  // of that keep-alive
};

}  // namespace swarm
