// The implementation of Replica. It owns the components; each component uses only those declared
// before it. It also does what concerns several of them: it dispatches datagrams, changes term and
// role, and handles the reports of the disks.
#pragma once

#include <array>

#include "engine/consensus/applier.hpp"
#include "engine/consensus/founding.hpp"
#include "engine/consensus/other_secret.hpp"
#include "engine/consensus/replica.hpp"
#include "engine/consensus/suspicion.hpp"

namespace swarm {

struct Replica::Impl final : Mastership, Applier::Listener {
  Impl(Start start, Links& links, StateMachine& machine, Service& service);

  void start();
  void wake();
  void receive(const Endpoint& from, const wire::Message& message);
  void dropped(const Endpoint& from, Bytes datagram, Reject why);
  void persisted(Ticket ticket);
  void end_of_step();
  void clock_went_back(Duration by);
  bool hand_over();
  void stop();

  // Mastership
  Time now() const override { return s.now; }
  Outbox& out() const override { return *s.out; }
  std::uint64_t draw(SecretPurpose purpose) override { return s.secrets.number(purpose); }
  void discard(std::shared_ptr<const void> what) override { applier.discard(std::move(what)); }
  Time earliest_arrival() const override { return s.earliest_arrival(); }
  BootId boot() const override { return s.boot; }
  Term term() const override { return s.term(); }
  bool is_member() const override { return s.is_member(); }
  bool is_master() const override { return s.is_master(); }
  MemberId master() const override { return s.master; }
  SwarmTime swarm_time() const override { return s.swarm_time(); }
  LogIndex applied() const override { return s.applied; }
  const Config& config() const override { return s.config(); }
  bool config_is_committed() const override { return s.log.config_index() <= s.commit; }
  bool may_answer() const override { return consensus.may_answer(); }
  bool takes_requests() const override { return consensus.takes_requests(); }
  bool draining() const override { return consensus.draining(); }
  Time lease_until() const override { return cft.lease_until(); }
  Time follows_until() const override;
  LogIndex propose(Bytes operation) override { return consensus.propose(operation); }
  bool may_change_config() const override { return consensus.may_change_members(); }
  bool propose_config(Config config) override {
    return consensus.propose_config(std::move(config));
  }
  void send(MemberId to, const wire::Body& message) override { s.send(to, message); }
  void none_pending() override { departure.answered(); }

  // Applier::Listener
  void config_changed() override;
  void config_committed() override { s.service.config_changed(); }
  void applied(LogIndex index, std::uint64_t digest) override;

  ReplicaState s;
  Applier applier;
  BulkSender bulk;
  Snapshots snapshots;
  SnapshotReceiver receiver;
  Evidence evidence;
  GroupHearing hearing;
  SlaveConsensus slave;
  ClusterFaultTolerance cft;
  MasterConsensus consensus;
  Membership membership;
  MasterElection election;
  Departure departure;
  Founding founding;
  Suspicion suspicion;
  OtherSecret other_secret;

  TrackerView view;  // the state after the last step
  std::array<std::uint64_t, static_cast<std::size_t>(Reject::count)> rejects{};

 private:
  // Passes a received datagram to its component (replica_receive.cpp).
  struct Dispatch;
  void reject(Reject reason);
  bool admit(const wire::Message& message, const Endpoint& from);
  bool admit_term(const wire::Message& message, const Endpoint& from);
  void dispatch(const wire::Message& message, const Endpoint& from);
  void heard_master(const wire::MasterState& state, const wire::Header& header);
  void acknowledged(MemberId from, const wire::Acknowledgement& ack);

  // Terms and roles
  void adopt(Term term);         // R0: a datagram came with this higher term
  void follow(MemberId master);  // this term's master has sent a KEEP-ALIVE or PREPARE
  void step_down(Cause cause);   // a master becomes a slave, or a learner
  void begin_mastership_if_won();
  void take_no_part();
  void obey_evidence();
  void obey_receiver();

  void status_timer();
  void keep_alive_timer();
  void hand_over_timer();
  void answer_timer();
  void look_at_disks(Time deadline);
  void ballot_persisted(std::uint64_t ticket);
  void log_persisted(std::uint64_t ticket);
  void installed();
  void check_step() const;
  TrackerView view_now() const;
};

}  // namespace swarm
