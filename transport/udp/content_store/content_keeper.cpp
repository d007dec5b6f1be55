#include "transport/udp/content_store/content_keeper.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "engine/base/assert.hpp"
#include "transport/udp/content_store/content_claims.hpp"

namespace swarm::udp {
namespace {

namespace fs = std::filesystem;
using Kind = StoreRequest::Kind;
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

StoreReport report_of(const StoreRequest& request, Outcome outcome) {
  StoreReport report{.kind = request.kind,
                     .outcome = outcome,
                     .ticket = request.ticket,
                     .content = request.content,
                     .chunk = request.chunk,
                     .bytes = {},
                     .had = {},
                     .doubtful = {}};
  return report;
}

StoreReport without_ticket(const InfoHash& content) {
  StoreRequest request;
  request.kind = Kind::close;
  request.content = content;
  return report_of(request, Outcome::failed);
}

}  // namespace

ContentKeeper::ContentKeeper(const fs::path& state)
    : state_(made(state)), db_((state / "peer.db").string()), locks_(state / "peer.lock") {}

std::vector<StoreReport> ContentKeeper::take_reports() {
  return std::exchange(reports_, {});
}

void ContentKeeper::carry_out(StoreWork work) {
  if (work.request.kind == Kind::open) return open(work);
  if (work.request.kind == Kind::close) return close(work.request);
  const ContentPtr content = lookup(work.request.content);
  const bool reported = work.request.kind == Kind::write && work.found == Found::right;
  if (reported && (!content || content->failed)) return;
  if (!content) return fail(work.request, "the content is not open");
  if (content->failed) return report(work.request, Outcome::failed);
  SWARM_ASSERT(work.request.chunk < content->metainfo->chunk_count(), "a chunk of this content");
  take_finding(work, content);
}

// --- Opening

void ContentKeeper::open(const StoreWork& work) {
  commit();
  const StoreRequest& request = work.request;
  SWARM_ASSERT(request.metainfo, "a content is opened by its metainfo");
  if (const auto before = lookup(request.content); before && before->failed) close(*before);
  if (lookup(request.content))
    return fail(request, shown(request.metainfo->name) + " is open already");
  if (!locks_.take(request.content)) return fail(request, sentence_in_use(request.metainfo->name));
  try {
    const ContentPtr content = opened(work);
    remember(request.content, {});
    StoreReport done = report_of(request, Outcome::done);
    done.had = content->had;
    done.doubtful = content->doubtful;
    reports_.push_back(std::move(done));
    const std::scoped_lock lock(mutex_);
    contents_.emplace(request.content, content);
  } catch (const std::runtime_error& error) {  // FileError, DbError
    locks_.release(request.content);
    if (is_given_up(request.content))
      return report(request, Outcome::failed);  // without a sentence, because nothing went wrong
    fail(request, error.what());
  }
}

ContentKeeper::ContentPtr ContentKeeper::opened(const StoreWork& work) {
  const InfoHash hash = work.request.content;
  ContentOpening::Context context{
      .db = db_,
      .locks = locks_,
      .open_files = open_files_,
      .state = state_,
      .in_use = [this](const InfoHash& other) { return is_in_use(other); },
      .promised = [this](std::uint64_t disk) { return promised(disk); },
      .given_up = [this, hash] { return is_given_up(hash); },
      .remark = [this, hash](std::string sentence) { remark(hash, std::move(sentence)); }};
  return ContentOpening(context, work.request.metainfo, work.directory, work.purpose, work.hashed)
      .run(counters.commits);
}

bool ContentKeeper::is_in_use(const InfoHash& content) const {
  return locks_.taken(content) || lookup(content);
}

// Returns how many bytes the open contents will still write to this disk.
std::uint64_t ContentKeeper::promised(std::uint64_t disk) const {
  const std::scoped_lock lock(mutex_);
  std::uint64_t bytes = 0;
  for (const auto& [hash, content] : contents_) {
    if (content->file_system != disk || content->shared || content->failed) continue;
    const auto missing = std::uint64_t{content->metainfo->chunk_count()} - content->had.count() -
                         content->doubtful.count();
    bytes += missing * content->metainfo->chunk_size;
  }
  return bytes;
}

void ContentKeeper::give_up(const InfoHash& content) {
  const std::scoped_lock lock(mutex_);
  given_up_.insert(content);
}

void ContentKeeper::give_up_all() {
  all_given_up_ = true;
}

bool ContentKeeper::is_given_up(const InfoHash& content) const {
  if (all_given_up_) return true;
  const std::scoped_lock lock(mutex_);
  return given_up_.contains(content);
}

// --- Chunks

void ContentKeeper::take_finding(const StoreWork& work, const ContentPtr& content) {
  if (work.request.kind == Kind::check) ++counters.chunks_checked;
  if (work.found == Found::failed) {
    fail(*content, work.sentence);
    return report(work.request, Outcome::failed);
  }
  const bool right = work.found == Found::right;
  if (!right) ++counters.wrong;
  const bool written = work.request.kind == Kind::write;
  if (!right && !written && !may_be_written_again(*content, work.request.chunk))
    return report(work.request, Outcome::failed);
  if (written && !right) return report(work.request, Outcome::wrong);
  group_.push_back({content, report_of(work.request, right ? Outcome::done : Outcome::wrong)});
}

// Decides whether a chunk that was found wrong may be fetched again. All its files must have been
// made by swarm-peer, because a user's own file is never written to. A complete content allowed
// other contents to read and claim its files. If another content still does so, the content fails.
// A shared content is never written to, so any chunk of it may be reported as wrong.
bool ContentKeeper::may_be_written_again(OpenContent& content, std::uint32_t chunk) {
  if (content.shared) return true;
  for (const std::size_t file : content.files.files_of(chunk)) {
    if (content.made[file]) continue;
    fail(content, fmt::format("{} changed after it was complete, and was not made by swarm-peer; "
                              "start again, and {}",
                              shown(content.files.full(file)), advice_to_overwrite));
    return false;
  }
  if (!content.clean) return true;
  if (auto why = claim_against(content); !why.empty()) {
    fail(content, std::move(why));
    return false;
  }
  if (content.files.change_hold(ContentHold::Kind::sole)) return true;
  fail(content, fmt::format("{} is not right any more, and is used by another swarm-peer, so it "
                            "cannot be mended now; stop that one and start again",
                            shown(content.files.directory() / content.metainfo->name)));
  return false;
}

std::string ContentKeeper::claim_against(const OpenContent& content) try {
  const InfoHash& hash = content.metainfo->info_hash;
  const ContentLocks::Placing placing(
      locks_, {.tell = [&](std::string sentence) { remark(hash, std::move(sentence)); }});
  const auto in_use = [this](const InfoHash& other) { return is_in_use(other); };
  const auto claims = claims_against(*content.metainfo, content.files.directory(), db_, in_use);
  return claims.against ? sentence(*claims.against) : std::string();
} catch (const std::runtime_error& error) {  // FileError, DbError
  return error.what();
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

// Makes the transaction of the group. If a chunk has several entries, the last one decides whether
// the chunk has a row. A content that is complete now is recorded as clean, because nothing more
// will be written to it.
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
    // Deletes the row of a wrong chunk even if the chunk was not in `had`: a doubtful chunk may
    // have a row.
    if (other || !had) changed.emplace(content.get(), report.chunk);
  }
  db::PeerWrite write;
  for (const auto& [content, chunk] : changed) {
    if (content->elsewhere) continue;
    const Metainfo& metainfo = *content->metainfo;
    (content->had.test(chunk) ? write.have : write.lost)
        .push_back({metainfo.info_hash, metainfo.offset(chunk)});
  }
  for (OpenContent* content : contents) {
    if (content->elsewhere && !content->has_all_of_elsewhere()) continue;
    if (content->elsewhere) {
      auto all = content->taken_over();
      write.have.insert(write.have.end(), all.have.begin(), all.have.end());
      write.lost.insert(write.lost.end(), all.lost.begin(), all.lost.end());
      write.copied.insert(write.copied.end(), all.copied.begin(), all.copied.end());
      if (!content->had.all()) write.put.push_back(content->record());
    }
    if (content->clean == content->had.all()) continue;
    content->clean = content->had.all();
    if (content->clean) content->files.change_hold(ContentHold::Kind::shared);
    write.put.push_back(content->record());
  }
  return write;
}

// --- Closing

void ContentKeeper::close(const StoreRequest& request) {
  commit();
  {
    const std::scoped_lock lock(mutex_);
    given_up_.erase(request.content);
  }
  const ContentPtr content = lookup(request.content);
  if (!content) return report(request, Outcome::done);  // the content could not be opened
  report(request, close(*content) ? Outcome::done : Outcome::failed);
}

// Returns false if the content has failed, so that the next opening must check it.
bool ContentKeeper::close(OpenContent& content) {
  const InfoHash hash = content.metainfo->info_hash;
  try {
    if (!content.failed && !content.clean && content.doubtful.none()) {
      content.files.sync();
      content.clean = !content.elsewhere;
      auto record = content.record();
      db::PeerWrite write;
      (content.elsewhere ? write.copies : write.put).push_back(std::move(record));
      db_.write(write);
      ++counters.commits;
    }
  } catch (const std::runtime_error& error) {  // FileError, DbError
    fail(content, error.what());
  }
  content.files.release_hold();
  locks_.release(hash);
  const bool in_order = !content.failed;
  const std::scoped_lock lock(mutex_);
  contents_.erase(hash);  // the keeper's last reference
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

void ContentKeeper::report(const StoreRequest& request, Outcome outcome) {
  reports_.push_back(report_of(request, outcome));
}

void ContentKeeper::fail(const StoreRequest& request, std::string sentence) {
  remember(request.content, std::move(sentence));
  report(request, Outcome::failed);
}

void ContentKeeper::fail(OpenContent& content, std::string sentence) {
  content.failed = true;
  remember(content.metainfo->info_hash, std::move(sentence));
}

void ContentKeeper::remark(const InfoHash& content, std::string sentence) {
  const std::scoped_lock lock(mutex_);
  remarks_[content].push_back(std::move(sentence));
}

std::vector<std::string> ContentKeeper::take_remarks(const InfoHash& content) {
  const std::scoped_lock lock(mutex_);
  const auto node = remarks_.extract(content);
  return node ? std::move(node.mapped()) : std::vector<std::string>();
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
