#include "engine/consensus/cluster_fault_tolerance.hpp"

#include <algorithm>

#include "engine/base/assert.hpp"
#include "engine/consensus/timing.hpp"

namespace swarm {
namespace {

std::uint32_t micros(Duration d) {
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(d).count();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(us, 0, UINT32_MAX));
}
Duration from_micros(std::uint32_t us) {
  return std::chrono::microseconds(us);
}

// Decodes a send time of the wire. A clock may be below zero.
Time sent_at(std::uint64_t time_sent) {
  return Time(Duration(static_cast<std::int64_t>(time_sent)));
}

// True: this process can have sent a message at the time `sent`, and that was not long ago. An echo
// that was meant for a former process must not extend a lease, because that process may have had
// another clock.
bool is_echo(Time sent, Time now) {
  return sent <= now && sent + timing::oldest_echo > now;
}

// The part of a promise that a lease counts on. The clocks of two members may differ in rate by a
// fifth, so a slave's promise may end that much earlier on the master's clock.
Duration safe_share(Duration promise) {
  const Duration part = promise / 5 * 4;
  SWARM_ASSERT(part <= promise, "a lease ends before the promises that it rests on (R1)");
  return part;
}

}  // namespace

void ClusterFaultTolerance::heard(const wire::Header& header, const Endpoint& from) {
  auto& m = s_.members.of(header.from);
  // A new process of the member was heard. A death certificate concerned the former process.
  if (m.boot != header.boot) {
    m.boot = header.boot;
    m.dead = false;
  }
  m.heard = s_.now;
  m.address = from;
}

// ---- Master

void ClusterFaultTolerance::begin_mastership() {
  SWARM_ASSERT(s_.is_master(), "only a winner begins a mastership");
  // Former acknowledgements were given to other masters, or in another term.
  for (auto& m : s_.members) {
    m.acknowledged = m.lease = Time::min();
    m.received = m.match = {};
    m.ahead = 0;
    m.lagging_since = never;
    m.up_to_date_at = Time::min();
  }
  lease_until_ = Time::min();
  told_no_renewal_ = false;
  promised_to_ = {};
  s_.timers.clear(Timer::suspect);
  s_.timers.set(Timer::keep_alive, s_.now + s_.settings.keep_alive);
  update_lease();
}

wire::MasterState ClusterFaultTolerance::master_state() {
  SWARM_ASSERT(s_.is_master() && s_.master == s_.self(), "only a master speaks as one");
  SWARM_ASSERT(s_.ballot.settled(), "a master speaks in a term that its disk knows (R0)");
  wire::MasterState s;
  s.time_sent = static_cast<std::uint64_t>(s_.now.time_since_epoch().count());
  s.commit = s_.commit;
  s.last = s_.log.last();
  s.last_term = s_.log.last_term();
  s.config_index = s_.log.config_index();
  s.quorum_age_us = micros(quorum_age());
  s.oldest_unanswered_us = micros(s_.service.oldest_unanswered());
  s.swarm_time_us = s_.swarm_time().us;
  for (const auto id : successors())
    if (s.successors.count < wire::MasterState::most_successors) s.successors.add(id);
  return s;
}

void ClusterFaultTolerance::send_keep_alive() {
  const auto interval = s_.settings.keep_alive;
  s_.timers.set(Timer::keep_alive, s_.now + s_.random.between(interval * 3 / 4, interval));
  const auto state = master_state();
  told_no_renewal_ = renews_nothing(from_micros(state.quorum_age_us));
  s_.broadcast(wire::KeepAlive{state});
  bulk_.behind_keep_alives();
  // A single voter is its own quorum. No acknowledgement extends its lease, so a keep-alive does.
  if (s_.config().quorum() > 1) return;
  update_lease();
}

bool ClusterFaultTolerance::renews_nothing(Duration quorum_age) {
  return s_.settings.election == ElectionOrder::ranked && quorum_age > safe_share(promise());
}

bool ClusterFaultTolerance::owes_renewal() {
  return told_no_renewal_ && !renews_nothing(quorum_age());
}

bool ClusterFaultTolerance::lost_quorum() {
  return s_.settings.election == ElectionOrder::ranked && quorum_age() > promise();
}

// Returns the latest time that a quorum of voters has reached. `own` is this member's time. The
// field `time` has the time of each other voter. Returns Time::min() if too few voters were heard.
Time ClusterFaultTolerance::quorum_time(Time own, Time MemberState::*time) const {
  std::array<Time, Config::most> times;
  std::size_t n = 0;
  for (const auto& m : s_.config().members) {
    if (m.standing != Standing::voter) continue;
    Time t = m.id == s_.self() ? own : Time::min();
    for (const auto& s : s_.members)
      if (s.id == m.id && m.id != s_.self()) t = s.*time;
    times[n++] = t;
  }
  SWARM_ASSERT(n > 0, "a master's CONFIG has voters");
  SWARM_ASSERT(s_.config().quorum() <= n, "a quorum is a part of the voters");
  const auto nth = times.begin() + static_cast<std::ptrdiff_t>(s_.config().quorum() - 1);
  std::nth_element(times.begin(), nth, times.begin() + static_cast<std::ptrdiff_t>(n),
                   std::greater<>());
  return *nth;
}

Duration ClusterFaultTolerance::quorum_age() const {
  const Time heard = quorum_time(s_.now, &MemberState::acknowledged);
  return heard == Time::min() ? Duration::max() : s_.now - heard;
}

void ClusterFaultTolerance::update_lease() {
  SWARM_ASSERT(s_.is_master(), "only a master has a lease");
  if (s_.settings.election == ElectionOrder::drawn) return;  // without promises there is no lease
  lease_until_ = quorum_time(s_.now + safe_share(promise()), &MemberState::lease);
}

std::optional<bool> ClusterFaultTolerance::acknowledged(MemberId from,
                                                        const wire::Acknowledgement& ack) {
  SWARM_ASSERT(s_.is_master(), "only a master is acknowledged");
  auto& m = s_.members.of(from);
  const Time sent = sent_at(ack.echo);
  if (!is_echo(sent, s_.now)) return std::nullopt;
  SWARM_ASSERT(sent <= s_.now, "a lease is counted from a sending of the past (R1)");
  m.acknowledged = std::max(m.acknowledged, sent);
  // The lease counts from the send time. The slave gave its promise later, so the lease ends before
  // the promise. If this clock has gone back since the send time, the age of the message is
  // unknown.
  if (sent >= clock_good_from_)
    m.lease = std::max(m.lease, sent + safe_share(from_micros(ack.promise_us)));
  const bool news = ack.durable > m.match;
  // A block beyond the end of this log is not this master's, so it must not count for a commit.
  m.received = std::max(m.received, std::min(ack.received, s_.log.last()));
  m.match = std::max(m.match, std::min(ack.durable, s_.log.last()));
  SWARM_ASSERT(m.match <= s_.log.last() && m.received <= s_.log.last(),
               "a slave counts for no more than the master's log has (R13)");
  m.ahead = ack.ahead;
  m.told.durable = m.match;
  m.told.applied = ack.applied;
  m.sync_age = from_micros(ack.sync_age_us);
  round_trip_ = (round_trip_ * 7 + (s_.now - sent)) / 8;
  update_lease();
  return news;
}

void ClusterFaultTolerance::acknowledged_vote(MemberId from, const wire::VoteReply& reply) {
  auto& m = s_.members.of(from);
  const Time sent = sent_at(reply.echo);
  if (!is_echo(sent, s_.now)) return;
  SWARM_ASSERT(sent <= s_.now, "a lease is counted from the request for the vote (R1)");
  m.acknowledged = std::max(m.acknowledged, sent);
  if (sent >= clock_good_from_)
    m.lease = std::max(m.lease, sent + safe_share(from_micros(reply.promise_us)));
  update_lease();
}

void ClusterFaultTolerance::clock_went_back() {
  clock_good_from_ = s_.now;
  for (auto& m : s_.members) m.lease = m.up_to_date_at = Time::min();
  if (s_.is_master()) update_lease();
}

std::vector<MemberId> ClusterFaultTolerance::successors() const {
  struct Candidate {
    bool silent, behind, deaf;
    MemberId id;
    auto operator<=>(const Candidate&) const = default;
  };
  std::vector<Candidate> all;
  for (const auto& m : s_.config().members) {
    if (m.standing != Standing::voter || m.id == s_.self()) continue;
    Candidate c{true, true, hearing_.is_deaf(m.id), m.id};
    for (const auto& s : s_.members) {
      if (s.id != m.id) continue;
      c.silent = s.dead || s.acknowledged + s_.settings.promise < s_.now;
      // A slave counts as behind if it lacks more than a window. With the exact index the order of
      // the successors would change with each block.
      c.behind = s.match + s_.settings.window < s_.commit;
    }
    all.push_back(c);
  }
  std::sort(all.begin(), all.end());
  std::vector<MemberId> ids;
  for (const auto& c : all) ids.push_back(c.id);
  return ids;
}

// ---- Slave

Duration ClusterFaultTolerance::promise() {
  const auto wanted = s_.now < doubled_until_ ? doubled_promise_ : s_.settings.promise;
  // A restarted member stays mute for the longest promise that its ballot has (R10). So a member
  // gives a longer promise only once the ballot that has it is durable.
  if (s_.ballot.current().promise < wanted) s_.ballot.change().promise = wanted;
  return std::min(wanted, s_.ballot.durable().promise);
}

bool ClusterFaultTolerance::promised_to_another(MemberId candidate, BootId boot) const {
  const bool same = promised_to_ == candidate && promised_boot_ == boot;
  return s_.now < promise_until_ && promised_to_ && !same;
}

void ClusterFaultTolerance::give_promise(MemberId to, BootId boot) {
  SWARM_ASSERT(!s_.is_master(), "a master is promised to itself alone (R1)");
  SWARM_ASSERT(s_.term() >= promised_term_, "a promise is of the term now, never of one before");
  promised_to_ = to;
  promised_boot_ = boot;
  promised_term_ = s_.term();
  given_ = promise();
  SWARM_ASSERT(given_ <= s_.ballot.durable().promise,
               "a promise is durable before it is given (R10)");
  promise_until_ = std::max(promise_until_, s_.now + given_);  // a promise is never shortened
}

void ClusterFaultTolerance::answered_until(Duration oldest_unanswered) {
  unanswered_since_ = s_.now - oldest_unanswered - timing::arrival_spread;
}

bool ClusterFaultTolerance::is_overtaken(const wire::MasterState& state,
                                         const wire::Header& header) const {
  if (echo_of_ != header.boot) return false;
  // A message that was sent at the same time is a copy, or belongs to the same step of the master.
  // It does not bring back a master that was given up since: it may be a recording.
  const auto sent = sent_at(state.time_sent), last = sent_at(echo_);
  return sent < last || (sent == last && s_.master != header.from);
}

bool ClusterFaultTolerance::is_copy(const wire::MasterState& state,
                                    const wire::Header& header) const {
  return s_.master == header.from && echo_of_ == header.boot && echo_ == state.time_sent;
}

void ClusterFaultTolerance::heard_master(const wire::MasterState& state, const wire::Header& header,
                                         bool anew) {
  SWARM_ASSERT(s_.master == header.from, "a promise is given to the master that is followed (R1)");
  // A master that no quorum hears must not keep its slaves, because they could elect another master
  // (R7).
  const bool renews = !renews_nothing(from_micros(state.quorum_age_us));
  // Of the messages of one moment, one renews the promise. A copy renews nothing: otherwise whoever
  // plays back the last message of a dead master could keep its slaves from electing another one,
  // for as long as it is played (R1). But a message that renews nothing may come before one that
  // does.
  if (is_copy(state, header) && (renewed_ || !renews)) return;
  successors_ = state.successors;
  answered_until(from_micros(state.oldest_unanswered_us));
  echo_of_ = header.boot;
  echo_ = state.time_sent;
  renewed_ = renews;
  if (renewed_) give_promise(header.from, header.boot);
  // Following a new master has stopped the election and its timers. So Timer::suspect must be set
  // even if this message has renewed no promise.
  if (renewed_ || anew) suspect_timer();
}

void ClusterFaultTolerance::acknowledge(bool ready) {
  // Nothing is acknowledged in a term that is not durable yet. After a crash this member could
  // still vote for another in that term (R0).
  if (!s_.ballot.settled() || !s_.master || s_.is_master()) return;
  // The master's log seems to lack what is committed here. An acknowledgement would help the master
  // to replace it (R29).
  if (evidence_.is_contradicted()) return;
  wire::Acknowledgement ack;
  ack.echo = echo_;
  ack.promise_us = renewed_ && s_.is_voter() ? micros(given_) : 0;
  ack.received = slave_.verified();
  ack.durable = slave_.durable();
  SWARM_ASSERT(ack.durable <= ack.received, "a slave acknowledges only what it has verified (R12)");
  SWARM_ASSERT(ack.durable <= s_.log.durable(),
               "a slave acknowledges only what is on its disk (R12)");
  ack.applied = s_.applied;
  ack.sync_age_us = micros(s_.disks.length(s_.now));
  ack.ahead = slave_.ahead();
  if (ready)
    s_.send(s_.master, wire::Ready{ack});
  else
    s_.send(s_.master, wire::KeepAliveAck{ack});
}

MemberId ClusterFaultTolerance::first_successor() const {
  return successors_.count > 0 ? successors_.ids[0] : MemberId{};
}

std::size_t ClusterFaultTolerance::rank() const {
  std::size_t rank = 0;
  for (const auto id : successors_.view()) {
    if (id == s_.self()) return rank;
    ++rank;
  }
  // Voters that the master did not name wait behind all named successors, in the order of their
  // ids.
  const auto named = successors_.view();
  for (const auto& m : s_.config().members)
    if (m.standing == Standing::voter && m.id < s_.self() &&
        std::find(named.begin(), named.end(), m.id) == named.end())
      ++rank;
  return rank;
}

Duration ClusterFaultTolerance::wait_before_suspicion() {
  const auto& s = s_.settings;
  if (s.election == ElectionOrder::drawn) return s_.random.between(s.drawn_min, s.drawn_max);
  // Voters without a master all wait for the same time. The random part keeps them apart.
  return s_.master ? 0ns : s_.random.between(0ns, s.vote_retry_max);
}

void ClusterFaultTolerance::suspect_timer() {
  SWARM_ASSERT(!s_.is_master(), "a master suspects nobody");
  const auto& s = s_.settings;
  Time at;
  if (s.election == ElectionOrder::drawn) {
    at = s_.now + wait_before_suspicion();
  } else {
    // A voter without a running promise to its master waits for the time of one promise. In this
    // time a quorum may hear the master (R7).
    const bool promised = s_.master && s_.now < promise_until_;
    at = promised ? promise_until_ : std::max(promise_until_, s_.now + s.promise);
    at += wait_before_suspicion();
  }
  SWARM_ASSERT(s.election == ElectionOrder::drawn || at >= promise_until_,
               "no election by silence before the promise has run out (R1)");
  s_.timers.set(Timer::suspect, std::max(at, s_.muted_until));
}

void ClusterFaultTolerance::elected_by_silence() {
  auto& e = silent_elections_;
  e = {e[1], e[2], s_.now};
  // Three elections in 10 s show that keep-alives come too late for this promise, so it is doubled.
  if (e[0] == Time::min() || s_.now - e[0] > timing::silent_elections_within) return;
  doubled_promise_ = std::min(s_.settings.promise_max, 2 * promise());
  doubled_until_ = s_.now + timing::promise_doubled_for;
  e.fill(Time::min());
}

// ---- Everyone

ReplicaStatus ClusterFaultTolerance::own_status() const {
  ReplicaStatus own;
  own.role = s_.role;
  own.term = s_.term();
  own.master = s_.master;
  own.last = s_.log.last();
  own.durable = s_.log.durable();
  own.commit = s_.commit;
  own.applied = s_.applied;
  const auto size = s_.machine.size();
  own.peers = static_cast<std::uint32_t>(size.peers);
  own.contents = static_cast<std::uint32_t>(size.contents);
  own.uptime = s_.now - s_.started;
  return own;
}

wire::Status ClusterFaultTolerance::status() const {
  const auto own = own_status();
  wire::Status s;
  s.role = static_cast<std::uint8_t>(own.role);
  s.master = own.master;
  s.last = own.last;
  s.durable = own.durable;
  s.applied = own.applied;
  s.commit = own.commit;
  for (const auto& m : s_.members)
    if (m.heard + 3 * s_.settings.status_interval >= s_.now) s.hears.add(m.id);
  s.peers = own.peers;
  s.contents = own.contents;
  s.uptime_ms = static_cast<std::uint64_t>(own.uptime / 1ms);
  return s;
}

void ClusterFaultTolerance::send_status() {
  const auto interval = s_.settings.status_interval;
  s_.timers.set(Timer::status, s_.now + s_.random.between(interval * 3 / 4, interval));
  s_.broadcast(status());
}

void ClusterFaultTolerance::tell_contacts() {
  // This tracker may have been removed without knowing it: before its first CONFIG came, or while
  // it was down and all members that its CONFIG names were replaced. Present members may be among
  // the contacts. They answer that this tracker was removed (R22).
  const auto& all = s_.config().members;
  const auto here = [this](const Member& member) {
    const auto* known = s_.members.find(member.id);
    return known && known->heard > Time::min() && known->heard + timing::alone_after > s_.now;
  };
  const bool alone = all.size() > 1 && s_.now >= s_.started + timing::alone_after &&
                     std::none_of(all.begin(), all.end(), here);
  if (!all.empty() && !alone) return;
  for (const auto& contact : s_.settings.contacts) tell_status({}, contact);
}

void ClusterFaultTolerance::tell_status(MemberId to, const Endpoint& address) {
  s_.send_to(address, to, status());
}

void ClusterFaultTolerance::on_status(const wire::Header& header, const wire::Status& s) {
  auto& told = s_.members.of(header.from).told;
  told.role = static_cast<Role>(s.role);
  told.term = header.term;
  told.master = s.master;
  told.last = s.last;
  told.durable = s.durable;
  told.commit = s.commit;
  told.applied = s.applied;
  told.peers = s.peers;
  told.contents = s.contents;
  told.uptime = std::chrono::milliseconds(s.uptime_ms);
}

MemberReport ClusterFaultTolerance::report(const Member& member, Time now) const {
  MemberReport r;
  r.member = member;
  for (const auto& m : s_.members) {
    if (m.id != member.id || m.heard == Time::min()) continue;
    r.last_heard = std::max(now - m.heard, Duration{});
    r.heard_from = m.address;
    r.ended = m.dead;
    r.two_processes = evidence_.has_two_processes(member.id);
    r.told = m.told;
  }
  return r;
}

MemberReport ClusterFaultTolerance::own_report() const {
  MemberReport r;
  // The CONFIG may not name this tracker: not yet, or not any more.
  const auto* member = s_.config().find(s_.self());
  r.member = member && member->store == s_.store()
                 ? *member
                 : Member{s_.self(), s_.store(), {}, {}, s_.settings.cluster_address};
  r.self = true;
  r.last_heard = Duration{};
  r.heard_from = s_.settings.cluster_address;
  r.two_processes = evidence_.has_two_processes(s_.self());
  r.told = own_status();
  return r;
}

std::vector<MemberReport> ClusterFaultTolerance::members(Time now) const {
  std::vector<MemberReport> all;
  bool named = false;
  for (const auto& m : s_.config().members) {
    const bool self = m.store == s_.store();
    all.push_back(self ? own_report() : report(m, now));
    named = named || self;
  }
  if (!named) all.push_back(own_report());
  for (auto& m : all) m.behind = s_.commit > m.told.applied ? s_.commit - m.told.applied : 0;
  return all;
}

}  // namespace swarm
