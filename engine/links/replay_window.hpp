// Which datagrams of a session have been received. A datagram counts once: a copy of it is refused.
// The window is wide, because a network may deliver a datagram much later than the ones sent after
// it. (The idea of a window of bits is that of IPsec, RFC 6479.) But it has an end in time, because
// somebody may have kept a datagram that never arrived, and play it when it undoes what was said
// since.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "engine/base/clock.hpp"

namespace swarm {

class ReplayWindow {
 public:
  // A datagram is taken if at most this many later ones have been received.
  static constexpr std::uint64_t width = 8192;
  // A datagram is late if a later one was received so long ago. It may be twice as long, because
  // the time is not measured for each datagram.
  static constexpr Duration late_after = 500ms;

  enum class Verdict : std::uint8_t { fresh, repeated, late };
  // `number`: that of the datagram in its session, from 1. Changes nothing, because the datagram is
  // not verified yet.
  Verdict look(std::uint64_t number, Time now) const {
    if (number == 0) return Verdict::repeated;
    if (number > highest_) return Verdict::fresh;
    if (highest_ - number >= width || number <= overtaken_) return Verdict::late;
    if (number < highest_ && now - highest_at_ >= 2 * late_after) return Verdict::late;
    return (word(number) >> (number % bits) & 1) != 0 ? Verdict::repeated : Verdict::fresh;
  }
  // Only for a fresh number of a verified datagram.
  void take(std::uint64_t number, Time now) {
    if (now - marked_ >= late_after) {
      overtaken_ = marked_highest_;
      marked_highest_ = highest_;
      marked_ = now;
    }
    if (number > highest_) {
      // The words between the highest number so far and the new one are used anew.
      const std::uint64_t from = highest_ / bits, to = number / bits;
      for (std::uint64_t i = 1; i <= to - from && i <= words_.size(); ++i)
        words_[(from + i) % words_.size()] = 0;
      highest_ = number;
      highest_at_ = now;
    }
    words_[number / bits % words_.size()] |= std::uint64_t{1} << (number % bits);
  }

 private:
  static constexpr std::uint64_t bits = 64;
  std::uint64_t word(std::uint64_t number) const { return words_[number / bits % words_.size()]; }

  std::uint64_t highest_ = 0;
  // The highest number at the last mark, and at the mark before it.
  std::uint64_t marked_highest_ = 0, overtaken_ = 0;
  Time marked_{}, highest_at_{};
  std::array<std::uint64_t, width / bits + 1>
      words_{};  // one more: the highest word is in part new
};

}  // namespace swarm
