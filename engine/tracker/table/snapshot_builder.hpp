// Makes the bytes of a snapshot from the table, in steps of bounded work, while the table changes.
// First the builder scans all rows in the order of their places in memory, a few in each step. It
// also notes all changes to the table. A noted change replaces the scanned row. (A row that was
// scanned after its change equals the change.) At freeze(), the scanned rows with the noted changes
// therefore equal the table. This is the state of the snapshot. After freeze(), the builder merges
// the rows into canonical order and writes them.
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

  // Call it after each change to the table, with the changed rows in the order of the changes.
  void changed(std::span<const db::RowChange> changes);

  // scan() and write() touch at most `most` rows, and return how many they touched.
  std::size_t scan(std::size_t most);
  bool scanned() const { return stage_ > Stage::completed; }
  // Call it once, when scanned() is true. The snapshot has the rows that the table has now. `head`:
  // everything in the snapshot but the rows.
  void freeze(const db::Snapshot& head);
  bool frozen() const { return writer_.has_value(); }
  std::size_t write(std::size_t most);

  // The peers and contents that are not yet written.
  std::size_t rows() const { return peers_.size() + contents_.size(); }
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
  std::uint32_t place_ = 0;  // the place of the row to scan next
  SortedRuns<db::PeerRow> peers_;
  SortedRuns<db::ContentRow> contents_;
  SortedRuns<db::CompletedRow> completed_;
  // The noted changes. An empty value: the row was removed.
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
