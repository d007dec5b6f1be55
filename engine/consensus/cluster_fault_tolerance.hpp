// Cluster Fault Tolerance System (seed table 1): keep-alives among all instances, the state of each
// known to everyone, failure detection, and the notice to the Master Election System. It also keeps
// the two sides of the lease: a slave's promise (R1, R7) and what a master may count on.
#pragma once

#include <vector>

#include "engine/base/clock.hpp"
#include "engine/base/types.hpp"
#include "engine/consensus/member_report.hpp"
#include "engine/node/events.hpp"
#include "engine/wire/cluster_protocol.hpp"

namespace swarm {

struct Parts;

// What is known of another member.
struct MemberState {
  MemberId id;
  BootId boot;
  Endpoint address;  // that it was last heard from
  Time heard{Time::min()};
  Role role = Role::slave;
  MemberId master;            // that it follows
  LogIndex durable, applied;  // as told by STATUS or an acknowledgement
  Term term;                  // as told by STATUS, with what follows
  LogIndex last, commit;
  std::uint32_t peers{}, contents{};
  Duration uptime{};
  bool dead = false;  // its supervisor said so, for this boot
  // Kept by a master, of the term that it leads:
  Time acknowledged{Time::min()};  // own time of the sending that it last acknowledged
  Time lease{Time::min()};         // sending + 0.8 x the promise stated for it
  LogIndex received, match;        // received: contiguous; match: durable and verified (READY)
  std::uint64_t ahead{};
  Duration sync_age{};
  Time lagging_since = never;  // ReadyPolicy::in_sync: holds blocks back since
  LogIndex lagging_at;         // and was there then
  // Of a learner (R20): the process that is up to date, since when, and when it was seen to be.
  BootId up_to_date_boot;
  Time up_to_date_since{Time::min()}, up_to_date_at{Time::min()};
};

class ClusterFaultTolerance {
 public:
  explicit ClusterFaultTolerance(Parts& parts) : p_(parts) {}

  MemberState& of(MemberId id);  // made on use
  void heard(const wire::Header& header, const Endpoint& from);

  // Master
  void begin_mastership();
  void send_keep_alive();
  // True: the age of the quorum that this tells renews no promise (R7).
  bool renews_nothing(Duration quorum_age);
  wire::MasterState master_state();
  void acknowledged(MemberId from, const wire::Acknowledgement& ack);
  void acknowledged_vote(MemberId from, const wire::VoteReply& reply);
  Time lease_until() const { return lease_until_; }
  Duration quorum_age() const;
  void check_quorum();  // R8
  Duration round_trip() const { return round_trip_; }

  // Slave
  void heard_master(const wire::MasterState& state, const wire::Header& header);
  void give_promise(MemberId to, BootId boot);
  void acknowledge(bool ready);  // KA_ACK or READY to the master, once the ballot is settled
  // After a change of term or of master. A voter that is no master is never without a timer that
  // leads to an election.
  void suspect_timer();
  void silence();  // Timer::suspect
  void on_dead(const wire::Dead& dead);
  void elected_by_silence();  // three within 10 s: promises double for a minute

  Duration promise();  // that may be given now: never more than what is durable
  Duration given() const { return given_; }
  Time promise_until() const { return promise_until_; }
  MemberId promised_to() const { return promised_to_; }
  BootId promised_boot() const { return promised_boot_; }
  Term promised_term() const { return promised_term_; }
  bool promised_to_another(MemberId candidate, BootId boot) const;  // process
  // The time that has passed is not known: no lease holds but by what is sent from now on.
  void clock_went_back();
  std::size_t rank() const;  // among the successors that the master named
  // R18: requests that came at or after were perhaps not answered.
  Time unanswered_since() const { return unanswered_since_; }
  void answered_until(Duration oldest_unanswered);

  // Everyone
  void send_status();
  void tell_status(MemberId to, const Endpoint& address);
  void on_status(const wire::Header& header, const wire::Status& status);
  std::vector<MemberReport> members() const;  // Tracker::members()
  std::vector<MemberId> successors() const;

 private:
  wire::Status status() const;
  MemberReport report(const Member& member) const;
  MemberReport own_report() const;
  Time quorum_time(Time own, Time MemberState::*time) const;
  void update_lease();
  Duration wait_before_suspicion();

  Parts& p_;
  std::vector<MemberState> members_;
  Time lease_until_ = Time::min();      // clocks may be below zero
  bool told_no_renewal_ = false;        // by the last keep-alive
  Time clock_good_from_ = Time::min();  // an echo of before renews no lease
  Duration round_trip_ = 1ms;
  Time promise_until_ = Time::min();
  MemberId promised_to_;
  BootId promised_boot_;
  Duration given_{};  // by the last promise; what promise() says may have become longer since
  Term promised_term_;
  std::uint64_t echo_ = 0;
  BootId echo_of_;        // whose clock echo_ is of
  bool renewed_ = false;  // by the sending that echo_ is of
  BootId certified_;      // the dead process that was last acted upon
  wire::MemberList successors_;
  Time unanswered_since_ = Time::min();
  std::array<Time, 3> silent_elections_{Time::min(), Time::min(), Time::min()};
  Time doubled_until_ = Time::min();
  Duration doubled_promise_{};
};

}  // namespace swarm
