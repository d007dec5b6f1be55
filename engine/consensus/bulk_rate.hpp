// The rate at which bulk may leave for one member, or for all members together. It is as high as
// possible without delaying keep-alives. Bulk means messages that may arrive late: chunks of a
// snapshot, and blocks for slaves that were away.
//
// The acknowledgement of a keep-alive shows how long the keep-alive queued. This delay is the
// keep-alive's round trip, less the least known round trip of that path. While the delay is at most
// a quarter of the target, the rate grows. The rate doubles each time that the effect of two
// datagrams has been measured. Once a delay was above a quarter of the target, the rate grows by an
// eighth instead. When the delay is above the target, bulk is *held*. Held bulk leaves at the rate
// `least` until the delay of a keep-alive is at most half of the target. Then bulk continues at
// three quarters of its former rate, or at half of it if the delay was above twice the target. Bulk
// is also held when no keep-alive is acknowledged any more, because an overflowing queue loses
// keep-alives instead of delaying them. All calculations use integers.
#pragma once

#include <cstdint>

#include "engine/base/clock.hpp"

namespace swarm {

// The queueing delay of one path: its round trip, less its least round trip of the last 10 to 20 s.
class PathDelay {
 public:
  // Notes a round trip that ended now. Returns how much of it is queueing delay.
  Duration sample(Time now, Duration round_trip);
  // The last one that was noted; zero if there is none.
  Duration round_trip() const { return last_; }
  Duration least() const;

 private:
  Duration last_{}, base_ = Duration::max(), next_base_ = Duration::max();
  Time base_until_{};
};

class BulkRate {
 public:
  static constexpr std::uint64_t least = 10'000, first = 20'000, most = 125'000'000;  // bytes/s

  explicit BulkRate(Time now) : round_begin_(now), free_(now), heard_(now) {}

  // `target`: the acceptable delay of keep-alives. `silence`: bulk is held when no acknowledgement
  // has come for the path's round trip plus this time.
  void bear(Duration target, Duration silence) { target_ = target, silence_ = silence; }

  // A keep-alive that was sent at `sent` and queued for `delay` is acknowledged now. If it was sent
  // before the present round, its delay does not count; it shows only that the member lives.
  void acknowledged(Time now, Time sent, Duration delay);

  Time next(Time now);  // when the next datagram may leave: `now` or later
  void left(Time now, std::size_t bytes);
  std::uint64_t rate() const { return held_ ? least : rate_; }
  bool held() const { return held_; }

 private:
  void hold(Time now, bool much);
  void begin_round(Time now);

  Duration target_ = 10ms, silence_ = 30ms;
  std::uint64_t rate_ = first;
  bool starting_ = true;  // no delay was above a quarter of the target yet
  bool held_ = false;
  bool waited_ = false;         // in this round bulk had to wait for the rate
  std::uint32_t in_round_ = 0;  // datagrams that left in this round
  Time proved_at_ = never;      // when enough datagrams had left to show the effect of the rate
  Time round_begin_;            // a round begins whenever the rate changes
  Time free_;                   // when all bulk that was sent has passed a line of this rate
  Time heard_;                  // the send time of the last acknowledged keep-alive
  Duration round_trip_{};       // the round trip of that keep-alive
};

}  // namespace swarm
