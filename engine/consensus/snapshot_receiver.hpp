// A slave's side of snapshots (R19). It pulls a snapshot in chunks, and keeps the chunks on the
// disk in case this process ends. It loads them into a second state beside the one in force, and
// then lets the second state replace the first. The work of each step is bounded, in memory and on
// the disk.
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
  void pull_timer();  // Timer::snapshot_pull
  void load_timer();  // Timer::snapshot_load
  void persisted(std::uint64_t ticket);
  void installed();  // the installation is durable, so the snapshot's state is in force from now on
  // Asks for no more chunks. Those that have come are kept, in case the same snapshot is offered
  // again. A snapshot whose chunks have all come is still loaded.
  void stop_pulling() { paused_ = true; }
  // True: a snapshot is pulled or loaded, so single blocks are not FETCHed.
  bool pulling() const { return pull_ && (!paused_ || pull_->loader); }
  void forget_old();
  // An offered snapshot may show that the log here equals the master's up to some index. The caller
  // takes this index after each of the calls above. Zero: there is no new one.
  LogIndex take_known() { return std::exchange(known_, LogIndex{}); }

 private:
  struct Pull {
    Pull(const db::PulledSnapshot& snapshot, std::uint32_t most, Time now);
    bool has_size_of(std::uint32_t chunk, Bytes bytes) const;

    db::PulledSnapshot what;
    ChunkPull chunks;
    PulledBytes bytes;
    std::vector<std::uint32_t> unwritten;  // chunks that have come and are not written yet
    Time wrote;                            // when chunks were written last
    bool named = false;                    // the disk was told that this snapshot is being pulled
    std::size_t written = 0;               // chunks that were written
    std::size_t staged = 0;                // rows that were staged
    std::unique_ptr<SnapshotLoad> loader;  // exists when all chunks are here
    MemberId sender;                       // the master when the last chunk came
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
  bool is_over_ = false;            // the pull that this process found on its disk is of no use
  std::uint64_t chunk_ticket_ = 0;  // the write of chunks that is not durable yet; zero: none
  struct RowsInFlight {
    std::uint64_t ticket;
    std::size_t rows;
  };
  std::deque<RowsInFlight> rows_in_flight_;
  std::size_t rows_unwritten_ = 0;
  // Row changes of the tables in force that were not durable at install(). Some may drop rows that
  // then stay on the disk as leftovers, so all of them are counted as leftovers.
  std::size_t unwritten_at_install_ = 0;
  // Leftovers on the disk: rows of former tables and logs, chunks, and rows that were staged in
  // vain. This is an upper bound of their number.
  std::size_t left_over_ = 0;
  std::uint64_t clear_ticket_ = 0;  // the write that deletes some of them; zero: none
  std::size_t clearing_ = 0;        // how many it deletes, at most
  // Leftovers in memory.
  std::deque<std::unique_ptr<SnapshotLoad>> old_states_;
  std::deque<PulledBytes> old_bytes_;
};

}  // namespace swarm
