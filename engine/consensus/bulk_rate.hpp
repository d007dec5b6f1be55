// How fast bulk may leave for one member, or for all together: as fast as leaves the keep-alives in
// time. Bulk is what may come late: chunks of a snapshot, and blocks for who was away.
//
// The acknowledgement of a keep-alive tells how long it queued: its round trip, less the least one
// that is known of that path. While this is below a quarter of the target the rate grows: it
// doubles for each two datagrams whose effect has been seen, and, once it was too much, grows by an
// eighth. Above the target bulk is *held*, which is a trickle of `least`, until a keep-alive comes
// in half of the target, and goes on at three quarters of the rate. It is held, too, when
// keep-alives are not acknowledged any more: a queue that overflows has no delay to tell. Integers
// only.
#pragma once

#include <cstdint>

#include "engine/base/clock.hpp"

namespace swarm {

// The delay of one path: what its round trips are above the least one of the last 10 to 20 s.
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

  // target: delay of keep-alives that is borne. silence: time beyond the path's round trip, without
  // an acknowledgement, after which bulk is held.
  void bear(Duration target, Duration silence) { target_ = target, silence_ = silence; }

  // A keep-alive that was sent at `sent` was acknowledged now, and `delay` of that was delay. What
  // was sent before the round began tells nothing but life.
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
  bool waited_ = false;         // in this round something waited for this rate
  std::uint32_t in_round_ = 0;  // datagrams that left in this round
  Time proved_at_ = never;      // when enough of them had left to show what the rate does
  Time round_begin_;
  Time free_;              // when what has left is over, at this rate
  Time heard_;             // sending of the last keep-alive that was acknowledged
  Duration round_trip_{};  // of that one
};

}  // namespace swarm
