// The way of operations into the log. Implemented by Shard, on the Master Consensus System.
#pragma once

#include "engine/node/operation.hpp"

namespace swarm {

class Proposer {
 public:
  virtual ~Proposer() = default;
  // Puts the operation into the log; the index of the block that it will be in.
  virtual LogIndex propose(const Operation& operation) = 0;
};

}  // namespace swarm
