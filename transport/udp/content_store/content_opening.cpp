#include "transport/udp/content_store/content_opening.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "engine/base/assert.hpp"
#include "transport/udp/content_store/content_claims.hpp"
#include "transport/udp/content_store/content_progress.hpp"

namespace swarm::udp {
namespace {

namespace fs = std::filesystem;

bool nothing_there(const ContentFiles::Marks& found) {
  return std::none_of(found.begin(), found.end(), [](const auto& m) { return m && m->size > 0; });
}

std::optional<std::uint32_t> chunk_at(const Metainfo& metainfo, std::uint64_t offset) {
  if (offset >= metainfo.size || offset % metainfo.chunk_size != 0) return std::nullopt;
  return static_cast<std::uint32_t>(offset / metainfo.chunk_size);
}

// Adds chunks that consist of zeros. A hole reads as zeros, so such a chunk may be right without
// any data in the files.
void add_chunks_of_zeros(const Metainfo& metainfo, Bitmap& chunks) {
  const std::vector<std::uint8_t> zeros(metainfo.length(0));
  const Sha1Digest whole = sha1(zeros);
  const std::uint32_t last = metainfo.chunk_count() - 1;
  for (std::uint32_t chunk = 0; chunk < last; ++chunk)
    if (metainfo.chunks[chunk] == whole) chunks.set(chunk);
  if (metainfo.chunks[last] == sha1(Bytes(zeros).first(metainfo.length(last)))) chunks.set(last);
}

fs::path directory_of(const std::optional<fs::path>& wanted,
                      const std::optional<db::ContentRecord>& record) {
  if (wanted) return fs::absolute(*wanted).lexically_normal();
  return record ? fs::path(record->directory) : fs::current_path();
}

// True if the path is one of the database's own files.
bool is_of_state(const std::string& path) {
  return path.starts_with("peer.db") || path.starts_with("peer.lock");
}

}  // namespace

bool same_folder(const fs::path& a, const fs::path& b) {
  std::error_code error;
  return a == b || fs::weakly_canonical(a, error) == fs::weakly_canonical(b, error);
}

std::vector<db::FileMark> take_marks_of_links(std::vector<db::FileMark>& marks,
                                              const Metainfo& metainfo) {
  if (marks.size() <= metainfo.files.size()) return {};
  std::map<std::string, db::FileMark> by_path;
  for (const auto& mark : marks) by_path.emplace(mark.path, mark);
  std::vector<db::FileMark> of_files, of_links;
  for (const auto& file : metainfo.files) {
    const auto mark = by_path.find(file.path);
    if (mark == by_path.end()) return {};
    of_files.push_back(mark->second);
  }
  for (const auto& link : metainfo.links)
    if (const auto mark = by_path.find(link.path); mark != by_path.end())
      of_links.push_back(mark->second);
  marks = std::move(of_files);
  return of_links;
}

bool all_there(const ContentFiles::Marks& found, const Metainfo& metainfo) {
  return std::equal(found.begin(), found.end(), metainfo.files.begin(), metainfo.files.end(),
                    [](const auto& m, const Metainfo::File& f) { return m && m->size == f.size; });
}

// A new file may have the inode of a deleted file. If birth times are known, they tell the two
// files apart. Otherwise a file of a content that was closed cleanly must have the size and
// modification time of its mark.
std::vector<bool> made_for_content(const std::optional<db::ContentRecord>& record, bool here,
                                   const ContentFiles& files, const ContentFiles::Marks& found) {
  const bool known = record && record->fetched && here && record->marks.size() == found.size();
  const bool lasting = inodes_last(files.directory());
  const bool same_disk = known && (record->file_system == 0 ||
                                   record->file_system == file_system_of(files.directory()));
  const auto is_made = [&](const db::FileMark& mark, const db::FileMark& one) {
    const bool same_inode = mark.inode == 0 || mark.inode == one.inode;
    const bool same_time = mark.changed_ns == one.changed_ns;
    if (!mark.made) return false;
    if (mark.born_ns != 0 && one.born_ns != 0)
      return mark.born_ns == one.born_ns && (same_inode || (record->clean ? same_time : !lasting));
    if (record->clean) return same_time && mark.size == one.size;
    return !lasting || (same_inode && same_disk);
  };
  std::vector<bool> ours;
  for (std::size_t file = 0; file < found.size(); ++file)
    ours.push_back(!found[file] || (known && is_made(record->marks[file], *found[file])));
  return ours;
}

db::ContentRecord OpenContent::record() const {
  auto marks = files.marks();
  for (std::size_t file = 0; file < marks.size(); ++file) marks[file].made = made[file];
  return {.sha1 = metainfo->info_hash,
          .name = metainfo->name,
          .directory = files.directory().string(),
          .size = metainfo->size,
          .chunk_size = metainfo->chunk_size,
          .clean = clean,
          .fetched = std::find(made.begin(), made.end(), true) != made.end(),
          .file_system = file_system,
          .marks = std::move(marks),
          .info = {}};
}

bool OpenContent::has_all_of_elsewhere() const {
  return elsewhere &&
         std::equal(elsewhere->words().begin(), elsewhere->words().end(), had.words().begin(),
                    had.words().end(),
                    [](std::uint64_t there, std::uint64_t here) { return (there & ~here) == 0; });
}

db::PeerWrite OpenContent::taken_over() {
  db::PeerWrite write;
  elsewhere.reset();
  write.put.push_back(record());
  for (std::uint32_t chunk = 0; chunk < metainfo->chunk_count(); ++chunk)
    (had.test(chunk) ? write.have : write.lost)
        .push_back({metainfo->info_hash, metainfo->offset(chunk)});
  write.copied.push_back(metainfo->info_hash);
  return write;
}

ContentOpening::ContentOpening(Context& context, MetainfoPtr content,
                               std::optional<fs::path> directory, Purpose purpose,
                               std::vector<db::FileMark> hashed)
    : context_(context),
      metainfo_(std::move(content)),
      purpose_(purpose),
      record_(context.db.content(metainfo_->info_hash)),
      rows_(context.db.chunks(metainfo_->info_hash)),
      content_(std::make_shared<OpenContent>(metainfo_, directory_of(directory, record_),
                                             context.open_files)),
      hashed_(std::move(hashed)),
      here_(record_ && same_folder(record_->directory, content_->files.directory())) {
  choose_record();
  content_->had = content_->doubtful = Bitmap(metainfo_->chunk_count());
  content_->shared = purpose == Purpose::share;
  content_->made.assign(metainfo_->files.size(), false);
  kept_.assign(metainfo_->files.size(), false);
}

// If this folder has a copy of a content that is elsewhere, uses the record of the copy: it says
// which files of the copy were made for the content.
void ContentOpening::choose_record() {
  if (is_kept_elsewhere()) {
    content_->elsewhere = from_rows();
    auto copy = context_.db.copy(metainfo_->info_hash);
    if (copy && same_folder(copy->directory, content_->files.directory())) {
      record_ = std::move(copy);
      here_ = true;
    }
  }
  if (record_) content_->files.replace(take_marks_of_links(record_->marks, *metainfo_));
}

// True if the content's record names another folder, and the content is still there or the disk of
// that folder is not mounted. False if the user moved or removed the content.
bool ContentOpening::is_kept_elsewhere() const {
  if (purpose_ == Purpose::share || !record_ || here_ || rows_.empty()) return false;
  std::error_code error;
  const bool is_away =
      record_->file_system != 0 && record_->file_system != file_system_of(record_->directory);
  return is_away || fs::exists(fs::path(record_->directory) / metainfo_->name, error);
}

std::shared_ptr<OpenContent> ContentOpening::run(std::uint64_t& commits) {
  if (purpose_ == Purpose::share) {
    take_as_complete();
  } else {
    find_or_make();
  }
  if (!write_.put.empty() || !write_.copies.empty()) ++commits;
  return content_;
}

void ContentOpening::put() {
  content_->file_system = file_system_of(content_->files.directory());
  if (content_->has_all_of_elsewhere()) {
    auto forget = std::move(write_.forget);
    write_ = content_->taken_over();
    write_.forget = std::move(forget);
  } else if (content_->elsewhere) {
    write_ = {.put = {}, .have = {}, .lost = {}, .forget = std::move(write_.forget)};
    write_.copies.push_back(content_->record());
  } else {
    write_.put.push_back(content_->record());
  }
  if (!write_.put.empty()) write_.put.front().info = metainfo_->info;
  context_.db.write(write_);
}

void ContentOpening::take_as_complete() {
  auto& files = content_->files;
  const fs::path path = files.directory() / metainfo_->name;
  const auto& found = files.look();
  if (!all_there(found, *metainfo_) || (!hashed_.empty() && !equal(found, hashed_)))
    throw FileError(
        fmt::format("{} is not as it was when it was hashed; share it again", shown(path)));
  if (!files.hold(ContentHold::Kind::shared))
    throw FileError(
        fmt::format("{} is written to by another swarm-peer right now; share it when that is done",
                    shown(path)));
  content_->had = Bitmap(metainfo_->chunk_count(), true);
  content_->clean = true;
  content_->made = made_for_content(record_, here_, files, found);
  const bool known = here_ && record_->clean && record_->file_system != 0 &&
                     record_->marks == content_->record().marks &&
                     rows_.size() == metainfo_->chunk_count();
  if (known) return;
  for (std::uint32_t chunk = 0; chunk < metainfo_->chunk_count(); ++chunk)
    write_.have.push_back({metainfo_->info_hash, metainfo_->offset(chunk)});
  put();
}

void ContentOpening::find_or_make() {
  refuse_state_folder();
  refuse_lost_folder();
  const ContentFiles::Marks found = content_->files.look();
  const bool believed = record_ && record_->clean && equal(found, record_->marks);
  const auto ours = made_for_content(record_, here_ || believed, content_->files, found);
  const bool all_ours = std::find(ours.begin(), ours.end(), false) == ours.end();
  refuse_other_sizes(found, ours);
  if (believed) {
    content_->had = from_rows();
  } else if (!all_ours) {
    content_->had = hashed();
  } else if (!nothing_there(found)) {
    content_->doubtful = may_be_there();
  }
  for (const auto offset : rows_) {
    const auto chunk = chunk_at(*metainfo_, offset);
    const bool stays = chunk && (content_->had.test(*chunk) || content_->doubtful.test(*chunk));
    if (!stays) write_.lost.push_back({metainfo_->info_hash, offset});
  }
  if (!believed && !all_ours)
    content_->had.for_each([this](std::uint32_t chunk) {
      write_.have.push_back({metainfo_->info_hash, metainfo_->offset(chunk)});
    });
  if (content_->had.all() && all_there(found, *metainfo_)) return take_complete(ours);
  if (!all_ours) refuse_harm(ours);
  make(found, ours);
}

// Opens a content that is complete, so that no file will be written.
void ContentOpening::take_complete(const std::vector<bool>& ours) {
  auto& files = content_->files;
  if (!files.hold(ContentHold::Kind::shared)) throw_in_use(files.directory() / metainfo_->name);
  content_->clean = true;
  content_->made = ours;
  const bool known = here_ && record_->clean && record_->file_system != 0 &&
                     record_->marks == content_->record().marks;
  if (!known || !write_.lost.empty() || !write_.have.empty()) put();
}

void ContentOpening::make(const ContentFiles::Marks& found, const std::vector<bool>& ours) {
  auto& files = content_->files;
  const ContentLocks::Placing placing(context_.locks, {.tell = context_.remark});
  write_.forget = refuse_claimed();
  if (!files.hold(ContentHold::Kind::sole)) throw_in_use(files.directory() / metainfo_->name);
  if (files.look() != found) throw_changed(files.directory() / metainfo_->name);
  look_for_room();
  note_made(ours);
  if (auto remark = files.create(true, purpose_ == Purpose::overwrite, &found); !remark.empty())
    context_.remark(std::move(remark));
  const bool hashed_now = !write_.have.empty();
  if (hashed_now || !content_->doubtful.none()) files.doubt_all();
  if (hashed_now) files.sync();  // a row means that the chunk is on disk, even if a user wrote it
  put();
}

// Notes each file that will be written as made for the content. A user's file stays the user's own
// if it is right, or if write() only compares it (ContentFiles::keep()).
void ContentOpening::note_made(const std::vector<bool>& ours) {
  content_->made = ours;
  for (std::uint32_t chunk = 0; chunk < metainfo_->chunk_count(); ++chunk)
    if (!content_->had.test(chunk))
      for (const std::size_t file : content_->files.files_of(chunk))
        if (!kept_[file]) content_->made[file] = true;
}

// --- What is refused

void ContentOpening::refuse_state_folder() const {
  if (!same_folder(content_->files.directory(), context_.state)) return;
  for (const auto& file : metainfo_->files)
    if (is_of_state(file.path))
      throw FileError(
          fmt::format("{} is the place of what swarm-peer remembers; name another "
                      "folder with -o",
                      shown(context_.state / file.path)));
}

// Throws if the content's disk is not mounted, or its folder is gone. If the opening made the
// folder anew, the content would be fetched again and fill the disk below the mount point.
void ContentOpening::refuse_lost_folder() const {
  const fs::path& directory = content_->files.directory();
  if (!here_ || (rows_.empty() && !content_->elsewhere)) return;
  if (!fs::exists(directory))
    throw FileError(
        fmt::format("the folder {} of {} is gone; mount its disk, make it anew or name another one "
                    "with -o",
                    shown(directory), shown(metainfo_->name)));
  if (purpose_ == Purpose::overwrite || record_->file_system == 0) return;
  if (file_system_of(directory) == record_->file_system || !nothing_there(content_->files.look()))
    return;
  throw FileError(fmt::format(
      "the disk of {} is not there: {} lies on another one now, and nothing of it is in it; mount "
      "that disk, name another folder with -o, or begin anew here with --overwrite",
      shown(metainfo_->name), shown(directory)));
}

void ContentOpening::refuse_harm(std::size_t file, std::string_view what) {
  const auto& files = content_->files;
  // If the file is claimed, the error of refuse_claimed() explains more than the errors below.
  if (!std::exchange(claims_known_, true)) refuse_claimed();
  if (purpose_ != Purpose::overwrite)
    throw FileError(fmt::format("{} is there already and {}; {}", shown(files.full(file)), what,
                                advice_to_overwrite));
  if (files.has_other_names(file))
    throw FileError(
        fmt::format("{} has another name too (a hard link), and is not written over, not even with "
                    "--overwrite; move it away, or name another folder with -o",
                    shown(files.full(file))));
}

// Throws if a file of the wrong size must not be written over. A file that is too long holds bytes
// that never belonged to this content, even if the file was made for it.
void ContentOpening::refuse_other_sizes(const ContentFiles::Marks& found,
                                        const std::vector<bool>& ours) {
  for (std::size_t file = 0; file < found.size(); ++file) {
    if (!found[file] || found[file]->size == 0) continue;
    const std::uint64_t size = found[file]->size, wanted = metainfo_->files[file].size;
    if (size > wanted || (size < wanted && !ours[file]))
      refuse_harm(file, fmt::format("has {} bytes, in this content it has {}", size, wanted));
  }
}

void ContentOpening::refuse_harm(const std::vector<bool>& ours) {
  auto& files = content_->files;
  for (std::uint32_t chunk = 0; chunk < metainfo_->chunk_count(); ++chunk) {
    if (content_->had.test(chunk)) continue;
    const auto harmed = files.harmed_by(chunk, ours);
    const bool is_harm = files.is_harm(chunk, harmed);
    for (const std::size_t file : harmed) {
      if (is_harm || (purpose_ == Purpose::overwrite && !files.has_other_names(file))) {
        refuse_harm(file, is_not_this_content);
      } else {
        files.keep(chunk, file);
        kept_[file] = true;
      }
    }
  }
}

// Throws if a claim forbids writing. Otherwise returns the contents with outdated records.
std::vector<InfoHash> ContentOpening::refuse_claimed() const {
  auto claims =
      claims_against(*metainfo_, content_->files.directory(), context_.db, context_.in_use);
  if (claims.against) throw FileError(sentence(*claims.against));
  return std::move(claims.outdated);
}

// Throws if the disk has too little room. A disk that compresses may store more than its free
// space, so there this is only a remark. If such a disk gets full, the content stops and nothing is
// lost.
void ContentOpening::look_for_room() const {
  const auto& files = content_->files;
  const auto room = context_.room(files.directory());
  const std::uint64_t needed = files.bytes_to_allocate();
  const std::uint64_t promised = context_.promised(file_system_of(files.directory()));
  if (!room || needed == 0) return;
  if (needed <= room->bytes && promised <= room->bytes - needed) return;
  const std::string lack = fmt::format(
      "{} needs {} more in {}, and {} are free there{}", shown(metainfo_->name), bytes_text(needed),
      shown(files.directory()), bytes_text(room->bytes),
      promised == 0 ? ""
                    : fmt::format(", of which others of this fetch need {}", bytes_text(promised)));
  if (room->exact)
    throw FileError(lack + "; free some space, or name a folder on another disk with -o");
  context_.remark(lack +
                  "; it is tried all the same, because that disk may compress what it takes");
}

// --- What is there

Bitmap ContentOpening::from_rows() const {
  Bitmap chunks(metainfo_->chunk_count());
  for (const auto offset : rows_)
    if (const auto chunk = chunk_at(*metainfo_, offset)) chunks.set(*chunk);
  return chunks;
}

// Returns the chunks that may be in the files: every chunk with data, even if it has no row.
Bitmap ContentOpening::may_be_there() const {
  Bitmap chunks = content_->files.data();
  add_chunks_of_zeros(*metainfo_, chunks);
  return chunks;
}

// Hashes the chunks in the files and returns those that are right. This must be known before the
// first write.
Bitmap ContentOpening::hashed() const {
  Bitmap right(metainfo_->chunk_count());
  std::vector<std::uint8_t> bytes;
  may_be_there().for_each([&](std::uint32_t chunk) {
    if (context_.given_up()) throw FileError("stopped while it was looked at");
    if (!content_->files.has_all_files_of(chunk)) return;
    bytes.resize(metainfo_->length(chunk));
    if (content_->files.read(chunk, bytes) && sha1(bytes) == metainfo_->chunks[chunk])
      right.set(chunk);
  });
  return right;
}

}  // namespace swarm::udp
