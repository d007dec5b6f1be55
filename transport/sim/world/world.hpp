// The simulated world: virtual time, a network, hosts with clocks and disks, and their faults. It
// drives any Node (engine/node/node.hpp). It knows nothing about trackers, scenarios or checks.
//
// A run is a pure function of (seed, models, hosts, calls on the world). The same inputs give the
// same fingerprint on every machine and in every build. Worlds share nothing, so each thread may
// have its own.
//
//   World world(seed, network_model, disk_model);
//   const HostId t1 = world.add_host({.ip = ip, .cluster_port = 7000, .peers_port = 6969,
//                                     .boot = &boot});
//   world.add_disk(t1, store);                  // trackers only
//   world.join(t1, group);
//   world.start(t1);                            // asks boot for the node, at this true time
//   world.at(TrueTime(10s), [&] { world.crash(t1); });
//   world.run_until(TrueTime(40s));
//
// The functions that change the world may be called before run_until(), after it, and in callbacks
// of at(). Never call them within a step, which means from a Node or an Observer. Within a step,
// use at(now(), ...) instead: the callback runs after the step, at the same true time.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/node/node.hpp"
#include "transport/sim/world/event_queue.hpp"
#include "transport/sim/world/host.hpp"
#include "transport/sim/world/models.hpp"
#include "transport/sim/world/network.hpp"
#include "transport/sim/world/sim_disk.hpp"
#include "transport/sim/world/step_nonces.hpp"
#include "transport/sim/world/virtual_store.hpp"

namespace swarm::sim {

// Thrown when an assertion fails or a node throws within a step. The text names the host and the
// true time.
struct SimulationFailed : std::runtime_error {
  SimulationFailed(HostId at_host, TrueTime at_time, const std::string& text)
      : std::runtime_error(text), host(at_host), time(at_time) {}
  HostId host;
  TrueTime time;
};

// Sees every step and changes nothing.
class Observer {
 public:
  virtual ~Observer() = default;
  // The world is about to give a datagram to a node.
  virtual void receiving(HostId host, const Arrival& arrival, Bytes datagram, TrueTime now) {
    (void)host, (void)arrival, (void)datagram, (void)now;
  }
  // Called after each call of a node. `out` holds all that the node asks for; none of it has
  // happened yet.
  virtual void stepped(HostId host, Node& node, const Outbox& out, TrueTime now) {
    (void)host, (void)node, (void)out, (void)now;
  }
  // The node asked its host to end it, or its disk failed. The world destroys the node after this
  // call.
  virtual void exited(HostId host, Node& node, const std::string& reason, TrueTime now) {
    (void)host, (void)node, (void)reason, (void)now;
  }
};

class World {
 public:
  World(std::uint64_t seed, const NetworkModel& network, const DiskModel& disk = {},
        const CpuModel& cpu = {});
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  ~World();

  void observe(Observer* observer) { observer_ = observer; }

  // Building. Ids count from 0. A host is down until start().
  HostId add_host(const HostSettings& settings);
  void reserve(std::size_t hosts);                   // memory for this many hosts
  void add_disk(HostId host, Store& store);          // makes the disk's databases at once
  void add_store(HostId host, VirtualStore& store);  // for a peer; `store` must outlive the world
  void join(HostId host, const Endpoint& group);     // from now on the host receives this group

  // The life of a host.
  void start(HostId host) { start(host, now_); }
  void start(HostId host, TrueTime at);  // does nothing if the host is not down at that time
  void crash(HostId host);    // memory, tickets and socket buffer are lost; the disk is kept
  void restart(HostId host);  // crash, then start at once
  void wipe(HostId host);     // crash, then new databases (the Store's next generation)
  // The host stands still, but its clock goes on. With `clock_too` the clock stands still as well,
  // like the clock of a suspended virtual machine.
  void pause(HostId host, bool clock_too = false);
  void resume(HostId host);  // all overdue timers, datagrams and syncs come at once
  // The host's clock jumps. If it jumps back, the node sees a time that goes on from its last
  // value, and gets clock_went_back() (transport/udp/system/onward_clock.hpp).
  void step_clock(HostId host, Duration by);
  HostState state(HostId host) const;
  bool up(HostId host) const { return state(host) == HostState::up; }

  // The network: cuts, partitions, model and counters.
  Network& network() { return network_; }
  const Network& network() const { return network_; }
  std::optional<HostId> find(std::uint32_t ip) const { return network_.find(ip); }
  // The disk of a host: its databases, and set_sync(). Only after add_disk().
  SimDisk& disk(HostId host);
  const DiskModel& disk_model() const { return disk_model_; }
  // While the disk hangs, no sync completes. When it stops hanging, the overdue syncs complete.
  void hang(HostId host, bool hangs);

  // Sends the datagrams of `out` from the host's address, even if its node is dead. This is how a
  // supervisor sends DEAD. Writes and events in `out` are ignored.
  void inject(HostId host, const Outbox& out);
  // Sends a datagram from the host's NIC with the source address `source`, which may be another
  // host's. This is how an attacker sends.
  void forge(HostId host, const Endpoint& source, const Endpoint& to, Bytes datagram);
  // Calls `verb`, an operator's command, in a separate step of the node. If the host is not up,
  // call() does nothing and returns false.
  using Verb = std::function<void(Node& node, Time local, Outbox& out)>;
  bool call(HostId host, const Verb& verb);

  // Time.
  void at(TrueTime time, std::function<void()> callback);  // a past `time` counts as now()
  void run_until(TrueTime time);     // executes all events up to and at `time`; then now() == time
  bool step();                       // executes one event; false: no event is left
  void stop() { stopping_ = true; }  // run_until() returns after the event that is executed now
  TrueTime now() const { return now_; }
  Time local(HostId host) const;  // what the host's clock shows now
  // The true time at which the host's clock first shows `local`.
  TrueTime true_time(HostId host, Time local) const;

  // Queries.
  std::size_t hosts() const { return hosts_.size(); }
  Node* node(HostId host);  // null while the host is down
  std::uint32_t starts(HostId host) const;
  Endpoint address(HostId host, Channel channel) const;
  std::string name(HostId host) const;
  std::uint64_t seed() const { return seed_; }
  std::uint64_t fingerprint() const { return fingerprint_; }
  std::uint64_t events_executed() const { return events_; }
  std::size_t memory() const;  // bytes, without nodes and databases

 private:
  void prefetch_next() const;
  void execute(const QueuedEvent& event);
  void on_start(HostId id);
  void on_delivery(HostId id, DatagramPool::Reference reference);
  void on_wake(HostId id, std::uint32_t generation);
  void on_synced(HostId id, Disk disk, std::uint32_t sync);
  void on_stored(HostId id, std::uint32_t job);
  void on_callback(std::uint32_t index);

  template <class Call>
  void run_step(HostId id, const Call& call);
  [[noreturn]] void fail(HostId id, const char* what) const;
  void carry_out(HostId id);
  void send_all(HostId id, const Outbox& out, TrueTime at);
  void persist(HostId id, TrueTime at);
  void begin_sync(HostId id, Disk disk, TrueTime at);
  bool busy(HostId id) const;
  TrueTime end_of_step(HostId id);
  void put_off(HostId id, EventKind kind, std::uint32_t reference);
  void begin_job(HostId id, VirtualStore::Lane lane);
  void unpark(HostId id);
  void go_on_unaware(HostId id, SocketBuffer& waiting);
  void schedule_wake(HostId id);
  void push_wake(HostId id);
  void buffer(HostId id, DatagramPool::Reference reference);
  void end_node(HostId id);
  void leave(HostId id, const std::string& reason);
  void note(EventKind kind, std::uint32_t host, std::uint64_t detail);
  void check_outside() const;
  Host& host(HostId id);
  const Host& host(HostId id) const;

  std::uint64_t seed_;
  EventQueue queue_;
  Network network_;
  DiskModel disk_model_;
  CpuModel cpu_;
  Observer* observer_ = nullptr;
  std::vector<Host> hosts_;
  std::vector<std::unique_ptr<SimDisk>> disks_;
  std::vector<TrueTime> busy_until_;  // per disk: the end of its host's current step (CpuModel)
  std::vector<VirtualStore*> stores_;
  std::vector<SocketBuffer> buffers_;
  std::vector<std::uint16_t> free_buffers_;
  std::vector<std::function<void()>> callbacks_;
  std::vector<std::uint32_t> free_callbacks_;
  StepNonces nonces_;
  Outbox out_;
  TrueTime now_{};
  std::uint64_t fingerprint_ = 0;
  std::uint64_t events_ = 0;
  bool stopping_ = false;
  std::uint32_t events_at_now_ = 0;
  bool in_step_ = false;
};

}  // namespace swarm::sim
