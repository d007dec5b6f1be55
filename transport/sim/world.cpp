#include "transport/sim/world.hpp"

#include <fmt/format.h>

#include <utility>

#include "engine/assert.hpp"

namespace swarm::sim {

namespace {

// More events than any honest run has at one moment: two nodes, or a node and its timer, that
// call each other for ever.
constexpr std::uint32_t most_events_at_once = 20'000'000;

constexpr std::uint64_t resume_thing = std::uint64_t{1} << 63;

}  // namespace

World::World(std::uint64_t seed, const NetworkModel& network, const DiskModel& disk,
             const CpuModel& cpu)
    : seed_(seed),
      network_(seed, network, queue_),
      disk_model_(disk),
      cpu_(cpu),
      fingerprint_(mix(seed)) {}

World::~World() = default;

Host& World::host(HostId id) {
  SWARM_ASSERT(id.value < hosts_.size(), "a host of this world");
  return hosts_[id.value];
}

const Host& World::host(HostId id) const {
  SWARM_ASSERT(id.value < hosts_.size(), "a host of this world");
  return hosts_[id.value];
}

void World::check_outside() const {
  SWARM_ASSERT(!in_step_, "the world is not changed within a step: use at(now(), ...)");
}

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

void World::set_boot(HostId id, Boot* boot) {
  host(id).boot = boot;
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

// Which comes first, the late timer or what waits in the socket, no process can know: drawn.
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

// Its clock shows what it did; timers are on time. A real host hears the others first, and only
// then peers and timers (transport/udp/node_host.hpp).
void World::go_on_unaware(HostId id, SocketBuffer& waiting) {
  Host& resumed = host(id);
  resumed.clock.offset -= resumed.clock.local(now_) - waiting.local;
  const auto datagrams = std::exchange(waiting.datagrams, {});
  waiting.bytes = 0;
  waiting.frozen = false;
  free_buffers_.push_back(std::exchange(resumed.buffer, Host::none));
  const auto of_cluster = [this](auto reference) {
    return network_.pool().header(reference).channel == Channel::cluster;
  };
  run_step(id, [&](Node& node, Time local) {
    for (const auto reference : datagrams) {
      if (!of_cluster(reference)) continue;
      const auto& header = network_.pool().header(reference);
      note(EventKind::delivery, id.value, header.hash);
      ++network_.count().delivered;
      const Arrival arrival{header.channel, header.from, header.multicast};
      if (observer_ != nullptr)
        observer_->receiving(id, arrival, network_.pool().bytes(reference), now_);
      node.receive(local, arrival, network_.pool().bytes(reference), out_);
    }
    if (resumed.boot != nullptr) resumed.boot->before_answers_leave(id, node, local, out_);
  });
  for (const auto reference : datagrams)
    if (of_cluster(reference))
      network_.pool().drop(reference);
    else
      queue_.push(now_, EventKind::delivery, id.value, reference);
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
  if (!out_.store_wishes().empty()) {
    SWARM_ASSERT(host(id).store != Host::none, "who wishes has a store");
    for (auto& wish : out_.store_wishes()) stores_[host(id).store]->add(std::move(wish));
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

// --- Steps

void World::fail(HostId id, const char* what) const {
  const auto now = now_.time_since_epoch().count();
  throw SimulationFailed(id, now_,
                         fmt::format("{} at {}.{:09} s: {}", name(id), now / 1'000'000'000,
                                     now % 1'000'000'000, what));
}

template <class Call>
void World::run_step(HostId id, const Call& call) {
  Host& stepping = hosts_[id.value];
  out_.clear();
  in_step_ = true;
  try {
    call(*stepping.node, stepping.clock.local(now_));
  } catch (const std::exception& error) {
    in_step_ = false;
    fail(id, error.what());
  }
  if (observer_ != nullptr) observer_->stepped(id, *stepping.node, out_, now_);
  in_step_ = false;
  carry_out(id);
}

void World::carry_out(HostId id) {
  const TrueTime end = end_of_step(id);
  send_all(id, out_, end);
  persist(id, end);
  if (out_.exit_reason().empty())
    schedule_wake(id);
  else
    leave(id, out_.exit_reason());
}

// Of the step that was just made, by what it costs.
TrueTime World::end_of_step(HostId id) {
  if (cpu_.step == 0ns && cpu_.row == 0ns) return now_;
  const auto disk = hosts_[id.value].disk;
  if (disk == Host::none) return now_;
  return busy_until_[disk] = now_ + cpu_.step + static_cast<std::int64_t>(out_.work()) * cpu_.row;
}

bool World::busy(HostId id) const {
  const auto disk = hosts_[id.value].disk;
  return disk != Host::none && busy_until_[disk] > now_;
}

// In the order of arrival; a timer comes behind, for what has come is heard before it.
void World::put_off(HostId id, EventKind kind, std::uint32_t reference) {
  const Duration behind = kind == EventKind::wake ? 1ns : 0ns;
  queue_.push(busy_until_[hosts_[id.value].disk] + behind, kind, id.value, reference);
}

void World::send_all(HostId id, const Outbox& out, TrueTime at) {
  for (std::size_t i = 0; i < out.datagrams(); ++i) {
    const auto datagram = out.datagram(i);
    network_.send(id, datagram.channel, datagram.to, datagram.bytes, at);
  }
}

void World::leave(HostId id, const std::string& reason) {
  in_step_ = true;
  if (observer_ != nullptr) observer_->exited(id, *host(id).node, reason, now_);
  in_step_ = false;
  end_node(id);
}

// One event per host lies in the queue and counts. When the node wants to be woken later than
// that, the event is left where it is and moves on when its time comes: a timer that is always
// put off costs one event per period, not one per datagram.
void World::schedule_wake(HostId id) {
  Host& stepped = hosts_[id.value];
  stepped.wake_wanted = std::max(now_, stepped.clock.first_at(stepped.node->next_wake()));
  if (stepped.wake_wanted < stepped.wake_event) push_wake(id);
}

void World::push_wake(HostId id) {
  Host& waiting = hosts_[id.value];
  const TrueTime at = std::max(now_, waiting.wake_wanted);
  if (at >= waiting.wake_event) return;
  waiting.wake_event = at;
  queue_.push(at, EventKind::wake, id.value, ++waiting.wake_generation);
}

void World::inject(HostId id, const Outbox& out) {
  check_outside();
  send_all(id, out, now_);
}

bool World::call(HostId id, const Verb& verb) {
  check_outside();
  if (host(id).state != HostState::up) return false;
  run_step(id, [&](Node& node, Time local) { verb(node, local, out_); });
  return true;
}

// --- Events

void World::on_start(HostId id) {
  Host& started = host(id);
  if (started.state != HostState::down) return;
  note(EventKind::start, id.value, ++started.starts);
  started.node = started.boot->boot(id, started.starts);
  started.state = HostState::up;
  run_step(id, [this](Node& node, Time local) { node.start(local, out_); });
}

void World::on_delivery(HostId id, DatagramPool::Reference reference) {
  Host& receiver = hosts_[id.value];
  if (receiver.state != HostState::up) {
    if (receiver.state == HostState::paused) return buffer(id, reference);
    ++network_.count().to_dead_host;
    network_.pool().drop(reference);
    return;
  }
  if (busy(id)) return put_off(id, EventKind::delivery, reference);
  ++network_.count().delivered;
  const auto& header = network_.pool().header(reference);
  note(EventKind::delivery, id.value, header.hash);
  const Arrival arrival{header.channel, header.from, header.multicast};
  const Bytes bytes = network_.pool().bytes(reference);
  if (observer_ != nullptr) observer_->receiving(id, arrival, bytes, now_);
  run_step(id, [&](Node& node, Time local) { node.receive(local, arrival, bytes, out_); });
  network_.pool().drop(reference);
}

void World::buffer(HostId id, DatagramPool::Reference reference) {
  SocketBuffer& socket = buffers_[hosts_[id.value].buffer];
  const std::size_t size = network_.pool().header(reference).size;
  if (socket.bytes + size > SocketBuffer::most) {
    ++network_.count().buffer_overflow;
    network_.pool().drop(reference);
    return;
  }
  socket.bytes += size;
  socket.datagrams.push_back(reference);
}

void World::on_wake(HostId id, std::uint32_t generation) {
  Host& woken = hosts_[id.value];
  if (generation != woken.wake_generation) return;
  if (woken.state == HostState::up && busy(id)) return put_off(id, EventKind::wake, generation);
  woken.wake_event = end_of_time;
  if (woken.state != HostState::up) return;
  if (woken.wake_wanted > now_) return push_wake(id);
  note(EventKind::wake, id.value, 0);
  run_step(id, [this](Node& node, Time local) { node.wake(local, out_); });
}

void World::on_synced(HostId id, Disk which, std::uint32_t sync) {
  SimDisk& synced = disk(id);
  if (!synced.under_way(which, sync)) return;
  if (synced.hangs() || host(id).state == HostState::paused) return synced.park(which);
  if (busy(id))
    return put_off(id, which == Disk::log ? EventKind::log_synced : EventKind::ballot_synced, sync);
  std::uint64_t ticket = 0;
  try {
    ticket = synced.complete(which);
  } catch (const db::DbError& error) {
    return leave(id, error.what());
  }
  const auto kind = which == Disk::log ? EventKind::log_synced : EventKind::ballot_synced;
  note(kind, id.value, ticket);
  begin_sync(id, which, now_);
  run_step(id, [&](Node& node, Time local) { node.persisted(local, {which, ticket}, out_); });
}

// A node that asks for its end hears no further report.
void World::on_stored(HostId id, std::uint32_t job) {
  VirtualStore& store = *stores_[host(id).store];
  if (!store.under_way(job)) return;
  if (host(id).state == HostState::paused) return store.park(job);
  const auto reports = store.complete(job);
  begin_job(id, VirtualStore::lane_of(job));
  for (const StoreReport& report : reports) {
    if (host(id).state != HostState::up) return;
    note(EventKind::stored, id.value,
         report.ticket << 2 | static_cast<std::uint64_t>(report.outcome));
    run_step(id, [&](Node& node, Time local) { node.stored(local, report, out_); });
  }
}

void World::on_callback(std::uint32_t index) {
  const auto callback = std::exchange(callbacks_[index], nullptr);
  free_callbacks_.push_back(index);
  note(EventKind::callback, 0, 0);
  callback();
}

void World::execute(const QueuedEvent& event) {
  const HostId id{event.host};
  switch (event.kind()) {
    case EventKind::start:
      return on_start(id);
    case EventKind::arrival:
      if (hosts_[id.value].state == HostState::down || network_.arrive(id, event.reference, now_))
        on_delivery(id, event.reference);
      return;
    case EventKind::delivery:
      return on_delivery(id, event.reference);
    case EventKind::wake:
      return on_wake(id, event.reference);
    case EventKind::log_synced:
      return on_synced(id, Disk::log, event.reference);
    case EventKind::ballot_synced:
      return on_synced(id, Disk::ballot, event.reference);
    case EventKind::callback:
      return on_callback(event.reference);
    case EventKind::stored:
      return on_stored(id, event.reference);
  }
}

void World::note(EventKind kind, std::uint32_t id, std::uint64_t detail) {
  const std::uint64_t who = std::uint64_t{id} << 8 | static_cast<std::uint64_t>(kind);
  const auto time = static_cast<std::uint64_t>(now_.time_since_epoch().count());
  fingerprint_ = mix(fingerprint_ ^ mix(time ^ (who << 32 | who >> 32)) ^ detail);
}

// --- Time

void World::at(TrueTime time, std::function<void()> callback) {
  if (free_callbacks_.empty()) {
    free_callbacks_.push_back(static_cast<std::uint32_t>(callbacks_.size()));
    callbacks_.emplace_back();
  }
  const std::uint32_t index = free_callbacks_.back();
  free_callbacks_.pop_back();
  callbacks_[index] = std::move(callback);
  queue_.push(std::max(time, now_), EventKind::callback, 0, index);
}

// While this event is executed, what the next one will touch comes from memory.
void World::prefetch_next() const {
  const QueuedEvent* next = queue_.peek();
  if (next == nullptr || next->kind() == EventKind::callback) return;
  __builtin_prefetch(hosts_.data() + next->host, 1);
  network_.prefetch(next->host);
  if (next->kind() == EventKind::arrival) network_.pool().prefetch(next->reference);
}

bool World::step() {
  if (queue_.empty()) return false;
  const QueuedEvent event = queue_.pop();
  events_at_now_ = event.at == now_ ? events_at_now_ + 1 : 0;
  if (events_at_now_ > most_events_at_once) fail({event.host}, "time stands still here");
  now_ = event.at;
  ++events_;
  prefetch_next();
  execute(event);
  return true;
}

void World::run_until(TrueTime time) {
  check_outside();
  stopping_ = false;
  while (!stopping_ && !queue_.empty() && queue_.top().at <= time) step();
  if (!stopping_) now_ = std::max(now_, time);
}

Time World::local(HostId id) const {
  return host(id).clock.local(now_);
}

TrueTime World::true_time(HostId id, Time local) const {
  return host(id).clock.first_at(local);
}

// --- Looking

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
