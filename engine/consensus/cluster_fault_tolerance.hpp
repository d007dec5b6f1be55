// Cluster Fault Tolerance System (seed table 1). It exchanges keep-alives among all instances,
// tells each instance the state of the others, detects failures, and notifies the Master Election
// System. It also keeps both sides of the lease: the promise that a slave gives (R1, R7), and the
// lease that a master derives from the promises of its voters.
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
  // True: the acknowledgement shows more durable blocks of the slave than before. No value: the
  // acknowledgement is ignored, because it echoes no message that this process sent lately.
  std::optional<bool> acknowledged(MemberId from, const wire::Acknowledgement& ack);
  void acknowledged_vote(MemberId from, const wire::VoteReply& reply);
  Time lease_until() const { return lease_until_; }
  Duration quorum_age() const;
  bool lost_quorum();  // R8: this master must step down
  Duration round_trip() const { return round_trip_; }

  // Slave
  // True: this keep-alive comes after a later one of the same master. It must not end an election
  // that has begun in between (R7).
  bool is_overtaken(const wire::MasterState& state, const wire::Header& header) const;
  // True if a message of this process with this send time was heard already: a copy, or another
  // message of the same step of the master.
  bool is_copy(const wire::MasterState& state, const wire::Header& header) const;
  // Takes the state that the followed master has sent. `anew`: this slave begins to follow that
  // master with this message.
  void heard_master(const wire::MasterState& state, const wire::Header& header, bool anew);
  void give_promise(MemberId to, BootId boot);
  // Sends READY or KA_ACK to the master. Sends nothing while the term is not durable.
  void acknowledge(bool ready);
  // Sets Timer::suspect, for example after a change of term or of master. A voter that is not the
  // master always has a timer that leads to an election (R7).
  void suspect_timer();
  // Counts an election by silence. After three such elections within 10 s, promises are twice as
  // long for a minute.
  void elected_by_silence();

  Duration promise();  // length of a promise given now; at most the durable one (R10)
  Duration given() const { return given_; }
  Time promise_until() const { return promise_until_; }
  MemberId promised_to() const { return promised_to_; }
  BootId promised_boot() const { return promised_boot_; }
  Term promised_term() const { return promised_term_; }
  // True: this member's running promise was given to a process other than `boot` of `candidate`. A
  // restarted process of the same member counts as another process (R1).
  bool promised_to_another(MemberId candidate, BootId boot) const;
  // This clock went back, so it is unknown how much time has passed. The leases from earlier
  // acknowledgements end now. Only a message that is sent from now on makes a lease (R10).
  void clock_went_back();
  std::size_t rank() const;          // this member's place among the successors; 0 is the first
  MemberId first_successor() const;  // zero if the master named none
  // R18: requests that came at this time or later may not have been answered by the former master.
  Time unanswered_since() const { return unanswered_since_; }
  void answered_until(Duration oldest_unanswered);

  // Everyone
  void send_status();
  // Sends STATUS to the contacts if this member has no CONFIG yet, or hears no other member. All
  // members that its CONFIG names may have been replaced (R22).
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
  Time lease_until_ = Time::min();  // not zero, because a clock may show times below zero
  bool told_no_renewal_ = false;    // the last keep-alive renewed no promise
  // An echo makes a lease only if its message was sent at this time or later.
  Time clock_good_from_ = Time::min();
  Duration round_trip_ = timing::first_round_trip;
  Time promise_until_ = Time::min();
  MemberId promised_to_;
  BootId promised_boot_;
  Duration given_{};  // the length of the last promise, even if promise() differs now
  Term promised_term_;
  // The send time of the master's last message. Acknowledgements repeat it.
  std::uint64_t echo_ = 0;
  BootId echo_of_;        // the master's process; echo_ is a time on its clock
  bool renewed_ = false;  // the message with the send time echo_ renewed the promise
  wire::MemberList successors_;
  Time unanswered_since_ = Time::min();
  std::array<Time, 3> silent_elections_{Time::min(), Time::min(), Time::min()};
  Time doubled_until_ = Time::min();
  Duration doubled_promise_{};
};

}  // namespace swarm
