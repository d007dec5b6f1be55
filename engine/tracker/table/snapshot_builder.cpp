#include "engine/tracker/table/snapshot_builder.hpp"

#include "engine/base/assert.hpp"

namespace swarm {
namespace {

constexpr std::size_t bytes_per_row = 32;  // hashing this many bytes takes as long as writing a row

// Takes the next row in canonical order from the runs and the noted changes. False: none is left.
// `row` is empty if a change has removed the row, or if the row is outdated because of a change.
template <class Row, class Changes, class Key, class Make>
bool next_row(SortedRuns<Row>& runs, Changes& changes, const Key& key, const Make& make,
              std::optional<Row>& row) {
  row.reset();
  const auto change = changes.begin();
  if (change != changes.end() && (runs.empty() || !(key(runs.front()) < change->first))) {
    if (!runs.empty() && key(runs.front()) == change->first) {
      runs.pop();  // outdated; there may be a second scanned copy
      return true;
    }
    if (change->second) row = make(change->first, *change->second);
    changes.erase(change);
    return true;
  }
  if (runs.empty()) return false;
  row = runs.front();
  runs.pop();
  return true;
}

// Takes at most `most` rows, writes those that are not empty, and returns how many it took. Sets
// `more` to false after the last row.
template <class Row, class Changes, class Key, class Make>
std::size_t write_rows(SortedRuns<Row>& runs, Changes& changes, const Key& key, const Make& make,
                       wire::SnapshotWriter& writer, std::size_t most, bool& more) {
  std::optional<Row> row;
  for (std::size_t n = 0; n < most; ++n) {
    more = next_row(runs, changes, key, make, row);
    if (!more) return n;
    if (row) writer.add(*row);
  }
  return most;
}

}  // namespace

void SnapshotBuilder::changed(std::span<const db::RowChange> changes) {
  if (frozen()) return;
  struct Note {
    SnapshotBuilder& b;
    void operator()(const db::PutPeer& c) { b.changed_peers_[c.row.id] = c.row.address; }
    void operator()(const db::DropPeer& c) { b.changed_peers_[c.id].reset(); }
    void operator()(const db::PutContent& c) {
      b.changed_contents_[{c.row.info_hash, c.row.peer}] = c.row.state;
    }
    void operator()(const db::DropContent& c) {
      b.changed_contents_[{c.info_hash, c.peer}].reset();
    }
    void operator()(const db::PutCompleted& c) {
      auto& count = b.changed_completed_[{c.row.info_hash, c.row.v6}];
      count = c.row.count == 0 ? std::nullopt : std::optional(c.row.count);
    }
  };
  for (const auto& change : changes) std::visit(Note{*this}, change);
}

// ---- Scanning

template <class Row>
void SnapshotBuilder::take_run(std::vector<Row>& rows, SortedRuns<Row>& runs, std::uint32_t next) {
  runs.add(std::move(rows));
  place_ = next;
  if (next == 0) stage_ = static_cast<Stage>(static_cast<int>(stage_) + 1);
}

std::size_t SnapshotBuilder::scan(std::size_t most) {
  const auto before = place_;
  const auto scan_one = [&](auto& runs, auto rows, auto part) {
    const auto next = (table_.*part)(place_, most, rows);
    const std::size_t touched = next == 0 ? std::max<std::size_t>(rows.size(), 1) : next - before;
    take_run(rows, runs, next);
    return std::min(touched, most);
  };
  switch (stage_) {
    case Stage::peers:
      return scan_one(peers_, std::vector<db::PeerRow>(), &SwarmTable::scan_peers);
    case Stage::contents:
      return scan_one(contents_, std::vector<db::ContentRow>(), &SwarmTable::scan_contents);
    case Stage::completed:
      return scan_one(completed_, std::vector<db::CompletedRow>(), &SwarmTable::scan_completed);
    default:
      return 0;
  }
}

// ---- Writing

void SnapshotBuilder::freeze(const db::Snapshot& head) {
  SWARM_ASSERT(stage_ == Stage::scanned, "the whole table is scanned before it is written");
  writer_.emplace(head, peers_.size() + changed_peers_.size(),
                  contents_.size() + changed_contents_.size());
  stage_ = Stage::write_peers;
}

std::size_t SnapshotBuilder::write(std::size_t most) {
  SWARM_ASSERT(frozen(), "what is written has a place in the log");
  bool more = true;
  std::size_t touched = 0;
  switch (stage_) {
    case Stage::write_peers:
      touched = write_rows(
          peers_, changed_peers_, [](const db::PeerRow& r) { return r.id; },
          [](PeerRowId id, const Endpoint& at) {
            return db::PeerRow{id, at};
          },
          *writer_, most, more);
      break;
    case Stage::write_contents:
      touched = write_rows(
          contents_, changed_contents_,
          [](const db::ContentRow& r) { return ContentKey(r.info_hash, r.peer); },
          [](const ContentKey& key, PeerState state) {
            return db::ContentRow{key.first, key.second, state};
          },
          *writer_, most, more);
      break;
    case Stage::write_completed:
      touched = write_rows(
          completed_, changed_completed_,
          [](const db::CompletedRow& r) { return CompletedKey(r.info_hash, r.v6); },
          [](const CompletedKey& key, std::uint32_t count) {
            return db::CompletedRow{key.first, key.second, count};
          },
          *writer_, most, more);
      if (!more) bytes_ = writer_->finish();
      break;
    default:
      return hash_some(most);
  }
  if (!more) stage_ = static_cast<Stage>(static_cast<int>(stage_) + 1);
  return touched;
}

std::size_t SnapshotBuilder::hash_some(std::size_t most) {
  if (stage_ != Stage::hash) return 0;
  const auto size = std::min(most * bytes_per_row, bytes_.size() - hashed_);
  hasher_.add(Bytes(bytes_).subspan(hashed_, size));
  hashed_ += size;
  if (hashed_ == bytes_.size()) {
    hash_ = hasher_.finish();
    stage_ = Stage::done;
  }
  return size / bytes_per_row;
}

}  // namespace swarm
