#include "engine/base/request_window.hpp"

#include <bit>
#include <utility>

namespace swarm {

namespace {
constexpr Duration first_timeout = 100ms, least_timeout = 20ms, most_timeout = 2s;
constexpr Duration least_reordering = 100us, most_reordering = 50ms;
constexpr Duration base_period = 10s;
constexpr Duration drain_period = 500ms;
constexpr int drain_round_trips = 64;  // the least number from one draining to the next
constexpr Duration yield_target = 750us, least_target = 500us;
// A loss of up to one block in `chance` does not shrink the window. A loss of up to one block in
// `little` does not lower the target.
constexpr std::uint32_t chance = 20, little = 50;
// Both limits allow so many lost blocks more, because a few blocks prove little.
constexpr std::uint32_t chance_extra = 3;
constexpr std::uint32_t judged_most = 512;  // blocks after which the counts of the loss are halved
constexpr std::uint32_t most_step = 16;

// size * part / whole, computed in microseconds so that it does not overflow.
std::uint32_t scaled(std::uint32_t size, Duration part, Duration whole) {
  const auto product = static_cast<std::uint64_t>(size) *
                       static_cast<std::uint64_t>(std::max<std::int64_t>(part / 1us, 1));
  return static_cast<std::uint32_t>(
      product / static_cast<std::uint64_t>(std::max<std::int64_t>(whole / 1us, 1)));
}
}  // namespace

RequestWindow::RequestWindow(std::uint32_t most, bool yield, Duration target)
    : most_(std::max(most, least)),
      before_(most_),
      yield_(yield),
      most_target_(target),
      target_(yield ? yield_target : target) {}

void RequestWindow::set_most(std::uint32_t most) {
  most_ = std::max(most, least);
  size_ = std::min(size_, most_);
}

void RequestWindow::received(Time now, Time requested, bool repeated) {
  silences_ = 0;
  ++round_.received;
  ++judged_;
  if (repeated) return;  // nobody knows which request this block answers
  sample(now, std::max(now - requested, Duration(1)));
  if (requested >= round_begin_) end_round(now);
}

void RequestWindow::lost(Time, std::uint32_t blocks) {
  judged_ += blocks;
  judged_lost_ += blocks;
}

void RequestWindow::silent(Time now) {
  ++silences_;
  round_begin_ = now;
  shrink(size_ / 2);
}

void RequestWindow::spurious(Time now, Time requested) {
  if (judged_lost_ > 0) --judged_lost_;
  sample(now, std::max(now - requested, Duration(1)));
  if (requested >= round_begin_) end_round(now);
  if (std::exchange(round_.spurious, true)) return;
  reordering_ = std::clamp(2 * reordering_, std::max(least_reordering, smoothed_ / 4),
                           std::max(most_reordering, smoothed_ / 4));
}

Duration RequestWindow::patience() const {
  if (smoothed_ == Duration{}) return first_timeout;
  return smoothed_ + std::max({4 * deviation_, smoothed_ / 4, least_reordering}) + reordering_;
}

Duration RequestWindow::timeout() const {
  const Duration once = smoothed_ == Duration{} ? first_timeout : patience();
  return std::min(std::max(once, least_timeout) * (1 << std::min(silences_, 7u)), most_timeout);
}

void RequestWindow::sample(Time now, Duration round_trip) {
  if (smoothed_ == Duration{}) {
    smoothed_ = base_ = next_base_ = round_trip;
    deviation_ = round_trip / 2;
    base_until_ = now + base_period;
    drain_at_ = now + drain_period;
    round_begin_ = now;
  }
  const Duration error = round_trip - smoothed_;
  smoothed_ += error / 8;
  if (-error < 2 * deviation_)  // an answer that comes much too early must not raise the patience
    deviation_ += (std::chrono::abs(error) - deviation_) / 8;
  if (now >= base_until_) {
    base_ = std::exchange(next_base_, round_trip);
    base_until_ = now + base_period;
  }
  next_base_ = std::min(next_base_, round_trip);
  round_.least = std::min(round_.least, round_trip);
  if (phase_ == Phase::starting && size_ < std::min(limit_, most_) &&
      round_trip - base() <= target())
    ++size_;
}

void RequestWindow::end_round(Time now) {
  const Round round = std::exchange(round_, Round{});
  round_begin_ = now;
  if (phase_ == Phase::draining) return end_draining(now);
  if (std::exchange(hold_, false)) {
    judged_ = judged_lost_ = 0;
    return;
  }
  const std::uint32_t bearable = std::min(bearable_by_loss(), bearable_by_delay(round.least));
  if (bearable < size_)
    shrink(bearable);
  else
    grow(round);
  if (phase_ == Phase::steady && wants_drain(now, round.least)) drain();
}

// The target of a small window is higher: by an eighth for each halving of its size below `large`.
// Otherwise a small error of the base, or larger bursts of requests, would decide which window gets
// the path.
Duration RequestWindow::target() const {
  constexpr std::uint32_t large = 4096;
  if (size_ >= large) return target_;
  const int halvings = std::countl_zero(size_) - std::countl_zero(large);
  const std::uint32_t rest = (2 * large >> halvings) - size_;  // from 0 to large >> halvings
  const auto sixteenths = 16 * (halvings - 1) + static_cast<int>(16 * rest / (large >> halvings));
  return target_ + target_ * sixteenths / (16 * 8);
}

// Returns the size at which no more blocks would be lost than by chance. If no more are lost now,
// that is the present size. Even a loss that counts as chance may mean that the path's queue is too
// short for the target. So a loss of more than one block in `little` lowers the target.
std::uint32_t RequestWindow::bearable_by_loss() {
  const auto more_than = [this](std::uint32_t divisor) {
    const std::uint32_t few = judged_ / divisor + chance_extra;
    return judged_lost_ > few ? judged_lost_ - few : 0;
  };
  if (yield_) return std::exchange(judged_lost_, 0) > 0 ? size_ / 2 : size_;
  const std::uint32_t excess = more_than(chance);
  const bool some = more_than(little) > 0;
  if (some && !lowered_) {
    target_ = std::max(target_ / 2, least_target);
    lowered_ = true;
  }
  const auto bearable =
      size_ - static_cast<std::uint32_t>(std::uint64_t{size_} * excess / std::max(judged_, 1u));
  if (judged_ >= judged_most) {
    if (!some) target_ = std::min(target_ + target_ / 16, most_target_);
    judged_ /= 2;
    judged_lost_ /= 2;
    lowered_ = false;
  }
  return bearable;
}

// If the delay is above the target, returns the size at which the delay would be three quarters of
// the target, but at least half the present size. Otherwise returns the present size.
std::uint32_t RequestWindow::bearable_by_delay(Duration round_trip) const {
  if (round_trip - base() <= target()) return size_;
  return std::max(size_ / 2, scaled(size_, base() + target() * 3 / 4, round_trip));
}

void RequestWindow::shrink(std::uint32_t size) {
  if (phase_ == Phase::starting && silences_ == 0) phase_ = Phase::steady;
  size_ = std::clamp(size, least, most_);
  hold_ = true;
  judged_ = judged_lost_ = 0;
}

void RequestWindow::grow(const Round& round) {
  if (phase_ == Phase::starting) {
    limit_ = std::min(before_, std::max(size_, 2 * round.received));
    if (size_ >= std::min(before_, most_)) phase_ = Phase::steady;
  } else if (2 * round.received >= size_) {
    const Duration room = target() - (round.least - base());
    size_ += std::clamp(scaled(most_step, room, target()), 1u, std::max(2u, size_ / 4));
    size_ = std::min(size_, most_);
  }
}

// True if a draining is due. In the last quarter of a second before that, it is also true if the
// delay has suddenly become shorter, because then another window of the path probably drains. If
// all windows drain at the same time, all of them can measure the empty path.
bool RequestWindow::wants_drain(Time now, Duration round_trip) {
  const Duration before = std::exchange(steady_least_, std::min(steady_least_, round_trip));
  const bool emptier =
      before != Duration::max() && 8 * (round_trip - base()) < 7 * (before - base());
  return now >= drain_at_ || (emptier && now >= drain_at_ - drain_period / 2);
}

// The window falls to `least`, plus room for the blocks that are probably lost already. Without
// that room the caller could send no new request. But only answers to new requests, which overtake
// the lost blocks, show that those are lost.
void RequestWindow::drain() {
  phase_ = Phase::draining;
  drained_ = false;
  steady_least_ = Duration::max();
  before_ = size_;
  const std::uint64_t lost_share = std::uint64_t{3} * size_ * judged_lost_ / std::max(judged_, 1u);
  size_ =
      std::clamp(least + static_cast<std::uint32_t>(lost_share), least, std::max(least, size_ / 4));
  reordering_ /= 2;
}

// The first round of draining brings the blocks that were already under way. The second round
// brings blocks that were requested while the queue was empty.
void RequestWindow::end_draining(Time now) {
  if (!std::exchange(drained_, true)) return;
  phase_ = Phase::starting;
  size_ = std::max(least, std::min(before_ / 2, most_));
  limit_ = before_;
  drain_at_ = now + std::max(drain_period, drain_round_trips * smoothed_);
  judged_ = judged_lost_ = 0;
}

}  // namespace swarm
