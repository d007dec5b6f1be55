// Who is a member of the swarm (R20, R22). The master decides on joins, promotions, replacements,
// removals and the in-sync set. It proposes one CONFIG at a time.
#pragma once

#include <vector>

#include "engine/base/clock.hpp"
#include "engine/consensus/master_consensus.hpp"
#include "engine/node/operation.hpp"
#include "engine/wire/cluster_protocol.hpp"

namespace swarm {

class Membership {
 public:
  Membership(ReplicaState& state, MasterConsensus& master) : s_(state), master_(master) {}

  void on_join(const wire::Header& header, const wire::Join& m, const Endpoint& from);
  void on_hello(const wire::Header& header, const Endpoint& from);  // answers that a swarm exists
  // An operator's order: Tracker::remove(). False: the order cannot be carried out. For example,
  // the member is the master, or the master cannot spare the member now.
  bool remove(MemberId member);
  void on_order(const wire::Order& m);
  // Sends an operator's order to the master. False: this is the master, or none is known.
  bool ask_master(wire::Order::What what, MemberId member);
  void begin_mastership();
  void review();  // a master proposes one change, if one is due
  void tell_removed(const wire::Header& header, const Endpoint& from);

 private:
  struct Joiner {
    StoreId store;
    Endpoint cluster;
    Time heard;
  };
  bool can_spare(MemberId member) const;
  bool is_alive(MemberId member) const;
  // True: this learner is up to date. It becomes a voter after `stabilisation` without a break.
  bool will_vote(const Member& member) const;
  bool is_up_to_date(const MemberState& member) const;
  void watch_learners();
  bool review_in_sync(Config& config);
  bool review_joiners(Config& config);
  bool review_promotions(Config& config);
  bool review_removals(Config& config);

  ReplicaState& s_;
  MasterConsensus& master_;
  std::vector<Joiner> joiners_;
  Time started_{};                  // when this mastership began
  std::vector<MemberId> removals_;  // members whose removal was ordered by an operator
};

}  // namespace swarm
