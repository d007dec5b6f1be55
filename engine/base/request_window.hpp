// A window limits how many blocks a receiver may have requested from one sender at a time. The
// window grows while answers come quickly. It shrinks when blocks queue up on the path or are lost.
// A peer uses a window to download, a tracker to pull a snapshot. All sizes are whole blocks.
//
// A round ends with the first answer to a request that was sent in that round. The base is the
// least round trip of the last 10 to 20 s. The delay of a round is its least round trip minus the
// base. It is the time that blocks wait in a queue on the path.
//   starting   The window doubles each round, until the delay exceeds the target or many blocks are
//              lost.
//   steady     While the delay is below the target, the window grows by some blocks each round. All
//              windows of a path grow by the same number. While the delay is above the target, the
//              window shrinks in proportion to its size. So all windows of a path become equal. The
//              target is 4 ms for a large window, and about twice that for the smallest.
//   draining   Twice a second, but at most once in 64 round trips, the window falls to about
//              `least` for two rounds, to measure the base without a queue. Without draining, a
//              new window would mistake the queue of the others for delay of the path itself, and
//              starve the others. When one window drains, the others notice that the queue shrinks,
//              and drain too. Then the window starts again, from half its former size.
//   loss       Up to a twentieth of the blocks counts as lost by chance. A larger loss shrinks the
//              window by the share of blocks above that twentieth. A loss of more than a fiftieth
//              lowers the target, down to 500 us, because the path's queue may be too short for it.
//   silence    If no block came for timeout(), the window is halved and the timeout doubles.
// A window that the receiver does not fill does not grow. A window that yields lets other traffic
// go first (as in LEDBAT): its target is 750 us, and it takes any loss as a sign of other traffic.
#pragma once

#include <algorithm>
#include <cstdint>

#include "engine/base/clock.hpp"

namespace swarm {

class RequestWindow {
 public:
  static constexpr std::uint32_t least = 4;

  // `most`: the largest size of the window; a value below `least` counts as `least`. `target`: the
  // target of a large window; a window with `yield` ignores this argument.
  explicit RequestWindow(std::uint32_t most, bool yield = false, Duration target = 4ms);

  std::uint32_t size() const { return size_; }
  void set_most(std::uint32_t most);

  // A block came. `requested` is the time of its request. `repeated`: the block was requested more
  // than once.
  void received(Time now, Time requested, bool repeated);
  // The caller has given up `blocks` blocks, because blocks that it requested later came first.
  void lost(Time now, std::uint32_t blocks);
  // No block came for timeout().
  void silent(Time now);
  // A block came a second time. The caller had given it up too early and requested it again, so the
  // patience grows. `requested` is the time of the last request for the block. The window takes the
  // time since then as a round trip. Otherwise, on a path that has become so long that every block
  // is requested twice, patience() would never learn the new round trip.
  void spurious(Time now, Time requested);

  // The time after its request at which the caller gives up a block, if blocks that were requested
  // later have come.
  Duration patience() const;
  // How long the caller waits without any block before it calls silent(): 20 ms to 2 s, and 100 ms
  // before the first answer. The time doubles with each silent() in a row.
  Duration timeout() const;
  Duration round_trip() const { return smoothed_; }  // smoothed; zero if unknown

 private:
  enum class Phase : std::uint8_t { starting, steady, draining };
  struct Round {
    Duration least = Duration::max();
    std::uint32_t received = 0;
    bool spurious = false;
  };

  Duration target() const;
  Duration base() const { return std::min(base_, next_base_); }
  void sample(Time now, Duration round_trip);
  void end_round(Time now);
  void end_draining(Time now);
  std::uint32_t bearable_by_loss();
  std::uint32_t bearable_by_delay(Duration round_trip) const;
  void shrink(std::uint32_t size);
  void grow(const Round& round);
  bool wants_drain(Time now, Duration round_trip);
  void drain();

  std::uint32_t size_ = least, most_;
  std::uint32_t limit_ = 2 * least;  // while starting: the largest size_ in this round
  // The size before the last draining; at first most_. Starting ends when size_ reaches it.
  std::uint32_t before_;
  bool yield_;
  Duration most_target_, target_;
  Phase phase_ = Phase::starting;
  bool hold_ = false;     // the window just shrank, so the answers of this round do not count
  bool drained_ = false;  // the first round of draining is over
  bool lowered_ = false;  // the loss counted in judged_lost_ has already lowered the target
  std::uint32_t silences_ = 0;
  std::uint32_t judged_ = 0, judged_lost_ = 0;  // blocks counted to judge the loss; those lost
  Duration smoothed_{}, deviation_{};
  Duration base_{}, next_base_{};            // least round trips of the last and the current period
  Duration steady_least_ = Duration::max();  // least round trip since the last draining
  Duration reordering_{};                    // extra patience; spurious() raises it
  Time base_until_{}, drain_at_{}, round_begin_{};
  Round round_;
};

}  // namespace swarm
