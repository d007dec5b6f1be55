// A disk queue of a tracker on a thread of its own, so that the network never waits for a sync.
// Group commit: while one transaction is under way new tickets wait; then those that wait go as
// one, up to db::most_rows_per_transaction.
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

struct DiskCounters {  // since the start; plain copies, safe to read on the network's thread
  std::uint64_t tickets{}, commits{}, checkpoints{};  // that were durable, done
  Duration longest_commit{}, total_commit{};
  Duration longest_checkpoint{};
};

// Called on the thread that runs `io`, one call per group.
struct DiskReports {
  std::function<void(Ticket ticket)> durable;  // this one and all before it
  // A write failed: the sentence. Nothing more is written; the process must end (exit, restart,
  // replay).
  std::function<void(std::string)> failed;
  // The same, because of what is on the disk: a restart cannot help. None: failed.
  std::function<void(std::string)> damaged = {};
};

// The write-ahead log of a database: its pages, and how it is moved into the file. Both are called
// on the disk's thread.
struct WriteAheadLog {
  std::function<std::size_t()> pages = [] { return std::size_t{}; };
  std::function<void()> checkpoint = [] {};  // may throw DbError
};

// The queue of Disk::log. Between groups it moves the write-ahead log into the file, when nothing
// waits or it has grown large.
class LogDisk {
 public:
  // `db` outlives it, and belongs to the thread from here on until the destructor returns.
  LogDisk(asio::io_context& io, db::SqliteTrackerDb& db, DiskReports reports);
  LogDisk(asio::io_context& io, db::TrackerDb& db, WriteAheadLog wal, DiskReports reports);
  // On the thread that runs `io`. Writes what waits and moves the write-ahead log into the file;
  // reports that come too late are dropped.
  ~LogDisk();

  void write(Outbox::LogWrite write);
  DiskCounters counters() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The queue of Disk::ballot: the last of a group is written, it contains the others.
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
