// A disk queue of a tracker on a thread of its own, so that the network never waits for a sync.
// Group commit: while one transaction is running, new writes wait. Afterwards all waiting writes
// form the next transaction, up to db::most_rows_per_transaction rows and 256 writes.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "engine/db/sqlite_ballot_db.hpp"
#include "engine/db/sqlite_tracker_db.hpp"
#include "engine/node/outbox.hpp"
#include "transport/udp/net/asio.hpp"

namespace swarm::udp {

struct DiskCounters {  // since the start
  // tickets made durable; commits and checkpoints done
  std::uint64_t tickets{}, commits{}, checkpoints{};
  Duration longest_commit{}, total_commit{};
  Duration longest_checkpoint{};
};

// These functions are called on the thread that runs `io`.
struct DiskReports {
  // `ticket` and all tickets before it are durable. Called once per group.
  std::function<void(Ticket ticket)> durable;
  // A write failed; the argument is a sentence that says why. The queue writes nothing more, and
  // the process must end. A restart then replays the log.
  std::function<void(std::string)> failed;
  // The data on the disk is damaged, so a restart cannot help; the argument is a sentence that says
  // why. If this function is unset, `failed` is called.
  std::function<void(std::string)> damaged = {};
};

// The write-ahead log of a database. `pages` returns its length in pages; `checkpoint` moves it
// into the database file. Both functions are called on the disk's thread.
struct WriteAheadLog {
  std::function<std::size_t()> pages = [] { return std::size_t{}; };
  std::function<void()> checkpoint = [] {};  // may throw DbError
};

// The queue of Disk::log. Between two groups it runs a checkpoint if the write-ahead log has more
// than 1000 pages and no write waits, and in any case if the log has more than 16,000 pages.
class LogDisk {
 public:
  // `db` must outlive this object. From this call until the destructor returns, only the disk's
  // thread may use `db`.
  LogDisk(asio::io_context& io, db::SqliteTrackerDb& db, DiskReports reports);
  LogDisk(asio::io_context& io, db::TrackerDb& db, WriteAheadLog wal, DiskReports reports);
  // To be called on the thread that runs `io`. Waits until all queued writes are durable and the
  // write-ahead log is in the database file. Reports that `io` has not yet run are dropped.
  ~LogDisk();

  void write(Outbox::LogWrite write);
  DiskCounters counters() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The queue of Disk::ballot. It writes only the last ballot of each group, because each ballot
// replaces the ballots before it.
class BallotDisk {
 public:
  BallotDisk(asio::io_context& io, db::BallotDb& db, DiskReports reports);
  ~BallotDisk();

  void write(Outbox::BallotWrite write);
  DiskCounters counters() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace swarm::udp
