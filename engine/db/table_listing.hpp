// Reads the tables of a tracker's database row by row, in the order of their keys. For the .cpp
// files of this folder only.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <string>

namespace swarm::db {

// SqliteTrackerDb::rows_digest() and first_difference() call these functions. Both throw
// SQLite::Exception.
std::uint64_t tables_digest(SQLite::Database& database);
std::string tables_difference(SQLite::Database& a, SQLite::Database& b);

}  // namespace swarm::db
