// Makes the bytes of a snapshot from the table, while the table changes, in steps of bounded work.
// First it scans all rows, in the order of their places in memory, a few in each step. It notes the
// changes during the scan. A noted change replaces the scanned row. (A row that is scanned after
// its change is equal to it.) So at the end of the scan, the scanned rows with the noted changes
// equal the table as it is then. That is the state of the snapshot. The rows are then merged into
// canonical order, and written.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <vector>

#include "engine/node/tracker_db.hpp"
#include "engine/tracker/table/sorted_runs.hpp"
#include "engine/tracker/table/swarm_table.hpp"
#include "engine/wire/snapshot_writer.hpp"

namespace swarm {

class SnapshotBuilder {
 public:
  explicit SnapshotBuilder(const SwarmTable& table) : table_(table) {}  // must outlive it

  // Changes of rows that were just made to the table, in their order.
  void changed(std::span<const db::RowChange> changes);

  // scan() and write() touch at most `most` rows, and return how many they touched.
  std::size_t scan(std::size_t most);
  bool scanned() const { return stage_ > Stage::completed; }
  // Called once, when all is scanned: the snapshot is the table as it is now. `head`: everything in
  // the snapshot but the rows.
  void freeze(const db::Snapshot& head);
  bool frozen() const { return writer_.has_value(); }
  std::size_t write(std::size_t most);

  std::size_t rows() const { return peers_.size() + contents_.size(); }  // not written yet
  bool done() const { return stage_ == Stage::done; }
  std::vector<std::uint8_t>& bytes() { return bytes_; }
  std::uint64_t hash() const { return hash_; }  // wire::hash_bytes() of bytes()

 private:
  enum class Stage {
    peers,
    contents,
    completed,
    scanned,
    write_peers,
    write_contents,
    write_completed,
    hash,
    done
  };
  using ContentKey = std::pair<InfoHash, PeerRowId>;
  using CompletedKey = std::pair<InfoHash, bool>;

  template <class Row>
  void take_run(std::vector<Row>& rows, SortedRuns<Row>& runs, std::uint32_t next);
  std::size_t hash_some(std::size_t most);

  const SwarmTable& table_;
  Stage stage_ = Stage::peers;
  std::uint32_t place_ = 0;  // of the row to scan next
  SortedRuns<db::PeerRow> peers_;
  SortedRuns<db::ContentRow> contents_;
  SortedRuns<db::CompletedRow> completed_;
  // Noted changes; nothing: the row is gone.
  std::map<PeerRowId, std::optional<Endpoint>> changed_peers_;
  std::map<ContentKey, std::optional<PeerState>> changed_contents_;
  std::map<CompletedKey, std::optional<std::uint32_t>> changed_completed_;
  std::optional<wire::SnapshotWriter> writer_;
  std::vector<std::uint8_t> bytes_;
  wire::SnapshotHash hasher_;
  std::size_t hashed_ = 0;
  std::uint64_t hash_ = 0;
};

}  // namespace swarm
