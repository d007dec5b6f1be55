// The parts of a snapshot that is not in force yet, in a tracker's database. These are the pulled
// chunks, and staged tables with the snapshot's rows. The staged tables have the form and indices
// of the tables in force. In the end they exchange names with the tables in force. Then the former
// tables are leftovers. For the inside of this folder only.
#pragma once

#include "engine/db/sqlite_file.hpp"
#include "engine/node/tracker_db.hpp"

namespace swarm::db {

class StagedTables {
 public:
  explicit StagedTables(SqliteFile& file) : file_(file) {}

  void carry_out(const Staging& staging);
  // The staged tables become the tables in force. Throws AssertionFailed if the staged tables may
  // have leftover rows.
  void install();
  // Reads the present pull with its chunks, and counts the leftover rows.
  void load(TrackerImage& image);

 private:
  void put(const RowChange& row);
  void pull(const PulledSnapshot& snapshot);
  void clear(std::size_t most);
  void make_sure_that_nothing_is_left_over();
  std::int64_t first_place();  // of the present pull's first chunk, in CHUNKS

  template <std::size_t N>
  Prepared prepared(const char (&sql)[N]) {
    return {file_.database(), sql};
  }
  SqliteFile& file_;
  bool sure_ = false;  // true: all staged rows are of the present snapshot

  Prepared peer_put_ = prepared(R"(INSERT INTO "STAGED-PEER-INFO" VALUES(?, ?, ?))");
  Prepared content_put_ = prepared(R"(INSERT INTO "STAGED-CONTENTS" VALUES(?, ?))");
  Prepared seeder_put_ = prepared(R"(INSERT INTO "STAGED-SEEDERS" VALUES(?, ?))");
  Prepared completed_put_ = prepared(R"(INSERT INTO "STAGED-COMPLETED" VALUES(?, ?, ?))");
  Prepared seeders_drop_ = prepared(
      R"(DELETE FROM "STAGED-SEEDERS" WHERE (sha1, peer_id) IN (
           SELECT sha1, peer_id FROM "STAGED-CONTENTS" ORDER BY sha1, peer_id LIMIT ?))");
  Prepared lone_seeders_drop_ = prepared(
      R"(DELETE FROM "STAGED-SEEDERS" WHERE (sha1, peer_id) IN (
           SELECT sha1, peer_id FROM "STAGED-SEEDERS" ORDER BY sha1, peer_id LIMIT ?))");
  Prepared contents_drop_ = prepared(
      R"(DELETE FROM "STAGED-CONTENTS" WHERE (sha1, peer_id) IN (
           SELECT sha1, peer_id FROM "STAGED-CONTENTS" ORDER BY sha1, peer_id LIMIT ?))");
  Prepared completed_drop_ = prepared(
      R"(DELETE FROM "STAGED-COMPLETED" WHERE (sha1, family) IN (
           SELECT sha1, family FROM "STAGED-COMPLETED" ORDER BY sha1, family LIMIT ?))");
  Prepared peers_drop_ = prepared(
      R"(DELETE FROM "STAGED-PEER-INFO" WHERE id IN (
           SELECT id FROM "STAGED-PEER-INFO" ORDER BY id LIMIT ?))");
  Prepared log_drop_ = prepared(
      R"(DELETE FROM "STAGED-LOG" WHERE idx IN (
           SELECT idx FROM "STAGED-LOG" ORDER BY idx LIMIT ?))");
  Prepared chunks_drop_ = prepared(
      "DELETE FROM CHUNKS WHERE place IN ("
      "SELECT place FROM CHUNKS WHERE place < ? ORDER BY place LIMIT ?)");
  Prepared rows_there_ = prepared(
      R"(SELECT EXISTS(SELECT 1 FROM "STAGED-CONTENTS") OR EXISTS(SELECT 1 FROM "STAGED-SEEDERS") OR
           EXISTS(SELECT 1 FROM "STAGED-COMPLETED") OR EXISTS(SELECT 1 FROM "STAGED-PEER-INFO") OR
           EXISTS(SELECT 1 FROM "STAGED-LOG"))");
  Prepared left_over_get_ = prepared(
      R"(SELECT max((SELECT count(*) FROM "STAGED-CONTENTS"),
                      (SELECT count(*) FROM "STAGED-SEEDERS")) +
           (SELECT count(*) FROM "STAGED-COMPLETED") +
           (SELECT count(*) FROM "STAGED-PEER-INFO") + (SELECT count(*) FROM "STAGED-LOG") +
           (SELECT count(*) FROM CHUNKS WHERE place < ?))");
  Prepared chunk_put_ = prepared("REPLACE INTO CHUNKS VALUES(?, ?)");
  Prepared chunk_list_ =
      prepared("SELECT place, bytes FROM CHUNKS WHERE place >= ? ORDER BY place");
  Prepared pull_put_ = prepared(
      "UPDATE PULL SET serial = serial + 1, id = ?, idx = ?, term = ?, size = ?, hash = ?");
  Prepared pull_get_ = prepared("SELECT serial, id, idx, term, size, hash FROM PULL ORDER BY one");
};

}  // namespace swarm::db
