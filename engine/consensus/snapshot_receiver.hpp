// A slave's side of snapshots (R19): pulls one in chunks, keeps them on the disk in case this
// process ends, makes a table of them beside the one in force, and lets it take that one's place.
// Every part of it is bounded, in memory and on the disk.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "engine/base/clock.hpp"
#include "engine/consensus/chunk_pull.hpp"
#include "engine/consensus/pulled_bytes.hpp"
#include "engine/node/tracker_db.hpp"
#include "engine/tracker/table/snapshot_loader.hpp"
#include "engine/tracker/table/swarm_table.hpp"
#include "engine/wire/cluster_protocol.hpp"

namespace swarm {

struct Parts;

class SnapshotReceiver {
 public:
  // Goes on with what the image has of a pull, once it is offered again.
  SnapshotReceiver(Parts& parts, db::TrackerImage& image);

  void start();
  void on_meta(const wire::SnapshotMeta& m);
  void on_data(const wire::SnapshotData& m);
  void pull_timer();  // Timer::snapshot_pull
  void load_timer();  // Timer::snapshot_load
  void persisted(std::uint64_t ticket);
  void installed();  // durable: its table is the one in force from here on
  // What has come stays, in case the same one is offered again. One that is whole is loaded.
  void stop_pulling() { paused_ = true; }
  // Chunks come, or are asked for again, or are loaded: there is nothing to FETCH.
  bool pulling() const { return pull_ && (!paused_ || pull_->loader); }
  void forget_old();

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
    std::optional<SnapshotLoader> loader;  // when all chunks are here
    MemberId sender;
    Time told;  // to its sender: it is still wanted
  };
  bool loading() const { return pull_ && pull_->loader; }
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

  Parts& p_;
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
  std::deque<SwarmTable> old_tables_;
  std::deque<PulledBytes> old_bytes_;
};

}  // namespace swarm
