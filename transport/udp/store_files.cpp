#include "transport/udp/store_files.hpp"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <ctime>
#include <mutex>
#include <optional>
#include <system_error>
#include <utility>

namespace swarm::udp {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view aside = "damaged-";

// An empty file holds as much as none.
bool has_something(const fs::path& file) {
  std::error_code error;
  const auto size = fs::file_size(file, error);
  return !error && size > 0;
}

// Names of new files are durable before anything relies on them.
void sync_folder(const fs::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = descriptor >= 0 && ::fsync(descriptor) == 0;
  const int why = errno;
  if (descriptor >= 0) ::close(descriptor);
  if (!synced)
    throw db::DbError(fmt::format("cannot sync the folder {}: {}", folder.string(),
                                  std::system_category().message(why)));
}

// What the threads of the two disks tell each other. Durable when it is said.
class Notes {
 public:
  db::LogMark log() const {
    const std::scoped_lock lock(mutex_);
    return log_;
  }
  std::uint64_t ballot() const {
    const std::scoped_lock lock(mutex_);
    return ballot_;
  }
  void log(const db::LogMark& mark) {
    const std::scoped_lock lock(mutex_);
    log_ = mark;
  }
  void ballot(std::uint64_t number) {
    const std::scoped_lock lock(mutex_);
    ballot_ = number;
  }

 private:
  mutable std::mutex mutex_;
  db::LogMark log_;
  std::uint64_t ballot_ = 0;
};

class NotingTrackerDb final : public db::TrackerDb {
 public:
  NotingTrackerDb(db::SqliteTrackerDb& file, Notes& notes) : file_(file), notes_(notes) {}
  db::TrackerImage load() override { return file_.load(); }
  void write(std::span<const db::TrackerWrite* const> group) override {
    file_.note_ballot(notes_.ballot());
    file_.write(group);
    notes_.log(file_.marks().log);
  }

 private:
  db::SqliteTrackerDb& file_;
  Notes& notes_;
};

// Written by the ballot's thread, and at a checkpoint by the log's.
class NotingBallotDb final : public db::BallotDb {
 public:
  NotingBallotDb(db::SqliteBallotDb& file, Notes& notes) : file_(file), notes_(notes) {}
  std::optional<db::Ballot> load() override { return file_.load(); }
  void write(const db::Ballot& ballot) override {
    const std::scoped_lock lock(mutex_);
    last_ = ballot;
    write_last();
  }
  void write_again() {
    const std::scoped_lock lock(mutex_);
    write_last();
  }

 private:
  void write_last() {
    file_.note_log(notes_.log());
    file_.write(last_);
    notes_.ballot(file_.marks().number);
  }

  db::SqliteBallotDb& file_;
  Notes& notes_;
  std::mutex mutex_;
  db::Ballot last_;
};

}  // namespace

struct StoreFiles::Impl {
  explicit Impl(const fs::path& folder)
      : directory(folder), tracker_path(folder / "tracker.db"), ballot_path(folder / "ballot.db") {}

  void open(const std::function<std::uint64_t()>& random) {
    std::optional<db::Ballot> found;
    if (has_something(ballot_path)) {
      ballot_file.emplace(ballot_path.string());
      found = ballot_file->load();
    }
    // Looked at before anything is made: an empty file would be, and take its -wal with it.
    if (found && found->member && !has_something(tracker_path)) refuse(lacks(tracker_path));
    tracker_file.emplace(tracker_path.string());
    image = tracker_file->load();
    const auto tracker = tracker_file->marks();
    const bool first_start = db::never_held_anything(found, tracker);
    if (!first_start) check(found, tracker);

    if (!ballot_file) ballot_file.emplace(ballot_path.string());
    auto pair = ballot_file->marks().pair;
    if (pair == 0 || pair != tracker.pair) pair = random() | 1;
    if (!found) found.emplace().store = StoreId{random() | 1};
    ballot = *found;
    mark(pair);
  }

  void check(const std::optional<db::Ballot>& found, const db::TrackerMarks& tracker) const {
    if (!found) refuse(lacks(ballot_path));
    if (found->member && tracker_file->created())
      refuse("tracker.db holds nothing, as a new one or one that has lost its tracker.db-wal");
    const auto why = db::why_apart(*found, ballot_file->marks(), tracker);
    if (!why.empty()) refuse(why);
  }

  static std::string lacks(const fs::path& file) {
    return fmt::format("{} is {}", file.filename().string(),
                       fs::exists(file) ? "empty" : "missing");
  }
  [[noreturn]] void refuse(std::string_view why) const {
    throw db::Damaged(fmt::format("the files in {} do not belong together: {}; {}",
                                  directory.string(), why, db::rejoin_remedy));
  }

  // First the log with its -wal, then the folder, then the ballot: it never asks for what is not
  // durable yet.
  void mark(std::uint64_t pair) {
    tracker_file->note_ballot(ballot_file->marks().number);
    tracker_file->mark(ballot.store, pair);
    sync_folder(directory);
    notes.log(tracker_file->marks().log);
    ballot_file->note_pair(pair);
    ballot_db.emplace(*ballot_file, notes);
    ballot_db->write(ballot);
    tracker_db.emplace(*tracker_file, notes);
  }

  void checkpoint() {
    tracker_file->checkpoint();
    const auto marks = tracker_file->marks();
    tracker_file->note_ballot(notes.ballot());
    tracker_file->mark(marks.store, marks.pair);
    notes.log(tracker_file->marks().log);
    ballot_db->write_again();
  }

  fs::path directory, tracker_path, ballot_path;
  std::optional<db::SqliteTrackerDb> tracker_file;
  std::optional<db::SqliteBallotDb> ballot_file;
  Notes notes;
  std::optional<NotingTrackerDb> tracker_db;
  std::optional<NotingBallotDb> ballot_db;
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
  return *impl_->tracker_db;
}
db::BallotDb& StoreFiles::ballot_db() {
  return *impl_->ballot_db;
}
std::size_t StoreFiles::wal_pages() const {
  return impl_->tracker_file->wal_pages();
}
void StoreFiles::checkpoint() {
  impl_->checkpoint();
}

// A folder inside: the directory itself may be all that this process may write to.
fs::path set_aside(const fs::path& directory) {
  const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  const auto name = fmt::format("{}{:%Y%m%d-%H%M%S}", aside, fmt::gmtime(now));
  fs::path folder = directory / name;
  for (int next = 2; fs::exists(folder); ++next)
    folder = directory / fmt::format("{}.{}", name, next);
  fs::create_directory(folder);
  for (const auto* const file :
       {"tracker.db", "tracker.db-wal", "tracker.db-shm", "tracker.db-journal", "ballot.db",
        "ballot.db-wal", "ballot.db-shm", "ballot.db-journal"})
    if (fs::exists(directory / file)) fs::rename(directory / file, folder / file);
  sync_folder(folder);  // before the names here are gone for good
  sync_folder(directory);
  return folder;
}

bool was_set_aside(const fs::path& directory) {
  for (const auto& entry : fs::directory_iterator(directory))
    if (entry.path().filename().string().starts_with(aside)) return true;
  return false;
}

}  // namespace swarm::udp
