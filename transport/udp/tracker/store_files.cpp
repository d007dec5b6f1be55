#include "transport/udp/tracker/store_files.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <ctime>
#include <optional>
#include <system_error>
#include <utility>

#include "transport/paired_dbs.hpp"
#include "transport/udp/tracker/start_note.hpp"

namespace swarm::udp {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view aside = "damaged-";

// An empty file counts as missing.
bool has_something(const fs::path& file) {
  std::error_code error;
  const auto size = fs::file_size(file, error);
  return !error && size > 0;
}

}  // namespace

struct StoreFiles::Impl {
  explicit Impl(const fs::path& folder)
      : directory(folder), tracker_path(folder / "tracker.db"), ballot_path(folder / "ballot.db") {}

  void open(const std::function<std::uint64_t()>& random) {
    // An operator who removed both files wants to begin anew.
    const bool emptied = !fs::exists(tracker_path) && !fs::exists(ballot_path);
    // The old note is removed first. If the note stayed and this start were cut short, the next
    // start would compare the new files with the old note.
    if (emptied) remove_start_note(directory);
    const auto noted = read_start_note(directory);
    std::optional<db::Ballot> found;
    if (has_something(ballot_path)) {
      ballot_file.emplace(ballot_path.string());
      found = ballot_file->load();
    }
    // This check comes before any file is made, because a new tracker.db would lose the old -wal.
    if (found && found->member && !has_something(tracker_path)) refuse(lacks(tracker_path));
    tracker_file.emplace(tracker_path.string());
    image = tracker_file->load();
    const auto tracker = tracker_file->marks();
    const bool first_start = db::never_held_anything(found, tracker);
    if (!first_start) check(found, tracker);
    if (noted) {
      const auto why = why_less_than_noted(
          *noted, found, ballot_file ? ballot_file->marks() : db::BallotMarks{}, tracker);
      if (!why.empty()) refuse(why);
    }

    if (!ballot_file) ballot_file.emplace(ballot_path.string());
    if (!found) found.emplace().store = StoreId{random() | 1};
    ballot = *found;
    paired.emplace(*tracker_file, *ballot_file);
    // They become durable in this order: the log with its -wal, the folder, the ballot, the note.
    paired->mark(ballot, random, [this] { sync_folder(directory); });
    write_start_note(directory, {ballot.store, tracker_file->marks().log.generation,
                                 ballot_file->marks().number});
  }

  void check(const std::optional<db::Ballot>& found, const db::TrackerMarks& tracker) const {
    if (!found) refuse(ballot_file ? holds_nothing("ballot.db") : lacks(ballot_path));
    if (found->member && tracker_file->created()) refuse(holds_nothing("tracker.db"));
    const auto why = db::why_apart(*found, ballot_file->marks(), tracker);
    if (!why.empty()) refuse(why);
  }

  static std::string lacks(const fs::path& file) {
    return fmt::format("{} is {}", file.filename().string(),
                       fs::exists(file) ? "empty" : "missing");
  }
  static std::string holds_nothing(std::string_view name) {
    return fmt::format("{} holds nothing, as a new one or one that has lost its {}-wal", name,
                       name);
  }
  [[noreturn]] void refuse(std::string_view why) const {
    throw db::Damaged(fmt::format("the files in {} do not belong together: {}; {}",
                                  directory.string(), why, db::rejoin_remedy));
  }

  fs::path directory, tracker_path, ballot_path;
  std::optional<db::SqliteTrackerDb> tracker_file;
  std::optional<db::SqliteBallotDb> ballot_file;
  std::optional<PairedDbs> paired;
  db::TrackerImage image;
  db::Ballot ballot;
};

StoreFiles::StoreFiles(const fs::path& directory, const std::function<std::uint64_t()>& random)
    : impl_(std::make_unique<Impl>(directory)) {
  impl_->open(random);
}
StoreFiles::~StoreFiles() = default;

db::TrackerImage StoreFiles::take_image() {
  return std::exchange(impl_->image, {});
}
const db::Ballot& StoreFiles::ballot() const {
  return impl_->ballot;
}
db::TrackerDb& StoreFiles::tracker_db() {
  return impl_->paired->tracker_db();
}
db::BallotDb& StoreFiles::ballot_db() {
  return impl_->paired->ballot_db();
}
std::size_t StoreFiles::wal_pages() const {
  return impl_->tracker_file->wal_pages();
}
void StoreFiles::checkpoint() {
  impl_->paired->checkpoint();
}

// The folder is inside the directory, because the process may have no right to write elsewhere.
fs::path set_aside(const fs::path& directory) {
  const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  const auto name = fmt::format("{}{:%Y%m%d-%H%M%S}", aside, fmt::gmtime(now));
  fs::path folder = directory / name;
  for (int next = 2; fs::exists(folder); ++next)
    folder = directory / fmt::format("{}.{}", name, next);
  fs::create_directory(folder);
  for (const auto* const file :
       {"tracker.db", "tracker.db-wal", "tracker.db-shm", "tracker.db-journal", "ballot.db",
        "ballot.db-wal", "ballot.db-shm", "ballot.db-journal", start_note_file})
    if (fs::exists(directory / file)) fs::rename(directory / file, folder / file);
  sync_folder(folder);  // the new names become durable before the old ones are durably gone
  sync_folder(directory);
  return folder;
}

bool was_set_aside(const fs::path& directory) {
  for (const auto& entry : fs::directory_iterator(directory))
    if (entry.path().filename().string().starts_with(aside)) return true;
  return false;
}

}  // namespace swarm::udp
