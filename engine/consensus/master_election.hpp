// Master Election System (seed table 1). It elects a new master when it is notified that the old
// one is gone (R1 to R10). Candidates first ask for pre-votes, voters have one durable vote per
// term, and successors stand in the order of their ranks. A death certificate or a hand-over
// shortens the election.
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

  // The Cluster Fault Tolerance System calls begin() to notify this system. `former`: the master
  // that is gone.
  struct Former {
    MemberId member;
    BootId boot;
    StoreId store;
  };
  void begin(Cause cause, const Former& former);
  // R4, the pledge: writes the vote for the first successor of a dead master before that successor
  // asks. So the successor waits for one sync less. The vote is sent only when the successor asks,
  // and only if R4's condition on the log holds then.
  void pledge(MemberId successor, BootId boot);
  void stop();  // ends the election: a master is known, a vote was granted, or a higher term came
  bool running() const { return state_ != State::idle; }
  bool waits_for_its_turn() const { return state_ == State::waiting; }
  bool waits_after_silence() const { return waits_for_its_turn() && cause_ == Cause::silence; }
  bool timer_is_set() const;  // an election is running, and a timer will continue it

  // True: this is a PREVOTE or VOTE of a member that the CONFIG here does not name, but that a
  // later CONFIG may name. Without this tracker's vote, that member might fail to get a quorum.
  bool may_be_of_newer_voter(const wire::Header& from, const wire::Body& body) const;
  void on_pre_vote(const wire::Header& from, const wire::PreVote& m);
  void on_pre_vote_reply(const wire::Header& from, const wire::PreVoteReply& m);
  // False: this member is mute, the VOTE's term is old, or a promise forbids the VOTE. Such a VOTE
  // changes nothing, not even the term (R1).
  bool considers(const wire::Header& from, const wire::Vote& m) const;
  // Called only for a VOTE that considers() accepts, after its term was adopted.
  void on_vote(const wire::Header& from, const wire::Vote& m);
  void on_vote_reply(const wire::Header& from, const wire::VoteReply& m);
  void on_hand_over(const wire::Header& from, const wire::HandOver& m);

  void stand_timer();
  void retry_timer();
  void ballot_persisted();  // a vote for itself now counts; a vote for another is now sent
  void log_persisted();     // more blocks are durable, so voters that refused may grant now
  // This replica takes no part any more: it was removed from the swarm, or its disk is unfit.
  void take_no_part();

  // The victory, if one of the calls above has won the election since the last take_won().
  struct Won {
    Cause cause{};
    std::vector<MemberId> granted;
    std::vector<wire::VoteReply> replies;  // of the voters in `granted`, in the same order
  };
  std::optional<Won> take_won() { return std::exchange(won_, std::nullopt); }

 private:
  enum class State { idle, waiting, pre_vote, vote };
  void ask_pre_votes();
  void stand();
  void ask_votes();
  void count_votes();
  void win();
  bool log_is_up_to_date(LogIndex last, Term last_term) const;  // R4's condition on the log
  bool promise_forbids(const wire::Header& from, const wire::Vote& m) const;
  void grant(const wire::Header& candidate, std::uint64_t echo);
  bool writes_vote_for_another() const;
  bool voters_have_time() const;
  // R2: how long promises still forbid this member a pre-vote for the candidate.
  Duration promised_for(const wire::Header& candidate) const;
  Duration retry_delay();

  ReplicaState& s_;
  SlaveConsensus& slave_;
  ClusterFaultTolerance& cft_;
  MasterConsensus& master_;
  State state_ = State::idle;
  Cause cause_ = Cause::silence;
  Former former_;
  // The ids of the voters that have granted. A count would be wrong, because a reply may come
  // twice.
  std::vector<MemberId> granted_;
  std::vector<wire::VoteReply> replies_;  // of the voters in granted_, in the same order
  std::uint32_t asked_ = 0;               // how often votes were asked for in this term
  LogIndex asked_with_;                   // the durable index in the last request for votes
  Time stood_{};                          // when its candidacy in this term began
  Duration vote_sync_{};                  // how long the sync of its own vote took
  // A vote for another member; it is sent once it is durable.
  struct Owed {
    wire::Header candidate;
    wire::Vote vote;
  };
  std::optional<Owed> owed_;
  std::optional<Won> won_;
  // R9: set if the master has handed over to this member, but its disk lacks blocks. This member
  // stands when its log is durable up to this block.
  std::optional<LogIndex> handed_over_at_;
};

}  // namespace swarm
