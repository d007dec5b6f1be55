#include "engine/db/table_listing.hpp"

#include <fmt/format.h>

#include <iterator>

#include "engine/db/sqlite_file.hpp"

namespace swarm::db {
namespace {

struct Listing {
  const char* table;
  const char* sql;
};
constexpr Listing listings[] = {
    {"PEER-INFO", R"(SELECT id, host, port FROM "PEER-INFO" ORDER BY id)"},
    {"CONTENTS", "SELECT sha1, peer_id FROM CONTENTS ORDER BY sha1, peer_id"},
    {"SEEDERS", "SELECT sha1, peer_id FROM SEEDERS ORDER BY sha1, peer_id"},
    {"COMPLETED", "SELECT sha1, family, count FROM COMPLETED ORDER BY sha1, family"},
};

std::string row_text(const SQLite::Statement& statement) {
  std::string text;
  for (int i = 0; i < statement.getColumnCount(); ++i)
    fmt::format_to(std::back_inserter(text), "{}{}", i == 0 ? "" : ", ", text_column(statement, i));
  return text;
}

bool equal_values(const SQLite::Statement& a, const SQLite::Statement& b, int i) {
  const SQLite::Column left = a.getColumn(i), right = b.getColumn(i);
  if (left.getType() != right.getType()) return false;
  if (left.isInteger()) return left.getInt64() == right.getInt64();
  return text_column(a, i) == text_column(b, i);
}

bool equal_rows(const SQLite::Statement& a, const SQLite::Statement& b) {
  for (int i = 0; i < a.getColumnCount(); ++i)
    if (!equal_values(a, b, i)) return false;
  return true;
}

}  // namespace

std::uint64_t tables_digest(SQLite::Database& database) {
  std::uint64_t digest = 0;
  for (const auto& listing : listings) {
    digest = text_hash(digest, listing.table);
    SQLite::Statement rows(database, listing.sql);
    while (rows.executeStep()) digest = row_hash(digest, rows);
  }
  return digest;
}

std::string tables_difference(SQLite::Database& a, SQLite::Database& b) {
  for (const auto& listing : listings) {
    SQLite::Statement left(a, listing.sql);
    SQLite::Statement right(b, listing.sql);
    for (int row = 1;; ++row) {
      const bool in_a = left.executeStep(), in_b = right.executeStep();
      if (!in_a && !in_b) break;
      if (in_a && in_b && equal_rows(left, right)) continue;
      return fmt::format("{}, row {}: ({}) in one, ({}) in the other", listing.table, row,
                         in_a ? row_text(left) : "none", in_b ? row_text(right) : "none");
    }
  }
  return {};
}

}  // namespace swarm::db
