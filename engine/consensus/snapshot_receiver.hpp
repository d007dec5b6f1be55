// A slave's side of snapshots (R19). The receiver pulls a snapshot in chunks, and keeps the chunks
// on the disk in case this process ends. It loads them into a second state beside the one in force.
// Then the second state replaces the first. The work of each step is bounded, in memory and on the
// disk.
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
  // Takes over the chunks of a pull from the image. The pull continues once the same snapshot is
  // offered again.
  SnapshotReceiver(ReplicaState& state, Applier& applier, db::TrackerImage& image);

  void start();
  void on_meta(const wire::SnapshotMeta& m);
  void on_data(const wire::SnapshotData& m);
  void pull_timer();  // handles Timer::snapshot_pull
  void load_timer();  // handles Timer::snapshot_load
  void persisted(std::uint64_t ticket);
  void installed();  // the installation is durable, so the snapshot's state is in force from now on
  // Requests no more chunks. The chunks that have come are kept, in case the same snapshot is
  // offered again. If all chunks have come, the snapshot is still loaded.
  void stop_pulling() { paused_ = true; }
  // True: a snapshot is pulled or loaded, so single blocks are not FETCHed.
  bool pulling() const { return pull_ && (!paused_ || pull_->loader); }
  void forget_old();
  // An offered snapshot may show that this log equals the master's up to some index. The caller
  // takes this index after on_meta(), on_data() and load_timer(). Zero: no such index was found
  // since the last call.
  LogIndex take_known() { return std::exchange(known_, LogIndex{}); }

 private:
  struct Pull {
    Pull(const db::PulledSnapshot& snapshot, std::uint32_t most, Time now);
    bool has_size_of(std::uint32_t chunk, Bytes bytes) const;

    db::PulledSnapshot what;
    ChunkPull chunks;
    PulledBytes bytes;
    std::vector<std::uint32_t> unwritten;  // chunks that have come and are not written yet
    Time wrote;                            // when the last write of chunks was made
    bool named = false;                    // the disk was told that this snapshot is being pulled
    std::size_t written = 0;               // number of chunks that were written
    std::size_t staged = 0;                // number of rows that were staged
    std::unique_ptr<SnapshotLoad> loader;  // exists once all chunks have come
    MemberId sender;                       // the master at the time when the last chunk came
    Time told;  // when the sender was last told that the snapshot is still wanted
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
  bool is_over_ = false;  // the pull found on the disk at the start is of no use
  // The write of chunks that is not durable yet; zero if there is none.
  std::uint64_t chunk_ticket_ = 0;
  struct RowsInFlight {
    std::uint64_t ticket;
    std::size_t rows;
  };
  std::deque<RowsInFlight> rows_in_flight_;
  std::size_t rows_unwritten_ = 0;
  // The number of row changes of the tables in force that were not durable at install(). Some of
  // these changes may drop rows, which then stay on the disk as leftovers. So all of them are
  // counted as leftovers.
  std::size_t unwritten_at_install_ = 0;
  // The number of leftovers on the disk, or more: rows of former tables and logs, chunks, and rows
  // that were staged in vain.
  std::size_t left_over_ = 0;
  std::uint64_t clear_ticket_ = 0;  // the write that deletes leftovers; zero if there is none
  std::size_t clearing_ = 0;        // the most leftovers that this write deletes
  // Leftovers in memory, to be freed.
  std::deque<std::unique_ptr<SnapshotLoad>> old_states_;
  std::deque<PulledBytes> old_bytes_;
};

}  // namespace swarm
