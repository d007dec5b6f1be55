// Proposes operations for the log. Shard implements it with the Master Consensus System.
#pragma once

#include "engine/node/operation.hpp"

namespace swarm {

class Proposer {
 public:
  virtual ~Proposer() = default;
  // Proposes the operation. Returns the index of the block that will contain it.
  virtual LogIndex propose(const Operation& operation) = 0;
};

}  // namespace swarm
