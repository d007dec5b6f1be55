// The part of World that builds hosts, starts and ends them, and serves their disks.
#include <utility>

#include "engine/base/assert.hpp"
#include "transport/sim/world/world.hpp"

namespace swarm::sim {
namespace {

constexpr std::uint64_t resume_thing = std::uint64_t{1} << 63;

}  // namespace

// --- Building

HostId World::add_host(const HostSettings& settings) {
  check_outside();
  SWARM_ASSERT(settings.clock.drift > -HostClock::million, "a clock goes forward");
  network_.add_host(settings.ip, settings.cluster_port, settings.peers_port);
  Host& added = hosts_.emplace_back();
  added.boot = settings.boot;
  added.clock = settings.clock;
  return {static_cast<std::uint32_t>(hosts_.size() - 1)};
}

void World::reserve(std::size_t hosts) {
  hosts_.reserve(hosts);
  network_.reserve(hosts);
}

void World::add_disk(HostId id, Store& store) {
  SWARM_ASSERT(disks_.size() < Host::none, "at most 65,535 disks");
  SWARM_ASSERT(host(id).disk == Host::none, "a host has one disk");
  host(id).disk = static_cast<std::uint16_t>(disks_.size());
  disks_.push_back(std::make_unique<SimDisk>(seed_, id, disk_model_, store));
  busy_until_.emplace_back();
}

void World::add_store(HostId id, VirtualStore& store) {
  SWARM_ASSERT(stores_.size() < Host::none, "at most 65,535 stores");
  SWARM_ASSERT(host(id).store == Host::none, "a host has one store");
  host(id).store = static_cast<std::uint16_t>(stores_.size());
  stores_.push_back(&store);
}

void World::join(HostId id, const Endpoint& group) {
  network_.join(id, group);
}

// --- Life of a host

void World::start(HostId id, TrueTime at) {
  check_outside();
  SWARM_ASSERT(host(id).boot != nullptr, "a host that starts has a boot");
  queue_.push(std::max(at, now_), EventKind::start, id.value, 0);
}

void World::end_node(HostId id) {
  Host& ended = host(id);
  ended.node.reset();
  ended.state = HostState::down;
  ++ended.wake_generation;
  ended.wake_event = ended.wake_wanted = end_of_time;
  if (ended.disk != Host::none) disks_[ended.disk]->crash();
  if (ended.disk != Host::none) busy_until_[ended.disk] = {};
  if (ended.store != Host::none) stores_[ended.store]->crash();
  if (ended.buffer == Host::none) return;
  SocketBuffer& lost = buffers_[ended.buffer];
  network_.count().to_dead_host += lost.datagrams.size();
  for (const auto reference : lost.datagrams) network_.pool().drop(reference);
  lost.datagrams.clear();
  lost.bytes = 0;
  free_buffers_.push_back(std::exchange(ended.buffer, Host::none));
}

void World::crash(HostId id) {
  check_outside();
  end_node(id);
}

void World::restart(HostId id) {
  crash(id);
  start(id);
}

void World::wipe(HostId id) {
  crash(id);
  disk(id).wipe();
}

void World::pause(HostId id, bool clock_too) {
  check_outside();
  Host& paused = host(id);
  if (paused.state != HostState::up) return;
  paused.state = HostState::paused;
  if (free_buffers_.empty()) {
    SWARM_ASSERT(buffers_.size() < Host::none, "at most 65,535 hosts are paused at a time");
    free_buffers_.push_back(static_cast<std::uint16_t>(buffers_.size()));
    buffers_.emplace_back();
  }
  paused.buffer = free_buffers_.back();
  free_buffers_.pop_back();
  buffers_[paused.buffer].local = paused.clock.local(now_);
  buffers_[paused.buffer].frozen = clock_too;
}

// After a pause, a real process may run its overdue timers before or after it receives the waiting
// datagrams. So the order is drawn.
void World::resume(HostId id) {
  check_outside();
  Host& resumed = host(id);
  if (resumed.state != HostState::paused) return;
  resumed.state = HostState::up;
  if (buffers_[resumed.buffer].frozen) return go_on_unaware(id, buffers_[resumed.buffer]);
  const auto time = static_cast<std::uint64_t>(now_.time_since_epoch().count());
  const Draws draws(seed_, resume_thing | id.value, time);
  const bool timers_first = draws.below(Purpose::resume, 2) == 0;
  if (timers_first) push_wake(id);
  SocketBuffer& waiting = buffers_[resumed.buffer];
  for (const auto reference : waiting.datagrams)
    queue_.push(now_, EventKind::delivery, id.value, reference);
  waiting.datagrams.clear();
  waiting.bytes = 0;
  free_buffers_.push_back(std::exchange(resumed.buffer, Host::none));
  if (!timers_first) push_wake(id);
  unpark(id);
}

void World::step_clock(HostId id, Duration by) {
  check_outside();
  if (by < 0ns) {
    call(id, [by](Node& node, Time local, Outbox& out) { node.clock_went_back(local, -by, out); });
    return;
  }
  host(id).clock.offset += by;
  if (host(id).state == HostState::up) schedule_wake(id);
}

HostState World::state(HostId id) const {
  return host(id).state;
}

// --- Disk

SimDisk& World::disk(HostId id) {
  SWARM_ASSERT(host(id).disk != Host::none, "this host has a disk");
  return *disks_[host(id).disk];
}

void World::hang(HostId id, bool hangs) {
  check_outside();
  disk(id).set_hangs(hangs);
  unpark(id);
}

void World::unpark(HostId id) {
  if (host(id).store != Host::none)
    for (const auto lane : {VirtualStore::Lane::reads, VirtualStore::Lane::writes})
      if (const auto job = stores_[host(id).store]->unpark(lane))
        queue_.push(now_, EventKind::stored, id.value, *job);
  if (host(id).disk == Host::none) return;
  if (const auto sync = disk(id).unpark(Disk::log))
    queue_.push(now_, EventKind::log_synced, id.value, *sync);
  if (const auto sync = disk(id).unpark(Disk::ballot))
    queue_.push(now_, EventKind::ballot_synced, id.value, *sync);
}

void World::begin_sync(HostId id, Disk which, TrueTime at) {
  const auto kind = which == Disk::log ? EventKind::log_synced : EventKind::ballot_synced;
  if (const auto sync = disk(id).begin(which))
    queue_.push(at + sync->delay, kind, id.value, sync->number);
}

void World::begin_job(HostId id, VirtualStore::Lane lane) {
  if (const auto job = stores_[host(id).store]->begin(lane))
    queue_.push(now_ + job->delay, EventKind::stored, id.value, job->number);
}

void World::persist(HostId id, TrueTime at) {
  if (!out_.store_requests().empty()) {
    SWARM_ASSERT(host(id).store != Host::none, "who asks a store has one");
    for (auto& request : out_.store_requests()) stores_[host(id).store]->add(std::move(request));
    begin_job(id, VirtualStore::Lane::reads);
    begin_job(id, VirtualStore::Lane::writes);
  }
  if (out_.log_writes().empty() && out_.ballot_writes().empty()) return;
  SimDisk& target = disk(id);
  for (auto& write : out_.log_writes()) target.add(std::move(write));
  for (auto& write : out_.ballot_writes()) target.add(std::move(write));
  begin_sync(id, Disk::log, at);
  begin_sync(id, Disk::ballot, at);
}

// --- Queries

Node* World::node(HostId id) {
  return host(id).node.get();
}

std::uint32_t World::starts(HostId id) const {
  return host(id).starts;
}

Endpoint World::address(HostId id, Channel channel) const {
  return network_.address(id, channel);
}

std::string World::name(HostId id) const {
  const Boot* boot = host(id).boot;
  return boot != nullptr ? boot->name(id) : "host " + std::to_string(id.value);
}

std::size_t World::memory() const {
  return queue_.memory() + network_.memory() + hosts_.capacity() * sizeof(Host);
}

}  // namespace swarm::sim
