#include "transport/sim/world/world.hpp"

#include <fmt/format.h>

#include <utility>

#include "engine/base/assert.hpp"

namespace swarm::sim {

namespace {

// A sound run never has so many events at one moment. More events mean that two nodes, or a node
// and its timer, call each other for ever.
constexpr std::uint32_t most_events_at_once = 20'000'000;

}  // namespace

World::World(std::uint64_t seed, const NetworkModel& network, const DiskModel& disk,
             const CpuModel& cpu)
    : seed_(seed),
      network_(seed, network, queue_),
      disk_model_(disk),
      cpu_(cpu),
      nonces_(seed),
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

// Ends a pause in which the host's clock stood still. The clock goes on from the time at which it
// stopped, so no timer is overdue. As on a real host, the node first receives the datagrams of
// other trackers. The datagrams of peers and the timers follow (transport/udp/net/node_host.hpp).
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
  out_.set_nonces(&nonces_);
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

// Returns the time at which the step that was just made ends, by its cost in CpuModel.
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

// Pushes the event again, for the end of the host's step. Events keep their order, except that
// timers come 1 ns later: a node receives all datagrams that have arrived before it runs its
// timers.
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

// Each host has one valid wake event in the queue. If the node now wants to be woken later, this
// event stays in the queue. When the event is executed, it is pushed again for the later time. So a
// timer that each datagram puts off costs one event per period, not one per datagram.
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

void World::forge(HostId id, const Endpoint& source, const Endpoint& to, Bytes datagram) {
  check_outside();
  network_.send_as(id, source, to, datagram, now_);
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
  if (!started.node) return;
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
  Ticket ticket;
  try {
    ticket = synced.complete(which);
  } catch (const db::DbError& error) {
    return leave(id, error.what());
  }
  const auto kind = which == Disk::log ? EventKind::log_synced : EventKind::ballot_synced;
  note(kind, id.value, ticket.number);
  begin_sync(id, which, now_);
  run_step(id, [&](Node& node, Time local) { node.persisted(local, ticket, out_); });
}

// If a report makes the node exit, the node receives no further report.
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

// Prefetches the memory that the next event will touch, while this event is executed.
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

}  // namespace swarm::sim
