// A master's side of snapshots (R19): for a slave whose gap begins before the log. Made in parts,
// pulled by the receiver in chunks (snapshot_receiver.hpp).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "engine/base/clock.hpp"
#include "engine/node/tracker_db.hpp"
#include "engine/tracker/table/snapshot_builder.hpp"
#include "engine/wire/cluster_protocol.hpp"

namespace swarm {

struct Parts;

class Snapshots {
 public:
  explicit Snapshots(Parts& parts) : p_(parts) {}

  void offer(MemberId to);  // at once, or when it is asked again: a large one takes time to make
  void changed(std::span<const db::RowChange> rows) {  // of the table, just now
    if (builder_) builder_->changed(rows);
  }
  bool building() const { return builder_ != nullptr; }
  void build();  // goes on making one: Timer::snapshot_make
  void stop_building();
  void on_get(MemberId to, const wire::SnapshotGet& m);
  // One chunk of the present snapshot. Returns the bytes of its body; 0: there is no such chunk.
  std::size_t send_chunk(MemberId to, std::uint32_t chunk);
  LogIndex needed_from() const;  // log blocks from here on are kept for receivers
  void forget_old();

 private:
  struct Source {
    std::uint64_t id{};
    LogIndex index;
    Term term;
    std::vector<std::uint8_t> bytes;
    std::uint64_t hash{};
    Time used{};
  };
  void made();
  void drop_source();
  db::Snapshot head() const;

  Parts& p_;
  std::optional<Source> source_;
  std::unique_ptr<SnapshotBuilder> builder_;
  db::Snapshot head_;     // of the one that is being made, once it is frozen
  LogIndex builds_from_;  // it will be of this index or a later one
};

}  // namespace swarm
