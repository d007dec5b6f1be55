// Reads the tables of a tracker's database row by row, in the order of their keys.
// Only for the .cpp files of this folder.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <string>

namespace swarm::db {

// The work of SqliteTrackerDb::rows_digest() and of first_difference(). Throw SQLite::Exception.
std::uint64_t tables_digest(SQLite::Database& database);
std::string tables_difference(SQLite::Database& a, SQLite::Database& b);

}  // namespace swarm::db
