#include "transport/udp/tracker/disk_thread.hpp"

#include <pthread.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "transport/udp/system/boot_clock.hpp"

namespace swarm::udp {
namespace {

// A transaction of this many writes takes a few milliseconds. Meanwhile new writes wait.
constexpr std::size_t most_writes_per_group = 256;
// A checkpoint runs when the write-ahead log has more than this many pages of 4 KiB. A checkpoint
// takes longer than a commit, so it should run while no write waits. The second limit lets one run
// in any case before the file outgrows the page cache.
constexpr std::size_t wal_pages_when_idle = 1000;
constexpr std::size_t wal_pages_at_most = 16'000;

std::size_t rows_of(const Outbox::LogWrite& write) {
  return write.write.rows_written();
}
std::size_t rows_of(const Outbox::BallotWrite&) {
  return 1;
}

// A thread, the queue of writes for it, and its reports.
template <class Write>
class DiskQueue {
 public:
  struct Work {
    std::function<void(std::span<const Write>)> commit;  // durable on return
    WriteAheadLog wal;
  };

  DiskQueue(asio::io_context& io, const char* name, Work work, DiskReports reports)
      : io_(io),
        work_(std::move(work)),
        reports_(std::make_shared<DiskReports>(std::move(reports))),
        thread_([this] { run(); }) {
    pthread_setname_np(thread_.native_handle(), name);
  }

  ~DiskQueue() {
    {
      const std::scoped_lock lock(mutex_);
      ending_ = true;
    }
    changed_.notify_one();
    thread_.join();
  }

  void write(Write write) {
    {
      const std::scoped_lock lock(mutex_);
      if (failed_) return;
      waiting_.push_back(std::move(write));
    }
    changed_.notify_one();
  }

  DiskCounters counters() const {
    const std::scoped_lock lock(mutex_);
    return counters_;
  }

 private:
  void run() try {
    while (take_group()) {
      commit_group();
      if (work_.wal.pages() > limit_of_wal()) checkpoint();
    }
    if (work_.wal.pages() > 0) checkpoint();
  } catch (const db::Damaged& damage) {
    fail(damage.what(), true);
  } catch (const std::exception& error) {  // DbError, or a failed assertion in the database
    fail(error.what(), false);
  }

  // Moves the next group into group_, after waiting for one. False if the destructor has been
  // called and no write waits.
  bool take_group() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
    std::size_t rows = 0;
    while (!waiting_.empty() && group_.size() < most_writes_per_group) {
      rows += rows_of(waiting_.front());
      if (!group_.empty() && rows > db::most_rows_per_transaction) break;
      group_.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    return !group_.empty();
  }

  void commit_group() {
    const Time begin = boot_clock_now();
    work_.commit(group_);
    const Duration taken = std::max(boot_clock_now() - begin, Duration{});
    count(taken);  // before the report, so that the counters include the commit when it is reported
    post([ticket = group_.back().ticket](DiskReports& to) { to.durable(ticket); });
    group_.clear();
  }

  void count(Duration taken) {
    const std::scoped_lock lock(mutex_);
    counters_.tickets += group_.size();
    ++counters_.commits;
    counters_.total_commit += taken;
    counters_.longest_commit = std::max(counters_.longest_commit, taken);
  }

  std::size_t limit_of_wal() const {
    const std::scoped_lock lock(mutex_);
    return waiting_.empty() ? wal_pages_when_idle : wal_pages_at_most;
  }

  void checkpoint() {
    const Time begin = boot_clock_now();
    work_.wal.checkpoint();
    const Duration taken = std::max(boot_clock_now() - begin, Duration{});
    const std::scoped_lock lock(mutex_);
    ++counters_.checkpoints;
    counters_.longest_checkpoint = std::max(counters_.longest_checkpoint, taken);
  }

  void fail(std::string sentence, bool damaged) {
    {
      const std::scoped_lock lock(mutex_);
      failed_ = true;
      waiting_.clear();
    }
    post([sentence = std::move(sentence), damaged](DiskReports& to) {
      (damaged && to.damaged ? to.damaged : to.failed)(sentence);
    });
  }

  template <class Report>
  void post(Report report) {
    asio::post(io_, [reports = std::weak_ptr(reports_), report = std::move(report)] {
      if (const auto to = reports.lock()) report(*to);
    });
  }

  asio::io_context& io_;
  const Work work_;
  // A posted report has a weak pointer to this. So a report that runs after the queue's end does
  // nothing.
  const std::shared_ptr<DiskReports> reports_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Write> waiting_;
  bool ending_ = false, failed_ = false;
  DiskCounters counters_;

  std::vector<Write> group_;  // used only on thread_
  std::thread thread_;        // the last member, because it uses all members above
};

}  // namespace

// --- LogDisk

struct LogDisk::Impl {
  DiskQueue<Outbox::LogWrite> queue;
};

LogDisk::LogDisk(asio::io_context& io, db::SqliteTrackerDb& db, DiskReports reports)
    : LogDisk(io, db,
              {.pages = [&db] { return db.wal_pages(); }, .checkpoint = [&db] { db.checkpoint(); }},
              std::move(reports)) {}

LogDisk::LogDisk(asio::io_context& io, db::TrackerDb& db, WriteAheadLog wal, DiskReports reports) {
  auto commit = [&db, writes = std::vector<const db::TrackerWrite*>()](
                    std::span<const Outbox::LogWrite> group) mutable {
    writes.clear();
    for (const auto& member : group) writes.push_back(&member.write);
    db.write(writes);
  };
  impl_.reset(new Impl{{io, "log disk", {std::move(commit), std::move(wal)}, std::move(reports)}});
}

LogDisk::~LogDisk() = default;

void LogDisk::write(Outbox::LogWrite write) {
  impl_->queue.write(std::move(write));
}

DiskCounters LogDisk::counters() const {
  return impl_->queue.counters();
}

// --- BallotDisk

struct BallotDisk::Impl {
  DiskQueue<Outbox::BallotWrite> queue;
};

BallotDisk::BallotDisk(asio::io_context& io, db::BallotDb& db, DiskReports reports) {
  auto commit = [&db](std::span<const Outbox::BallotWrite> group) {
    db.write(group.back().ballot);
  };
  impl_.reset(new Impl{{io, "ballot disk", {std::move(commit), {}}, std::move(reports)}});
}

BallotDisk::~BallotDisk() = default;

void BallotDisk::write(Outbox::BallotWrite write) {
  impl_->queue.write(std::move(write));
}

DiskCounters BallotDisk::counters() const {
  return impl_->queue.counters();
}

}  // namespace swarm::udp
