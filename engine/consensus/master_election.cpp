#include "engine/consensus/master_election.hpp"

#include <algorithm>

#include "engine/base/assert.hpp"
#include "engine/consensus/parts.hpp"

namespace swarm {

Duration MasterElection::retry_delay() {
  const auto& s = p_.settings;
  if (s.election == ElectionOrder::drawn) return p_.random.between(s.drawn_min, s.drawn_max);
  return p_.random.between(s.vote_retry_min, s.vote_retry_max);
}

void MasterElection::begin(Cause cause, const Former& former) {
  state_ = State::waiting;
  cause_ = cause;
  former_ = former;
  Duration wait = 0ns;
  if (cause != Cause::handed_over && p_.settings.election == ElectionOrder::ranked)
    wait = static_cast<std::int64_t>(p_.fault_tolerance.rank()) * p_.settings.rank_delay;
  p_.timers.clear(Timer::suspect);
  if (wait == 0ns)
    stand_timer();
  else
    p_.timers.set(Timer::stand, p_.now + wait);
}

void MasterElection::pledge(MemberId successor, BootId boot) {
  auto& b = p_.ballot.change();
  ++b.term;
  b.vote = successor;
  b.vote_boot = boot;
  p_.slave_consensus.new_term();
  p_.event(event::TermAdopted{b.term});
}

void MasterElection::stop() {
  state_ = State::idle;
  granted_.clear();
  handed_over_at_.reset();
  p_.timers.clear(Timer::stand);
  p_.timers.clear(Timer::vote_retry);
}

bool MasterElection::timer_is_set() const {
  return running() && p_.timers.is_set(state_ == State::waiting ? Timer::stand : Timer::vote_retry);
}

void MasterElection::stand_timer() {
  if (state_ == State::idle || !p_.is_voter()) return;
  if (p_.muted()) {  // R10
    p_.timers.set(Timer::stand, p_.muted_until);
  } else if (cause_ == Cause::silence && p_.settings.pre_vote) {
    ask_pre_votes();
  } else if (cause_ == Cause::silence && writes_vote_for_another()) {  // which may yet win
    p_.timers.set(Timer::stand, p_.now + retry_delay());
  } else {
    stand();
  }
}

// ---- Candidate

void MasterElection::ask_pre_votes() {
  state_ = State::pre_vote;
  granted_.assign(1, p_.self());
  p_.timers.set(Timer::vote_retry, p_.now + retry_delay());
  if (writes_vote_for_another()) return;  // which may yet win
  if (p_.config().quorum() == 1) return stand();
  p_.broadcast(wire::PreVote{p_.term() + 1, p_.log.durable(), p_.log.durable_term()});
}

void MasterElection::on_pre_vote_reply(const wire::Header& from, const wire::PreVoteReply& m) {
  if (state_ != State::pre_vote || m.next != p_.term() + 1) return;
  if (!m.granted) {
    // Promises run out within a moment of each other: ask again when this one has.
    if (m.rest_us > 0)
      p_.timers.bring_forward(Timer::vote_retry,
                              p_.now + std::chrono::microseconds(m.rest_us) + 100us);
    return;
  }
  if (std::find(granted_.begin(), granted_.end(), from.from) == granted_.end())
    granted_.push_back(from.from);
  std::size_t votes = 0;
  for (const auto id : granted_) {
    const auto* member = p_.config().find(id);
    votes += member && member->standing == Standing::voter;  // R6
  }
  if (votes >= p_.config().quorum()) stand();
}

void MasterElection::stand() {
  p_.stand_in_next_term();
  p_.event(event::ElectionStarted{p_.term(), cause_});
  state_ = State::vote;
  p_.timers.clear(Timer::stand);
  asked_ = 0;
  stood_ = p_.now;
  vote_sync_ = 0ns;
  granted_.clear();
  replies_.clear();
  ask_votes();
}

void MasterElection::ask_votes() {
  ++asked_;
  asked_with_ = p_.log.durable();
  p_.timers.set(Timer::vote_retry, p_.now + retry_delay());
  wire::Vote vote;
  vote.last = p_.log.durable();
  vote.last_term = p_.log.durable_term();
  vote.flag = static_cast<std::uint8_t>(cause_ == Cause::handed_over   ? wire::VoteFlag::handed_over
                                        : cause_ == Cause::certificate ? wire::VoteFlag::certificate
                                                                       : wire::VoteFlag::none);
  vote.former = former_.member;
  vote.former_boot = former_.boot;
  vote.former_store = former_.store;
  vote.time_sent = static_cast<std::uint64_t>(p_.now.time_since_epoch().count());
  p_.broadcast(vote);
}

void MasterElection::retry_timer() {
  if (state_ == State::pre_vote) return ask_pre_votes();
  if (state_ != State::vote) return;
  // The voters' disks are as slow as the own: a term is given up when they had their time.
  const bool ranked = p_.settings.election == ElectionOrder::ranked;
  if (ranked && voters_have_time()) {
    --asked_;
    return ask_votes();
  }
  if (ranked && asked_ < 3) return ask_votes();
  if (cause_ == Cause::silence && !p_.settings.pre_vote) return stand();
  cause_ = Cause::silence;  // the short cut led nowhere
  if (p_.settings.pre_vote)
    ask_pre_votes();
  else
    stand();
}

// The own vote is being written, or they have not had three times as long for theirs.
bool MasterElection::voters_have_time() const {
  const auto& durable = p_.ballot.durable();
  const bool own = durable.term == p_.term() && durable.vote == p_.self();
  return !own || p_.now - stood_ < 3 * vote_sync_;
}

void MasterElection::on_vote_reply(const wire::Header& from, const wire::VoteReply& m) {
  if (state_ != State::vote || from.term != p_.term() || m.candidate_boot != p_.boot || !m.granted)
    return;
  // While the own vote is being written they are asked again and again: the last reply holds, for
  // the first may be older than a promise when it counts.
  const auto known = std::find(granted_.begin(), granted_.end(), from.from);
  if (known != granted_.end()) {
    replies_[static_cast<std::size_t>(known - granted_.begin())] = m;
  } else {
    granted_.push_back(from.from);
    replies_.push_back(m);
  }
  count_votes();
}

void MasterElection::count_votes() {
  const auto& durable = p_.ballot.durable();
  if (durable.term != p_.term() || durable.vote != p_.self()) return;  // R3: the own one first
  std::size_t votes = 1;
  for (const auto id : granted_) {
    const auto* member = p_.config().find(id);
    votes += id != p_.self() && member && member->standing == Standing::voter;
  }
  if (votes >= p_.config().quorum()) win();
}

void MasterElection::win() {
  const auto granted = granted_;
  const auto replies = replies_;
  stop();
  p_.master = p_.self();
  p_.become(Role::master);
  p_.event(event::ElectionWon{p_.term(), cause_});
  p_.fault_tolerance.begin_mastership();
  p_.membership.begin_mastership();
  p_.departure.won();
  p_.group_hearing.won(cause_);
  for (std::size_t i = 0; i < granted.size(); ++i)
    p_.fault_tolerance.acknowledged_vote(granted[i], replies[i]);
  p_.master_consensus.begin();
}

void MasterElection::log_persisted() {
  if (handed_over_at_ && p_.log.durable() >= *handed_over_at_) {
    handed_over_at_.reset();
    stand();
  } else if (state_ == State::vote && p_.log.durable() > asked_with_) {
    --asked_;  // not a retry: those who refused for the log's sake may grant now
    ask_votes();
  }
}

void MasterElection::on_hand_over(const wire::Header& from, const wire::HandOver& m) {
  if (from.from != p_.master || !p_.is_voter() || p_.muted() || p_.stopping) return;
  if (p_.departure.under_way()) return;
  p_.fault_tolerance.answered_until(std::chrono::microseconds(m.oldest_unanswered_us));
  p_.event(event::MasterSuspected{from.from, p_.term(), Cause::handed_over});
  p_.master = {};
  former_ = {from.from, from.boot, from.store};
  cause_ = Cause::handed_over;
  p_.timers.clear(Timer::suspect);
  state_ = State::waiting;
  if (p_.log.durable() >= m.last) return stand();
  handed_over_at_ = m.last;
  p_.timers.set(Timer::stand, p_.now + p_.settings.promise);
}

// ---- Voter

bool MasterElection::writes_vote_for_another() const {
  const auto vote = p_.ballot.current().vote;
  return p_.ballot.pending() && vote && vote != p_.self();
}

bool MasterElection::log_is_up_to_date(LogIndex last, Term last_term) const {
  const auto own_term = p_.log.durable_term();
  return last_term > own_term || (last_term == own_term && last >= p_.log.durable());
}

Duration MasterElection::promised_for(const wire::Header& candidate) const {
  const auto& cft = p_.fault_tolerance;
  if (p_.is_master() && !p_.master_consensus.retired()) return p_.settings.promise;
  if (p_.muted()) return p_.muted_until - p_.now;
  return cft.promised_to_another(candidate.from, candidate.boot) ? cft.promise_until() - p_.now
                                                                 : 0ns;
}

// An id that this CONFIG has not given yet is of a later one. An id that it has given and does not
// name was taken out, which holds once it is committed. A PREVOTE bears a term, which would depose
// the master that is promised: who was removed must not do that (R22).
bool MasterElection::may_be_of_newer_voter(const wire::Header& from, const wire::Body& body) const {
  if (from.from < p_.config().next_id && p_.log.config_index() <= p_.commit) return false;
  if (std::holds_alternative<wire::Vote>(body)) return true;
  return std::holds_alternative<wire::PreVote>(body) && promised_for(from) == 0ns;
}

void MasterElection::on_pre_vote(const wire::Header& from, const wire::PreVote& m) {
  wire::PreVoteReply reply{m.next, 0, 0};
  Duration rest = promised_for(from);
  const auto vote = p_.ballot.current().vote;
  const bool written = p_.ballot.pending() && vote && vote != from.from;
  const bool asked = state_ == State::vote && voters_have_time();
  if (rest == 0ns && m.next > p_.term() && (written || asked))
    rest = p_.settings.vote_retry_min;  // a vote is being written: it may yet win
  if (rest > 0ns)
    reply.rest_us = static_cast<std::uint32_t>(rest / 1us) + 1;
  else
    reply.granted = m.next > p_.term() && log_is_up_to_date(m.last, m.last_term);
  p_.send(from.from, reply);
}

// R1, and its two exceptions.
bool MasterElection::promise_forbids(const wire::Header& from, const wire::Vote& m) const {
  const auto& cft = p_.fault_tolerance;
  const auto flag = static_cast<wire::VoteFlag>(m.flag);
  if (p_.settings.election == ElectionOrder::drawn) return false;  // as in Raft: no promises
  if (p_.is_master()) {  // its promise is to itself, while a quorum renews it
    return !p_.master_consensus.retired() || flag != wire::VoteFlag::handed_over ||
           m.former != p_.self();
  }
  if (!cft.promised_to_another(from.from, from.boot)) return false;
  if (flag == wire::VoteFlag::none || m.former != cft.promised_to() ||
      m.former_boot != cft.promised_boot() || from.term <= cft.promised_term())
    return true;
  return flag == wire::VoteFlag::certificate ? !p_.settings.certificates : false;
}

void MasterElection::on_vote(const wire::Header& from, const wire::Vote& m) {
  if (p_.muted() || from.term < p_.term()) return;
  if (promise_forbids(from, m)) return;
  if (from.term > p_.term()) p_.adopt(from.term);
  const auto& ballot = p_.ballot.current();
  const bool same = ballot.vote == from.from && ballot.vote_boot == from.boot;
  if (p_.is_master() || (ballot.vote && !same) || !log_is_up_to_date(m.last, m.last_term)) {
    p_.send(from.from, wire::VoteReply{0, from.boot, m.time_sent, 0});
    return;
  }
  const auto& durable = p_.ballot.durable();
  if (durable.term == from.term && durable.vote == from.from && durable.vote_boot == from.boot)
    return grant(from, m.time_sent);
  owed_ = Owed{from, m};
  if (same) return;  // being written
  auto& change = p_.ballot.change();
  change.vote = from.from;
  change.vote_boot = from.boot;
}

void MasterElection::grant(const wire::Header& candidate, std::uint64_t echo) {
  auto& cft = p_.fault_tolerance;
  cft.give_promise(candidate.from, candidate.boot);
  stop();
  cft.suspect_timer();
  const auto promise = static_cast<std::uint32_t>(cft.given() / 1us);
  p_.send(candidate.from, wire::VoteReply{1, candidate.boot, echo, promise});
}

void MasterElection::ballot_persisted() {
  if (owed_) {
    const auto& durable = p_.ballot.durable();
    const auto owed = *owed_;
    if (owed.candidate.term != p_.term()) {
      owed_.reset();  // of a term that is over: never sent
    } else if (durable.term == owed.candidate.term && durable.vote == owed.candidate.from) {
      owed_.reset();
      if (promise_forbids(owed.candidate, owed.vote)) return;  // given while the disk wrote (R1)
      if (owed.vote.flag == static_cast<std::uint8_t>(wire::VoteFlag::none))
        p_.fault_tolerance.elected_by_silence();
      grant(owed.candidate, owed.vote.time_sent);
    }
  }
  if (state_ != State::vote) return;
  const auto& durable = p_.ballot.durable();
  if (vote_sync_ == 0ns && durable.term == p_.term() && durable.vote == p_.self())
    vote_sync_ = p_.now - stood_;
  count_votes();
}

}  // namespace swarm
