// How many blocks a receiver may have requested from one sender at a time. The window grows while
// answers come quickly. It shrinks when they queue up or are lost. A peer uses it to download, a
// tracker to pull a snapshot. Integers only; units are blocks.
//
// A round ends with the first answer to a request that was sent in that round. The base is the
// least round trip of the last 10 to 20 s. The delay of a round is its least round trip less the
// base: the time that blocks wait in a queue on the path.
//   starting   the window doubles each round, until answers queue up or many are lost
//   steady     while the delay is below the target, the window grows by some blocks each round,
//              equally many for all windows of a path. Above it, the window shrinks in proportion
//              to its size, so all windows of a path become equal. The target is 4 ms for a large
//              window, and rises to about twice that for the smallest
//   draining   twice a second, but at most once in 64 round trips, the window falls to about
//              `least` for two rounds, to measure the base without a queue. Otherwise a newcomer
//              would take the queue of the others for part of the path, and starve them. Other
//              windows see the queue shrink and drain too. Then the window starts again, from half
//              its former size
//   loss       up to a twentieth of the blocks counts as lost by chance. The excess shrinks the
//              window in proportion. More than a fiftieth lowers the target, down to 500 us,
//              because the queue may hold no more
//   silence    if nothing came for timeout(), the window is halved and the timeout doubles
// A window that the receiver does not fill does not grow. With the option to yield, other traffic
// goes first (as in LEDBAT): the target is 750 us, and any loss counts as a sign of other traffic.
#pragma once

#include <algorithm>
#include <cstdint>

#include "engine/base/clock.hpp"

namespace swarm {

class RequestWindow {
 public:
  static constexpr std::uint32_t least = 4;

  // `most`: the largest window, whatever the network bears; at least `least`. `target`: the delay
  // that a large window aims at; a window with `yield` ignores it.
  explicit RequestWindow(std::uint32_t most, bool yield = false, Duration target = 4ms);

  std::uint32_t size() const { return size_; }
  void set_most(std::uint32_t most);

  // A block came that was requested at `requested`. `repeated`: it was requested more than once.
  void received(Time now, Time requested, bool repeated);
  // The caller has given up `blocks` blocks, because blocks that it requested later came first.
  void lost(Time now, std::uint32_t blocks);
  // No block came for timeout().
  void silent(Time now);
  // A block came a second time: it had been given up too early and requested again. So the patience
  // grows. `requested` is the time of the last request for the block, which this answer is taken to
  // be for. Without this round trip, patience() would never learn that a path has become longer
  // once every block is requested twice.
  void spurious(Time now, Time requested);

  // How long after its request the caller gives up a block that later blocks have overtaken.
  Duration patience() const;
  // How long the caller waits without any block before it calls silent(): 20 ms to 2 s, and 100 ms
  // before the first answer. The time doubles with each silent() in a row.
  Duration timeout() const;
  Duration round_trip() const { return smoothed_; }  // smoothed; zero: unknown

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
  std::uint32_t limit_ = 2 * least;  // while starting: the most that size_ may reach in this round
  std::uint32_t before_;  // the size before draining; starting ends when size_ reaches it again
  bool yield_;
  Duration most_target_, target_;
  Phase phase_ = Phase::starting;
  bool hold_ = false;     // the window just shrank: this round's answers are to older requests
  bool drained_ = false;  // the first round of draining is over
  bool lowered_ = false;  // the target has been lowered for the loss that is being judged
  std::uint32_t silences_ = 0;
  std::uint32_t judged_ = 0, judged_lost_ = 0;  // blocks, and lost ones, by which loss is judged
  Duration smoothed_{}, deviation_{};
  Duration base_{}, next_base_{};            // least round trips of the last and the current period
  Duration steady_least_ = Duration::max();  // least round trip since the last draining
  Duration reordering_{};                    // extra patience, from spurious()
  Time base_until_{}, drain_at_{}, round_begin_{};
  Round round_;
};

}  // namespace swarm
