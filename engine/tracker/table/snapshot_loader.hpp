// Makes a table, and row changes for the disk, from the bytes of a snapshot, in steps of bounded
// work. All bytes are checked, so a wrong snapshot cannot crash this process.
#pragma once

#include <vector>

#include "engine/node/tracker_db.hpp"
#include "engine/tracker/table/swarm_table.hpp"
#include "engine/wire/pulled_bytes.hpp"
#include "engine/wire/snapshot_reader.hpp"
#include "engine/wire/snapshot_writer.hpp"

namespace swarm {

class SnapshotLoader {
 public:
  // `bytes`: the whole snapshot. `what`: its size, hash, index and term, as they were offered.
  // `empty`: an empty table.
  SnapshotLoader(PulledBytes bytes, const db::PulledSnapshot& what, SwarmTable empty);
  SnapshotLoader(const SnapshotLoader&) = delete;
  SnapshotLoader& operator=(const SnapshotLoader&) = delete;

  // check() and load() touch at most `most` rows, and return how many they touched. check() checks
  // the hash of the bytes. Then load() reads the rows.
  std::size_t check(std::size_t most);
  bool checked() const { return reader_.has_value(); }
  std::size_t load(std::size_t most, std::vector<db::RowChange>& rows);  // appends to `rows`

  bool failed() const { return failed_; }  // the bytes do not match the offer, or are no snapshot
  bool done() const { return checked() && !failed_ && reader_->done(); }
  const db::SnapshotHead& head() const { return reader_->head(); }
  SwarmTable& table() { return table_; }
  const SwarmTable& table() const { return table_; }
  PulledBytes& bytes() { return bytes_; }

 private:
  bool add(const db::RowChange& row);

  PulledBytes bytes_;
  db::PulledSnapshot what_;
  SwarmTable table_;
  wire::SnapshotHash hasher_;
  std::size_t hashed_ = 0;
  std::optional<wire::SnapshotReader> reader_;
  bool failed_ = false;
};

}  // namespace swarm
