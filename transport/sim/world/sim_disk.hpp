// The disk of a tracker's host: two databases, a queue of tickets each. Group commit: while a sync
// is under way new tickets wait; then those that wait go as one write, up to
// db::most_rows_per_transaction. A write happens when its sync
// completes: a crash before it loses the whole group, exactly as if nothing had been asked.
//
// The disk keeps no time: World asks it how long a sync takes and tells it when that has passed.
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

// Makes the databases of a disk. Outlives the world.
class Store {
 public:
  virtual ~Store() = default;
  // `generation` 0: when the disk is added; 1, 2, ...: at each wipe. Called for both together.
  virtual std::unique_ptr<db::TrackerDb> tracker_db(HostId host, std::uint32_t generation) = 0;
  virtual std::unique_ptr<db::BallotDb> ballot_db(HostId host, std::uint32_t generation) = 0;
};

class SimDisk {
 public:
  SimDisk(std::uint64_t seed, HostId host, const DiskModel& model, Store& store);

  db::TrackerDb& tracker_db() { return *tracker_db_; }
  db::BallotDb& ballot_db() { return *ballot_db_; }
  std::uint32_t generation() const { return generation_; }       // how often it was wiped
  void set_sync(const Delay& sync) { sync_ = DelayDraw(sync); }  // of syncs that begin later
  bool hangs() const { return hangs_; }                          // see World::hang
  // Syncs completed so far, and the tickets in them: how well the groups commit.
  std::uint64_t syncs(Disk disk) const { return lane(disk).completed; }
  std::uint64_t tickets(Disk disk) const { return lane(disk).tickets; }

  // For the world.
  void add(Outbox::LogWrite write) { log_.waiting.push_back(std::move(write)); }
  void add(Outbox::BallotWrite write) { ballot_.waiting.push_back(std::move(write)); }
  struct Sync {
    Duration delay;
    std::uint32_t number;
  };
  std::optional<Sync> begin(Disk disk);  // nothing: one is under way, or nothing waits
  bool under_way(Disk disk, std::uint32_t sync) const;
  // Its time has come, but the disk hangs or its host stands still: it is completed later.
  void park(Disk disk) { lane(disk).parked = true; }
  std::optional<std::uint32_t> unpark(Disk disk);  // the number of the sync that was parked
  // Writes the group and returns its last ticket. Throws DbError.
  Ticket complete(Disk disk);
  void set_hangs(bool hangs) { hangs_ = hangs; }
  void crash();  // every ticket that was not completed is lost
  void wipe();   // crash, and new databases

 private:
  std::size_t take_group();

  struct Lane {
    std::uint32_t sync = 0;  // of the one under way, or the last
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
  std::vector<const db::TrackerWrite*> writes_;  // reused
  bool hangs_ = false;
};

}  // namespace swarm::sim
