// Makes a table from the bytes of a snapshot, and rows for the disk, in steps of bounded work. All
// bytes are checked, so no mistake of a sender can end this process.
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
  // bytes: all of them are here.
  SnapshotLoader(PulledBytes bytes, const db::PulledSnapshot& what, SwarmTable empty);
  SnapshotLoader(const SnapshotLoader&) = delete;
  SnapshotLoader& operator=(const SnapshotLoader&) = delete;

  // Each of these touches at most `most` rows and returns how many it did touch. First the hash of
  // the bytes is looked at, then they are read.
  std::size_t check(std::size_t most);
  bool checked() const { return reader_.has_value(); }
  std::size_t load(std::size_t most, std::vector<db::RowChange>& rows);  // appends them

  bool failed() const { return failed_; }  // it is not what was offered, or makes no sense
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
