// What one transaction changes, in the required order.

#include <optional>

#include "engine/base/assert.hpp"
#include "engine/db/sqlite_tracker_db_impl.hpp"
#include "engine/node/row_digest.hpp"

namespace swarm::db {

void SqliteTrackerDb::Impl::carry_out(const TrackerWrite& write, LogRange& range,
                                      MergedChanges& rows) {
  staged.carry_out(write.staging);
  if (write.install) {
    rows.clear();  // the snapshot replaces all earlier changes
    install(*write.install, write.digest);
    range.applied = write.install->applied.index;
    range.begin = range.end = range.applied + 1;
    range.fell = true;
  }
  if (write.truncate_from) truncate(*write.truncate_from, range);
  for (const auto& block : write.append) append(*block, range);
  rows.add(write.rows);
  if (write.applied) {
    SWARM_ASSERT(write.applied->index >= range.applied, "the rows never go back");
    range.applied = write.applied->index;
  }
  if (write.drop_before) drop_before(*write.drop_before, range);
}

void SqliteTrackerDb::Impl::install(const SnapshotHead& head,
                                    const std::optional<std::uint64_t>& digest) {
  staged.install();
  put(head.applied);
  set_digest.run(digest);
  set_log_begin.run(head.applied.index + 1, head.applied.term);
  put(head.config_index, head.config);
}

void SqliteTrackerDb::Impl::truncate(LogIndex from, LogRange& range) {
  SWARM_ASSERT(from >= range.begin, "what the tables already hold is never truncated");
  if (from >= range.end) return;
  log_truncate.run(from);
  range.end = from;
  range.fell = true;
}

void SqliteTrackerDb::Impl::append(const Block& block, LogRange& range) {
  SWARM_ASSERT(block.index == range.end, "the log has no gap and no block twice");
  log_append.run(block.index, block.term, block.stamp.us, Bytes(block.operations), sum_of(block));
  ++range.end;
}

void SqliteTrackerDb::Impl::drop_before(const TrackerWrite::DropBefore& drop, LogRange& range) {
  SWARM_ASSERT(drop.index <= range.end, "only a part of the log that is there is dropped");
  if (drop.index <= range.begin) return;
  log_drop.run(drop.index);
  set_log_begin.run(drop.index, drop.previous_term);
  put(drop.config_index, drop.config);
  range.begin = drop.index;
}

void SqliteTrackerDb::Impl::put(MergedChanges& changes) {
  for (const auto& change : changes.contents())
    if (!change.put) drop(change.info_hash, change.peer);
  for (const auto& change : changes.peers())
    if (!change.put) peer_drop.run(change.id);
  for (const auto& change : changes.peers())
    if (change.put) put(*change.put);
  for (const auto& change : changes.contents())
    if (change.put) put(*change.put);
  for (const auto& row : changes.completed()) put(row);
}

void SqliteTrackerDb::Impl::put(const PeerRow& row) {
  peer_put.run(row.id, to_string(row.address.ip), row.address.port);
}

void SqliteTrackerDb::Impl::put(const ContentRow& row) {
  const std::string sha1 = sha1_text(row.info_hash);
  const bool is_new = content_put.run(sha1, row.peer) == 1;
  if (row.state == PeerState::seeder)
    seeder_put.run(sha1, row.peer);
  else if (!is_new)
    seeder_drop.run(sha1, row.peer);
}

void SqliteTrackerDb::Impl::drop(const InfoHash& info_hash, PeerRowId peer) {
  const std::string sha1 = sha1_text(info_hash);
  if (content_drop.run(sha1, peer) == 1) seeder_drop.run(sha1, peer);
}

void SqliteTrackerDb::Impl::put(const CompletedRow& row) {
  const std::string sha1 = sha1_text(row.info_hash);
  if (row.count > 0)
    completed_put.run(sha1, family(row), row.count);
  else
    completed_drop.run(sha1, family(row));
}

void SqliteTrackerDb::Impl::put(const Applied& applied) {
  set_applied.run(applied.index, applied.term, applied.stamp.us, applied.next_peer,
                  applied.position);
}

void SqliteTrackerDb::Impl::put(const TrackerMarks& m, LogIndex reached) {
  set_marks.run(m.store, m.pair, m.ballot, m.log.generation, reached);
}

void SqliteTrackerDb::Impl::put(LogIndex index, const Config& config) {
  set_config.run(index, static_cast<std::uint8_t>(config.ready), config.next_id,
                 Bytes(config.current_secret), Bytes(config.previous_secret),
                 config.secret_since.us);
  members_drop.run();
  for (const auto& m : config.members)
    member_put.run(m.id, m.store, static_cast<std::uint8_t>(m.standing), m.in_sync,
                   to_string(m.cluster.ip), m.cluster.port);
}

}  // namespace swarm::db
