// A master's side of snapshots (R19). A slave gets a snapshot if it lacks blocks that the master's
// log no longer has. The master makes the snapshot in parts, and the slave pulls it in chunks
// (snapshot_receiver.hpp).
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

  // Offers the snapshot if there is one. Otherwise begins to make one, which takes time if the
  // table is large. Meanwhile the slave FETCHes again, and each FETCH leads to another call of
  // offer().
  void offer(MemberId to);
  void build();  // handles Timer::snapshot_make: makes more of the snapshot
  void stop_building();
  void on_get(MemberId to, const wire::SnapshotGet& m);
  LogIndex needed_from() const;  // the log keeps blocks from this index on, for receivers
  void forget_old();

 private:
  void made();
  void drop_source();
  db::Snapshot head() const;

  ReplicaState& s_;
  Applier& applier_;
  BulkSender& bulk_;
  std::unique_ptr<SnapshotMaker> builder_;
  db::Snapshot head_;     // the head of the snapshot in the making, once frozen
  LogIndex builds_from_;  // the snapshot in the making will have this index or a later one
};

}  // namespace swarm
