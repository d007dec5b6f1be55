#include "transport/sim/world/sim_disk.hpp"

#include <iterator>
#include <utility>

#include "engine/base/assert.hpp"

namespace swarm::sim {

SimDisk::SimDisk(std::uint64_t seed, HostId host, const DiskModel& model, Store& store)
    : seed_(seed),
      host_(host),
      store_(store),
      tracker_db_(store.tracker_db(host, 0)),
      ballot_db_(store.ballot_db(host, 0)),
      sync_(model.sync),
      row_(model.row) {}

std::optional<SimDisk::Sync> SimDisk::begin(Disk disk) {
  Lane& queue = lane(disk);
  const bool none_waits = disk == Disk::log ? log_.waiting.empty() : ballot_.waiting.empty();
  if (queue.busy || none_waits) return std::nullopt;
  Duration rows{};
  if (disk == Disk::log)
    rows = static_cast<std::int64_t>(take_group()) * row_;
  else
    ballot_.group.swap(ballot_.waiting);
  queue.busy = true;
  ++queue.sync;
  const std::uint64_t thing = std::uint64_t{host_.value} << 8 | static_cast<std::uint64_t>(disk);
  const Draws draws(seed_, thing, queue.sync);
  return Sync{sync_(draws.word(Purpose::sync)) + rows, queue.sync};
}

// Takes as many waiting writes as fit into one transaction. Returns their number of rows.
std::size_t SimDisk::take_group() {
  auto& waiting = log_.waiting;
  std::size_t rows = 0;
  auto end = waiting.begin();
  for (; end != waiting.end(); ++end) {
    const auto more = rows + end->write.rows_written();
    if (end != waiting.begin() && more > db::most_rows_per_transaction) break;
    rows = more;
  }
  log_.group.assign(std::make_move_iterator(waiting.begin()), std::make_move_iterator(end));
  waiting.erase(waiting.begin(), end);
  return rows;
}

bool SimDisk::under_way(Disk disk, std::uint32_t sync) const {
  const Lane& queue = lane(disk);
  return queue.busy && queue.sync == sync;
}

std::optional<std::uint32_t> SimDisk::unpark(Disk disk) {
  Lane& queue = lane(disk);
  return std::exchange(queue.parked, false) ? std::optional(queue.sync) : std::nullopt;
}

Ticket SimDisk::complete(Disk disk) {
  Lane& queue = lane(disk);
  SWARM_ASSERT(queue.busy, "only a sync that was begun completes");
  queue.busy = false;
  ++queue.completed;
  Ticket last;
  if (disk == Disk::log) {
    writes_.clear();
    for (const auto& write : log_.group) writes_.push_back(&write.write);
    tracker_db_->write(writes_);
    last = log_.group.back().ticket;
    queue.tickets += log_.group.size();
    log_.group.clear();
  } else {  // each ballot is complete, so the last one replaces all before it
    ballot_db_->write(ballot_.group.back().ballot);
    last = ballot_.group.back().ticket;
    queue.tickets += ballot_.group.size();
    ballot_.group.clear();
  }
  return last;
}

void SimDisk::crash() {
  for (const Disk disk : {Disk::log, Disk::ballot}) {
    lane(disk).busy = false;
    lane(disk).parked = false;
  }
  log_.waiting.clear();
  log_.group.clear();
  ballot_.waiting.clear();
  ballot_.group.clear();
}

void SimDisk::wipe() {
  crash();
  ++generation_;
  tracker_db_.reset();
  ballot_db_.reset();
  tracker_db_ = store_.tracker_db(host_, generation_);
  ballot_db_ = store_.ballot_db(host_, generation_);
}

}  // namespace swarm::sim
