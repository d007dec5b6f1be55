#include "engine/db/sqlite_tracker_db.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "engine/base/assert.hpp"
#include "engine/base/random.hpp"
#include "engine/db/sqlite_tracker_db_impl.hpp"
#include "engine/db/table_listing.hpp"
#include "engine/db/tracker_schema.hpp"
#include "engine/node/row_digest.hpp"

namespace swarm::db {

std::uint64_t SqliteTrackerDb::Impl::sum_of(const Block& block) {
  const Bytes bytes = block.operations;
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return text_hash(mix(mix(mix(block.index.value) ^ block.term.value) ^ block.stamp.us), text);
}

SqliteTrackerDb::Impl::Impl(const std::string& path, const Impl* source)
    : file(path, tracker_format, source != nullptr ? &source->file : nullptr) {
  file.attempt("read", [&] {
    log_bounds.each([&](const auto& row) {
      log.begin = id_column<LogIndex>(row, 0);
      log.end = std::max(log.begin, id_column<LogIndex>(row, 1));
      log.applied = id_column<LogIndex>(row, 2);
    });
    marks_get.each([&](const auto& row) {
      marks.store = id_column<StoreId>(row, 0);
      marks.pair = static_cast<std::uint64_t>(number_column(row, 1));
      marks.ballot = static_cast<std::uint64_t>(number_column(row, 2));
      marks.log.generation = static_cast<std::uint64_t>(number_column(row, 3));
    });
    noted_ballot = marks.ballot;
  });
  if (file.attempt("read", [&] { return counted(unsealed) != 0; })) seal_what_is_there();
  look_at_the_end();
}

void SqliteTrackerDb::Impl::seal_what_is_there() {
  std::vector<std::pair<LogIndex, std::uint64_t>> sums;
  log_list.each([&](const auto& row) {
    const Block block = block_of(row);
    sums.emplace_back(block.index, sum_of(block));
  });
  file.transaction([&] {
    for (const auto& [index, sum] : sums) log_sum.run(sum, index);
    seal();
  });
}

void SqliteTrackerDb::Impl::look_at_the_end() {
  marks.log.last = log.end - 1;
  marks.holds = log.end > LogIndex{1} || log.applied;
}

std::uint64_t SqliteTrackerDb::Impl::seal_of_meta() {
  std::uint64_t hash = 0;
  meta_all.each([&](const auto& row) { hash = row_hash(hash, row, "seal"); });
  member_list.each([&](const auto& row) { hash = row_hash(hash, row); });
  return hash;
}

SqliteTrackerDb::SqliteTrackerDb(const std::string& path) : impl_(std::make_unique<Impl>(path)) {}
SqliteTrackerDb::SqliteTrackerDb(const SqliteTrackerDb* source)
    : impl_(std::make_unique<Impl>(":memory:", source->impl_.get())) {}
SqliteTrackerDb::~SqliteTrackerDb() = default;

std::unique_ptr<SqliteTrackerDb> SqliteTrackerDb::copy() const {
  return std::unique_ptr<SqliteTrackerDb>(new SqliteTrackerDb(this));
}

TrackerImage SqliteTrackerDb::load() {
  return impl_->file.attempt("read", [&] {
    TrackerImage image;
    impl_->load_meta(image);
    impl_->member_list.each(
        [&](const auto& row) { image.tables.config.members.push_back(impl_->file.member(row)); });
    impl_->load_log(image);
    impl_->load_peers(image.tables);
    impl_->load_contents(image.tables);
    impl_->load_completed(image.tables);
    impl_->staged.load(image);
    impl_->check_seals(image.tables);
    return image;
  });
}

void SqliteTrackerDb::write(std::span<const TrackerWrite* const> group) {
  Impl::LogRange range = impl_->log;
  TrackerMarks marks = impl_->marks;
  impl_->file.transaction([&] {
    MergedChanges rows;
    const TrackerWrite* applied = nullptr;
    for (const TrackerWrite* write : group) {
      impl_->carry_out(*write, range, rows);
      if (write->install) applied = nullptr;
      if (write->applied) applied = write;
    }
    SWARM_ASSERT(range.applied + 1 >= range.begin && range.applied < range.end,
                 "the log begins at or before the end of the rows, and reaches it");
    impl_->put(rows);
    if (applied) {
      impl_->put(*applied->applied);
      impl_->set_digest.run(applied->digest);
    }
    const bool ballot_is_news = std::exchange(marks.ballot, impl_->noted_ballot) != marks.ballot;
    if (range.fell) ++marks.log.generation;
    if (range.fell || ballot_is_news) impl_->put(marks, range.end - 1);
    if (range.fell || ballot_is_news || applied || range.begin != impl_->log.begin) impl_->seal();
  });
  impl_->log = range;
  impl_->log.fell = false;
  impl_->marks = marks;
  impl_->look_at_the_end();
}

TrackerMarks SqliteTrackerDb::marks() const {
  return impl_->marks;
}

bool SqliteTrackerDb::created() const {
  return impl_->file.created();
}

void SqliteTrackerDb::note_ballot(std::uint64_t number) {
  impl_->noted_ballot = std::max(impl_->noted_ballot, number);
}

void SqliteTrackerDb::mark(StoreId store, std::uint64_t pair) {
  TrackerMarks marks = impl_->marks;
  marks.store = store;
  marks.pair = pair;
  marks.ballot = impl_->noted_ballot;
  ++marks.log.generation;
  impl_->file.transaction([&] {
    impl_->put(marks, marks.log.last);
    impl_->seal();
  });
  impl_->marks = marks;
}

void SqliteTrackerDb::checkpoint() {
  impl_->file.checkpoint();
}
std::size_t SqliteTrackerDb::wal_pages() const {
  return impl_->file.wal_pages();
}

std::uint64_t SqliteTrackerDb::rows_digest() const {
  return impl_->file.attempt("read", [&] { return tables_digest(impl_->file.database()); });
}

Applied SqliteTrackerDb::applied() const {
  return impl_->file.attempt("read", [&] {
    TrackerImage image;
    impl_->load_meta(image);
    return image.tables.applied;
  });
}

std::string first_difference(const SqliteTrackerDb& a, const SqliteTrackerDb& b) {
  return a.impl_->file.attempt("compare", [&] {
    return tables_difference(a.impl_->file.database(), b.impl_->file.database());
  });
}

}  // namespace swarm::db
