// The disk of a tracker's host: two databases, each with a queue of tickets. It commits in groups.
// While a sync is under way, new tickets wait. The next sync takes the waiting tickets as one
// group, up to db::most_rows_per_transaction rows. The disk writes the group at the moment when the
// group's sync completes. A crash before that moment loses the whole group, exactly as if the node
// had not asked for these writes.
//
// The disk has no clock. World asks it how long a sync takes, and calls it when that time is over.
#pragma once

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "engine/node/outbox.hpp"
#include "transport/sim/world/host.hpp"
#include "transport/sim/world/keyed_random.hpp"
#include "transport/sim/world/models.hpp"

namespace swarm::sim {

// Makes the databases of a disk. It must outlive the world.
class Store {
 public:
  virtual ~Store() = default;
  // `generation` is 0 when the disk is added, and one more at each wipe. The disk always calls
  // tracker_db() and then ballot_db().
  virtual std::unique_ptr<db::TrackerDb> tracker_db(HostId host, std::uint32_t generation) = 0;
  virtual std::unique_ptr<db::BallotDb> ballot_db(HostId host, std::uint32_t generation) = 0;
};

class SimDisk {
 public:
  SimDisk(std::uint64_t seed, HostId host, const DiskModel& model, Store& store);

  db::TrackerDb& tracker_db() { return *tracker_db_; }
  db::BallotDb& ballot_db() { return *ballot_db_; }
  std::uint32_t generation() const { return generation_; }       // how often the disk was wiped
  void set_sync(const Delay& sync) { sync_ = DelayDraw(sync); }  // for syncs that begin from now on
  bool hangs() const { return hangs_; }                          // see World::hang
  // The syncs completed so far, and the tickets in them. tickets() / syncs() is the average size of
  // a group.
  std::uint64_t syncs(Disk disk) const { return lane(disk).completed; }
  std::uint64_t tickets(Disk disk) const { return lane(disk).tickets; }

  // Only for World.
  void add(Outbox::LogWrite write) { log_.waiting.push_back(std::move(write)); }
  void add(Outbox::BallotWrite write) { ballot_.waiting.push_back(std::move(write)); }
  struct Sync {
    Duration delay;
    std::uint32_t number;
  };
  std::optional<Sync> begin(Disk disk);  // empty if a sync is under way or no ticket waits
  bool under_way(Disk disk, std::uint32_t sync) const;
  // Called when a sync is due but the disk hangs or its host is paused. World completes the sync
  // later.
  void park(Disk disk) { lane(disk).parked = true; }
  std::optional<std::uint32_t> unpark(Disk disk);  // number of the parked sync; empty: none
  // Writes the group and returns its last ticket. Throws DbError.
  Ticket complete(Disk disk);
  void set_hangs(bool hangs) { hangs_ = hangs; }
  void crash();  // loses the writes of every ticket whose sync has not completed
  void wipe();   // crash, then new databases

 private:
  std::size_t take_group();

  struct Lane {
    std::uint32_t sync = 0;  // number of the sync under way, or of the last one
    bool busy = false;
    bool parked = false;
    std::uint64_t completed = 0, tickets = 0;
  };
  template <class Write>
  struct Queue : Lane {
    std::vector<Write> waiting, group;
  };
  const Lane& lane(Disk disk) const {
    return disk == Disk::log ? static_cast<const Lane&>(log_) : ballot_;
  }
  Lane& lane(Disk disk) { return const_cast<Lane&>(std::as_const(*this).lane(disk)); }

  std::uint64_t seed_;
  HostId host_;
  Store& store_;
  std::unique_ptr<db::TrackerDb> tracker_db_;
  std::unique_ptr<db::BallotDb> ballot_db_;
  std::uint32_t generation_ = 0;
  DelayDraw sync_;
  Duration row_;
  Queue<Outbox::LogWrite> log_;
  Queue<Outbox::BallotWrite> ballot_;
  std::vector<const db::TrackerWrite*> writes_;  // used only in complete(); keeps its memory
  bool hangs_ = false;
};

}  // namespace swarm::sim
