#include "engine/db/sqlite_file.hpp"

#include <SQLiteCpp/Backup.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <set>

#include "engine/base/disk_trouble.hpp"
#include "engine/base/random.hpp"

namespace swarm::db {
namespace {

// How long a write waits for the writes of other processes, in milliseconds.
constexpr int patience_ms = 20'000;

// The names of a database's tables and of their columns.
std::set<std::string> names_of(SQLite::Database& database) {
  SQLite::Statement columns(
      database,
      "SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c "
      "WHERE t.type = 'table'");
  std::set<std::string> names;
  while (columns.executeStep())
    names.insert(fmt::format("{}.{}", text_column(columns, 0), text_column(columns, 1)));
  return names;
}

int remember_wal_pages(void* pages, sqlite3*, const char*, int now) {
  *static_cast<int*>(pages) = now;
  return SQLITE_OK;
}

}  // namespace

SqliteFile::SqliteFile(const std::string& path, const SqliteFormat& format,
                       const SqliteFile* source)
    : path_(path),
      remedy_(format.remedy),
      in_memory_(path == ":memory:"),
      shared_(format.shared),
      database_(attempt("open",
                        [&] {
                          return std::optional<SQLite::Database>(
                              std::in_place, path,
                              SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE | SQLite::OPEN_NOMUTEX);
                        })),
      begin_(*database_, "BEGIN IMMEDIATE"),
      commit_(*database_, "COMMIT") {
  handle_ = database_->getHandle();
  if (source != nullptr)
    attempt("copy", [&] {
      SQLite::Backup(*database_, const_cast<SQLite::Database&>(*source->database_)).executeStep(-1);
    });
  attempt("open", [&] { open_patiently(format); });
}

// SQLite does not always wait by itself while another process creates a shared file, or while the
// last process closes it. So this function waits and tries again.
void SqliteFile::open_patiently(const SqliteFormat& format) {
  for (int waited = 0;; waited += 10) {
    try {
      return open(format);
    } catch (const SQLite::Exception& error) {
      if (!shared_ || error.getErrorCode() != SQLITE_BUSY || waited >= patience_ms) throw;
      database_->tryExec("ROLLBACK");
      sqlite3_sleep(10);
    }
  }
}

// Changes nothing before it has recognised the file, so a foreign file stays unchanged.
void SqliteFile::open(const SqliteFormat& format) {
  created_ = is_new();
  if (in_memory_) return take_steps(format);
  if (shared_) {
    database_->setBusyTimeout(patience_ms);
  } else {
    database_->exec("PRAGMA locking_mode = EXCLUSIVE");
  }
  const auto last = static_cast<std::int64_t>(format.steps.size());
  if (!created_) {
    const auto version = number("PRAGMA user_version");
    if (number("PRAGMA application_id") != format.application_id || version < 1)
      foreign(fmt::format("it is not {}", format.name));
    if (version > last)
      fail(
          fmt::format("it is {} of format {}, made by a newer version of this program, and this "
                      "one reads formats up to {}; use the newer one",
                      format.name, version, last));
    if (!shared_ || version == last) check_tables(format, static_cast<std::size_t>(version));
  }
  use_write_ahead_log();
  if (number("PRAGMA user_version") < last) take_steps(format);
  // In exclusive mode the first write takes the lock. SQLite keeps the lock until the file is
  // closed.
  if (!shared_) database_->exec("BEGIN IMMEDIATE; COMMIT");
}

bool SqliteFile::is_new() {
  return number("PRAGMA application_id") == 0 && number("PRAGMA user_version") == 0 &&
         number("SELECT count(*) FROM sqlite_schema") == 0;
}

// Finds missing tables and columns now. Later they would look like an error of this program.
void SqliteFile::check_tables(const SqliteFormat& format, std::size_t version) {
  SQLite::Database made(":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  for (std::size_t step = 0; step < version; ++step) made.exec(format.steps[step]);
  const auto there = names_of(*database_);
  for (const auto& name : names_of(made))
    if (!there.contains(name))
      throw Damaged(fmt::format("cannot open {}: {} is missing, which {} of format {} has; {}",
                                path_, name, format.name, version, remedy_));
}

// Several processes may find a shared file new or old. The first one to lock the file takes the
// steps. The others then find that there are none left to take.
void SqliteFile::take_steps(const SqliteFormat& format) {
  database_->exec("BEGIN IMMEDIATE");
  database_->exec(fmt::format("PRAGMA application_id = {}", format.application_id));
  for (auto version = static_cast<std::size_t>(number("PRAGMA user_version"));
       version < format.steps.size(); ++version)
    database_->exec(
        fmt::format("{}; PRAGMA user_version = {}", format.steps[version], version + 1));
  database_->exec("COMMIT");
}

// The hook replaces SQLite's own checkpoints, which would make some commits slow. A shared file
// keeps SQLite's own checkpoints, because nothing waits for its commits.
void SqliteFile::use_write_ahead_log() {
  database_->exec(
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536");
  if (!shared_) sqlite3_wal_hook(database_->getHandle(), remember_wal_pages, wal_pages_.get());
}

std::int64_t SqliteFile::number(const char* sql) {
  return database_->execAndGet(sql).getInt64();
}

void SqliteFile::checkpoint() {
  if (in_memory_) return;
  attempt("checkpoint", [&] { database_->exec("PRAGMA wal_checkpoint(TRUNCATE)"); });
  *wal_pages_ = 0;
}

void SqliteFile::fail(std::string_view why) const {
  throw DbError(fmt::format("cannot use {}: {}", path_, why));
}

void SqliteFile::foreign(std::string_view what) const {
  throw Damaged(fmt::format("cannot use {}: {}; {}", path_, what, remedy_));
}

void SqliteFile::corrupt(std::string_view what) const {
  throw Damaged(fmt::format("{} is corrupt: {}; {}", path_, what, remedy_));
}

// The errno with which the system refuses access to the file; 0 if the system allows it.
int SqliteFile::refusal_of_system() const {
  const auto refused = [](const std::filesystem::path& path, int mode) {
    return ::faccessat(AT_FDCWD, path.c_str(), mode, AT_EACCESS) == 0 ? 0 : errno;
  };
  const std::filesystem::path file(path_);
  const int of_file = refused(file, R_OK | W_OK);
  if (of_file != 0 && of_file != ENOENT) return of_file;
  const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  if (const int of_folder = refused(folder, W_OK | X_OK)) return of_folder;
  return handle_ == nullptr ? 0 : sqlite3_system_errno(handle_);
}

// Says plainly what went wrong, because SQLite's own words ("disk I/O error") mislead people.
std::string SqliteFile::why_refused(const SQLite::Exception& error) const {
  const int code = error.getErrorCode();
  const bool by_system = code == SQLITE_IOERR || code == SQLITE_CANTOPEN || code == SQLITE_READONLY;
  const int refusal = by_system ? refusal_of_system() : 0;
  if (const auto trouble = disk_trouble(refusal); !trouble.empty()) return std::string(trouble);
  switch (refusal) {
    case EACCES:
    case EPERM:
      return fmt::format(
          "this user (number {}) may not write it or in its folder; give both to that user "
          "(chown), or start as another one",
          ::geteuid());
    case ENOENT:
    case ENOTDIR:
      return "its folder is not there";
    default:
      return error.what();
  }
}

void SqliteFile::throw_error(const char* verb, const SQLite::Exception& error) const {
  switch (error.getErrorCode()) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      throw DbError(fmt::format("cannot {} {}: another process is using it", verb, path_));
    case SQLITE_FULL:
      throw DbError(fmt::format("cannot {} {}: {}", verb, path_, disk_trouble(ENOSPC)));
    case SQLITE_NOTADB:
      foreign("it is not a SQLite database");
    case SQLITE_CORRUPT:
      corrupt(error.what());
    case SQLITE_CONSTRAINT:
      throw DbError(fmt::format("cannot {} {}: what is to be written contradicts what is there: {}",
                                verb, path_, error.what()));
    case SQLITE_ERROR:
      throw DbError(
          fmt::format("cannot {} {}: an error of this program: {}", verb, path_, error.what()));
    default:
      throw DbError(fmt::format("cannot {} {}: {}", verb, path_, why_refused(error)));
  }
}

Secret SqliteFile::secret(const SQLite::Statement& row, int column) const {
  const Bytes blob = blob_column(row, column);
  Secret secret;
  if (blob.size() != secret.size()) corrupt("a secret has a wrong size");
  std::copy(blob.begin(), blob.end(), secret.begin());
  return secret;
}

Endpoint SqliteFile::endpoint(const SQLite::Statement& row, int host) const {
  const auto ip = parse_ip(text_column(row, host));
  const std::int64_t port = number_column(row, host + 1);
  if (!ip || port < 0 || port > 65535) corrupt("a host or port is not an address");
  return {*ip, static_cast<std::uint16_t>(port)};
}

Member SqliteFile::member(const SQLite::Statement& row) const {
  return {id_column<MemberId>(row, 0), id_column<StoreId>(row, 1), one_of_two<Standing>(row, 2),
          one_of_two<bool>(row, 3), endpoint(row, 4)};
}

std::string sha1_text(const InfoHash& hash) {
  return to_hex(hash.bytes);
}

std::optional<InfoHash> parse_sha1(std::string_view text) {
  InfoHash hash;
  if (text.size() != 2 * hash.bytes.size()) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool digit = c >= '0' && c <= '9';
    if (!digit && (c < 'a' || c > 'f')) return std::nullopt;
    const auto value = static_cast<std::uint8_t>(digit ? c - '0' : c - 'a' + 10);
    hash.bytes[i / 2] = static_cast<std::uint8_t>((hash.bytes[i / 2] << 4) | value);
  }
  return hash;
}

std::string_view text_column(const SQLite::Statement& statement, int index) {
  const SQLite::Column column = statement.getColumn(index);
  const char* text = column.getText();  // must come before getBytes(): it may convert the value
  return {text, static_cast<std::size_t>(column.getBytes())};
}

Bytes blob_column(const SQLite::Statement& statement, int index) {
  const SQLite::Column column = statement.getColumn(index);
  const void* blob = column.getBlob();
  return {static_cast<const std::uint8_t*>(blob), static_cast<std::size_t>(column.getBytes())};
}

std::int64_t number_column(const SQLite::Statement& statement, int index) {
  return statement.getColumn(index).getInt64();
}

std::uint64_t text_hash(std::uint64_t seed, std::string_view text) {
  std::uint64_t hash = mix(seed ^ text.size());
  while (!text.empty()) {
    std::uint64_t word = 0;
    const std::size_t n = std::min(text.size(), sizeof(word));
    for (std::size_t i = 0; i < n; ++i)
      word |= static_cast<std::uint64_t>(static_cast<unsigned char>(text[i])) << (8 * i);
    hash = mix(hash ^ word);
    text.remove_prefix(n);
  }
  return hash;
}

std::uint64_t row_hash(std::uint64_t seed, const SQLite::Statement& row, std::string_view but) {
  std::uint64_t hash = seed;
  for (int i = 0; i < row.getColumnCount(); ++i) {
    const SQLite::Column column = row.getColumn(i);
    if (but == column.getName()) continue;
    hash = mix(hash + static_cast<std::uint64_t>(column.getType()));
    hash = column.isInteger() ? mix(hash ^ static_cast<std::uint64_t>(column.getInt64()))
                              : text_hash(hash, text_column(row, i));
  }
  return hash;
}

}  // namespace swarm::db
