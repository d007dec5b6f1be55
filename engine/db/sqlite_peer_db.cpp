#include "engine/db/sqlite_peer_db.hpp"

#include "engine/db/sqlite_file.hpp"

namespace swarm::db {
namespace {

constexpr const char* steps[] = {R"sql(
CREATE TABLE CHUNK(
  sha1 VARCHAR(40) NOT NULL, offset INTEGER NOT NULL, PRIMARY KEY(sha1, offset)) WITHOUT ROWID;
CREATE TABLE CONTENT(
  sha1 VARCHAR(40) PRIMARY KEY, name TEXT NOT NULL, directory TEXT NOT NULL,
  size INTEGER NOT NULL, chunk_size INTEGER NOT NULL, clean INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE INFO(
  sha1 VARCHAR(40) PRIMARY KEY, info BLOB NOT NULL);
CREATE TABLE FILE_MARK(
  sha1 VARCHAR(40) NOT NULL, position INTEGER NOT NULL, path TEXT NOT NULL,
  size INTEGER NOT NULL, changed_ns INTEGER NOT NULL,
  PRIMARY KEY(sha1, position)) WITHOUT ROWID)sql",
                                 // Version 1 did not record who made the files. The files of a
                                 // complete content may be the user's own, so `fetched` is 0.
                                 R"sql(
ALTER TABLE CONTENT ADD COLUMN fetched INTEGER NOT NULL DEFAULT 1;
ALTER TABLE CONTENT ADD COLUMN file_system INTEGER NOT NULL DEFAULT 0;
ALTER TABLE FILE_MARK ADD COLUMN inode INTEGER NOT NULL DEFAULT 0;
UPDATE CONTENT SET fetched = 0 WHERE clean = 1 AND size <= chunk_size *
  (SELECT count(*) FROM CHUNK WHERE CHUNK.sha1 = CONTENT.sha1))sql",
                                 R"sql(
ALTER TABLE FILE_MARK ADD COLUMN born_ns INTEGER NOT NULL DEFAULT 0;
ALTER TABLE FILE_MARK ADD COLUMN made INTEGER NOT NULL DEFAULT 0;
UPDATE FILE_MARK SET made = 1 WHERE sha1 IN (SELECT sha1 FROM CONTENT WHERE fetched = 1))sql",
                                 R"sql(
CREATE TABLE COPY(
  sha1 VARCHAR(40) PRIMARY KEY, directory TEXT NOT NULL, fetched INTEGER NOT NULL,
  file_system INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE COPY_MARK(
  sha1 VARCHAR(40) NOT NULL, position INTEGER NOT NULL, path TEXT NOT NULL,
  size INTEGER NOT NULL, changed_ns INTEGER NOT NULL, inode INTEGER NOT NULL,
  born_ns INTEGER NOT NULL, made INTEGER NOT NULL,
  PRIMARY KEY(sha1, position)) WITHOUT ROWID)sql"};

constexpr SqliteFormat peer_format{.application_id = 0x54535750,  // "TSWP"
                                   .name = "a peer database",
                                   .remedy = "start with an empty data directory",
                                   .steps = steps,
                                   .shared = true};

}  // namespace

struct SqlitePeerDb::Impl {
  explicit Impl(const std::string& path) : file(path, peer_format) {}

  std::uint64_t size_column(const SQLite::Statement& row, int column) const {
    const std::int64_t value = number_column(row, column);
    if (value < 0) file.corrupt("a size or an offset is negative");
    return static_cast<std::uint64_t>(value);
  }

  ContentRecord record(const SQLite::Statement& row) const {
    const auto sha1 = parse_sha1(text_column(row, 0));
    const std::uint64_t chunk_size = size_column(row, 4);
    if (!sha1) file.corrupt("a content has no hash");
    if (chunk_size == 0 || chunk_size > largest_chunk_size) file.corrupt("a chunk size is wrong");
    return {.sha1 = *sha1,
            .name = std::string(text_column(row, 1)),
            .directory = std::string(text_column(row, 2)),
            .size = size_column(row, 3),
            .chunk_size = static_cast<std::uint32_t>(chunk_size),
            .clean = number_column(row, 5) != 0,
            .fetched = number_column(row, 6) != 0,
            .file_system = static_cast<std::uint64_t>(number_column(row, 7)),
            .marks = {},
            .info = {}};
  }

  void load_rest(ContentRecord& record, const std::string& sha1, Prepared& marks) {
    marks.each(
        [&](const auto& row) {
          record.marks.push_back({std::string(text_column(row, 0)), size_column(row, 1),
                                  number_column(row, 2),
                                  static_cast<std::uint64_t>(number_column(row, 3)),
                                  number_column(row, 4), number_column(row, 5) != 0});
        },
        sha1);
    info_get.each(
        [&](const auto& row) {
          const Bytes info = blob_column(row, 0);
          record.info.assign(info.begin(), info.end());
        },
        sha1);
  }

  void put(const ContentRecord& record) {
    const std::string sha1 = sha1_text(record.sha1);
    content_put.run(sha1, record.name, record.directory, record.size, record.chunk_size,
                    record.clean, record.fetched, record.file_system);
    // The hash of the info dictionary is the key, so the dictionary never changes. It may be large,
    // so only the first put() writes it.
    if (!record.info.empty()) info_put.run(sha1, Bytes(record.info));
    put_marks(sha1, record, marks_drop, mark_put);
  }

  void put_copy(const ContentRecord& copy) {
    const std::string sha1 = sha1_text(copy.sha1);
    copy_put.run(sha1, copy.directory, copy.fetched, copy.file_system);
    put_marks(sha1, copy, copy_marks_drop, copy_mark_put);
  }

  static void put_marks(const std::string& sha1, const ContentRecord& record, Prepared& drop,
                        Prepared& put) {
    drop.run(sha1);
    std::uint32_t position = 0;
    for (const auto& mark : record.marks)
      put.run(sha1, ++position, mark.path, mark.size, mark.changed_ns, mark.inode, mark.born_ns,
              mark.made);
  }

  void drop_copy(const InfoHash& content) {
    for (Prepared* drop : {&copy_marks_drop, &copy_drop}) drop->run(sha1_text(content));
  }

  // Reads in one transaction, so that the marks fit the record even if other processes write.
  std::optional<ContentRecord> get(const InfoHash& sha1, Prepared& which, Prepared& marks) {
    return file.attempt("read", [&] {
      const std::string text = sha1_text(sha1);
      std::optional<ContentRecord> found;
      SQLite::Transaction transaction(file.database());
      which.each([&](const auto& row) { found = record(row); }, text);
      if (found) load_rest(*found, text, marks);
      transaction.commit();
      return found;
    });
  }

  std::vector<ContentRecord> list(Prepared& which) {
    return file.attempt("read", [&] {
      std::vector<ContentRecord> records;
      which.each([&](const auto& row) { records.push_back(record(row)); });
      return records;
    });
  }

  void run_for_each(const std::vector<ChunkRow>& rows, Prepared& statement) {
    for (const auto& row : rows) statement.run(sha1_text(row.sha1), row.offset);
  }

  void forget(const InfoHash& content) {
    const std::string sha1 = sha1_text(content);
    for (Prepared* drop : {&chunks_drop, &marks_drop, &info_drop, &content_drop}) drop->run(sha1);
    drop_copy(content);
  }

  SqliteFile file;
  Prepared content_list{file.database(),
                        "SELECT sha1, name, directory, size, chunk_size, clean, fetched, "
                        "file_system FROM CONTENT ORDER BY name, sha1"};
  Prepared content_get{file.database(),
                       "SELECT sha1, name, directory, size, chunk_size, clean, fetched, "
                       "file_system FROM CONTENT WHERE sha1 = ?"};
  Prepared content_put{file.database(), "REPLACE INTO CONTENT VALUES(?, ?, ?, ?, ?, ?, ?, ?)"};
  Prepared content_drop{file.database(), "DELETE FROM CONTENT WHERE sha1 = ?"};
  Prepared info_get{file.database(), "SELECT info FROM INFO WHERE sha1 = ?"};
  Prepared info_put{file.database(), "INSERT OR IGNORE INTO INFO VALUES(?, ?)"};
  Prepared info_drop{file.database(), "DELETE FROM INFO WHERE sha1 = ?"};
  Prepared mark_list{file.database(),
                     "SELECT path, size, changed_ns, inode, born_ns, made FROM FILE_MARK "
                     "WHERE sha1 = ? ORDER BY position"};
  Prepared mark_put{file.database(), "INSERT INTO FILE_MARK VALUES(?, ?, ?, ?, ?, ?, ?, ?)"};
  Prepared marks_drop{file.database(), "DELETE FROM FILE_MARK WHERE sha1 = ?"};
  Prepared copy_list{file.database(),
                     "SELECT sha1, name, COPY.directory, size, chunk_size, 0, COPY.fetched, "
                     "COPY.file_system FROM COPY JOIN CONTENT USING(sha1) ORDER BY name, sha1"};
  Prepared copy_get{file.database(),
                    "SELECT sha1, name, COPY.directory, size, chunk_size, 0, COPY.fetched, "
                    "COPY.file_system FROM COPY JOIN CONTENT USING(sha1) WHERE sha1 = ?"};
  Prepared copy_put{file.database(), "REPLACE INTO COPY VALUES(?, ?, ?, ?)"};
  Prepared copy_drop{file.database(), "DELETE FROM COPY WHERE sha1 = ?"};
  Prepared copy_mark_list{file.database(),
                          "SELECT path, size, changed_ns, inode, born_ns, made FROM COPY_MARK "
                          "WHERE sha1 = ? ORDER BY position"};
  Prepared copy_mark_put{file.database(), "INSERT INTO COPY_MARK VALUES(?, ?, ?, ?, ?, ?, ?, ?)"};
  Prepared copy_marks_drop{file.database(), "DELETE FROM COPY_MARK WHERE sha1 = ?"};
  Prepared chunk_list{file.database(), "SELECT offset FROM CHUNK WHERE sha1 = ? ORDER BY offset"};
  Prepared chunk_count{file.database(), "SELECT count(*) FROM CHUNK WHERE sha1 = ?"};
  Prepared chunk_put{file.database(), "INSERT OR IGNORE INTO CHUNK VALUES(?, ?)"};
  Prepared chunk_drop{file.database(), "DELETE FROM CHUNK WHERE sha1 = ? AND offset = ?"};
  Prepared chunks_drop{file.database(), "DELETE FROM CHUNK WHERE sha1 = ?"};
};

SqlitePeerDb::SqlitePeerDb(const std::string& path) : impl_(std::make_unique<Impl>(path)) {}
SqlitePeerDb::~SqlitePeerDb() = default;

std::vector<ContentRecord> SqlitePeerDb::contents() {
  return impl_->list(impl_->content_list);
}

std::optional<ContentRecord> SqlitePeerDb::content(const InfoHash& sha1) {
  return impl_->get(sha1, impl_->content_get, impl_->mark_list);
}

std::vector<ContentRecord> SqlitePeerDb::copies() {
  return impl_->list(impl_->copy_list);
}

std::optional<ContentRecord> SqlitePeerDb::copy(const InfoHash& sha1) {
  return impl_->get(sha1, impl_->copy_get, impl_->copy_mark_list);
}

std::vector<std::uint64_t> SqlitePeerDb::chunks(const InfoHash& sha1) {
  return impl_->file.attempt("read", [&] {
    std::vector<std::uint64_t> offsets;
    impl_->chunk_list.each([&](const auto& row) { offsets.push_back(impl_->size_column(row, 0)); },
                           sha1_text(sha1));
    return offsets;
  });
}

std::uint64_t SqlitePeerDb::count(const InfoHash& sha1) {
  return impl_->file.attempt("read", [&] {
    std::uint64_t count = 0;
    impl_->chunk_count.each([&](const auto& row) { count = impl_->size_column(row, 0); },
                            sha1_text(sha1));
    return count;
  });
}

void SqlitePeerDb::write(const PeerWrite& write) {
  impl_->file.transaction([&] {
    for (const auto& record : write.put) impl_->put(record);
    impl_->run_for_each(write.have, impl_->chunk_put);
    impl_->run_for_each(write.lost, impl_->chunk_drop);
    for (const auto& sha1 : write.forget) impl_->forget(sha1);
    for (const auto& copy : write.copies) impl_->put_copy(copy);
    for (const auto& sha1 : write.copied) impl_->drop_copy(sha1);
  });
}

}  // namespace swarm::db
