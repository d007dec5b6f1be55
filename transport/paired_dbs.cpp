#include "transport/paired_dbs.hpp"

#include <mutex>

namespace swarm {
namespace {

// The marks that the two writing threads pass to each other. A thread passes a mark only after the
// mark is on its disk.
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

// Two threads write the ballot: its own thread, and at a checkpoint the thread of the tracker's
// database.
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

struct PairedDbs::Impl {
  Impl(db::SqliteTrackerDb& tracker, db::SqliteBallotDb& ballot)
      : tracker_file(tracker),
        ballot_file(ballot),
        tracker_db(tracker, notes),
        ballot_db(ballot, notes) {}

  db::SqliteTrackerDb& tracker_file;
  db::SqliteBallotDb& ballot_file;
  Notes notes;
  NotingTrackerDb tracker_db;
  NotingBallotDb ballot_db;
};

PairedDbs::PairedDbs(db::SqliteTrackerDb& tracker, db::SqliteBallotDb& ballot)
    : impl_(std::make_unique<Impl>(tracker, ballot)) {}
PairedDbs::~PairedDbs() = default;

void PairedDbs::mark(const std::optional<db::Ballot>& ballot,
                     const std::function<std::uint64_t()>& random,
                     const std::function<void()>& between) {
  auto& tracker = impl_->tracker_file;
  auto pair = impl_->ballot_file.marks().pair;
  if (pair == 0 || pair != tracker.marks().pair) pair = random() | 1;
  tracker.note_ballot(impl_->ballot_file.marks().number);
  tracker.mark(ballot ? ballot->store : StoreId{}, pair);
  if (between) between();
  impl_->notes.log(tracker.marks().log);
  impl_->notes.ballot(impl_->ballot_file.marks().number);
  impl_->ballot_file.note_pair(pair);
  if (ballot) impl_->ballot_db.write(*ballot);
}

db::TrackerDb& PairedDbs::tracker_db() {
  return impl_->tracker_db;
}
db::BallotDb& PairedDbs::ballot_db() {
  return impl_->ballot_db;
}

void PairedDbs::checkpoint() {
  auto& tracker = impl_->tracker_file;
  tracker.checkpoint();
  const auto marks = tracker.marks();
  tracker.note_ballot(impl_->notes.ballot());
  tracker.mark(marks.store, marks.pair);
  impl_->notes.log(tracker.marks().log);
  impl_->ballot_db.write_again();
}

}  // namespace swarm
