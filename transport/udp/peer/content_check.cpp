#include "transport/udp/peer/content_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "engine/base/sha1.hpp"
#include "engine/db/sqlite_peer_db.hpp"
#include "transport/udp/content_store/content_locks.hpp"
#include "transport/udp/content_store/content_opening.hpp"
#include "transport/udp/system/file_systems.hpp"

namespace swarm::udp {
namespace {

namespace fs = std::filesystem;

// For each file that has the wrong size: the chunk in which the file should end.
std::set<std::uint32_t> of_another_size(const Metainfo& metainfo,
                                        const ContentFiles::Marks& found) {
  std::set<std::uint32_t> chunks;
  std::uint64_t end = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    end += metainfo.files[i].size;
    if (found[i] && found[i]->size != metainfo.files[i].size)
      chunks.insert(
          static_cast<std::uint32_t>((std::max<std::uint64_t>(end, 1) - 1) / metainfo.chunk_size));
  }
  return chunks;
}

class Check {
 public:
  Check(const ContentSource& content, const fs::path& state,
        const std::function<void(std::uint32_t)>& progress)
      : content_(content),
        metainfo_(*content.metainfo),
        progress_(progress),
        state_(state),
        files_(content.metainfo, fs::absolute(content.directory).lexically_normal(), open_files_) {
    std::error_code error;
    if (!fs::exists(state / "peer.db", error)) return;
    db_.emplace((state / "peer.db").string());
    locks_.emplace(state / "peer.lock");
    if (!locks_->take(content.hash)) throw ContentError(sentence_in_use(metainfo_.name));
    record_ = db_->content(content.hash);
    here_ = record_ && same_folder(record_->directory, files_.directory());
    if (record_) of_links_ = take_marks_of_links(record_->marks, metainfo_);
  }

  Checked run(bool believe) {
    const ContentFiles::Marks found = files_.look();
    if (believe && here_ && record_->clean && equal(found, record_->marks) &&
        db_->count(content_.hash) == metainfo_.chunk_count())
      return {.wrong = {}, .marks = marks_of(found), .harms = false};
    Checked checked;
    auto wrong = of_another_size(metainfo_, found);
    for (std::uint32_t chunk = 0; chunk < metainfo_.chunk_count(); ++chunk) {
      if (!is_right(chunk)) wrong.insert(chunk);
      progress_(chunk + 1);
    }
    if (files_.look() != found)
      throw ContentError(
          fmt::format("{} changed while it was looked at; start again", shown(content_.path())));
    checked.wrong.assign(wrong.begin(), wrong.end());
    checked.marks = marks_of(found);
    checked.harms = harms(found, wrong);
    remember(found, wrong);
    return checked;
  }

 private:
  static std::vector<db::FileMark> marks_of(const ContentFiles::Marks& found) {
    std::vector<db::FileMark> marks;
    for (const auto& mark : found)
      if (mark) marks.push_back(*mark);
    return marks.size() == found.size() ? marks : std::vector<db::FileMark>();
  }

  bool is_right(std::uint32_t chunk) {
    if (!files_.has_all_files_of(chunk)) return false;
    bytes_.resize(metainfo_.length(chunk));
    return files_.read(chunk, bytes_) && sha1(bytes_) == metainfo_.chunks[chunk];
  }

  bool harms(const ContentFiles::Marks& found, const std::set<std::uint32_t>& wrong) const {
    const auto ours = made_for_content(record_, here_, files_, found);
    for (std::size_t file = 0; file < found.size(); ++file) {
      const std::uint64_t size = found[file] ? found[file]->size : 0;
      const std::uint64_t wanted = metainfo_.files[file].size;
      if (size > wanted || (size > 0 && size < wanted && !ours[file])) return true;
    }
    return std::any_of(wrong.begin(), wrong.end(), [&](std::uint32_t chunk) {
      const auto harmed = files_.harmed_by(chunk, ours);
      return !harmed.empty() && files_.is_harm(chunk, harmed);
    });
  }

  // If the database has the content with another folder, that record stays unchanged, because these
  // files are another copy. If the database does not have the content and all chunks are right, the
  // files are recorded as the user's own. If then a chunk is wrong, nothing is recorded, because
  // the files are not this content.
  void remember(const ContentFiles::Marks& found, const std::set<std::uint32_t>& wrong) {
    if (record_ ? !here_ : !wrong.empty()) return;
    const auto there = [](const auto& mark) { return mark.has_value(); };
    db::ContentRecord record{.sha1 = content_.hash,
                             .name = metainfo_.name,
                             .directory = files_.directory().string(),
                             .size = metainfo_.size,
                             .chunk_size = metainfo_.chunk_size,
                             .clean = std::all_of(found.begin(), found.end(), there),
                             .fetched = false,
                             .file_system = file_system_of(files_.directory()),
                             .marks = {},
                             .info = metainfo_.info};
    const auto made = made_for_content(record_, here_, files_, found);
    for (std::size_t file = 0; record.clean && file < found.size(); ++file) {
      record.marks.push_back(*found[file]);
      record.marks.back().made = made[file];
    }
    if (!record.clean && record_) record.marks = record_->marks;  // the record keeps its old marks
    record.marks.insert(record.marks.end(), of_links_.begin(), of_links_.end());
    record.fetched = std::any_of(record.marks.begin(), record.marks.end(),
                                 [](const db::FileMark& mark) { return mark.made; });
    db::PeerWrite write;
    write.put.push_back(std::move(record));
    for (std::uint32_t chunk = 0; chunk < metainfo_.chunk_count(); ++chunk)
      (wrong.contains(chunk) ? write.lost : write.have)
          .push_back({content_.hash, metainfo_.offset(chunk)});
    if (record_) return db_->write(write);
    try {
      if (!db_) {
        fs::create_directories(state_);
        db_.emplace((state_ / "peer.db").string());
      }
      db_->write(write);
    } catch (const std::runtime_error&) {  // filesystem_error, DbError
      // The content had no record before. It is right even if it gets none now.
    }
  }

  const ContentSource& content_;
  const Metainfo& metainfo_;
  const std::function<void(std::uint32_t)>& progress_;
  const fs::path& state_;
  OpenFiles open_files_;
  ContentFiles files_;
  std::optional<db::SqlitePeerDb> db_;
  std::optional<ContentLocks> locks_;
  std::optional<db::ContentRecord> record_;
  std::vector<db::FileMark> of_links_;  // marks of the empty files that an older version listed
                                        // for the content's links
  bool here_ = false;
  std::vector<std::uint8_t> bytes_;
};

}  // namespace

Checked check_content(const ContentSource& content, const fs::path& state, bool believe,
                      const std::function<void(std::uint32_t)>& progress) try {
  return Check(content, state, progress).run(believe);
} catch (const FileError& error) {
  throw ContentError(error.what());
} catch (const fs::filesystem_error& error) {
  throw ContentError(error.what());
}

}  // namespace swarm::udp
