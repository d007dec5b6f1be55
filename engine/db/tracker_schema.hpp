// The statements that make the tables of a tracker's database, version by version.
#pragma once

#include "engine/db/pairing.hpp"
#include "engine/db/sqlite_file.hpp"

namespace swarm::db {

inline constexpr const char* tracker_steps[] = {R"sql(
CREATE TABLE "PEER-INFO"(
  id INTEGER PRIMARY KEY, host VARCHAR(255) NOT NULL, port INTEGER NOT NULL, UNIQUE(host, port));
CREATE TABLE CONTENTS(
  sha1 VARCHAR(40) NOT NULL, peer_id INTEGER NOT NULL REFERENCES "PEER-INFO"(id),
  PRIMARY KEY(sha1, peer_id)) WITHOUT ROWID;
CREATE TABLE SEEDERS(
  sha1 VARCHAR(40) NOT NULL, peer_id INTEGER NOT NULL, PRIMARY KEY(sha1, peer_id),
  FOREIGN KEY(sha1, peer_id) REFERENCES CONTENTS(sha1, peer_id)) WITHOUT ROWID;
CREATE TABLE LOG(
  idx INTEGER PRIMARY KEY, term INTEGER NOT NULL, stamp INTEGER NOT NULL, block BLOB NOT NULL);
CREATE TABLE META(
  one INTEGER PRIMARY KEY CHECK(one = 1),
  applied_index INTEGER NOT NULL, applied_term INTEGER NOT NULL, applied_stamp INTEGER NOT NULL,
  next_peer_id INTEGER NOT NULL,
  log_begin INTEGER NOT NULL, previous_term INTEGER NOT NULL,
  config_index INTEGER NOT NULL, ready INTEGER NOT NULL, next_member_id INTEGER NOT NULL,
  current_secret BLOB NOT NULL, previous_secret BLOB NOT NULL);
CREATE TABLE MEMBERS(
  id INTEGER PRIMARY KEY, store INTEGER NOT NULL, standing INTEGER NOT NULL,
  in_sync INTEGER NOT NULL, host VARCHAR(255) NOT NULL, port INTEGER NOT NULL);
INSERT INTO META VALUES(1, 0, 0, 0, 1, 1, 0, 0, 0, 0, zeroblob(16), zeroblob(16)))sql",
                                                R"sql(
CREATE TABLE COMPLETED(
  sha1 VARCHAR(40) NOT NULL, family INTEGER NOT NULL, count INTEGER NOT NULL,
  PRIMARY KEY(sha1, family)) WITHOUT ROWID;
ALTER TABLE META ADD COLUMN secret_since INTEGER NOT NULL DEFAULT 0)sql",
                                                R"sql(
ALTER TABLE LOG ADD COLUMN sum INTEGER;
ALTER TABLE META ADD COLUMN digest INTEGER;
ALTER TABLE META ADD COLUMN store INTEGER NOT NULL DEFAULT 0;
ALTER TABLE META ADD COLUMN pair INTEGER NOT NULL DEFAULT 0;
ALTER TABLE META ADD COLUMN ballot INTEGER NOT NULL DEFAULT 0;
ALTER TABLE META ADD COLUMN generation INTEGER NOT NULL DEFAULT 0;
ALTER TABLE META ADD COLUMN reached INTEGER NOT NULL DEFAULT 0;
ALTER TABLE META ADD COLUMN seal INTEGER)sql",
                                                R"sql(
ALTER TABLE META ADD COLUMN applied_position INTEGER NOT NULL DEFAULT 0)sql",
                                                R"sql(
CREATE TABLE "STAGED-PEER-INFO"(
  id INTEGER PRIMARY KEY, host VARCHAR(255) NOT NULL, port INTEGER NOT NULL, UNIQUE(host, port));
CREATE TABLE "STAGED-CONTENTS"(
  sha1 VARCHAR(40) NOT NULL, peer_id INTEGER NOT NULL REFERENCES "STAGED-PEER-INFO"(id),
  PRIMARY KEY(sha1, peer_id)) WITHOUT ROWID;
CREATE TABLE "STAGED-SEEDERS"(
  sha1 VARCHAR(40) NOT NULL, peer_id INTEGER NOT NULL, PRIMARY KEY(sha1, peer_id),
  FOREIGN KEY(sha1, peer_id) REFERENCES "STAGED-CONTENTS"(sha1, peer_id)) WITHOUT ROWID;
CREATE TABLE "STAGED-COMPLETED"(
  sha1 VARCHAR(40) NOT NULL, family INTEGER NOT NULL, count INTEGER NOT NULL,
  PRIMARY KEY(sha1, family)) WITHOUT ROWID;
CREATE TABLE "STAGED-LOG"(
  idx INTEGER PRIMARY KEY, term INTEGER NOT NULL, stamp INTEGER NOT NULL, block BLOB NOT NULL,
  sum INTEGER);
CREATE TABLE CHUNKS(place INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
CREATE TABLE PULL(
  one INTEGER PRIMARY KEY CHECK(one = 1), serial INTEGER NOT NULL, id INTEGER NOT NULL,
  idx INTEGER NOT NULL, term INTEGER NOT NULL, size INTEGER NOT NULL, hash INTEGER NOT NULL);
INSERT INTO PULL VALUES(1, 1, 0, 0, 0, 0, 0))sql"};

inline constexpr SqliteFormat tracker_format{.application_id = 0x54535752,  // "TSWR"
                                             .name = "a tracker database",
                                             .remedy = rejoin_remedy,
                                             .steps = tracker_steps};

}  // namespace swarm::db
