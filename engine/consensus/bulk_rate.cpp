#include "engine/consensus/bulk_rate.hpp"

#include <algorithm>
#include <utility>

#include "engine/base/assert.hpp"
#include "engine/consensus/timing.hpp"

namespace swarm {
namespace {
constexpr std::uint32_t proving = 2;  // datagrams whose effect is measured before the rate grows
}  // namespace

Duration PathDelay::least() const {
  const Duration known = std::min(base_, next_base_);
  return known == Duration::max() ? Duration{} : known;
}

Duration PathDelay::sample(Time now, Duration round_trip) {
  last_ = round_trip;
  if (now >= base_until_) {  // the least round trip of a period counts in the next one, too
    base_ = std::exchange(next_base_, round_trip);
    base_until_ = now + timing::base_period;
  }
  next_base_ = std::min(next_base_, round_trip);
  SWARM_ASSERT(least() <= round_trip, "a path's least round trip is not above any of them");
  return round_trip - least();
}

void BulkRate::begin_round(Time now) {
  round_begin_ = now;
  in_round_ = 0;
  proved_at_ = never;
  waited_ = false;
}

void BulkRate::hold(Time now, bool much) {
  // The rate is lowered once, when holding begins. Later echoes that queued behind the same bulk do
  // not lower it again.
  if (std::exchange(held_, true)) return;
  rate_ = std::max(least, much ? rate_ / 2 : rate_ / 4 * 3);
  SWARM_ASSERT(rate_ >= least && rate_ <= most, "a rate is never below the trickle");
  begin_round(now);
}

void BulkRate::acknowledged(Time now, Time sent, Duration delay) {
  if (sent >= heard_) {
    heard_ = sent;
    round_trip_ = now - sent;
  }
  // A keep-alive from before this round measured another rate.
  if (sent < round_begin_) return;
  if (delay > target_ / 4) starting_ = false;
  if (delay > target_) return hold(now, delay > 2 * target_);
  if (held_) {
    if (delay > target_ / 2) return;
    held_ = false;
    free_ = std::min(free_, now);  // free_ was counted at the rate of held bulk
    return begin_round(now);
  }
  // The rate grows only if bulk had to wait for it, and if enough bulk left before this keep-alive
  // to show the effect of the rate. Otherwise the rate would grow on an idle line without proof.
  if (!waited_ || proved_at_ > sent || delay > target_ / 4) return;
  rate_ = std::min(starting_ ? 2 * rate_ : rate_ + rate_ / 8, most);
  SWARM_ASSERT(rate_ >= least && rate_ <= most, "a rate is within its bounds");
  begin_round(now);
}

Time BulkRate::next(Time now) {
  // No keep-alive was acknowledged for this long. The queue on the path may have overflowed, and
  // lost keep-alives show no delay.
  if (!held_ && now > heard_ + round_trip_ + silence_) hold(now, false);
  if (free_ > now) waited_ = true;
  return std::max(free_, now);
}

void BulkRate::left(Time now, std::size_t bytes) {
  const auto takes = std::chrono::nanoseconds(bytes * 1'000'000'000 / rate());
  // If free_ is past, the time since then was lost. At most one `bulk_burst` of it is made up for.
  free_ = std::max(free_, now - timing::bulk_burst) + takes;
  if (++in_round_ == proving) proved_at_ = now;
}

}  // namespace swarm
