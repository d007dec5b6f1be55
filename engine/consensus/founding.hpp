// The first start of a store (R21). The store founds a swarm with N - 1 others (bootstrap) or alone
// (init), or joins a swarm. A store binds itself durably to one founding, for good. So two halves
// of a partitioned network never form two swarms.
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
  bool begin(FirstStart how);  // called by Tracker::first_start()
  // After a crash: if this store is a founder, and its ballot says so but block 1 did not reach the
  // disk, appends block 1.
  void resume();
  void hello_timer();
  void on_hello(const wire::Header& header, const wire::Hello& m);
  void on_genesis(const wire::Header& header, const wire::GenesisOffer& m, const Endpoint& from);
  void on_genesis_ack(const wire::Header& header, const wire::GenesisAck& m, const Endpoint& from);
  void on_join_reply(const wire::Header& header, const wire::JoinReply& m);
  void ballot_persisted();
  // A member of the swarm `cluster` was heard, so all N founders of that swarm are bound (R21).
  // True: this store is one of these founders, and is now a member.
  bool formed(ClusterId cluster);
  // The addresses of other instances that were heard lately and want to found a swarm of the same
  // size.
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
  std::set<StoreId> bound_;  // the stores that are bound to this store's founding
  bool refused_ = false;
};

}  // namespace swarm
