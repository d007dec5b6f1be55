// Master Election System (seed table 1): notified of the master's fall, it chooses a new one among
// the slaves. R1-R10: pre-vote, one durable vote per term, ranked successors, death certificate and
// hand-over as short cuts.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "engine/consensus/cluster_fault_tolerance.hpp"
#include "engine/consensus/master_consensus.hpp"

namespace swarm {

class MasterElection {
 public:
  MasterElection(ReplicaState& state, SlaveConsensus& slave, ClusterFaultTolerance& cft,
                 MasterConsensus& master)
      : s_(state), slave_(slave), cft_(cft), master_(master) {}

  // The Cluster Fault Tolerance System's notice. `former`: the master that is gone.
  struct Former {
    MemberId member;
    BootId boot;
    StoreId store;
  };
  void begin(Cause cause, const Former& former);
  // Writes the vote for the first successor of a dead master before it asks: one sync less to wait
  // for. The vote is told only when it asks, and only if R4's log condition holds then.
  void pledge(MemberId successor, BootId boot);
  void stop();  // a master is known, or a higher term came
  bool running() const { return state_ != State::idle; }
  bool waits_for_its_turn() const { return state_ == State::waiting; }
  bool waits_after_silence() const { return waits_for_its_turn() && cause_ == Cause::silence; }
  bool timer_is_set() const;  // running() goes on by itself

  // True: a PREVOTE or VOTE comes from a member that the CONFIG here does not name, but a later
  // CONFIG may. Without this tracker's vote that member may have no quorum.
  bool may_be_of_newer_voter(const wire::Header& from, const wire::Body& body) const;
  void on_pre_vote(const wire::Header& from, const wire::PreVote& m);
  void on_pre_vote_reply(const wire::Header& from, const wire::PreVoteReply& m);
  // R1: a VOTE that the promise forbids changes nothing, not even the term.
  bool considers(const wire::Header& from, const wire::Vote& m) const;
  void on_vote(const wire::Header& from, const wire::Vote& m);  // considered, of this term
  void on_vote_reply(const wire::Header& from, const wire::VoteReply& m);
  void on_hand_over(const wire::Header& from, const wire::HandOver& m);

  void stand_timer();
  void retry_timer();
  void ballot_persisted();  // votes count, and are told, from here on
  void log_persisted();     // a candidate's case has become better
  // This replica takes no part any more: it is out, or its disk is unfit.
  void take_no_part();

  // It has won, in the calls above. Nothing: not since it was asked last.
  struct Won {
    Cause cause{};
    std::vector<MemberId> granted;
    std::vector<wire::VoteReply> replies;  // of granted, in its order
  };
  std::optional<Won> take_won() { return std::exchange(won_, std::nullopt); }

 private:
  enum class State { idle, waiting, pre_vote, vote };
  void ask_pre_votes();
  void stand();
  void ask_votes();
  void count_votes();
  void win();
  bool log_is_up_to_date(LogIndex last, Term last_term) const;  // R4
  bool promise_forbids(const wire::Header& from, const wire::Vote& m) const;
  void grant(const wire::Header& candidate, std::uint64_t echo);
  bool writes_vote_for_another() const;
  bool voters_have_time() const;
  // R2: the candidate gets no pre-vote before this is over.
  Duration promised_for(const wire::Header& candidate) const;
  Duration retry_delay();

  ReplicaState& s_;
  SlaveConsensus& slave_;
  ClusterFaultTolerance& cft_;
  MasterConsensus& master_;
  State state_ = State::idle;
  Cause cause_ = Cause::silence;
  Former former_;
  std::vector<MemberId> granted_;         // each voter once, never a counter
  std::vector<wire::VoteReply> replies_;  // of granted_, in its order
  std::uint32_t asked_ = 0;               // times that votes of this term were asked for
  LogIndex asked_with_;                   // durable then
  Time stood_{};                          // when it stood in this term
  Duration vote_sync_{};                  // how long its own vote took to be durable
  struct Owed {                           // a vote that is told once it is durable
    wire::Header candidate;
    wire::Vote vote;
  };
  std::optional<Owed> owed_;
  std::optional<Won> won_;
  std::optional<LogIndex> handed_over_at_;  // stands when its own disk has got there
};

}  // namespace swarm
