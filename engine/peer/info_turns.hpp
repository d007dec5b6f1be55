// The turns of the peers that are asked for an info dictionary. A turn counts from its beginning,
// for an endpoint. So a peer that restarts its session, or ends it and comes back, gets no other
// turn in the same round. Another port of its address may get one, because hosts share addresses.
// But an address that had none yet comes first.
#pragma once

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "engine/base/types.hpp"

namespace swarm {

class InfoTurns {
 public:
  static constexpr std::size_t most_of_address = 4;  // turns of an address in a round
  static constexpr std::size_t most_kept = 64;

  // The endpoint with the least rank is asked first. Empty: it gets no turn in this round.
  using Rank = std::pair<std::size_t, std::size_t>;
  std::optional<Rank> rank(const Endpoint& peer) const {
    std::size_t of_address = 0, in_round = 0, latest = 0;
    for (std::size_t i = 0; i < turns_.size(); ++i) {
      const Turn& turn = turns_[i];
      if (turn.peer == peer) latest = i + 1;
      if (!turn.in_round) continue;
      if (turn.peer == peer) return {};
      ++in_round;
      if (turn.peer.ip.network() == peer.ip.network()) ++of_address;
    }
    if (of_address >= most_of_address || in_round >= most_kept) return {};
    return Rank{of_address, latest};
  }

  void began(const Endpoint& peer) {
    std::erase_if(turns_, [&](const Turn& turn) { return turn.peer == peer; });
    if (turns_.size() >= most_kept) turns_.erase(turns_.begin());
    turns_.push_back({peer, true});
  }
  void was_late() { late_ = true; }

  // If a peer was too slow in the last round, each turn of this round is twice as long.
  void next_round() {
    for (auto& turn : turns_) turn.in_round = false;
    if (std::exchange(late_, false)) doublings_ = std::min(doublings_ + 1, most_doublings);
  }
  std::uint32_t doublings() const { return doublings_; }

 private:
  static constexpr std::uint32_t most_doublings = 12;
  struct Turn {
    Endpoint peer;
    bool in_round;
  };
  std::vector<Turn> turns_;  // the latest one of each endpoint, oldest first
  std::uint32_t doublings_ = 0;
  bool late_ = false;
};

}  // namespace swarm
