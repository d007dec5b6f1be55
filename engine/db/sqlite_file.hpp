// One SQLite file; what the databases of trackers and peers have in common.
// Only for the .cpp files of this folder: it is the only folder that knows SQLiteCpp.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <optional>
#include <string>
#include <string_view>

#include "engine/node/tracker_db.hpp"

namespace swarm::db {

// How a file is told from a foreign one, and what is made in a new one.
struct SqliteFormat {
  std::int32_t application_id;
  const char* name;    // in messages: "a tracker database"
  const char* remedy;  // for one that is damaged
  // The statements that lead from each version to the next, from the tables of version 1 on; the
  // number of steps is the version that this program reads and writes.
  std::span<const char* const> steps;
  // Several processes use it at a time: each waits a while for the others' writes, and reads during
  // them. Otherwise this process holds it alone.
  bool shared = false;
};

// A statement that is prepared when it is first used, and kept.
class Prepared {
 public:
  Prepared(SQLite::Database& database, const char* sql) : database_(database), sql_(sql) {}

  // Binds the arguments in their order and runs it; returns the number of changed rows. Texts and
  // blobs are not copied: they must live until it returns.
  template <class... Arguments>
  int run(const Arguments&... arguments) {
    SQLite::Statement& statement = bound(arguments...);
    const int changed = statement.exec();
    statement.tryReset();
    return changed;
  }

  // Binds the arguments and calls row(statement) for each row of the result. It may throw: the
  // statement ends, and with it what it sees of the file.
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
  // Opens or creates, and brings an older version up to this one, in one transaction; takes the
  // lock, if it is not shared. Throws DbError: in use, foreign, of a newer version, corrupt, cannot
  // be opened. `source`: what is made begins as a copy of it, as it is now.
  SqliteFile(const std::string& path, const SqliteFormat& format,
             const SqliteFile* source = nullptr);

  SQLite::Database& database() { return *database_; }
  const std::string& path() const { return path_; }
  bool created() const { return created_; }  // by this object

  // Calls body() between BEGIN and COMMIT; whatever it throws rolls back. Of a file that is not
  // shared no transaction is taken afterwards: after a failed write or sync nobody knows what the
  // disk holds, and a tracker ends. A shared one goes on: what fails there (the others are slow,
  // the disk is full) passes.
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

  // Calls body() and makes a DbError of what SQLite throws.
  template <class Body>
  auto attempt(const char* verb, Body&& body) {
    try {
      return body();
    } catch (const SQLite::Exception& error) {
      throw_error(verb, error);
    }
  }

  // What the file holds makes no sense: throws Damaged.
  [[noreturn]] void corrupt(std::string_view what) const;

  // Values of columns; corrupt() if they are not such.
  template <class T>
  T one_of_two(const SQLite::Statement& row, int column) const;
  Secret secret(const SQLite::Statement& row, int column) const;
  Endpoint endpoint(const SQLite::Statement& row, int host) const;  // and the port after it
  Member member(const SQLite::Statement& row) const;  // id, store, standing, in_sync, host, port

  // The write-ahead log into the file; never inside a commit.
  void checkpoint();
  std::size_t wal_pages() const {
    return static_cast<std::size_t>(*wal_pages_);
  }  // since the last checkpoint

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
  sqlite3* handle_ = nullptr;                                  // none until it is open
  std::unique_ptr<int> wal_pages_ = std::make_unique<int>(0);  // SQLite's hook has its address
  std::optional<SQLite::Database> database_;
  Prepared begin_, commit_;
};

std::string sha1_text(const InfoHash& hash);  // 40 lower-case hexadecimal digits
std::optional<InfoHash> parse_sha1(std::string_view text);
inline std::uint8_t family(const CompletedRow& row) {
  return row.v6 ? 6 : 4;
}

// A column's value: no copy, valid until the statement's next step.
std::string_view text_column(const SQLite::Statement& statement, int index);
Bytes blob_column(const SQLite::Statement& statement, int index);
std::int64_t number_column(const SQLite::Statement& statement, int index);

// Hashes, equal on every machine: of a text, and of a row's values with their types, but for the
// column of that name.
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
