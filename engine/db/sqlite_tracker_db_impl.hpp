// The inside of a tracker's database: its statements, the parts of write()
// (sqlite_tracker_db_write.cpp), and the parts of load() (sqlite_tracker_db_load.cpp).
#pragma once

#include <optional>

#include "engine/db/merged_changes.hpp"
#include "engine/db/sqlite_file.hpp"
#include "engine/db/sqlite_tracker_db.hpp"
#include "engine/db/staged_tables.hpp"

namespace swarm::db {

struct SqliteTrackerDb::Impl {
  // The values of META and LOG that are also in memory. The log has the blocks [begin, end).
  struct LogRange {
    LogIndex begin{1}, end{1}, applied;
    bool fell = false;  // blocks were removed from the end of the log
  };

  explicit Impl(const std::string& path, const Impl* source = nullptr);

  // Adds the blocks' checksums and the seal (see seal_of_meta()) to a file that the previous
  // version wrote without them. The constructor calls this once for such a file, and takes what
  // the file has then as correct.
  void seal_what_is_there();
  void look_at_the_end();  // sets marks.log.last and marks.holds from `log`

  // A hash of MEMBERS, and of META except its column `seal`. Each transaction that has changed one
  // of them ends with seal().
  std::uint64_t seal_of_meta();
  static std::uint64_t sum_of(const Block& block);
  void seal() { set_seal.run(seal_of_meta()); }

  // The parts of write(), inside its transaction, in the order of TrackerWrite's fields.
  void carry_out(const TrackerWrite& write, LogRange& range, MergedChanges& rows);
  void install(const SnapshotHead& head, const std::optional<std::uint64_t>& digest);
  void truncate(LogIndex from, LogRange& range);
  void append(const Block& block, LogRange& range);
  void drop_before(const TrackerWrite::DropBefore& drop, LogRange& range);

  // Drops rows before it puts rows, because a new peer may have the address of a dropped peer.
  void put(MergedChanges& changes);
  void put(const PeerRow& row);
  void put(const ContentRow& row);
  void drop(const InfoHash& info_hash, PeerRowId peer);
  void put(const CompletedRow& row);
  void put(const Applied& applied);
  void put(const TrackerMarks& m, LogIndex reached);
  void put(LogIndex index, const Config& config);

  // The parts of load(). Each checks what it reads.
  void load_meta(TrackerImage& image);
  static Block block_of(const SQLite::Statement& row);
  void load_log(TrackerImage& image);
  void load_peers(Snapshot& tables);
  void load_contents(Snapshot& tables);
  void load_completed(Snapshot& tables);
  // load() calls this last, because the other checks can say more exactly what is wrong.
  void check_seals(const Snapshot& tables);
  static std::int64_t counted(Prepared& statement);

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

}  // namespace swarm::db
