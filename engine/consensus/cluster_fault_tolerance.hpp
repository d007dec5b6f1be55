// Cluster Fault Tolerance System (seed table 1). It exchanges keep-alives among all instances,
// tells everyone the state of everyone, detects failures, and notifies the Master Election System.
// It also keeps both sides of the lease: a slave's promise (R1, R7), and the lease that a master
// derives from the promises of its voters.
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
  // True: the last keep-alive stated a quorum age that renews no promise, and a quorum has
  // acknowledged since. A keep-alive now would renew the promises (R7).
  bool owes_renewal();
  // True: a keep-alive with this quorum age renews no promise (R7).
  bool renews_nothing(Duration quorum_age);
  wire::MasterState master_state();
  // True: the slave has more blocks durable than before. Nothing: the acknowledgement is ignored,
  // because it echoes no message that this process sent lately.
  std::optional<bool> acknowledged(MemberId from, const wire::Acknowledgement& ack);
  void acknowledged_vote(MemberId from, const wire::VoteReply& reply);
  Time lease_until() const { return lease_until_; }
  Duration quorum_age() const;
  bool lost_quorum();  // R8
  Duration round_trip() const { return round_trip_; }

  // Slave
  // True: a later keep-alive of this master came before this one. So this one must not end an
  // election that began meanwhile (R7).
  bool is_overtaken(const wire::MasterState& state, const wire::Header& header) const;
  // The master that this slave follows has sent its state. `anew`: the slave follows it only since
  // this message.
  void heard_master(const wire::MasterState& state, const wire::Header& header, bool anew);
  void give_promise(MemberId to, BootId boot);
  // Sends READY or KA_ACK to the master, or nothing while the term is not durable.
  void acknowledge(bool ready);
  // Sets Timer::suspect, for example after a change of term or of master. A voter that is no master
  // always has a timer that leads to an election (R7).
  void suspect_timer();
  // Counts an election by silence. After three within 10 s promises are doubled for a minute.
  void elected_by_silence();

  Duration promise();  // the promise that may be given now: at most the durable one (R10)
  Duration given() const { return given_; }
  Time promise_until() const { return promise_until_; }
  MemberId promised_to() const { return promised_to_; }
  BootId promised_boot() const { return promised_boot_; }
  Term promised_term() const { return promised_term_; }
  // True: this member's running promise was given to another process than this one. A process of
  // the same member with another boot is another one, too (R1).
  bool promised_to_another(MemberId candidate, BootId boot) const;
  // How much time has passed is unknown, so only messages sent from now on extend a lease (R10).
  void clock_went_back();
  std::size_t rank() const;          // of this member as successor; 0 is the first
  MemberId first_successor() const;  // zero: the master named none
  // R18: the former master may have left requests from this time on unanswered.
  Time unanswered_since() const { return unanswered_since_; }
  void answered_until(Duration oldest_unanswered);

  // Everyone
  void send_status();
  // Sends STATUS to the contacts if no member is heard, because all members that the CONFIG here
  // names may have been replaced (R22).
  void tell_contacts();
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
  Time lease_until_ = Time::min();      // not zero, because clocks may be below zero
  bool told_no_renewal_ = false;        // the last keep-alive renewed no promise
  Time clock_good_from_ = Time::min();  // echoes of messages sent before extend no lease
  Duration round_trip_ = timing::first_round_trip;
  Time promise_until_ = Time::min();
  MemberId promised_to_;
  BootId promised_boot_;
  Duration given_{};  // the length of the last promise; promise() may have changed since
  Term promised_term_;
  std::uint64_t echo_ = 0;  // the master's send time, which acknowledgements repeat
  BootId echo_of_;          // the master's process, on whose clock echo_ is
  bool renewed_ = false;    // the message with the send time echo_ renewed the promise
  wire::MemberList successors_;
  Time unanswered_since_ = Time::min();
  std::array<Time, 3> silent_elections_{Time::min(), Time::min(), Time::min()};
  Time doubled_until_ = Time::min();
  Duration doubled_promise_{};
};

}  // namespace swarm
