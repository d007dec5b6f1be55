// How many blocks a receiver has under way from one sender: grows while answers come quickly,
// shrinks when they queue up or are lost. A downloader's, and a tracker's that pulls a snapshot.
// Integers only; units are blocks.
//
// A round is the time in which what was requested when it began is answered. Queueing delay is the
// least round trip of a round over the base: the least one of the last 10 to 20 s.
//   starting   the window doubles each round, until answers queue up or many are lost
//   steady     delay below the target (4 ms, and more for small windows, twice for the least): some
//              blocks more each round, as many for every window that shares the path; above it:
//              less, in proportion; so they become equal
//   draining   twice a second, and at most every 64 round trips, the window is `least` for two
//              rounds, so that the base is seen without a queue; else the last to come takes the
//              queue of the others for the path and starves them. Others see the queue fall and
//              join in. Then it starts again, from half of what it was
//   loss       up to a twentieth is taken for chance; more shrinks the window by as much. More than
//              a fiftieth lowers the target, to 500 us at least: the queue may hold no more
//   silence    nothing came for timeout(): half the window; timeout doubles
// A window that is not used up does not grow. The option to yield lowers the target to 750 us, so
// that other traffic goes first, and takes any loss for a sign of it (in the manner of LEDBAT).
#pragma once

#include <algorithm>
#include <cstdint>

#include "engine/base/clock.hpp"

namespace swarm {

class RequestWindow {
 public:
  static constexpr std::uint32_t least = 4;

  // `most`: never more than this, whatever the network bears; `least` or more. `target`: the
  // queueing delay that a large window leaves; who yields has a shorter one.
  explicit RequestWindow(std::uint32_t most, bool yield = false, Duration target = 4ms);

  std::uint32_t size() const { return size_; }
  void set_most(std::uint32_t most);

  // A block came that was requested at `requested` and but once (else: repeated).
  void received(Time now, Time requested, bool repeated);
  // So many are given up: later ones were answered first.
  void lost(Time now, std::uint32_t blocks);
  // Nothing at all came for timeout().
  void silent(Time now);
  // Something that was given up came after all (twice, then): wait longer before giving up. This
  // one answers its last request, so its round trip is known; else, once all is asked for twice,
  // patience would never learn that the path has become longer.
  void spurious(Time now, Time requested);

  // Until a block that others have overtaken is given up, counted from its request.
  Duration patience() const;
  // Until silence is: 20 ms at least (100 ms before the first answer), doubling with each silent()
  // in a row, 2 s at most.
  Duration timeout() const;
  Duration round_trip() const { return smoothed_; }  // smoothed; zero: not known yet

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
  std::uint32_t limit_ = 2 * least;  // starting: until the end of this round
  std::uint32_t before_;             // starting: in all; the size before draining
  bool yield_;
  Duration most_target_, target_;
  Phase phase_ = Phase::starting;
  bool hold_ = false;     // the window just shrank: what comes now was requested before that
  bool drained_ = false;  // the first round of draining is over
  bool lowered_ = false;  // the target was, for the loss that is judged now
  std::uint32_t silences_ = 0;
  std::uint32_t judged_ = 0, judged_lost_ = 0;  // blocks since loss was last judged
  Duration smoothed_{}, deviation_{};
  Duration base_{}, next_base_{};  // least round trip: of the last period, and the current one
  Duration steady_least_ = Duration::max();  // since the last draining
  Duration reordering_{};                    // extra patience, from spurious()
  Time base_until_{}, drain_at_{}, round_begin_{};
  Round round_;
};

}  // namespace swarm
