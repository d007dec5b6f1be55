// One SQLite file: what the databases of trackers and peers have in common. For the inside of this
// folder only: no other folder of the program uses SQLiteCpp.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <optional>
#include <string>
#include <string_view>

#include "engine/node/tracker_db.hpp"

namespace swarm::db {

// How a file of this program is recognised, and which tables a new file gets.
struct SqliteFormat {
  std::int32_t application_id;
  const char* name;    // in messages: "a tracker database"
  const char* remedy;  // advice for a damaged file
  // SQL statements. The first step makes the tables of version 1. Each further step changes the
  // tables of one version into those of the next. The number of steps is the present version.
  std::span<const char* const> steps;
  // True: several processes may use the file at the same time. Each process waits up to 20 s for
  // the writes of the others, and can read during those writes. False: one process has the file
  // alone.
  bool shared = false;
};

// A statement that is prepared at its first use and then kept.
class Prepared {
 public:
  Prepared(SQLite::Database& database, const char* sql) : database_(database), sql_(sql) {}

  // Binds the arguments in their order, runs the statement and returns the number of changed rows.
  // Texts and blobs are not copied, so they must live until run() returns.
  template <class... Arguments>
  int run(const Arguments&... arguments) {
    SQLite::Statement& statement = bound(arguments...);
    const int changed = statement.exec();
    statement.tryReset();
    return changed;
  }

  // Binds the arguments and calls row(statement) for each row of the result. If row() throws,
  // each() first resets the statement, so that it no longer holds its view of the file.
  template <class Row, class... Arguments>
  void each(Row&& row, const Arguments&... arguments) {
    SQLite::Statement& statement = bound(arguments...);
    try {
      while (statement.executeStep()) row(statement);
    } catch (...) {
      statement.tryReset();
      throw;
    }
    statement.tryReset();
  }

 private:
  template <class... Arguments>
  SQLite::Statement& bound(const Arguments&... arguments) {
    if (!statement_) statement_.emplace(database_, sql_);
    statement_->tryReset();
    int index = 0;
    (bind(++index, arguments), ...);
    return *statement_;
  }
  void bind(int index, std::int64_t value) { statement_->bind(index, value); }
  void bind(int index, std::uint64_t value) { bind(index, static_cast<std::int64_t>(value)); }
  void bind(int index, std::uint32_t value) { bind(index, static_cast<std::int64_t>(value)); }
  void bind(int index, std::uint16_t value) { bind(index, static_cast<std::int64_t>(value)); }
  void bind(int index, std::uint8_t value) { bind(index, static_cast<std::int64_t>(value)); }
  void bind(int index, bool value) { bind(index, std::int64_t{value}); }
  void bind(int index, const std::optional<std::uint64_t>& value) {
    if (value)
      bind(index, *value);
    else
      statement_->bind(index);  // NULL
  }
  void bind(int index, const std::string& text) { statement_->bindNoCopy(index, text); }
  void bind(int index, Bytes blob) {
    static constexpr std::uint8_t nothing{};  // a null pointer would become NULL
    statement_->bindNoCopy(index, blob.empty() ? &nothing : blob.data(),
                           static_cast<int>(blob.size()));
  }
  template <class Tag, class Rep>
  void bind(int index, const Strong<Tag, Rep>& id) {
    bind(index, id.value);
  }

  SQLite::Database& database_;
  const char* sql_;
  std::optional<SQLite::Statement> statement_;
};

class SqliteFile {
 public:
  // Opens or creates the file. Brings tables of an older version up to this version in one
  // transaction. Takes the lock unless the file is shared. Throws DbError if the file is in use,
  // foreign, of a newer version, corrupt, or cannot be opened. If `source` is given, the new
  // database begins as a copy of the source's present contents.
  SqliteFile(const std::string& path, const SqliteFormat& format,
             const SqliteFile* source = nullptr);

  SQLite::Database& database() { return *database_; }
  const std::string& path() const { return path_; }
  bool created() const { return created_; }  // true: this object has made the tables

  // Calls body() between BEGIN and COMMIT. An exception rolls the transaction back. Then a file
  // that is not shared refuses all further transactions: after a failed write or sync nobody knows
  // what the disk holds, and a tracker ends. A shared file accepts further transactions, because
  // the causes of its failures pass: other processes are slow, or the disk is full.
  template <class Body>
  void transaction(Body&& body) {
    if (failed_) fail("a write failed before");
    failed_ = !shared_;
    attempt("write", [&] {
      begin_.run();
      try {
        body();
        commit_.run();
      } catch (...) {
        database_->tryExec("ROLLBACK");
        throw;
      }
    });
    failed_ = false;
  }

  // Calls body() and turns exceptions of SQLite into a DbError.
  template <class Body>
  auto attempt(const char* verb, Body&& body) {
    try {
      return body();
    } catch (const SQLite::Exception& error) {
      throw_error(verb, error);
    }
  }

  // Throws Damaged. `what` says why the contents of the file make no sense.
  [[noreturn]] void corrupt(std::string_view what) const;

  // These functions read a value from one or more columns. They call corrupt() if it is not valid.
  template <class T>
  T one_of_two(const SQLite::Statement& row, int column) const;
  Secret secret(const SQLite::Statement& row, int column) const;
  Endpoint endpoint(const SQLite::Statement& row, int host) const;  // the next column has the port
  Member member(const SQLite::Statement& row) const;  // id, store, standing, in_sync, host, port

  // Moves the write-ahead log into the file. Commits do this only if the file is shared.
  void checkpoint();
  std::size_t wal_pages() const {
    return static_cast<std::size_t>(*wal_pages_);
  }  // pages of the write-ahead log since the last checkpoint

 private:
  void open_patiently(const SqliteFormat& format);
  void open(const SqliteFormat& format);
  void check_tables(const SqliteFormat& format, std::size_t version);
  void take_steps(const SqliteFormat& format);
  bool is_new();
  void use_write_ahead_log();
  std::int64_t number(const char* sql);
  [[noreturn]] void fail(std::string_view why) const;
  [[noreturn]] void foreign(std::string_view what) const;
  int refusal_of_system() const;
  std::string why_refused(const SQLite::Exception& error) const;
  [[noreturn]] void throw_error(const char* verb, const SQLite::Exception& error) const;

  std::string path_;
  const char* remedy_;
  bool in_memory_, shared_;
  bool failed_ = false, created_ = false;
  sqlite3* handle_ = nullptr;                                  // null until the file is open
  std::unique_ptr<int> wal_pages_ = std::make_unique<int>(0);  // SQLite's hook has the address
  std::optional<SQLite::Database> database_;
  Prepared begin_, commit_;
};

std::string sha1_text(const InfoHash& hash);  // 40 lower-case hexadecimal digits
std::optional<InfoHash> parse_sha1(std::string_view text);
inline std::uint8_t family(const CompletedRow& row) {
  return row.v6 ? 6 : 4;
}

// The value of a column. It is not copied, and is valid until the statement's next step.
std::string_view text_column(const SQLite::Statement& statement, int index);
Bytes blob_column(const SQLite::Statement& statement, int index);
std::int64_t number_column(const SQLite::Statement& statement, int index);

// These hashes are equal on every machine. row_hash() hashes the values of a row and their types.
// It leaves out the column named `but`.
std::uint64_t text_hash(std::uint64_t seed, std::string_view text);
std::uint64_t row_hash(std::uint64_t seed, const SQLite::Statement& row, std::string_view but = {});
template <class Id>
Id id_column(const SQLite::Statement& statement, int index) {
  return {static_cast<decltype(Id::value)>(number_column(statement, index))};
}

template <class T>
T SqliteFile::one_of_two(const SQLite::Statement& row, int column) const {
  const std::int64_t value = number_column(row, column);
  if (value != 0 && value != 1) corrupt("a value that is 0 or 1 is neither");
  return static_cast<T>(value);
}

}  // namespace swarm::db
