// A simulated host: its address, its clock and its node. Its record is small, because a world may
// have 100,000 hosts. An idle host costs only this record, and nothing per event.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/node/node.hpp"
#include "transport/sim/world/event_queue.hpp"

namespace swarm::sim {

using HostId = Strong<struct HostTag, std::uint32_t>;  // counts from 0, in the order of add_host

enum class HostState : std::uint8_t { down, up, paused };

// Makes the nodes of hosts. One object may serve any number of hosts. It must outlive the world.
class Boot {
 public:
  virtual ~Boot() = default;
  // Makes the node for the `start`-th start (1, 2, ...) of this host. If it returns null, the host
  // does not start. An implementation can reach the host's disk through World::disk().
  virtual std::unique_ptr<Node> boot(HostId host, std::uint32_t start) = 0;
  // Called when a host goes on after its clock stood still. In one step, its node has just received
  // every datagram that was waiting on Channel::cluster. `out` holds what this step asks for. The
  // callee may change `out` before the host sends it. A real host checks the lease at this point.
  virtual void before_answers_leave(HostId host, const Node& node, Time local, Outbox& out) {
    (void)host, (void)node, (void)local, (void)out;
  }
  virtual std::string name(HostId host) const { return "host " + std::to_string(host.value); }
};

// A clock that is wrong by a constant offset and by a drift in parts per million. All arithmetic is
// on integers, so the clock never goes back, and first_at() is exact.
struct HostClock {
  Duration offset{};     // what the clock shows at true time 0
  std::int32_t drift{};  // ppm, above -1'000'000
  static constexpr std::int64_t million = 1'000'000;

  Time local(TrueTime now) const {
    return Time(offset + now.time_since_epoch() + drifted(now.time_since_epoch().count()));
  }
  // The first true time, zero or later, at which the clock shows `local`. If `local` is `never`, it
  // is end_of_time.
  TrueTime first_at(Time local) const {
    if (local == never) return end_of_time;
    if (local.time_since_epoch() <= offset) return TrueTime{};
    const std::int64_t wanted = (local.time_since_epoch() - offset).count();
    return drift == 0 ? TrueTime(Duration(wanted)) : inverse(wanted);
  }

 private:
  Duration drifted(std::int64_t now) const {  // floor(now * drift / million), without overflow
    const std::int64_t part = now % million * drift;
    return Duration(now / million * drift + part / million - (part % million < 0 ? 1 : 0));
  }
  TrueTime inverse(std::int64_t wanted) const {  // ceil(wanted * million / rate)
    const std::int64_t rate = million + drift;
    const std::int64_t whole = wanted / rate;
    const std::int64_t rest = wanted % rate * million;
    if (whole > end_of_time.time_since_epoch().count() / million - 2) return end_of_time;
    return TrueTime(Duration(whole * million + rest / rate + (rest % rate != 0 ? 1 : 0)));
  }
};

struct HostSettings {
  std::uint32_t ip{};            // unique in the world
  std::uint16_t cluster_port{};  // 0: the host has no cluster channel
  std::uint16_t peers_port{};
  HostClock clock{};
  Boot* boot{};
};

// The datagrams that have arrived at a paused host. As in a socket's buffer, their total size is
// bounded.
struct SocketBuffer {
  static constexpr std::size_t most = 4 << 20;  // bytes; the daemons ask the kernel for the same
  std::vector<std::uint32_t> datagrams;         // references in the network's pool
  std::size_t bytes = 0;
  Time local{};         // what the host's clock showed when the pause began
  bool frozen = false;  // true: the clock stands still during the pause
};

// The world's record of a host, in one cache line. World has the functions that change it.
struct alignas(64) Host {
  static constexpr std::uint16_t none = 0xffff;

  std::unique_ptr<Node> node;
  Boot* boot{};
  HostClock clock;
  TrueTime wake_event = end_of_time;   // the time of the wake event with `wake_generation`
  TrueTime wake_wanted = end_of_time;  // the time that the node asked for; not before wake_event
  std::uint32_t wake_generation = 0;   // of the valid wake event; any other wake event is ignored
  std::uint32_t starts = 0;
  std::uint16_t disk = none;    // index in the world's disks
  std::uint16_t buffer = none;  // index in the world's buffers; `none` unless the host is paused
  std::uint16_t store = none;   // index in the world's stores
  HostState state = HostState::down;
};
static_assert(sizeof(Host) == 64);

}  // namespace swarm::sim
