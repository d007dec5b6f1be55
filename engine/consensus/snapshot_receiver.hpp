// A slave's side of snapshots (R19): pulls one in chunks, keeps them on the disk in case this
// process ends, makes a state of them beside the one in force, and lets it take that one's place.
// Every part of it is bounded, in memory and on the disk.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "engine/base/clock.hpp"
#include "engine/consensus/applier.hpp"
#include "engine/consensus/chunk_pull.hpp"
#include "engine/consensus/state_machine.hpp"
#include "engine/node/tracker_db.hpp"
#include "engine/wire/cluster_protocol.hpp"
#include "engine/wire/pulled_bytes.hpp"

namespace swarm {

class SnapshotReceiver {
 public:
  // Keeps the chunks that the image has of a pull, and continues once that snapshot is offered
  // again.
  SnapshotReceiver(ReplicaState& state, Applier& applier, db::TrackerImage& image);

  void start();
  void on_meta(const wire::SnapshotMeta& m);
  void on_data(const wire::SnapshotData& m);
  void pull_timer();  // Timer::snapshot_pull
  void load_timer();  // Timer::snapshot_load
  void persisted(std::uint64_t ticket);
  void installed();  // durable: its state is the one in force from here on
  // Chunks that have come are kept, in case the same snapshot is offered again. A snapshot that has
  // come whole is still loaded.
  void stop_pulling() { paused_ = true; }
  // A snapshot is pulled or loaded, so single blocks are not FETCHed.
  bool pulling() const { return pull_ && (!paused_ || pull_->loader); }
  void forget_old();
  // To be taken after each of the calls above: the offered snapshot has shown that the log here
  // equals the master's up to this index. Zero: nothing new.
  LogIndex take_known() { return std::exchange(known_, LogIndex{}); }

 private:
  struct Pull {
    Pull(const db::PulledSnapshot& snapshot, std::uint32_t most, Time now);
    bool has_size_of(std::uint32_t chunk, Bytes bytes) const;

    db::PulledSnapshot what;
    ChunkPull chunks;
    PulledBytes bytes;
    std::vector<std::uint32_t> unwritten;  // chunks that have come
    Time wrote;
    bool named = false;                    // on the disk: this is the one that is pulled
    std::size_t written = 0;               // chunks
    std::size_t staged = 0;                // rows
    std::unique_ptr<SnapshotLoad> loader;  // when all chunks are here
    MemberId sender;
    Time told;  // to its sender: it is still wanted
  };
  bool loading() const { return pull_ && pull_->loader; }
  void known_up_to(LogIndex index) { known_ = std::max(known_, index); }
  void ask();
  void complete();
  void load();
  bool load_some();
  void keep_it_there();
  bool is_overtaken() const;
  bool write_chunks(std::size_t least);
  void install();
  void abandon();
  void clear();
  void shed();

  ReplicaState& s_;
  Applier& applier_;
  LogIndex known_;  // see take_known()
  std::optional<Pull> pull_;
  bool paused_ = true;
  bool is_over_ = false;            // the pull that this process has found on its disk
  std::uint64_t chunk_ticket_ = 0;  // not durable yet; zero: none
  struct RowsInFlight {
    std::uint64_t ticket;
    std::size_t rows;
  };
  std::deque<RowsInFlight> rows_in_flight_;
  std::size_t rows_unwritten_ = 0;
  // Rows of the tables in force whose dropping the last transaction may make needless: then they
  // are left over, too.
  std::size_t unwritten_at_install_ = 0;
  // On the disk, of other times: at least as many as there are.
  std::size_t left_over_ = 0;
  std::uint64_t clear_ticket_ = 0;
  std::size_t clearing_ = 0;
  // In memory.
  std::deque<std::unique_ptr<SnapshotLoad>> old_states_;
  std::deque<PulledBytes> old_bytes_;
};

}  // namespace swarm
