// Snapshots (R19): for a slave whose gap begins before the master's log. Pulled by the receiver in
// chunks, installed in one transaction.
#pragma once

#include "engine/clock.hpp"
#include "engine/db/tracker_db.hpp"
#include "engine/tracker/chunk_pull.hpp"
#include "engine/wire/cluster_protocol.hpp"

namespace swarm {

struct Parts;

class Snapshots {
 public:
  explicit Snapshots(Parts& parts) : p_(parts) {}

  // Master
  void offer(MemberId to);
  void on_get(MemberId to, const wire::SnapshotGet& m);
  // One chunk of the present snapshot. Returns the bytes of its body; 0: there is no such chunk.
  std::size_t send_chunk(MemberId to, std::uint32_t chunk);
  LogIndex needed_from() const;  // log blocks from here on are kept for receivers
  void forget_old();

  // Slave
  void on_meta(const wire::SnapshotMeta& m);
  void on_data(const wire::SnapshotData& m);
  void pull_timer();
  // What has come stays, in case the same one is offered again.
  void stop_pulling() { paused_ = true; }
  // Chunks come, or are asked for again: there is nothing to FETCH.
  bool pulling() const { return pull_ && !paused_; }

 private:
  struct Source {
    std::uint64_t id{};
    LogIndex index;
    Term term;
    std::vector<std::uint8_t> bytes;
    std::uint64_t hash{};
    Time used{};
  };
  struct Pull {
    wire::SnapshotMeta meta;
    ChunkPull chunks;
    std::vector<std::uint8_t> bytes;
  };
  void ask();
  void complete();

  Parts& p_;
  std::optional<Source> source_;
  std::optional<Pull> pull_;
  bool paused_ = false;
};

}  // namespace swarm
