// The changes that are in blocks which are not committed yet (R17). If a registration has such a
// change, a request about it is judged by the state after the change, and waits for the commit.
#pragma once

#include <deque>
#include <optional>
#include <unordered_map>

#include "engine/node/operation.hpp"
#include "engine/node/registration_key.hpp"

namespace swarm {

class Uncommitted {
 public:
  struct Change {
    LogIndex block;
    std::uint64_t order{};  // the serial number of the proposal; a later change has a higher one
    std::optional<PeerState> outcome;  // the state after the change; empty: not registered
    int adds = 0;                      // the registrations that the peer gains: 1, 0, or -1
  };

  explicit Uncommitted(std::uint64_t seed)
      : seed_(seed),
        changes_(0, KeyHash{seed}),
        expiring_(0, KeyHash{seed}),
        sizes_(0, KeyHash{seed}),
        adds_(0, KeyHash{seed}) {}

  // `block` must not be lower than in an earlier call. `there`: the table has the registration now.
  void proposed(const RegistrationKey& key, LogIndex block, std::optional<PeerState> outcome,
                bool there);
  void proposed_expiry(const Endpoint& peer, LogIndex block);  // of all contents of the peer

  // The last uncommitted change of this registration.
  std::optional<Change> find(const RegistrationKey& key) const;
  Uncommitted empty_one() const { return Uncommitted(seed_); }

  // The blocks up to `block` are committed. Returns how many changes they had.
  std::size_t committed(LogIndex block);
  std::size_t size() const { return changes_.size(); }
  std::size_t size_of(const Endpoint& peer) const;  // the changes to this peer's registrations
  // The number of registrations that the peer or the network will have after the uncommitted
  // changes. `held`: the number that it has now. Expiries of whole peers are not counted.
  std::size_t count_of(const Endpoint& peer, std::size_t held) const;
  std::size_t count_of_network(const Ip& ip, std::size_t held) const {
    return count_of(network_of(ip), held);
  }
  std::size_t size_of_network(const Ip& ip) const { return size_of(network_of(ip)); }

 private:
  // Room is made at once for this many changes, as many as the requests kept in an election.
  static constexpr std::size_t usual_most = 65'536;
  static Endpoint network_of(const Ip& ip) { return {ip.network(), 0}; }  // no peer has port 0
  void forget_size(const Endpoint& of);
  void add(const RegistrationKey& key, int by);

  template <class Key>
  using Changes = std::unordered_map<Key, Change, KeyHash>;
  template <class Key>
  using Order = std::deque<std::pair<LogIndex, Key>>;
  template <class Key, class Forgotten>
  static void forget(LogIndex block, Order<Key>& order, Changes<Key>& changes,
                     const Forgotten& forgotten);

  std::uint64_t seed_;
  Changes<RegistrationKey> changes_;
  Changes<Endpoint> expiring_;
  Order<RegistrationKey> change_order_;
  Order<Endpoint> expiry_order_;
  // The number of entries of change_order_, by peer and by network.
  std::unordered_map<Endpoint, std::size_t, KeyHash> sizes_;
  // The sum of Change::adds in changes_, by peer and by network. No entry is zero.
  std::unordered_map<Endpoint, int, KeyHash> adds_;
  std::uint64_t proposals_ = 0;
};

}  // namespace swarm
