// First start of a store (R21): bootstrap with N - 1 others, init alone, or join. A store binds
// itself durably to one founding, ever, so that two halves of a cut never form two swarms.
#pragma once

#include <map>
#include <set>

#include "engine/base/clock.hpp"
#include "engine/consensus/departure.hpp"
#include "engine/consensus/settings.hpp"
#include "engine/wire/cluster_protocol.hpp"

namespace swarm {

class Founding {
 public:
  Founding(ReplicaState& state, Applier& applier, ClusterFaultTolerance& cft,
           MasterElection& election, Departure& departure)
      : s_(state),
        applier_(applier),
        cft_(cft),
        election_(election),
        departure_(departure),
        how_(state.settings.first_start) {}

  void start();
  bool begin(FirstStart how);  // Tracker::first_start()
  // A founder whose ballot got to its disk and whose entry 1 did not.
  void resume();
  void hello_timer();
  void on_hello(const wire::Header& header, const wire::Hello& m);
  void on_genesis(const wire::Header& header, const wire::GenesisOffer& m, const Endpoint& from);
  void on_genesis_ack(const wire::Header& header, const wire::GenesisAck& m, const Endpoint& from);
  void on_join_reply(const wire::Header& header, const wire::JoinReply& m);
  void ballot_persisted();
  // A datagram of the swarm that this store is bound to came: so all N are bound (R21).
  bool formed(ClusterId cluster);
  // Other instances heard lately that want to found a swarm of the same size.
  std::vector<Endpoint> candidates() const;

 private:
  struct Candidate {
    Endpoint cluster;
    Time heard;
  };
  void propose_genesis();
  void bind(const db::Genesis& genesis);
  static BlockPtr entry_one(const db::Genesis& genesis);
  void found();
  void tell_bound();
  bool proposer() const;
  void refuse(event::Refused::Why why);

  ReplicaState& s_;
  Applier& applier_;
  ClusterFaultTolerance& cft_;
  MasterElection& election_;
  Departure& departure_;
  FirstStart how_;
  std::map<StoreId, Candidate> candidates_;
  std::set<StoreId> bound_;  // to the same as this one
  bool refused_ = false;
};

}  // namespace swarm
