// A master's side of snapshots (R19): for a slave whose gap begins before the log. Made in parts,
// pulled by the receiver in chunks (snapshot_receiver.hpp).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "engine/base/clock.hpp"
#include "engine/consensus/applier.hpp"
#include "engine/consensus/bulk_sender.hpp"
#include "engine/consensus/state_machine.hpp"
#include "engine/node/tracker_db.hpp"
#include "engine/wire/cluster_protocol.hpp"

namespace swarm {

class Snapshots {
 public:
  Snapshots(ReplicaState& state, Applier& applier, BulkSender& bulk)
      : s_(state), applier_(applier), bulk_(bulk) {}

  void offer(MemberId to);  // at once, or when it is asked again: a large one takes time to make
  void build();             // goes on making one: Timer::snapshot_make
  void stop_building();
  void on_get(MemberId to, const wire::SnapshotGet& m);
  LogIndex needed_from() const;  // log blocks from here on are kept for receivers
  void forget_old();

 private:
  void made();
  void drop_source();
  db::Snapshot head() const;

  ReplicaState& s_;
  Applier& applier_;
  BulkSender& bulk_;
  std::unique_ptr<SnapshotMaker> builder_;
  db::Snapshot head_;     // of the one that is being made, once it is frozen
  LogIndex builds_from_;  // it will be of this index or a later one
};

}  // namespace swarm
