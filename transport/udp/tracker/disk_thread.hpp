// A disk queue of a tracker on a thread of its own, so that the network never waits for a sync.
// Group commit: while one transaction is running, new tickets wait. Then all waiting tickets form
// the next transaction, up to db::most_rows_per_transaction.
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

struct DiskCounters {  // since the start; plain copies, for the network's thread
  // tickets made durable; commits and checkpoints done
  std::uint64_t tickets{}, commits{}, checkpoints{};
  Duration longest_commit{}, total_commit{};
  Duration longest_checkpoint{};
};

// Called on the thread that runs `io`, once per group.
struct DiskReports {
  std::function<void(Ticket ticket)> durable;  // `ticket` and all before it are durable
  // A write failed; gets a sentence. Nothing more is written, and the process must end: exit,
  // restart, replay.
  std::function<void(std::string)> failed;
  // The data on the disk is damaged, so a restart cannot help; gets a sentence. If unset, `failed`
  // is called.
  std::function<void(std::string)> damaged = {};
};

// The write-ahead log of a database: the number of its pages, and how it is moved into the database
// file. Both functions are called on the disk's thread.
struct WriteAheadLog {
  std::function<std::size_t()> pages = [] { return std::size_t{}; };
  std::function<void()> checkpoint = [] {};  // may throw DbError
};

// The queue of Disk::log. Between groups it moves the write-ahead log into the database file, if
// nothing waits or the log has grown large.
class LogDisk {
 public:
  // `db` must outlive this object. From here until the destructor returns, only the disk's thread
  // may use it.
  LogDisk(asio::io_context& io, db::SqliteTrackerDb& db, DiskReports reports);
  LogDisk(asio::io_context& io, db::TrackerDb& db, WriteAheadLog wal, DiskReports reports);
  // To be called on the thread that runs `io`. Writes what waits, and moves the write-ahead log
  // into the database file. Late reports are dropped.
  ~LogDisk();

  void write(Outbox::LogWrite write);
  DiskCounters counters() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The queue of Disk::ballot. Of a group only the last ballot is written, because it contains the
// others.
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
