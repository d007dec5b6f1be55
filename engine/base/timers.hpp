// A table of timers: one deadline for each value of an enum. The declaration of the enum documents
// the timers. If the host wakes a node too early, no timer is due and the node does nothing.
#pragma once

#include <algorithm>
#include <array>

#include "engine/base/clock.hpp"

namespace swarm {

// Kind: an enum class whose last value is `count`.
template <class Kind>
class Timers {
 public:
  Timers() { deadlines_.fill(never); }

  void set(Kind kind, Time at) { deadlines_[index(kind)] = at; }
  void bring_forward(Kind kind, Time at) { set(kind, std::min(at, deadlines_[index(kind)])); }
  void clear(Kind kind) { set(kind, never); }
  bool is_set(Kind kind) const { return deadlines_[index(kind)] != never; }
  Time deadline(Kind kind) const { return deadlines_[index(kind)]; }

  // If the timer is due, clears it and returns true. So it returns true only once per expiry.
  bool expired(Kind kind, Time now) {
    if (deadlines_[index(kind)] > now) return false;
    clear(kind);
    return true;
  }

  Time next_wake() const { return *std::min_element(deadlines_.begin(), deadlines_.end()); }

 private:
  static constexpr std::size_t index(Kind kind) { return static_cast<std::size_t>(kind); }
  std::array<Time, static_cast<std::size_t>(Kind::count)> deadlines_;
};

}  // namespace swarm
