// The simulated network: who hears what, when, and in which state. Every datagram's fate is drawn
// from a hash of (seed, link, number on that link, purpose): what happens on one link never
// changes another. Links are made on use.
//
// A datagram waits in its sender's NIC (FIFO, at the model's rate or the host's own), travels for a
// drawn latency, and waits in its receiver's NIC. Because each latency is drawn anew, datagrams of
// one link may overtake each other even without `reorder`. What a host sends to its own address
// meets no fault.
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

// What became of the datagrams. `sent` counts each copy of a multicast; a duplicate is one more
// copy that is not counted in `sent`.
struct NetworkCounters {
  std::uint64_t sent{};
  std::uint64_t delivered{};  // given to a node
  std::uint64_t lost{};       // drawn one by one
  std::uint64_t lost_in_burst{};
  std::uint64_t duplicated{};
  std::uint64_t corrupted{};
  std::uint64_t reordered{};
  std::uint64_t cut{};              // one-way cut, partition or isolation
  std::uint64_t sender_overflow{};  // longer in the NIC than NetworkModel::queue
  std::uint64_t receiver_overflow{};
  std::uint64_t buffer_overflow{};  // of a paused host
  std::uint64_t no_route{};         // nobody has this address
  std::uint64_t no_listener{};      // nobody listens on this port
  std::uint64_t to_dead_host{};
  friend bool operator==(const NetworkCounters&, const NetworkCounters&) = default;
};

class Network {
 public:
  Network(std::uint64_t seed, const NetworkModel& model, EventQueue& queue);

  // From now on; what is under way keeps its fate. The ranges of a model are drawn once per seed.
  void set_model(const NetworkModel& model);
  const NetworkModel& model() const { return model_; }
  // The loss and so on of this run, as drawn from the model's ranges.
  struct Chances {
    Ppm loss{}, duplicate{}, corrupt{}, reorder{}, burst{};
  };

  // Cuts, decided when a datagram is sent: what is under way arrives. They add up.
  void cut(HostId from, HostId to);  // `from` is not heard by `to`
  void cut(std::span<const HostId> from, std::span<const HostId> to);
  void heal(HostId from, HostId to);  // takes that one-way cut back
  void heal(std::span<const HostId> from, std::span<const HostId> to);
  // Hosts of different groups do not hear each other; hosts that are in none hear everybody.
  // Replaces the partition before.
  void partition(const std::vector<std::vector<HostId>>& groups);
  void heal_partition();
  // Of peers, who are the hosts without a cluster channel: what they send, or only what they send
  // to a group, is not heard by this host; or they do not hear it.
  enum class OfPeers : std::uint8_t { all_to = 1, group_to = 2, from = 4 };
  void cut(HostId host, OfPeers what);
  void heal(HostId host, OfPeers what);
  void isolate(HostId host);                 // hears and is heard by nobody
  void rejoin(HostId host);                  // takes an isolation back
  void heal();                               // all cuts, partitions and isolations
  bool hears(HostId to, HostId from) const;  // `to` hears what `from` sends now

  const NetworkCounters& counters() const { return counters_; }
  std::size_t memory() const;  // bytes

  // Addresses. Each host has one; ports tell its channels apart.
  void add_host(std::uint32_t ip, std::uint16_t cluster_port, std::uint16_t peers_port);
  void join(HostId host, const Endpoint& group);
  std::optional<HostId> find(std::uint32_t ip) const;
  Endpoint address(HostId host, Channel channel) const;

  void reserve(std::size_t hosts);
  // What its NIC sends and receives at, in bit/s, whatever the model says; 0: as the model says.
  void set_rates(HostId host, std::uint64_t up, std::uint64_t down);

  // For the world. A datagram ends as EventKind::arrival events, each with a copy in the pool.
  void send(HostId from, Channel channel, const Endpoint& to, Bytes bytes, TrueTime now);
  // True when the receiver's NIC hands it on at once; else it will (EventKind::delivery), or drops.
  bool arrive(HostId to, DatagramPool::Reference reference, TrueTime now);
  DatagramPool& pool() { return pool_; }
  const DatagramPool& pool() const { return pool_; }
  NetworkCounters& count() { return counters_; }
  void prefetch(std::uint32_t host) const { __builtin_prefetch(interfaces_.data() + host, 1); }

 private:
  struct Link {
    std::uint32_t other = unused;  // the host (or group) at its other end
    std::uint32_t datagrams = 0;
    static constexpr std::uint32_t unused = ~std::uint32_t{0};
  };
  struct Interface {
    std::uint32_t ip;
    std::uint16_t cluster_port, peers_port;
    TrueTime send_free, receive_free;  // when each direction of its NIC has nothing left to do
    Link first_out, first_in;          // see next_number()
    std::uint16_t group;               // of the partition; 0: none
    bool isolated;
    bool cut;               // there is a one-way cut from here
    std::uint8_t of_peers;  // OfPeers, added up
    std::uint16_t rates;    // index; 0: the model's
  };
  struct Rates {  // ns per byte, in 2^-20; 0: without limit
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
  // Hosts that were added with consecutive addresses are found without the map: the run of the host
  // added last, and the longest one. Base: address minus id.
  struct Run {
    std::uint32_t base = 0, hosts = 0;
  };
  Run last_run_, longest_run_;
  FlatMap<NumberedLink> links_;
  FlatMap<Burst> bursts_;
  std::vector<std::uint64_t> cuts_;  // link keys, ordered
};

}  // namespace swarm::sim
