#include "transport/udp/content_keeper.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "engine/assert.hpp"

namespace swarm::udp {
namespace {

namespace fs = std::filesystem;
using Kind = StoreWish::Kind;
using Outcome = StoreReport::Outcome;
using Found = StoreWork::Found;

fs::path made(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error)
    throw FileError(fmt::format("cannot make the folder {}: {}; name another one", folder.string(),
                                error.message()));
  return folder;
}

StoreReport report_of(const StoreWish& wish, Outcome outcome) {
  StoreReport report{.kind = wish.kind,
                     .outcome = outcome,
                     .ticket = wish.ticket,
                     .content = wish.content,
                     .chunk = wish.chunk,
                     .bytes = {},
                     .had = {},
                     .doubtful = {}};
  return report;
}

StoreReport without_ticket(const InfoHash& content) {
  StoreWish wish;
  wish.kind = Kind::close;
  wish.content = content;
  return report_of(wish, Outcome::failed);
}

db::ContentRecord record_of(const OpenContent& content) {
  return {.sha1 = content.metainfo->info_hash,
          .name = content.metainfo->name,
          .directory = content.files.directory().string(),
          .size = content.metainfo->size,
          .chunk_size = content.metainfo->chunk_size,
          .clean = content.clean,
          .marks = content.clean ? content.files.marks() : std::vector<db::FileMark>{},
          .info = {}};
}

fs::path directory_of(const StoreWork& work, const std::optional<db::ContentRecord>& record) {
  if (work.directory) return fs::absolute(*work.directory).lexically_normal();
  return record ? fs::path(record->directory) : fs::current_path();
}

bool nothing_there(const ContentFiles::Marks& found) {
  return std::none_of(found.begin(), found.end(), [](const auto& m) { return m && m->size > 0; });
}

bool all_there(const ContentFiles::Marks& found, const Metainfo& metainfo) {
  return std::equal(found.begin(), found.end(), metainfo.files.begin(), metainfo.files.end(),
                    [](const auto& m, const Metainfo::File& f) { return m && m->size == f.size; });
}

std::optional<std::uint32_t> chunk_at(const Metainfo& metainfo, std::uint64_t offset) {
  if (offset >= metainfo.size || offset % metainfo.chunk_size != 0) return std::nullopt;
  return static_cast<std::uint32_t>(offset / metainfo.chunk_size);
}

// What lies in a hole reads as zeros: such a chunk may be there too.
void add_chunks_of_zeros(const Metainfo& metainfo, Bitmap& chunks) {
  const std::vector<std::uint8_t> zeros(metainfo.length(0));
  const Sha1Digest whole = sha1(zeros);
  const std::uint32_t last = metainfo.chunk_count() - 1;
  for (std::uint32_t chunk = 0; chunk < last; ++chunk)
    if (metainfo.chunks[chunk] == whole) chunks.set(chunk);
  if (metainfo.chunks[last] == sha1(Bytes(zeros).first(metainfo.length(last)))) chunks.set(last);
}

}  // namespace

ContentKeeper::ContentKeeper(const fs::path& state)
    : db_((made(state) / "peer.db").string()), locks_(state / "peer.lock") {}

std::vector<StoreReport> ContentKeeper::take_reports() {
  return std::exchange(reports_, {});
}

void ContentKeeper::carry_out(StoreWork work) {
  if (work.wish.kind == Kind::open) return open(work);
  if (work.wish.kind == Kind::close) return close(work.wish);
  const ContentPtr content = lookup(work.wish.content);
  const bool reported = work.wish.kind == Kind::write && work.found == Found::right;
  if (reported && (!content || content->failed)) return;
  if (!content) return fail(work.wish, "the content is not open");
  if (content->failed) return report(work.wish, Outcome::failed);
  SWARM_ASSERT(work.wish.chunk < content->metainfo->chunk_count(), "a chunk of this content");
  take_finding(work, content);
}

// --- Opening

void ContentKeeper::open(const StoreWork& work) {
  commit();
  const StoreWish& wish = work.wish;
  SWARM_ASSERT(wish.metainfo, "a content is opened by its metainfo");
  if (const auto before = lookup(wish.content); before && before->failed) close(*before);
  if (lookup(wish.content)) return fail(wish, shown(wish.metainfo->name) + " is open already");
  if (!locks_.take(wish.content))
    return fail(wish, fmt::format("{} is in use by another swarm-peer of this user; stop that one, "
                                  "or name another state folder",
                                  shown(wish.metainfo->name)));
  try {
    const ContentPtr content = opened(work);
    remember(wish.content, {});
    StoreReport done = report_of(wish, Outcome::done);
    done.had = content->had;
    done.doubtful = content->doubtful;
    reports_.push_back(std::move(done));
    const std::scoped_lock lock(mutex_);
    contents_.emplace(wish.content, content);
  } catch (const std::runtime_error& error) {  // FileError, DbError
    locks_.release(wish.content);
    fail(wish, error.what());
  }
}

ContentKeeper::ContentPtr ContentKeeper::opened(const StoreWork& work) {
  const auto record = db_.content(work.wish.content);
  const auto content =
      std::make_shared<OpenContent>(work.wish.metainfo, directory_of(work, record), open_files_);
  const std::uint32_t chunks = content->metainfo->chunk_count();
  content->had = content->doubtful = Bitmap(chunks);
  db::PeerWrite write;
  if (work.complete) {
    take_as_complete(*content, record, write);
  } else {
    believe_or_doubt(*content, record, write);
  }
  if (!write.put.empty()) {
    write.put.front().info = content->metainfo->info;
    db_.write(write);
    ++counters.commits;
  }
  return content;
}

// Its marks are those of now: what was changed since it was hashed is found when it is read.
void ContentKeeper::take_as_complete(OpenContent& content,
                                     const std::optional<db::ContentRecord>& record,
                                     db::PeerWrite& write) {
  const Metainfo& metainfo = *content.metainfo;
  const auto& found = content.files.look();
  if (!all_there(found, metainfo))
    throw FileError(fmt::format("{} is not as it was when it was hashed; share it again",
                                shown(content.files.directory() / metainfo.name)));
  content.had = Bitmap(metainfo.chunk_count(), true);
  content.clean = true;
  const bool known = record && record->clean && equal(found, record->marks) &&
                     record->directory == content.files.directory() &&
                     db_.count(metainfo.info_hash) == metainfo.chunk_count();
  if (known) return;
  write.put.push_back(record_of(content));
  for (std::uint32_t chunk = 0; chunk < metainfo.chunk_count(); ++chunk)
    write.have.push_back({metainfo.info_hash, metainfo.offset(chunk)});
}

void ContentKeeper::believe_or_doubt(OpenContent& content,
                                     const std::optional<db::ContentRecord>& record,
                                     db::PeerWrite& write) {
  const Metainfo& metainfo = *content.metainfo;
  const bool here = record && record->directory == content.files.directory();
  const auto rows = db_.chunks(metainfo.info_hash);
  if (here && !rows.empty() && !fs::exists(content.files.directory()))
    throw FileError(
        fmt::format("the folder {} of {} is gone; mount its disk, make it anew or name "
                    "another one",
                    record->directory, metainfo.name));
  const bool believed = record && record->clean && equal(content.files.look(), record->marks);
  if (!believed) doubt(content, here);
  Bitmap& told = believed ? content.had : content.doubtful;
  for (const auto offset : rows) {
    const auto chunk = chunk_at(metainfo, offset);
    if (believed && chunk) told.set(*chunk);
    if (!chunk || !told.test(*chunk)) write.lost.push_back({metainfo.info_hash, offset});
  }
  content.clean = content.had.all();  // nothing will be written
  if (!content.clean || !here || !write.lost.empty()) write.put.push_back(record_of(content));
}

// Whatever the files hold may be a chunk: one may be there without its row.
void ContentKeeper::doubt(OpenContent& content, bool ours) {
  const bool fresh = nothing_there(content.files.look());
  content.files.create(ours);
  if (fresh) return;
  content.doubtful = content.files.data();
  add_chunks_of_zeros(*content.metainfo, content.doubtful);
  content.files.doubt_all();
}

// --- Chunks

void ContentKeeper::take_finding(const StoreWork& work, const ContentPtr& content) {
  if (work.wish.kind == Kind::check) ++counters.chunks_checked;
  if (work.found == Found::failed) {
    fail(*content, work.sentence);
    return report(work.wish, Outcome::failed);
  }
  const bool right = work.found == Found::right;
  if (!right) ++counters.wrong;
  if (work.wish.kind == Kind::write && !right) return report(work.wish, Outcome::wrong);
  group_.push_back({content, report_of(work.wish, right ? Outcome::done : Outcome::wrong)});
}

// --- The group

void ContentKeeper::commit() {
  if (group_.empty()) return;
  sync_group();
  const db::PeerWrite rows = rows_of_group();
  try {
    if (!rows.put.empty() || !rows.have.empty() || !rows.lost.empty()) {
      db_.write(rows);
      ++counters.commits;
    }
  } catch (const db::DbError& error) {
    for (auto& step : group_) {
      fail(*step.content, error.what());
      step.report.outcome = Outcome::failed;
    }
  }
  for (auto& step : group_) report(step);
  group_.clear();
}

void ContentKeeper::report(Step& step) {
  const bool written = step.report.kind == Kind::write;
  const bool done = step.report.outcome != Outcome::failed;
  if (written && done) return;
  if (written) step.report = without_ticket(step.report.content);
  reports_.push_back(std::move(step.report));
}

void ContentKeeper::sync_group() {
  std::set<OpenContent*> unsynced;
  std::set<OpenContent*> done;
  for (auto& step : group_) {
    OpenContent& content = *step.content;
    try {
      if (done.insert(&content).second) content.files.sync();
    } catch (const FileError& error) {
      fail(content, error.what());
      unsynced.insert(&content);
    }
    if (unsynced.contains(&content)) step.report.outcome = Outcome::failed;
  }
}

// The last step of a chunk decides whether it has a row. A content that is complete now is clean:
// nothing more will be written.
db::PeerWrite ContentKeeper::rows_of_group() {
  std::set<std::pair<OpenContent*, std::uint32_t>> changed;
  std::set<OpenContent*> contents;
  for (const auto& [content, report] : group_) {
    if (report.outcome == Outcome::failed) continue;
    contents.insert(content.get());
    content->doubtful.reset(report.chunk);
    const bool had = report.outcome == Outcome::done;
    const bool other = had ? content->had.set(report.chunk) : content->had.reset(report.chunk);
    if (had && other && report.kind == Kind::write) ++counters.chunks_written;
    if (other || !had) changed.emplace(content.get(), report.chunk);  // a doubtful one may have one
  }
  db::PeerWrite write;
  for (const auto& [content, chunk] : changed) {
    const Metainfo& metainfo = *content->metainfo;
    (content->had.test(chunk) ? write.have : write.lost)
        .push_back({metainfo.info_hash, metainfo.offset(chunk)});
  }
  for (OpenContent* content : contents) {
    if (content->clean == content->had.all()) continue;
    content->clean = content->had.all();
    write.put.push_back(record_of(*content));
  }
  return write;
}

// --- Closing

void ContentKeeper::close(const StoreWish& wish) {
  commit();
  const ContentPtr content = lookup(wish.content);
  if (!content) return report(wish, Outcome::done);  // it could not be opened
  report(wish, close(*content) ? Outcome::done : Outcome::failed);
}

// False: the next opening will have to check it.
bool ContentKeeper::close(OpenContent& content) {
  const InfoHash hash = content.metainfo->info_hash;
  try {
    if (!content.failed && !content.clean && content.doubtful.none()) {
      content.files.sync();
      content.clean = true;
      db_.write({.put = {record_of(content)}, .have = {}, .lost = {}, .forget = {}});
      ++counters.commits;
    }
  } catch (const std::runtime_error& error) {  // FileError, DbError
    fail(content, error.what());
  }
  locks_.release(hash);
  const bool in_order = !content.failed;
  const std::scoped_lock lock(mutex_);
  contents_.erase(hash);  // the last use of it here
  return in_order;
}

void ContentKeeper::close_all() {
  commit();
  while (!contents_.empty()) {
    const ContentPtr content = contents_.begin()->second;
    close(*content);
  }
}

// --- Reports

void ContentKeeper::report(const StoreWish& wish, Outcome outcome) {
  reports_.push_back(report_of(wish, outcome));
}

void ContentKeeper::fail(const StoreWish& wish, std::string sentence) {
  remember(wish.content, std::move(sentence));
  report(wish, Outcome::failed);
}

void ContentKeeper::fail(OpenContent& content, std::string sentence) {
  content.failed = true;
  remember(content.metainfo->info_hash, std::move(sentence));
}

void ContentKeeper::remember(const InfoHash& content, std::string sentence) {
  const std::scoped_lock lock(mutex_);
  if (sentence.empty()) {
    failures_.erase(content);
  } else {
    failures_[content] = std::move(sentence);
  }
}

std::string ContentKeeper::failure(const InfoHash& content) const {
  const std::scoped_lock lock(mutex_);
  const auto found = failures_.find(content);
  return found == failures_.end() ? std::string() : found->second;
}

ContentKeeper::ContentPtr ContentKeeper::lookup(const InfoHash& content) const {
  const std::scoped_lock lock(mutex_);
  const auto found = contents_.find(content);
  return found == contents_.end() ? nullptr : found->second;
}

std::shared_ptr<OpenContent> ContentKeeper::find(const InfoHash& content) const {
  return lookup(content);
}

}  // namespace swarm::udp
