// The simulated network. It decides which datagrams arrive, when, and whether they are intact. It
// draws the fate of each datagram from a hash of (seed, link, number on that link, purpose), so
// what happens on one link never changes another link. A link is made when it is first used.
//
// A datagram waits in its sender's NIC (FIFO, at the model's rate or at a rate set for the host).
// Then it travels for a drawn latency, and waits in its receiver's NIC. Because each latency is
// drawn anew, datagrams on one link may overtake each other even without `reorder`. A datagram that
// a host sends to its own address meets no fault.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "engine/node/outbox.hpp"
#include "transport/sim/world/datagram_pool.hpp"
#include "transport/sim/world/event_queue.hpp"
#include "transport/sim/world/flat_map.hpp"
#include "transport/sim/world/host.hpp"
#include "transport/sim/world/keyed_random.hpp"
#include "transport/sim/world/models.hpp"

namespace swarm::sim {

// What became of the datagrams. `sent` counts each copy of a multicast, but no duplicates.
struct NetworkCounters {
  std::uint64_t sent{};
  std::uint64_t delivered{};  // given to a node
  std::uint64_t lost{};       // because of NetworkModel::loss, drawn for each datagram
  std::uint64_t lost_in_burst{};
  std::uint64_t duplicated{};
  std::uint64_t corrupted{};
  std::uint64_t reordered{};
  std::uint64_t cut{};              // stopped by a cut, a partition or an isolation
  std::uint64_t sender_overflow{};  // the wait in the NIC would exceed NetworkModel::queue
  std::uint64_t receiver_overflow{};
  std::uint64_t buffer_overflow{};  // the socket buffer of a paused host was full
  std::uint64_t no_route{};         // no host has the address
  std::uint64_t no_listener{};      // the host does not listen on the port
  std::uint64_t to_dead_host{};
  friend bool operator==(const NetworkCounters&, const NetworkCounters&) = default;
};

// Hears what other hosts send (Network::tap).
class Tap {
 public:
  Tap() = default;
  Tap(const Tap&) = delete;
  Tap& operator=(const Tap&) = delete;
  virtual ~Tap() = default;
  // `from` sends a datagram, which leaves its NIC at `at`. The bytes are valid during this call.
  // `source` and `to` are the datagram's addresses; `to` may be a multicast group.
  virtual void heard(HostId from, const Endpoint& source, const Endpoint& to, Bytes bytes,
                     TrueTime at) = 0;
};

class Network {
 public:
  Network(std::uint64_t seed, const NetworkModel& model, EventQueue& queue);

  // Applies to datagrams sent from now on. Datagrams under way keep their fate. From each range of
  // the model the network draws one value, which depends only on the seed and the range.
  void set_model(const NetworkModel& model);
  const NetworkModel& model() const { return model_; }
  // The chances in this run. All but `burst` were drawn from the model's ranges.
  struct Chances {
    Ppm loss{}, duplicate{}, corrupt{}, reorder{}, burst{};
  };

  // Cuts, partitions and isolations may be in force together. They stop only datagrams that are
  // sent while they are in force. Datagrams that are already under way arrive.
  void cut(HostId from, HostId to);  // `to` no longer receives what `from` sends
  void cut(std::span<const HostId> from, std::span<const HostId> to);
  void heal(HostId from, HostId to);  // ends this one-way cut
  void heal(std::span<const HostId> from, std::span<const HostId> to);
  // Hosts in different groups exchange no datagrams. A host in no group exchanges datagrams with
  // all hosts. A new partition replaces the previous one.
  void partition(const std::vector<std::vector<HostId>>& groups);
  void heal_partition();
  // Cuts between one host and all peers. A peer is a host without a cluster channel.
  // all_to: the host receives nothing from peers. group_to: the host receives nothing that peers
  // send to a multicast group. from: peers receive nothing from the host.
  enum class OfPeers : std::uint8_t { all_to = 1, group_to = 2, from = 4 };
  void cut(HostId host, OfPeers what);
  void heal(HostId host, OfPeers what);
  void isolate(HostId host);  // the host exchanges datagrams with nobody
  void rejoin(HostId host);   // ends the isolation
  void heal();                // ends all cuts, partitions and isolations
  // True if `to` receives what `from` sends. It ignores the cuts of OfPeers.
  bool hears(HostId to, HostId from) const;

  // From now on `tap` hears every datagram that another host sends, whether it arrives or not. It
  // hears no datagram of a host that is cut off from the host `at`. A network has at most one tap.
  void tap(HostId at, Tap* tap);

  const NetworkCounters& counters() const { return counters_; }
  std::size_t memory() const;  // bytes

  // Each host has one IP address. The port identifies the channel.
  void add_host(std::uint32_t ip, std::uint16_t cluster_port, std::uint16_t peers_port);
  void join(HostId host, const Endpoint& group);
  std::optional<HostId> find(std::uint32_t ip) const;
  Endpoint address(HostId host, Channel channel) const;

  void reserve(std::size_t hosts);
  // The rates at which the host's NIC sends (`up`) and receives (`down`), in bit/s. 0: the rate
  // that the model has at the time of this call.
  void set_rates(HostId host, std::uint64_t up, std::uint64_t down);

  // Only for World. send() pushes an EventKind::arrival for each copy that will arrive. Each
  // arrival event owns one copy in the pool.
  void send(HostId from, Channel channel, const Endpoint& to, Bytes bytes, TrueTime now) {
    send_as(from, address(from, channel), to, bytes, now);
  }
  // Sends a datagram with any source address. A host that is honest has no use for this function.
  void send_as(HostId from, const Endpoint& source, const Endpoint& to, Bytes bytes, TrueTime now);
  // Returns true if the receiver's NIC hands the datagram on at once. Otherwise the NIC hands it on
  // later (EventKind::delivery) or drops it.
  bool arrive(HostId to, DatagramPool::Reference reference, TrueTime now);
  DatagramPool& pool() { return pool_; }
  const DatagramPool& pool() const { return pool_; }
  NetworkCounters& count() { return counters_; }
  void prefetch(std::uint32_t host) const { __builtin_prefetch(interfaces_.data() + host, 1); }

 private:
  struct Link {
    std::uint32_t other = unused;  // the host (or group) at the other end
    std::uint32_t datagrams = 0;
    static constexpr std::uint32_t unused = ~std::uint32_t{0};
  };
  struct Interface {
    std::uint32_t ip;
    std::uint16_t cluster_port, peers_port;
    TrueTime send_free, receive_free;  // when each direction of the NIC becomes idle
    Link first_out, first_in;          // see next_number()
    std::uint16_t group;               // the host's group in the partition; 0: none
    bool isolated;
    bool cut;               // true: this host is the sender in at least one one-way cut
    std::uint8_t of_peers;  // the OfPeers in force, as bits
    std::uint16_t rates;    // index in rates_; 0: the model's rates
  };
  struct Rates {  // ns per byte, in units of 2^-20; 0: no limit
    std::uint64_t up{}, down{};
    friend bool operator==(const Rates&, const Rates&) = default;
  };
  struct Group {
    Endpoint address;
    std::vector<HostId> members;
  };
  struct NumberedLink {
    std::uint64_t key;
    std::uint64_t datagrams;
  };
  struct Burst {
    std::uint64_t key;
    std::int64_t until;
  };
  struct Address {
    std::uint32_t key;
    std::uint32_t host;
  };

  void send_to_host(HostId from, const Endpoint& to, TrueTime departure,
                    DatagramPool::Reference reference);
  void send_to_group(HostId from, const Group& group, TrueTime departure,
                     DatagramPool::Reference reference);
  void decide(HostId from, HostId to, const Draws& draws, TrueTime departure,
              DatagramPool::Reference reference);
  bool peers_are_cut(HostId to, HostId from, bool multicast) const;
  bool is_tapped(HostId from, bool multicast) const;
  bool in_burst(std::uint64_t link, const Draws& draws, TrueTime departure);
  void travel(HostId to, const Draws& draws, Purpose latency, TrueTime departure,
              DatagramPool::Reference reference);
  DatagramPool::Reference corrupt(const Draws& draws, DatagramPool::Reference reference);
  std::optional<TrueTime> leave_nic(Interface& nic, std::size_t size, TrueTime now);
  std::uint64_t next_number(HostId from, std::uint32_t to, Link* heard);
  const Group* find_group(const Endpoint& address) const;
  Interface& nic(HostId host) { return interfaces_[host.value]; }
  const Interface& nic(HostId host) const { return interfaces_[host.value]; }
  static std::uint64_t link_key(HostId from, std::uint32_t to) {
    return std::uint64_t{from.value} << 32 | to;
  }

  std::uint64_t seed_;
  EventQueue& queue_;
  NetworkModel model_;
  Chances chances_;
  DelayDraw latency_, burst_length_, reorder_;
  std::vector<Rates> rates_ = std::vector<Rates>(1);
  NetworkCounters counters_;
  DatagramPool pool_;
  std::vector<Interface> interfaces_;
  std::vector<Group> groups_;
  FlatMap<Address> addresses_;
  // A Run is a series of hosts with consecutive ids and consecutive addresses. `base` is address
  // minus id. find() tries the longest Run before it asks the map. last_run_ ends with the newest
  // host.
  struct Run {
    std::uint32_t base = 0, hosts = 0;
  };
  Run last_run_, longest_run_;
  FlatMap<NumberedLink> links_;
  FlatMap<Burst> bursts_;
  std::vector<std::uint64_t> cuts_;  // link keys, sorted
  Tap* tap_ = nullptr;
  HostId tap_host_;
};

}  // namespace swarm::sim
