#include "engine/db/sqlite_tracker_db.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include "engine/base/assert.hpp"
#include "engine/base/random.hpp"
#include "engine/db/merged_changes.hpp"
#include "engine/db/sqlite_file.hpp"
#include "engine/db/staged_tables.hpp"
#include "engine/db/table_listing.hpp"
#include "engine/db/tracker_schema.hpp"
#include "engine/node/row_digest.hpp"

namespace swarm::db {
namespace {

// What is known of META and LOG without asking: the log is [begin, end).
struct LogRange {
  LogIndex begin{1}, end{1}, applied;
  bool fell = false;  // blocks were taken away from its end
};

std::uint64_t sum_of(const Block& block) {
  const Bytes bytes = block.operations;
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return text_hash(mix(mix(mix(block.index.value) ^ block.term.value) ^ block.stamp.us), text);
}

}  // namespace

struct SqliteTrackerDb::Impl {
  explicit Impl(const std::string& path, const Impl* source = nullptr)
      : file(path, tracker_format, source != nullptr ? &source->file : nullptr) {
    file.attempt("read", [&] {
      log_bounds.each([&](const auto& row) {
        log.begin = id_column<LogIndex>(row, 0);
        log.end = std::max(log.begin, id_column<LogIndex>(row, 1));
        log.applied = id_column<LogIndex>(row, 2);
      });
      marks_get.each([&](const auto& row) {
        marks.store = id_column<StoreId>(row, 0);
        marks.pair = static_cast<std::uint64_t>(number_column(row, 1));
        marks.ballot = static_cast<std::uint64_t>(number_column(row, 2));
        marks.log.generation = static_cast<std::uint64_t>(number_column(row, 3));
      });
      noted_ballot = marks.ballot;
    });
    if (file.attempt("read", [&] { return counted(unsealed) != 0; })) seal_what_is_there();
    look_at_the_end();
  }

  // What the version before has written is taken for what it seems, once.
  void seal_what_is_there() {
    std::vector<std::pair<LogIndex, std::uint64_t>> sums;
    log_list.each([&](const auto& row) {
      const Block block = block_of(row);
      sums.emplace_back(block.index, sum_of(block));
    });
    file.transaction([&] {
      for (const auto& [index, sum] : sums) log_sum.run(sum, index);
      seal();
    });
  }

  void look_at_the_end() {
    marks.log.last = log.end - 1;
    marks.holds = log.end > LogIndex{1} || log.applied;
  }

  // Over all of META and MEMBERS. Ends each transaction that has changed one of them.
  std::uint64_t seal_of_meta() {
    std::uint64_t hash = 0;
    meta_all.each([&](const auto& row) { hash = row_hash(hash, row, "seal"); });
    member_list.each([&](const auto& row) { hash = row_hash(hash, row); });
    return hash;
  }
  void seal() { set_seal.run(seal_of_meta()); }

  // write(), inside its transaction, in the order of the parts.
  void carry_out(const TrackerWrite& write, LogRange& range, MergedChanges& rows) {
    staged.carry_out(write.staging);
    if (write.install) {
      rows.clear();  // what came before is replaced
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

  void install(const SnapshotHead& head, const std::optional<std::uint64_t>& digest) {
    staged.install();
    put(head.applied);
    set_digest.run(digest);
    set_log_begin.run(head.applied.index + 1, head.applied.term);
    put(head.config_index, head.config);
  }

  void truncate(LogIndex from, LogRange& range) {
    SWARM_ASSERT(from >= range.begin, "what the tables already hold is never truncated");
    if (from >= range.end) return;
    log_truncate.run(from);
    range.end = from;
    range.fell = true;
  }

  void append(const Block& block, LogRange& range) {
    SWARM_ASSERT(block.index == range.end, "the log has no gap and no block twice");
    log_append.run(block.index, block.term, block.stamp.us, Bytes(block.operations), sum_of(block));
    ++range.end;
  }

  void drop_before(const TrackerWrite::DropBefore& drop, LogRange& range) {
    SWARM_ASSERT(drop.index <= range.end, "only a part of the log that is there is dropped");
    if (drop.index <= range.begin) return;
    log_drop.run(drop.index);
    set_log_begin.run(drop.index, drop.previous_term);
    put(drop.config_index, drop.config);
    range.begin = drop.index;
  }

  // All drops come first: an address may have passed from a dropped peer to a new one.
  void put(MergedChanges& changes) {
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

  void put(const PeerRow& row) {
    peer_put.run(row.id, to_string(row.address.ip), row.address.port);
  }
  void put(const ContentRow& row) {
    const std::string sha1 = sha1_text(row.info_hash);
    const bool is_new = content_put.run(sha1, row.peer) == 1;
    if (row.state == PeerState::seeder)
      seeder_put.run(sha1, row.peer);
    else if (!is_new)
      seeder_drop.run(sha1, row.peer);
  }
  void drop(const InfoHash& info_hash, PeerRowId peer) {
    const std::string sha1 = sha1_text(info_hash);
    if (content_drop.run(sha1, peer) == 1) seeder_drop.run(sha1, peer);
  }
  void put(const CompletedRow& row) {
    const std::string sha1 = sha1_text(row.info_hash);
    if (row.count > 0)
      completed_put.run(sha1, family(row), row.count);
    else
      completed_drop.run(sha1, family(row));
  }
  void put(const Applied& applied) {
    set_applied.run(applied.index, applied.term, applied.stamp.us, applied.next_peer,
                    applied.position);
  }
  void put(const TrackerMarks& m, LogIndex reached) {
    set_marks.run(m.store, m.pair, m.ballot, m.log.generation, reached);
  }
  void put(LogIndex index, const Config& config) {
    set_config.run(index, static_cast<std::uint8_t>(config.ready), config.next_id,
                   Bytes(config.current_secret), Bytes(config.previous_secret),
                   config.secret_since.us);
    members_drop.run();
    for (const auto& m : config.members)
      member_put.run(m.id, m.store, static_cast<std::uint8_t>(m.standing), m.in_sync,
                     to_string(m.cluster.ip), m.cluster.port);
  }

  // load(): each checks what it reads.
  void load_meta(TrackerImage& image) {
    bool found = false;
    meta_list.each([&](const auto& row) {
      found = true;
      Snapshot& tables = image.tables;
      tables.applied = {id_column<LogIndex>(row, 0),
                        id_column<Term>(row, 1),
                        {static_cast<std::uint64_t>(number_column(row, 2))},
                        id_column<PeerRowId>(row, 3),
                        static_cast<std::uint32_t>(number_column(row, 12))};
      image.log_begin = id_column<LogIndex>(row, 4);
      image.previous_term = id_column<Term>(row, 5);
      tables.config_index = id_column<LogIndex>(row, 6);
      tables.config.ready = file.one_of_two<ReadyPolicy>(row, 7);
      tables.config.next_id = id_column<MemberId>(row, 8);
      tables.config.current_secret = file.secret(row, 9);
      tables.config.previous_secret = file.secret(row, 10);
      tables.config.secret_since.us = static_cast<std::uint64_t>(number_column(row, 11));
    });
    if (!found) file.corrupt("META has no row");
  }
  static Block block_of(const SQLite::Statement& row) {
    const Bytes operations = blob_column(row, 3);
    return {id_column<LogIndex>(row, 0),
            id_column<Term>(row, 1),
            {static_cast<std::uint64_t>(number_column(row, 2))},
            {operations.begin(), operations.end()}};
  }
  void load_log(TrackerImage& image) {
    LogIndex next = image.log_begin;
    log_list.each([&](const auto& row) {
      Block block = block_of(row);
      if (block.index != next) file.corrupt(fmt::format("block {} is missing", next.value));
      if (block.operations.size() > Block::most) file.corrupt("a block of the log is too large");
      if (static_cast<std::uint64_t>(number_column(row, 4)) != sum_of(block))
        file.corrupt(fmt::format("block {} is not what was written", next.value));
      image.log.push_back(std::make_shared<const Block>(std::move(block)));
      ++next;
    });
    const LogIndex applied = image.tables.applied.index;
    if (applied + 1 < image.log_begin || applied >= next)
      file.corrupt("the rows and the log do not meet");
    reached_get.each([&](const auto& row) {
      if (next <= id_column<LogIndex>(row, 0))
        file.corrupt(fmt::format("the log ends before block {}, which was there",
                                 id_column<LogIndex>(row, 0).value));
    });
    if (image.tables.applied.position > 0 && applied + 1 >= next)
      file.corrupt("the rows have a part of a block that the log lacks");
  }
  void load_peers(Snapshot& tables) {
    peer_list.each([&](const auto& row) {
      tables.peers.push_back({id_column<PeerRowId>(row, 0), file.endpoint(row, 1)});
    });
    if (!tables.peers.empty() && tables.peers.back().id >= tables.applied.next_peer)
      file.corrupt("a peer has an id that was not given yet");
  }
  void load_contents(Snapshot& tables) {
    content_list.each([&](const auto& row) {
      const auto hash = parse_sha1(text_column(row, 0));
      if (!hash) file.corrupt("a sha1 in CONTENTS is not one");
      tables.contents.push_back(
          {*hash, id_column<PeerRowId>(row, 1),
           number_column(row, 2) != 0 ? PeerState::seeder : PeerState::leecher});
    });
    if (counted(lone_contents) != 0) file.corrupt("CONTENTS names a peer that PEER-INFO lacks");
  }
  void load_completed(Snapshot& tables) {
    completed_list.each([&](const auto& row) {
      const auto hash = parse_sha1(text_column(row, 0));
      const auto count = number_column(row, 2);
      if (!hash || count < 1 || count > std::numeric_limits<std::uint32_t>::max())
        file.corrupt("a row of COMPLETED makes no sense");
      tables.completed.push_back(
          {*hash, number_column(row, 1) == 6, static_cast<std::uint32_t>(count)});
    });
    if (counted(lone_completed) != 0) file.corrupt("COMPLETED names a swarm that has no peers");
  }
  // Last, so that what can be named is named first.
  void check_seals(const Snapshot& tables) {
    std::optional<std::uint64_t> digest;
    std::uint64_t sealed = 0;
    seals_get.each([&](const auto& row) {
      sealed = static_cast<std::uint64_t>(number_column(row, 0));
      if (!row.isColumnNull(1)) digest = static_cast<std::uint64_t>(number_column(row, 1));
    });
    if (sealed != seal_of_meta()) file.corrupt("META or MEMBERS is not what was written");
    if (digest && *digest != digest_of(tables))
      file.corrupt("the rows are not those that were written");
  }
  static std::int64_t counted(Prepared& statement) {
    std::int64_t count = 0;
    statement.each([&](const auto& row) { count = number_column(row, 0); });
    return count;
  }

  SqliteFile file;
  StagedTables staged{file};
  LogRange log;
  TrackerMarks marks;
  std::uint64_t noted_ballot = 0;
  template <std::size_t N>
  Prepared prepared(const char (&sql)[N]) {
    return {file.database(), sql};
  }
  Prepared log_bounds = prepared(
      "SELECT log_begin, (SELECT coalesce(max(idx), 0) + 1 FROM LOG), applied_index FROM META "
      "ORDER BY one");
  Prepared log_append = prepared("INSERT INTO LOG VALUES(?, ?, ?, ?, ?)");
  Prepared log_sum = prepared("UPDATE LOG SET sum = ? WHERE idx = ?");
  Prepared log_truncate = prepared("DELETE FROM LOG WHERE idx >= ?");
  Prepared log_drop = prepared("DELETE FROM LOG WHERE idx < ?");
  Prepared log_list = prepared("SELECT idx, term, stamp, block, sum FROM LOG ORDER BY idx");
  Prepared unsealed = prepared("SELECT count(*) FROM META WHERE seal IS NULL");
  Prepared meta_all = prepared("SELECT * FROM META ORDER BY one");
  Prepared marks_get = prepared("SELECT store, pair, ballot, generation FROM META ORDER BY one");
  Prepared seals_get = prepared("SELECT seal, digest FROM META ORDER BY one");
  Prepared reached_get = prepared("SELECT reached FROM META ORDER BY one");
  Prepared set_marks =
      prepared("UPDATE META SET store = ?, pair = ?, ballot = ?, generation = ?, reached = ?");
  Prepared set_digest = prepared("UPDATE META SET digest = ?");
  Prepared set_seal = prepared("UPDATE META SET seal = ?");
  Prepared set_log_begin = prepared("UPDATE META SET log_begin = ?, previous_term = ?");
  Prepared set_applied = prepared(
      "UPDATE META SET applied_index = ?, applied_term = ?, applied_stamp = ?, next_peer_id = ?, "
      "applied_position = ?");
  Prepared set_config = prepared(
      "UPDATE META SET config_index = ?, ready = ?, next_member_id = ?, current_secret = ?, "
      "previous_secret = ?, secret_since = ?");
  Prepared meta_list = prepared(
      "SELECT applied_index, applied_term, applied_stamp, next_peer_id, log_begin, previous_term, "
      "config_index, ready, next_member_id, current_secret, previous_secret, secret_since, "
      "applied_position FROM META ORDER BY one");
  Prepared members_drop = prepared("DELETE FROM MEMBERS");
  Prepared member_put = prepared("INSERT INTO MEMBERS VALUES(?, ?, ?, ?, ?, ?)");
  Prepared member_list =
      prepared("SELECT id, store, standing, in_sync, host, port FROM MEMBERS ORDER BY id");
  Prepared peer_put = prepared(
      R"(INSERT INTO "PEER-INFO" VALUES(?, ?, ?) ON CONFLICT(id) DO UPDATE SET host = excluded.host,
         port = excluded.port)");
  Prepared peer_drop = prepared(R"(DELETE FROM "PEER-INFO" WHERE id = ?)");
  Prepared peer_list = prepared(R"(SELECT id, host, port FROM "PEER-INFO" ORDER BY id)");
  Prepared content_put = prepared("INSERT OR IGNORE INTO CONTENTS VALUES(?, ?)");
  Prepared content_drop = prepared("DELETE FROM CONTENTS WHERE sha1 = ? AND peer_id = ?");
  Prepared seeder_put = prepared("INSERT OR IGNORE INTO SEEDERS VALUES(?, ?)");
  Prepared seeder_drop = prepared("DELETE FROM SEEDERS WHERE sha1 = ? AND peer_id = ?");
  Prepared content_list = prepared(
      "SELECT c.sha1, c.peer_id, s.sha1 IS NOT NULL FROM CONTENTS c LEFT JOIN SEEDERS s "
      "ON s.sha1 = c.sha1 AND s.peer_id = c.peer_id ORDER BY c.sha1, c.peer_id");
  Prepared lone_contents = prepared(
      R"(SELECT count(*) FROM CONTENTS WHERE peer_id NOT IN (SELECT id FROM "PEER-INFO"))");
  Prepared completed_put = prepared("REPLACE INTO COMPLETED VALUES(?, ?, ?)");
  Prepared completed_drop = prepared("DELETE FROM COMPLETED WHERE sha1 = ? AND family = ?");
  Prepared completed_list =
      prepared("SELECT sha1, family, count FROM COMPLETED ORDER BY sha1, family");
  Prepared lone_completed = prepared(
      R"(SELECT count(*) FROM COMPLETED q WHERE NOT EXISTS(
           SELECT 1 FROM CONTENTS c JOIN "PEER-INFO" p ON p.id = c.peer_id WHERE c.sha1 = q.sha1
           AND q.family = CASE WHEN instr(p.host, ':') > 0 THEN 6 ELSE 4 END))");
};

SqliteTrackerDb::SqliteTrackerDb(const std::string& path) : impl_(std::make_unique<Impl>(path)) {}
SqliteTrackerDb::SqliteTrackerDb(const SqliteTrackerDb* source)
    : impl_(std::make_unique<Impl>(":memory:", source->impl_.get())) {}
SqliteTrackerDb::~SqliteTrackerDb() = default;

std::unique_ptr<SqliteTrackerDb> SqliteTrackerDb::copy() const {
  return std::unique_ptr<SqliteTrackerDb>(new SqliteTrackerDb(this));
}

TrackerImage SqliteTrackerDb::load() {
  return impl_->file.attempt("read", [&] {
    TrackerImage image;
    impl_->load_meta(image);
    impl_->member_list.each(
        [&](const auto& row) { image.tables.config.members.push_back(impl_->file.member(row)); });
    impl_->load_log(image);
    impl_->load_peers(image.tables);
    impl_->load_contents(image.tables);
    impl_->load_completed(image.tables);
    impl_->staged.load(image);
    impl_->check_seals(image.tables);
    return image;
  });
}

void SqliteTrackerDb::write(std::span<const TrackerWrite* const> group) {
  LogRange range = impl_->log;
  TrackerMarks marks = impl_->marks;
  impl_->file.transaction([&] {
    MergedChanges rows;
    const TrackerWrite* applied = nullptr;
    for (const TrackerWrite* write : group) {
      impl_->carry_out(*write, range, rows);
      if (write->install) applied = nullptr;
      if (write->applied) applied = write;
    }
    SWARM_ASSERT(range.applied + 1 >= range.begin && range.applied < range.end,
                 "the log begins at or before the end of the rows, and reaches it");
    impl_->put(rows);
    if (applied) {
      impl_->put(*applied->applied);
      impl_->set_digest.run(applied->digest);
    }
    const bool ballot_is_news = std::exchange(marks.ballot, impl_->noted_ballot) != marks.ballot;
    if (range.fell) ++marks.log.generation;
    if (range.fell || ballot_is_news) impl_->put(marks, range.end - 1);
    if (range.fell || ballot_is_news || applied || range.begin != impl_->log.begin) impl_->seal();
  });
  impl_->log = range;
  impl_->log.fell = false;
  impl_->marks = marks;
  impl_->look_at_the_end();
}

TrackerMarks SqliteTrackerDb::marks() const {
  return impl_->marks;
}

bool SqliteTrackerDb::created() const {
  return impl_->file.created();
}

void SqliteTrackerDb::note_ballot(std::uint64_t number) {
  impl_->noted_ballot = std::max(impl_->noted_ballot, number);
}

void SqliteTrackerDb::mark(StoreId store, std::uint64_t pair) {
  TrackerMarks marks = impl_->marks;
  marks.store = store;
  marks.pair = pair;
  marks.ballot = impl_->noted_ballot;
  ++marks.log.generation;
  impl_->file.transaction([&] {
    impl_->put(marks, marks.log.last);
    impl_->seal();
  });
  impl_->marks = marks;
}

void SqliteTrackerDb::checkpoint() {
  impl_->file.checkpoint();
}
std::size_t SqliteTrackerDb::wal_pages() const {
  return impl_->file.wal_pages();
}

std::uint64_t SqliteTrackerDb::rows_digest() const {
  return impl_->file.attempt("read", [&] { return tables_digest(impl_->file.database()); });
}

Applied SqliteTrackerDb::applied() const {
  return impl_->file.attempt("read", [&] {
    TrackerImage image;
    impl_->load_meta(image);
    return image.tables.applied;
  });
}

std::string first_difference(const SqliteTrackerDb& a, const SqliteTrackerDb& b) {
  return a.impl_->file.attempt("compare", [&] {
    return tables_difference(a.impl_->file.database(), b.impl_->file.database());
  });
}

}  // namespace swarm::db
