// Brings operations into the log. Shard implements it on the Master Consensus System.
#pragma once

#include "engine/node/operation.hpp"

namespace swarm {

class Proposer {
 public:
  virtual ~Proposer() = default;
  // Puts the operation into the log. Returns the index of the block that it will be in.
  virtual LogIndex propose(const Operation& operation) = 0;
};

}  // namespace swarm
