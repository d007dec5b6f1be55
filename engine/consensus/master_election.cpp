#include "engine/consensus/master_election.hpp"

#include <algorithm>

#include "engine/base/assert.hpp"
#include "engine/consensus/timing.hpp"

namespace swarm {

Duration MasterElection::retry_delay() {
  const auto& s = s_.settings;
  if (s.election == ElectionOrder::drawn) return s_.random.between(s.drawn_min, s.drawn_max);
  return s_.random.between(s.vote_retry_min, s.vote_retry_max);
}

void MasterElection::begin(Cause cause, const Former& former) {
  SWARM_ASSERT(!s_.is_master(), "a master does not stand for election");
  SWARM_ASSERT(s_.is_voter(), "only a voter stands for election (R6)");
  state_ = State::waiting;
  cause_ = cause;
  former_ = former;
  // After a hand-over the successor has no rivals, so it does not wait for its rank (R10).
  Duration wait = 0ns;
  if (cause != Cause::handed_over && s_.settings.election == ElectionOrder::ranked)
    wait = static_cast<std::int64_t>(cft_.rank()) * s_.settings.rank_delay;
  s_.timers.clear(Timer::suspect);
  if (wait == 0ns)
    stand_timer();
  else
    s_.timers.set(Timer::stand, s_.now + wait);
}

void MasterElection::pledge(MemberId successor, BootId boot) {
  SWARM_ASSERT(successor != s_.self(), "a pledge is a vote for another (R4)");
  SWARM_ASSERT(state_ == State::waiting, "a pledge is written while this member waits its turn");
  SWARM_ASSERT(!s_.muted(), "a mute member does not vote (R10)");
  auto& b = s_.ballot.change();
  ++b.term;
  b.vote = successor;
  b.vote_boot = boot;
  slave_.new_term();
  s_.event(event::TermAdopted{b.term});
}

void MasterElection::stop() {
  state_ = State::idle;
  granted_.clear();
  handed_over_at_.reset();
  s_.timers.clear(Timer::stand);
  s_.timers.clear(Timer::vote_retry);
}

bool MasterElection::timer_is_set() const {
  return running() && s_.timers.is_set(state_ == State::waiting ? Timer::stand : Timer::vote_retry);
}

void MasterElection::stand_timer() {
  if (state_ == State::idle || !s_.is_voter()) return;
  if (s_.muted()) {  // R10
    s_.timers.set(Timer::stand, s_.muted_until);
  } else if (slave_.installing()) {
    // A master's log is never replaced. So this member stands only after the replacement of its own
    // log has ended (R19).
    s_.timers.set(Timer::stand, s_.now + retry_delay());
  } else if (cause_ == Cause::silence && s_.settings.pre_vote) {
    ask_pre_votes();
  } else if (cause_ == Cause::silence && writes_vote_for_another()) {
    // The candidate that gets this member's vote may still win. A new term would end that
    // candidate's election (R3).
    s_.timers.set(Timer::stand, s_.now + retry_delay());
  } else {
    stand();
  }
}

// ---- Candidate

void MasterElection::ask_pre_votes() {
  SWARM_ASSERT(s_.is_voter(), "only a voter asks for pre-votes (R6)");
  SWARM_ASSERT(!s_.muted(), "a mute member asks for no pre-votes (R10)");
  state_ = State::pre_vote;
  granted_.assign(1, s_.self());
  s_.timers.set(Timer::vote_retry, s_.now + retry_delay());
  if (writes_vote_for_another()) return;  // the other candidate may still win (R2)
  if (slave_.installing()) return;        // see stand_timer()
  if (s_.config().quorum() == 1) return stand();
  s_.broadcast(wire::PreVote{s_.term() + 1, s_.log.durable(), s_.log.durable_term()});
}

void MasterElection::on_pre_vote_reply(const wire::Header& from, const wire::PreVoteReply& m) {
  if (state_ != State::pre_vote || m.next != s_.term() + 1 || slave_.installing()) return;
  if (!m.granted) {
    // The promises of the voters run out at nearly the same time. So the candidate asks again when
    // the promise of this voter has run out.
    if (m.rest_us > 0)
      s_.timers.bring_forward(
          Timer::vote_retry, s_.now + std::chrono::microseconds(m.rest_us) + timing::after_promise);
    return;
  }
  if (std::find(granted_.begin(), granted_.end(), from.from) == granted_.end())
    granted_.push_back(from.from);
  std::size_t votes = 0;
  for (const auto id : granted_) {
    const auto* member = s_.config().find(id);
    votes += member && member->standing == Standing::voter;  // only a voter's vote counts (R6)
  }
  if (votes >= s_.config().quorum()) stand();
}

void MasterElection::stand() {
  SWARM_ASSERT(!s_.is_master(), "a master is no candidate");
  SWARM_ASSERT(s_.is_voter(), "only a voter is a candidate (R6)");
  SWARM_ASSERT(!s_.muted(), "a mute member is no candidate (R10)");
  SWARM_ASSERT(!slave_.installing(), "a candidate's log is not being replaced (R19)");
  auto& b = s_.ballot.change();
  ++b.term;
  b.vote = s_.self();
  b.vote_boot = s_.boot;
  SWARM_ASSERT(b.term > s_.ballot.durable().term, "each candidacy is a new term (R3)");
  s_.master = {};
  slave_.new_term();
  s_.become(Role::candidate);
  s_.event(event::ElectionStarted{s_.term(), cause_});
  state_ = State::vote;
  s_.timers.clear(Timer::stand);
  asked_ = 0;
  stood_ = s_.now;
  vote_sync_ = 0ns;  // unknown until the vote is durable
  granted_.clear();
  replies_.clear();
  ask_votes();
}

void MasterElection::ask_votes() {
  SWARM_ASSERT(state_ == State::vote && s_.role == Role::candidate, "a candidate asks for votes");
  SWARM_ASSERT(s_.ballot.current().vote == s_.self(), "a candidate votes for itself (R3)");
  ++asked_;
  asked_with_ = s_.log.durable();
  s_.timers.set(Timer::vote_retry, s_.now + retry_delay());
  wire::Vote vote;
  vote.last = s_.log.durable();
  vote.last_term = s_.log.durable_term();
  vote.flag = static_cast<std::uint8_t>(cause_ == Cause::handed_over   ? wire::VoteFlag::handed_over
                                        : cause_ == Cause::certificate ? wire::VoteFlag::certificate
                                                                       : wire::VoteFlag::none);
  vote.former = former_.member;
  vote.former_boot = former_.boot;
  vote.former_store = former_.store;
  vote.time_sent = static_cast<std::uint64_t>(s_.now.time_since_epoch().count());
  s_.broadcast(vote);
}

void MasterElection::retry_timer() {
  if (state_ == State::pre_vote) return ask_pre_votes();
  if (state_ != State::vote) return;
  // The voters' disks may be as slow as this one. If the candidate began the next term before they
  // have written their votes, this term would be lost, and the next one for the same reason.
  const bool ranked = s_.settings.election == ElectionOrder::ranked;
  SWARM_ASSERT(asked_ > 0, "votes were asked for before they are asked for again");
  if (ranked && voters_have_time()) {
    --asked_;  // not one of the three tries
    return ask_votes();
  }
  if (ranked && asked_ < 3) return ask_votes();
  if (cause_ == Cause::silence && !s_.settings.pre_vote) return stand();
  cause_ = Cause::silence;  // the certificate or hand-over has not led to a victory
  if (s_.settings.pre_vote)
    ask_pre_votes();
  else
    stand();
}

// True while this candidate's own vote is being written, and until three times the duration of that
// write has passed since the candidacy began (R3).
bool MasterElection::voters_have_time() const {
  const auto& durable = s_.ballot.durable();
  const bool own = durable.term == s_.term() && durable.vote == s_.self();
  return !own || s_.now - stood_ < 3 * vote_sync_;
}

void MasterElection::on_vote_reply(const wire::Header& from, const wire::VoteReply& m) {
  if (state_ != State::vote || from.term != s_.term() || m.candidate_boot != s_.boot || !m.granted)
    return;
  // A candidate may ask several times while its own vote is being written. The last reply of a
  // voter counts, because the promise in an earlier reply may have run out before the victory.
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
  const auto& durable = s_.ballot.durable();
  // The candidate's own vote counts once it is durable. Until then it cannot win (R3).
  if (durable.term != s_.term() || durable.vote != s_.self()) return;
  std::size_t votes = 1;
  for (const auto id : granted_) {
    const auto* member = s_.config().find(id);
    votes += id != s_.self() && member && member->standing == Standing::voter;
  }
  if (votes >= s_.config().quorum()) win();
}

void MasterElection::win() {
  SWARM_ASSERT(state_ == State::vote && s_.role == Role::candidate, "only a candidate wins");
  SWARM_ASSERT(granted_.size() == replies_.size(), "each vote that is counted has its reply");
  won_ = Won{cause_, granted_, replies_};
  stop();
}

void MasterElection::take_no_part() {
  s_.become(Role::removed);
  s_.master = {};
  stop();
  s_.timers.clear(Timer::suspect);
  s_.timers.clear(Timer::status);
}

void MasterElection::log_persisted() {
  if (slave_.installing()) return;
  if (handed_over_at_ && s_.log.durable() >= *handed_over_at_) {
    handed_over_at_.reset();
    stand();
  } else if (state_ == State::vote && s_.log.durable() > asked_with_) {
    SWARM_ASSERT(asked_ > 0, "a candidate has asked for votes");
    // Voters that refused because this log was shorter may grant now. This request is not one of
    // the three tries.
    --asked_;
    ask_votes();
  }
}

void MasterElection::on_hand_over(const wire::Header& from, const wire::HandOver& m) {
  if (from.from != s_.master || !s_.is_voter() || s_.muted() || s_.stopping || slave_.installing())
    return;
  cft_.answered_until(std::chrono::microseconds(m.oldest_unanswered_us));
  s_.event(event::MasterSuspected{from.from, s_.term(), Cause::handed_over});
  s_.master = {};
  former_ = {from.from, from.boot, from.store};
  cause_ = Cause::handed_over;
  s_.timers.clear(Timer::suspect);
  state_ = State::waiting;
  if (s_.log.durable() >= m.last) return stand();
  // The disk lacks some blocks. This member stands as soon as they are durable (log_persisted()),
  // and after one promise in any case.
  handed_over_at_ = m.last;
  s_.timers.set(Timer::stand, s_.now + s_.settings.promise);
}

// ---- Voter

bool MasterElection::writes_vote_for_another() const {
  const auto vote = s_.ballot.current().vote;
  return s_.ballot.pending() && vote && vote != s_.self();
}

bool MasterElection::log_is_up_to_date(LogIndex last, Term last_term) const {
  const auto own_term = s_.log.durable_term();
  return last_term > own_term || (last_term == own_term && last >= s_.log.durable());
}

Duration MasterElection::promised_for(const wire::Header& candidate) const {
  const auto& cft = cft_;
  // A master's promise is to itself, until it has handed over (R1).
  if (s_.is_master() && !master_.retired()) return s_.settings.promise;
  if (s_.muted()) return s_.muted_until - s_.now;
  return cft.promised_to_another(candidate.from, candidate.boot) ? cft.promise_until() - s_.now
                                                                 : 0ns;
}

// An id of next_id or above was given by a later CONFIG. A lower id that this CONFIG does not name
// was removed. That is certain once this CONFIG is committed. The term in the header of a PREVOTE
// is adopted if it is higher. So a PREVOTE is believed only while no promise runs. Otherwise a
// removed member could depose a master that its slaves hear.
bool MasterElection::may_be_of_newer_voter(const wire::Header& from, const wire::Body& body) const {
  if (from.from < s_.config().next_id && s_.log.config_index() <= s_.commit) return false;
  if (std::holds_alternative<wire::Vote>(body)) return true;
  return std::holds_alternative<wire::PreVote>(body) && promised_for(from) == 0ns;
}

void MasterElection::on_pre_vote(const wire::Header& from, const wire::PreVote& m) {
  wire::PreVoteReply reply{m.next, 0, 0};
  Duration rest = promised_for(from);
  const auto vote = s_.ballot.current().vote;
  const bool written = s_.ballot.pending() && vote && vote != from.from;
  const bool asked = state_ == State::vote && voters_have_time();
  if (rest == 0ns && m.next > s_.term() && (written || asked))
    rest = s_.settings.vote_retry_min;  // another candidate, or this member, may still win (R2, R3)
  if (rest > 0ns)
    reply.rest_us = static_cast<std::uint32_t>(rest / 1us) + 1;
  else
    reply.granted = m.next > s_.term() && log_is_up_to_date(m.last, m.last_term);
  s_.send(from.from, reply);
}

// A promise to one process forbids a vote for any other candidate, with two exceptions: the very
// process that was promised has handed over, or is certainly dead. In both cases no master is left
// whose lease rests on the promise (R1).
bool MasterElection::promise_forbids(const wire::Header& from, const wire::Vote& m) const {
  const auto& cft = cft_;
  const auto flag = static_cast<wire::VoteFlag>(m.flag);
  if (s_.settings.election == ElectionOrder::drawn) return false;  // as in Raft: no promises
  if (s_.is_master()) {  // a master's promise is to itself; it votes only for its own successor
    return !master_.retired() || flag != wire::VoteFlag::handed_over || m.former != s_.self();
  }
  if (!cft.promised_to_another(from.from, from.boot)) return false;
  if (flag == wire::VoteFlag::none || m.former != cft.promised_to() ||
      m.former_boot != cft.promised_boot() || from.term <= cft.promised_term())
    return true;
  return flag == wire::VoteFlag::certificate ? !s_.settings.certificates : false;
}

bool MasterElection::considers(const wire::Header& from, const wire::Vote& m) const {
  return !s_.muted() && from.term >= s_.term() && !promise_forbids(from, m);
}

void MasterElection::on_vote(const wire::Header& from, const wire::Vote& m) {
  SWARM_ASSERT(from.term == s_.term(), "a vote is of the term now (R4)");
  SWARM_ASSERT(!s_.muted(), "a mute member answers no VOTE (R10)");
  const auto& ballot = s_.ballot.current();
  const bool same = ballot.vote == from.from && ballot.vote_boot == from.boot;
  if (s_.is_master() || (ballot.vote && !same) || !log_is_up_to_date(m.last, m.last_term)) {
    s_.send(from.from, wire::VoteReply{0, from.boot, m.time_sent, 0});
    return;
  }
  const auto& durable = s_.ballot.durable();
  if (durable.term == from.term && durable.vote == from.from && durable.vote_boot == from.boot)
    return grant(from, m.time_sent);
  owed_ = Owed{from, m};  // the vote is sent when it is durable (R4)
  if (same) return;       // the vote is being written already
  SWARM_ASSERT(!ballot.vote, "one vote in a term (R4)");
  auto& change = s_.ballot.change();
  change.vote = from.from;
  change.vote_boot = from.boot;
}

void MasterElection::grant(const wire::Header& candidate, std::uint64_t echo) {
  auto& cft = cft_;
  const auto& durable = s_.ballot.durable();
  SWARM_ASSERT(candidate.term == s_.term(), "a vote is granted in the term now (R0)");
  SWARM_ASSERT(durable.term == candidate.term && durable.vote == candidate.from &&
                   durable.vote_boot == candidate.boot,
               "a vote is durable before it is granted (R4)");
  cft.give_promise(candidate.from, candidate.boot);
  stop();
  cft.suspect_timer();
  const auto promise = static_cast<std::uint32_t>(cft.given() / 1us);
  s_.send(candidate.from, wire::VoteReply{1, candidate.boot, echo, promise});
}

void MasterElection::ballot_persisted() {
  if (owed_) {
    const auto& durable = s_.ballot.durable();
    const auto owed = *owed_;
    if (owed.candidate.term != s_.term()) {
      owed_.reset();  // a vote of a past term is never sent (R0)
    } else if (durable.term == owed.candidate.term && durable.vote == owed.candidate.from) {
      owed_.reset();
      // This member may have given a promise to a master meanwhile (R1).
      if (promise_forbids(owed.candidate, owed.vote)) return;
      if (owed.vote.flag == static_cast<std::uint8_t>(wire::VoteFlag::none))
        cft_.elected_by_silence();
      grant(owed.candidate, owed.vote.time_sent);
    }
  }
  if (state_ != State::vote) return;
  const auto& durable = s_.ballot.durable();
  if (vote_sync_ == 0ns && durable.term == s_.term() && durable.vote == s_.self())
    vote_sync_ = s_.now - stood_;
  count_votes();
}

}  // namespace swarm
