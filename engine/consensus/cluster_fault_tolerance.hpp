// Cluster Fault Tolerance System (seed table 1): keep-alives among all instances, the state of each
// known to everyone, failure detection, and the notice to the Master Election System. It also keeps
// the two sides of the lease: a slave's promise (R1, R7) and what a master may count on.
#pragma once

#include <optional>
#include <vector>

#include "engine/base/clock.hpp"
#include "engine/base/types.hpp"
#include "engine/consensus/bulk_sender.hpp"
#include "engine/consensus/evidence.hpp"
#include "engine/consensus/group_hearing.hpp"
#include "engine/consensus/slave_consensus.hpp"
#include "engine/consensus/timing.hpp"
#include "engine/node/events.hpp"
#include "engine/node/member_report.hpp"
#include "engine/wire/cluster_protocol.hpp"

namespace swarm {

class ClusterFaultTolerance {
 public:
  ClusterFaultTolerance(ReplicaState& state, BulkSender& bulk, Evidence& evidence,
                        GroupHearing& hearing, SlaveConsensus& slave)
      : s_(state), bulk_(bulk), evidence_(evidence), hearing_(hearing), slave_(slave) {}

  void heard(const wire::Header& header, const Endpoint& from);

  // Master
  void begin_mastership();
  void send_keep_alive();
  // True: the last keep-alive carried a quorum age that renews no promise, and the quorum has been
  // heard since.
  bool owes_renewal();
  // True: a keep-alive with this quorum age renews no promise (R7).
  bool renews_nothing(Duration quorum_age);
  wire::MasterState master_state();
  // Nothing: it echoes no message that this process sent lately. True: the slave has more blocks
  // durable than before.
  std::optional<bool> acknowledged(MemberId from, const wire::Acknowledgement& ack);
  void acknowledged_vote(MemberId from, const wire::VoteReply& reply);
  Time lease_until() const { return lease_until_; }
  Duration quorum_age() const;
  bool lost_quorum();  // R8
  Duration round_trip() const { return round_trip_; }

  // Slave
  // True: a later keep-alive of this master was heard before. An election that began since
  // continues.
  bool is_overtaken(const wire::MasterState& state, const wire::Header& header) const;
  // Hears the master that this slave follows; `anew`: since just now.
  void heard_master(const wire::MasterState& state, const wire::Header& header, bool anew);
  void give_promise(MemberId to, BootId boot);
  void acknowledge(bool ready);  // KA_ACK or READY to the master, once the ballot is settled
  // Sets Timer::suspect after a change of term or of master. A voter that is no master always has a
  // timer that leads to an election (R7).
  void suspect_timer();
  void elected_by_silence();  // three within 10 s: promises double for a minute

  Duration promise();  // the promise that may be given now, no longer than the durable one (R10)
  Duration given() const { return given_; }
  Time promise_until() const { return promise_until_; }
  MemberId promised_to() const { return promised_to_; }
  BootId promised_boot() const { return promised_boot_; }
  Term promised_term() const { return promised_term_; }
  bool promised_to_another(MemberId candidate, BootId boot) const;  // process
  // It is unknown how much time has passed. So only messages sent from now on make a lease.
  void clock_went_back();
  std::size_t rank() const;          // among the successors that the master named
  MemberId first_successor() const;  // zero: the master named none
  // R18: requests that came at this time or later were perhaps not answered.
  Time unanswered_since() const { return unanswered_since_; }
  void answered_until(Duration oldest_unanswered);

  // Everyone
  void send_status();
  void tell_contacts();  // then: the members may all be gone, and only contacts know others
  void tell_status(MemberId to, const Endpoint& address);
  void on_status(const wire::Header& header, const wire::Status& status);
  std::vector<MemberReport> members(Time now) const;  // Tracker::members()
  std::vector<MemberId> successors() const;

 private:
  ReplicaStatus own_status() const;
  wire::Status status() const;
  MemberReport report(const Member& member, Time now) const;
  MemberReport own_report() const;
  Time quorum_time(Time own, Time MemberState::*time) const;
  void update_lease();
  Duration wait_before_suspicion();

  ReplicaState& s_;
  BulkSender& bulk_;
  Evidence& evidence_;
  GroupHearing& hearing_;
  SlaveConsensus& slave_;
  Time lease_until_ = Time::min();      // clocks may be below zero
  bool told_no_renewal_ = false;        // the last keep-alive renewed no promise
  Time clock_good_from_ = Time::min();  // an echo of an earlier message makes no lease
  Duration round_trip_ = timing::first_round_trip;
  Time promise_until_ = Time::min();
  MemberId promised_to_;
  BootId promised_boot_;
  Duration given_{};  // the last promise; promise() may have become longer since
  Term promised_term_;
  std::uint64_t echo_ = 0;
  BootId echo_of_;        // the process on whose clock echo_ is
  bool renewed_ = false;  // the message that echo_ is of renewed the promise
  wire::MemberList successors_;
  Time unanswered_since_ = Time::min();
  std::array<Time, 3> silent_elections_{Time::min(), Time::min(), Time::min()};
  Time doubled_until_ = Time::min();
  Duration doubled_promise_{};
};

}  // namespace swarm
