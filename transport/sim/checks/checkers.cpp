#include "transport/sim/checks/checkers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/base/assert.hpp"
#include "observe/live/trace.hpp"

namespace swarm::sim {
namespace {

[[noreturn]] void fail(const char* name, std::uint32_t tracker, const std::string& sentence) {
  throw CheckFailed(name, tracker, sentence);
}

bool sends_to_peers(const Outbox& out) {
  for (std::size_t i = 0; i < out.datagrams(); ++i)
    if (out.datagram(i).channel != Channel::cluster) return true;
  return false;
}

std::uint64_t made_key(Term term, MemberId slave, Bytes answer) {
  return mix(wire::hash_bytes(answer) ^ mix(term.value ^ mix(slave.value)));
}

// True if the step hands over and sends no answer after that.
bool hands_over_last(const Outbox& out) {
  const auto last = [&]<class E>(const E&) {
    std::size_t place = 0, found = 0;
    for (const auto& event : out.events()) {
      ++place;
      if (std::holds_alternative<E>(event)) found = place;
    }
    return found;
  };
  return last(event::HandOver{}) > last(event::Answered{});
}

bool is_master(const TrackerView& view) {
  return view.role == Role::master && view.serving && !view.retired;
}

// True for messages that say what is on the sender's disk. For speed it decodes nothing and looks
// only at the type, which is 1 + the index of the body in wire::Body.
bool says_durable(Bytes datagram) {
  const auto type = datagram.size() > wire::type_at ? datagram[wire::type_at] : 0;
  return type == 1 + wire::Body(wire::KeepAliveAck{}).index() ||
         type == 1 + wire::Body(wire::VoteReply{}).index() ||
         type == 1 + wire::Body(wire::Vote{}).index() ||
         type == 1 + wire::Body(wire::PreVote{}).index() ||
         type == 1 + wire::Body(wire::Ready{}).index();
}

}  // namespace

Checkers::Checkers(const Options& options) : options_(options), seen_(options.trackers) {}

void Checkers::stepped(const TrackerStep& step) {
  auto& seen = seen_.at(step.tracker - 1);
  check_views(step, seen);
  check_master(step);
  check_lease(step);
  if (options_.readable) check_said(step);
  for (const swarm::Event& event : step.out.events()) {
    if (const auto* e = std::get_if<event::BlockApplied>(&event)) check_applied(step, *e);
    if (const auto* e = std::get_if<event::Committed>(&event)) {
      check_committed(step, *e);
      seen.committed = *e;
    }
    if (const auto* e = std::get_if<event::ConfigChanged>(&event)) check_config(step, seen, *e);
    if (const auto* e = std::get_if<event::Answered>(&event)) check_answer(step, *e);
    if (const auto* e = std::get_if<event::Relayed>(&event)) check_relayed(step, *e);
    if (const auto* e = std::get_if<event::HandOver>(&event)) ended_.insert(e->term);
    if (const auto* e = std::get_if<event::NotStored>(&event))
      not_stored_.emplace(e->peer, e->info_hash);
    if (const auto* e = std::get_if<event::PeerExpired>(&event)) check_expired(step, *e);
    if (const auto* e = std::get_if<event::ContentExpired>(&event)) check_expired(step, *e);
    if (std::holds_alternative<event::Serving>(event)) check_serving(step);
  }
  seen.view = step.view;
  seen.lease_until = step.lease_until;
  seen.clock = step.at - step.local.time_since_epoch();
  seen.up = true;
}

void Checkers::ended(std::uint32_t tracker, bool wiped) {
  auto& seen = seen_.at(tracker - 1);
  if (seen.view && seen.view->role == Role::master) ended_.insert(seen.view->term);
  seen.up = false;
  seen.serving_since = never;
  seen.config.reset();
  seen.committed.reset();
  seen.asked.clear();
  if (wiped) seen.view.reset();
}

void Checkers::check_views(const TrackerStep& step, Seen& seen) {
  try {
    Invariants::basic(step.view);
    if (seen.view && seen.view->boot == step.view.boot)
      Invariants::delta(*seen.view, step.view);
    else if (seen.view && seen.view->store == step.view.store)
      Invariants::across_restart(*seen.view, step.view);
  } catch (const AssertionFailed& error) {
    fail("own_state_is_sound", step.tracker, error.what());
  }
  if (!seen.view || seen.view->store != step.view.store) return;
  if (step.view.durable_term < seen.view->durable_term)
    fail("applied_never_back", step.tracker,
         fmt::format("the term on its disk went back from {} to {}.", seen.view->durable_term.value,
                     step.view.durable_term.value));
  if (step.view.rows_applied < seen.view->rows_applied)
    fail("applied_never_back", step.tracker,
         fmt::format("its rows went back from block {} to {}.", seen.view->rows_applied.value,
                     step.view.rows_applied.value));
}

void Checkers::check_master(const TrackerStep& step) {
  if (step.view.role == Role::master) {
    const auto [at, is_new] =
        masters_.try_emplace(step.view.term, Master{step.tracker, step.view.member});
    if (at->second.tracker != step.tracker)
      fail("one_master_per_term", step.tracker,
           fmt::format("t{} and t{} were both master in term {}.", at->second.tracker, step.tracker,
                       step.view.term.value));
  }
  if (sends_to_peers(step.out) && !answers(step) && !passes_on(step))
    fail("only_master_answers", step.tracker,
         fmt::format("it sent a peer a datagram as {}{}.", observe::name_of(step.view.role),
                     step.view.role == Role::master ? " without a lease" : ""));
}

// True if the tracker may answer in this step as a master with a lease. The tracker may answer
// first and then, in the same step, stop being the master. So a lease in the view before the step
// is also enough.
bool Checkers::answers(const TrackerStep& step) const {
  const auto& before = seen_[step.tracker - 1].view;
  const bool was = before && before->boot == step.view.boot && is_master(*before);
  const bool leased = step.view.role == Role::master && step.view.lease_until > step.local;
  if (was && before->lease_until > step.local) return true;
  return leased && (is_master(step.view) ||
                    (was && before->term == step.view.term && hands_over_last(step.out)));
}

// True if the master of `term` steps down in this step. A host whose clock stood still receives all
// waiting datagrams in one step: acknowledgements that renew its lease, requests through slaves,
// and the higher term that makes it step down. The checker cannot see whether its lease was valid
// in between. But a slave passes the master's answers on only under the slave's own promise (R25).
bool Checkers::steps_down(const TrackerStep& step, Term term) const {
  const auto& before = seen_[step.tracker - 1].view;
  if (!before || before->boot != step.view.boot || !is_master(*before) || before->term != term)
    return false;
  const auto& events = step.out.events();
  return std::any_of(events.begin(), events.end(), [term](const swarm::Event& event) {
    const auto* down = std::get_if<event::SteppedDown>(&event);
    return down != nullptr && down->term == term;
  });
}

// R25: true if the slave's master made every datagram that the slave sends to clients.
bool Checkers::passes_on(const TrackerStep& step) const {
  const auto maker = masters_.find(step.view.term);
  if (maker == masters_.end() || step.view.role == Role::master) return false;
  if (step.view.master != maker->second.member || step.view.answers_until <= step.local)
    return false;
  std::size_t told = 0, sent = 0;
  for (const auto& event : step.out.events()) told += std::holds_alternative<event::Relayed>(event);
  for (std::size_t i = 0; i < step.out.datagrams(); ++i) {
    const auto datagram = step.out.datagram(i);
    if (datagram.channel == Channel::cluster) continue;
    ++sent;
    if (!made_.contains(made_key(step.view.term, step.view.member, datagram.bytes))) return false;
  }
  return told == sent;
}

// Runs at each step, not only when a master answers, because two masters that could answer are
// already wrong.
void Checkers::check_lease(const TrackerStep& step) {
  if (!is_master(step.view) || step.lease_until <= step.at) return;
  for (std::uint32_t other = 1; other <= seen_.size(); ++other) {
    const auto& seen = seen_[other - 1];
    if (other == step.tracker || !seen.up || !seen.view || !is_master(*seen.view)) continue;
    if (seen.view->term != step.view.term && seen.lease_until > step.at)
      fail("leases_never_overlap", step.tracker,
           fmt::format("it has a lease in term {} while that of t{} in term {} has {} ms to run.",
                       step.view.term.value, other, seen.view->term.value,
                       observe::milliseconds(seen.lease_until - step.at)));
  }
}

void Checkers::check_said(const TrackerStep& step) {
  for (std::size_t i = 0; i < step.out.datagrams(); ++i) {
    const auto datagram = step.out.datagram(i);
    if (datagram.channel != Channel::cluster ||
        (!says_durable(datagram.bytes) && !wire::claims_to_be<wire::ServiceReply>(datagram.bytes)))
      continue;
    const auto message = wire::decode_readable(datagram.bytes);
    if (!message) continue;
    const auto& header = message->header;
    if (const auto* reply = std::get_if<wire::ServiceReply>(&message->body)) {
      if (const auto relayed = wire::decode_relay_reply(reply->content))
        note_made(step, header, *relayed);
      continue;
    }
    if (const auto* vote = std::get_if<wire::Vote>(&message->body)) {
      // The candidate's term must be durable only when the first reply counts.
      check_durable(step, vote->last);
      continue;
    }
    if (const auto* asked = std::get_if<wire::PreVote>(&message->body)) {
      check_durable(step, asked->last);
      continue;
    }
    const auto* reply = std::get_if<wire::VoteReply>(&message->body);
    if (reply != nullptr && !reply->granted) continue;
    const auto& before = seen_[step.tracker - 1].view;
    const Term since = before && before->boot == step.view.boot ? before->term : step.view.term;
    if (header.term < since || header.term > step.view.term ||
        header.term != step.view.durable_term)
      fail("says_what_is_durable", step.tracker,
           fmt::format("it spoke in term {} while its term is {}, on its disk {}.",
                       header.term.value, step.view.term.value, step.view.durable_term.value));
    // After a pause, a host may receive many datagrams in one step. Here a later datagram had a
    // higher term.
    if (header.term < step.view.term) continue;
    if (reply != nullptr) {
      if (step.view.vote != header.to)
        fail("says_what_is_durable", step.tracker,
             fmt::format("it told member {} a vote that its disk has for member {}.",
                         header.to.value, step.view.vote.value));
      check_promise(step, header.to, reply->echo, reply->promise_us);
    } else if (const auto* ready = std::get_if<wire::Ready>(&message->body)) {
      check_acknowledgement(step, header, ready->ack);
    } else {
      check_acknowledgement(step, header, std::get<wire::KeepAliveAck>(message->body).ack);
    }
  }
}

void Checkers::check_durable(const TrackerStep& step, LogIndex said) {
  if (said > step.view.durable)
    fail("says_what_is_durable", step.tracker,
         fmt::format("it said that it has block {} with {} on its disk.", said.value,
                     step.view.durable.value));
}

void Checkers::check_acknowledgement(const TrackerStep& step, const wire::Header& header,
                                     const wire::Acknowledgement& ack) {
  check_durable(step, ack.durable);
  if (ack.durable > step.view.verified)
    fail("says_what_is_durable", step.tracker,
         fmt::format("it said READY for block {} with {} verified.", ack.durable.value,
                     step.view.verified.value));
  check_promise(step, header.to, ack.echo, ack.promise_us);
}

// R20: a master changes the members one at a time. Before a change, the previous change and a block
// of the master's own term must be committed. A change of the in-sync set is no such change: it
// leaves `voters` and `members` as they are.
void Checkers::check_config(const TrackerStep& step, Seen& seen,
                            const event::ConfigChanged& changed) {
  const auto before = std::exchange(seen.config, changed);
  if (step.view.role != Role::master) return;
  if (seen.view && seen.view->voters == changed.voters && seen.view->members == changed.members)
    return;
  if (!seen.committed || seen.committed->term != step.view.term)
    fail("one_change_of_members", step.tracker,
         "it changed the members before a block of its own term was committed.");
  if (before && before->index > seen.committed->index)
    fail("one_change_of_members", step.tracker,
         fmt::format("it changed the members while the change of block {} was not committed.",
                     before->index.value));
}

// A master may count on 0.8 of a promise, from the moment (`echo`) at which it sent the message
// that the promise acknowledges. Checks that this tracker has promised at least as much.
void Checkers::check_promise(const TrackerStep& step, MemberId to, std::uint64_t echo,
                             std::uint32_t promise_us) {
  if (promise_us == 0) return;
  Seen own;
  own.clock = step.at - step.local.time_since_epoch();
  const auto until = true_time(step.tracker, own, step.view.promise_until);
  const Time lease_until(Duration(static_cast<std::int64_t>(echo)) +
                         std::chrono::microseconds(promise_us) / 5 * 4);
  for (std::uint32_t other = 1; other <= seen_.size(); ++other) {
    const auto& seen = seen_[other - 1];
    if (!seen.up || !seen.view || seen.view->member != to || seen.view->term != step.view.term ||
        seen.view->cluster != step.view.cluster)
      continue;
    const auto lease = true_time(other, seen, lease_until);
    if (lease && until && *lease > *until)
      fail("promise_covers_lease", step.tracker,
           fmt::format("it lets member {} count on {} ms more than it has promised.", to.value,
                       observe::milliseconds(*lease - *until)));
  }
}

std::optional<Duration> Checkers::true_time(std::uint32_t tracker, const Seen& seen,
                                            Time local) const {
  if (options_.true_time) return options_.true_time(tracker, local);
  return local.time_since_epoch() + seen.clock;
}

void Checkers::note_made(const TrackerStep& step, const wire::Header& header,
                         const wire::RelayReply& reply) {
  if (reply.bytes.empty()) return;
  if (!answers(step) && !steps_down(step, header.term))
    fail("only_master_answers", step.tracker,
         fmt::format("it answered through member {} as {}{}.", header.to.value,
                     observe::name_of(step.view.role),
                     step.view.role == Role::master ? " without a lease" : ""));
  auto& parts = making_[{header.to, std::uint64_t{reply.answer} << 32 | header.term.value}];
  if (const auto whole = parts.add(reply.is, reply.bytes)) {
    made_.insert(made_key(header.term, header.to, *whole));
    making_.erase({header.to, std::uint64_t{reply.answer} << 32 | header.term.value});
  }
}

void Checkers::check_relayed(const TrackerStep& step, const event::Relayed& answer) {
  if (answer.term != step.view.term)
    fail("only_master_answers", step.tracker,
         fmt::format("it passed on an answer of term {} in term {}.", answer.term.value,
                     step.view.term.value));
  if (!ended_.contains(answer.term)) check_order(step, answer.term);
}

void Checkers::check_answer(const TrackerStep& step, const event::Answered& answer) {
  check_order(step, answer.term);
  // Only two actions say that a peer is present: an announce, and a declaration of contents in the
  // seed's dialect.
  const bool present =
      answer.action == 1 || (answer.action == 2 && answer.dialect == Dialect::seed);
  if (options_.expiry && present) heard_[answer.peer] = {step.view.boot, step.local};
  auto& asked = seen_[step.tracker - 1].asked;
  const auto first = asked.find(answer.peer);
  if (first == asked.end()) return;
  // If a request is dropped and the peer asks again much later, this would look like one long wait.
  // The limit of half a lifetime bounds this error.
  longest_wait_ = std::max(longest_wait_, std::min(step.local - first->second, step.lifetime / 2));
  asked.erase(first);
}

void Checkers::asked(std::uint32_t tracker, const Endpoint& peer, Time local) {
  auto& seen = seen_.at(tracker - 1);
  if (options_.expiry && seen.view && is_master(*seen.view)) seen.asked.try_emplace(peer, local);
}

void Checkers::check_order(const TrackerStep& step, Term answered) {
  if (answered < highest_answered_)
    fail("no_answer_of_an_older_term", step.tracker,
         fmt::format("it answered in term {} after an answer of term {}.", answered.value,
                     highest_answered_.value));
  highest_answered_ = answered;
  for (std::uint32_t other = 1; other <= seen_.size(); ++other) {
    const auto& seen = seen_[other - 1];
    if (other == step.tracker || !seen.up || !seen.view || !is_master(*seen.view)) continue;
    if (seen.view->term != answered && seen.lease_until > step.at)
      fail("leases_never_overlap", step.tracker,
           fmt::format("it answered in term {} while the lease of t{} in term {} had {} ms to run.",
                       answered.value, other, seen.view->term.value,
                       observe::milliseconds(seen.lease_until - step.at)));
  }
}

Checkers::AtIndex& Checkers::at(LogIndex index) {
  if (index.value >= indices_.size()) indices_.resize(index.value + 1);
  return indices_[index.value];
}

void Checkers::check_committed(const TrackerStep& step, const event::Committed& committed) {
  if (contradictions_) return;
  auto& known = at(committed.index);
  if (!known.committed) known.committed = committed.term;
  if (known.committed != committed.term)
    fail("committed_logs_agree", step.tracker,
         fmt::format("block {} was committed in term {}, here in term {}.", committed.index.value,
                     known.committed.value, committed.term.value));
}

void Checkers::check_applied(const TrackerStep& step, const event::BlockApplied& applied) {
  if (contradictions_) return;
  auto& known = at(applied.index);
  if (known.log_digest == 0) known.log_digest = applied.log_digest;
  if (applied.log_digest != 0 && applied.log_digest != known.log_digest)
    fail("committed_logs_agree", step.tracker,
         fmt::format("its log up to block {} is not what others have.", applied.index.value));
  if (known.table_digest == 0) known.table_digest = applied.table_digest;
  if (applied.table_digest != 0 && applied.table_digest != known.table_digest)
    fail("equal_digests", step.tracker,
         fmt::format("its table at block {} is not what others have.", applied.index.value));
}

void Checkers::check_grace(const TrackerStep& step, const Endpoint& expired) {
  const auto since = seen_[step.tracker - 1].serving_since;
  if (since == never || step.local - since < step.lifetime)
    fail("expire_only_after_lifetime", step.tracker,
         fmt::format("{} expired although its master serves for less than a lifetime.",
                     to_string(expired)));
}

void Checkers::check_expired(const TrackerStep& step, const event::ContentExpired& expired) {
  check_grace(step, expired.peer);
  expired_[expired.peer] = step.at;
  registrations_.erase(expired.peer, expired.info_hash);
}

void Checkers::check_expired(const TrackerStep& step, const event::PeerExpired& expired) {
  check_grace(step, expired.peer);
  const auto heard = heard_.find(expired.peer);
  if (heard != heard_.end() && heard->second.by == step.view.boot &&
      step.local - heard->second.at + longest_wait_ < step.lifetime)
    fail("expire_only_after_lifetime", step.tracker,
         fmt::format("{} expired although it was answered {} ms before.", to_string(expired.peer),
                     observe::milliseconds(step.local - heard->second.at)));
  expired_[expired.peer] = step.at;
  registrations_.erase_all_of(expired.peer);
}

void Checkers::check_serving(const TrackerStep& step) {
  seen_[step.tracker - 1].serving_since = step.local;
  seen_[step.tracker - 1].asked.clear();
  highest_served_ = std::max(highest_served_, step.view.term);
  registrations_.for_each([&](const Endpoint& peer, const InfoHash& content) {
    if (!step.table.find(content, peer))
      fail("no_lost_registration", step.tracker,
           fmt::format("the new master does not have {} at {}, which its peer was told it has.",
                       to_hex(content.bytes), to_string(peer)));
  });
}

void Checkers::registered(const InfoHash& content, const Endpoint& peer, Duration asked,
                          const SwarmTable* master) {
  if (!options_.registrations) return;
  const auto expired = expired_.find(peer);
  if (expired != expired_.end() && expired->second >= asked) return;
  if (was_not_stored(content, peer)) {
    if (master == nullptr || !master->find(content, peer)) return;
    not_stored_.erase({peer, content});
  }
  registrations_.insert(peer, content);
}

void Checkers::stopping(const InfoHash& content, const Endpoint& peer) {
  registrations_.erase(peer, content);
}

void Checkers::check_rows(std::uint32_t tracker, const db::Snapshot& rows) const {
  const auto by_id = [](const db::PeerRow& row, PeerRowId id) { return row.id < id; };
  std::vector<std::pair<Endpoint, InfoHash>> there;
  for (const auto& row : rows.contents) {
    const auto at = std::lower_bound(rows.peers.begin(), rows.peers.end(), row.peer, by_id);
    if (at != rows.peers.end() && at->id == row.peer)
      there.emplace_back(at->address, row.info_hash);
  }
  std::sort(there.begin(), there.end());
  registrations_.for_each([&](const Endpoint& peer, const InfoHash& content) {
    if (!std::binary_search(there.begin(), there.end(), std::pair(peer, content)))
      fail("no_lost_registration", tracker,
           fmt::format("its rows do not have {} at {}, which its peer was told they have.",
                       to_hex(content.bytes), to_string(peer)));
  });
}

}  // namespace swarm::sim
