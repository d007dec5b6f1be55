#include "engine/consensus/cluster_fault_tolerance.hpp"

#include <algorithm>

#include "engine/base/assert.hpp"
#include "engine/consensus/parts.hpp"

namespace swarm {
namespace {

std::uint32_t micros(Duration d) {
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(d).count();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(us, 0, UINT32_MAX));
}
Duration from_micros(std::uint32_t us) {
  return std::chrono::microseconds(us);
}

constexpr Duration alone_after = 1s;  // in which no member was heard

// As the clock of its sender showed it, below zero, too.
Time sent_at(std::uint64_t time_sent) {
  return Time(Duration(static_cast<std::int64_t>(time_sent)));
}

// An echo of what this process sent a moment ago; anything else is none.
bool is_echo(Time sent, Time now) {
  return sent <= now && sent + 1min > now;
}

// The part of a promise that a lease counts on: clocks may differ in rate by as much as a fifth.
Duration safe_part(Duration promise) {
  return promise / 5 * 4;
}

}  // namespace

MemberState& ClusterFaultTolerance::of(MemberId id) {
  for (auto& m : members_)
    if (m.id == id) return m;
  members_.emplace_back().id = id;
  return members_.back();
}

void ClusterFaultTolerance::heard(const wire::Header& header, const Endpoint& from) {
  auto& m = of(header.from);
  if (m.boot != header.boot) {
    m.boot = header.boot;
    m.dead = false;
  }
  m.heard = p_.now;
  m.address = from;
}

// ---- Master

void ClusterFaultTolerance::begin_mastership() {
  for (auto& m : members_) {
    m.acknowledged = m.lease = Time::min();
    m.received = m.match = {};
    m.ahead = 0;
    m.lagging_since = never;
    m.up_to_date_at = Time::min();
  }
  lease_until_ = Time::min();
  told_no_renewal_ = false;
  promised_to_ = {};
  p_.timers.clear(Timer::suspect);
  p_.timers.set(Timer::keep_alive, p_.now + p_.settings.keep_alive);
  update_lease();
}

wire::MasterState ClusterFaultTolerance::master_state() {
  wire::MasterState s;
  s.time_sent = static_cast<std::uint64_t>(p_.now.time_since_epoch().count());
  s.commit = p_.commit;
  s.last = p_.log.last();
  s.last_term = p_.log.last_term();
  s.config_index = p_.log.config_index();
  s.quorum_age_us = micros(quorum_age());
  s.oldest_unanswered_us = micros(p_.master_consensus.oldest_unanswered());
  s.swarm_time_us = p_.swarm_time().us;
  for (const auto id : successors())
    if (s.successors.count < wire::MasterState::most_successors) s.successors.add(id);
  return s;
}

void ClusterFaultTolerance::send_keep_alive() {
  const auto interval = p_.settings.keep_alive;
  p_.timers.set(Timer::keep_alive, p_.now + p_.random.between(interval * 3 / 4, interval));
  const auto state = master_state();
  told_no_renewal_ = renews_nothing(from_micros(state.quorum_age_us));
  p_.broadcast(wire::KeepAlive{state});
  p_.bulk.behind_keep_alives();
  if (p_.config().quorum() > 1) return;
  update_lease();  // which nobody's acknowledgement extends
  p_.serve_peers();
}

bool ClusterFaultTolerance::renews_nothing(Duration quorum_age) {
  return p_.settings.election == ElectionOrder::ranked && quorum_age > safe_part(promise());
}

void ClusterFaultTolerance::check_quorum() {
  if (p_.settings.election == ElectionOrder::drawn) return;
  if (quorum_age() > promise()) p_.step_down(Cause::no_quorum);
}

// The latest time that a quorum of voters has reached: `own` here, `time` of what is known of each
// other; the beginning of time when too few were heard.
Time ClusterFaultTolerance::quorum_time(Time own, Time MemberState::*time) const {
  std::array<Time, Config::most> times;
  std::size_t n = 0;
  for (const auto& m : p_.config().members) {
    if (m.standing != Standing::voter) continue;
    Time t = m.id == p_.self() ? own : Time::min();
    for (const auto& s : members_)
      if (s.id == m.id && m.id != p_.self()) t = s.*time;
    times[n++] = t;
  }
  SWARM_ASSERT(n > 0, "a master's CONFIG has voters");
  const auto nth = times.begin() + static_cast<std::ptrdiff_t>(p_.config().quorum() - 1);
  std::nth_element(times.begin(), nth, times.begin() + static_cast<std::ptrdiff_t>(n),
                   std::greater<>());
  return *nth;
}

Duration ClusterFaultTolerance::quorum_age() const {
  const Time heard = quorum_time(p_.now, &MemberState::acknowledged);
  return heard == Time::min() ? Duration::max() : p_.now - heard;
}

void ClusterFaultTolerance::update_lease() {
  if (p_.settings.election == ElectionOrder::drawn) return;  // no promises, no lease
  lease_until_ = quorum_time(p_.now + safe_part(promise()), &MemberState::lease);
}

void ClusterFaultTolerance::acknowledged(MemberId from, const wire::Acknowledgement& ack) {
  auto& m = of(from);
  const Time sent = sent_at(ack.echo);
  if (!is_echo(sent, p_.now)) return;
  m.acknowledged = std::max(m.acknowledged, sent);
  if (sent >= clock_good_from_)
    m.lease = std::max(m.lease, sent + safe_part(from_micros(ack.promise_us)));
  const bool news = ack.durable > m.match;
  m.received = std::max(m.received, std::min(ack.received, p_.log.last()));
  m.match = std::max(m.match, std::min(ack.durable, p_.log.last()));
  m.ahead = ack.ahead;
  m.durable = m.match;
  m.applied = ack.applied;
  m.sync_age = from_micros(ack.sync_age_us);
  round_trip_ = (round_trip_ * 7 + (p_.now - sent)) / 8;
  update_lease();
  p_.master_consensus.on_ready(from, news);
  p_.evidence.acknowledged(from, of(from).boot, ack.durable);  // may be committed only now
  p_.serve_peers();
  // After a stall the slaves' promises run out: the next keep-alive may come too late for them.
  if (told_no_renewal_ && p_.is_master() && !renews_nothing(quorum_age())) send_keep_alive();
}

void ClusterFaultTolerance::acknowledged_vote(MemberId from, const wire::VoteReply& reply) {
  auto& m = of(from);
  const Time sent = sent_at(reply.echo);
  if (!is_echo(sent, p_.now)) return;
  m.acknowledged = std::max(m.acknowledged, sent);
  if (sent >= clock_good_from_)
    m.lease = std::max(m.lease, sent + safe_part(from_micros(reply.promise_us)));
  update_lease();
}

void ClusterFaultTolerance::clock_went_back() {
  clock_good_from_ = p_.now;
  for (auto& m : members_) m.lease = m.up_to_date_at = Time::min();
  if (p_.is_master()) update_lease();
}

std::vector<MemberId> ClusterFaultTolerance::successors() const {
  struct Candidate {
    bool silent, behind, deaf;
    MemberId id;
    auto operator<=>(const Candidate&) const = default;
  };
  std::vector<Candidate> all;
  for (const auto& m : p_.config().members) {
    if (m.standing != Standing::voter || m.id == p_.self()) continue;
    Candidate c{true, true, p_.group_hearing.is_deaf(m.id), m.id};
    for (const auto& s : members_) {
      if (s.id != m.id) continue;
      c.silent = s.dead || s.acknowledged + p_.settings.promise < p_.now;
      c.behind = s.match + p_.settings.window < p_.commit;  // coarse: the order must be stable
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
  const auto wanted = p_.now < doubled_until_ ? doubled_promise_ : p_.settings.promise;
  if (p_.ballot.current().promise < wanted) p_.ballot.change().promise = wanted;
  return std::min(wanted, p_.ballot.durable().promise);
}

bool ClusterFaultTolerance::promised_to_another(MemberId candidate, BootId boot) const {
  const bool same = promised_to_ == candidate && promised_boot_ == boot;
  return p_.now < promise_until_ && promised_to_ && !same;
}

void ClusterFaultTolerance::give_promise(MemberId to, BootId boot) {
  promised_to_ = to;
  promised_boot_ = boot;
  promised_term_ = p_.term();
  given_ = promise();
  promise_until_ = std::max(promise_until_, p_.now + given_);
}

void ClusterFaultTolerance::answered_until(Duration oldest_unanswered) {
  unanswered_since_ = p_.now - oldest_unanswered - 1ms;
}

void ClusterFaultTolerance::heard_master(const wire::MasterState& state,
                                         const wire::Header& header) {
  // Overtaken by a later one, it says nothing new: an election that began since goes on.
  if (sent_at(state.time_sent) < sent_at(echo_) && echo_of_ == header.boot) return;
  const bool anew = p_.master != header.from;
  p_.follow(header.from);
  p_.follow_swarm_time({state.swarm_time_us});
  echo_of_ = header.boot;
  successors_ = state.successors;
  answered_until(from_micros(state.oldest_unanswered_us));
  echo_ = state.time_sent;
  renewed_ = !renews_nothing(from_micros(state.quorum_age_us));  // R7
  if (renewed_) give_promise(header.from, header.boot);
  if (renewed_ || anew) suspect_timer();  // anew: the election ended, and its timers with it
}

void ClusterFaultTolerance::acknowledge(bool ready) {
  if (!p_.ballot.settled() || !p_.master || p_.is_master()) return;
  if (p_.evidence.is_contradicted()) return;
  wire::Acknowledgement ack;
  ack.echo = echo_;
  ack.promise_us = renewed_ && p_.is_voter() ? micros(given_) : 0;
  ack.received = p_.slave_consensus.verified();
  ack.durable = p_.slave_consensus.durable();
  ack.applied = p_.applied;
  ack.sync_age_us = micros(p_.sync_length());
  ack.ahead = p_.slave_consensus.ahead();
  if (ready)
    p_.send(p_.master, wire::Ready{ack});
  else
    p_.send(p_.master, wire::KeepAliveAck{ack});
}

std::size_t ClusterFaultTolerance::rank() const {
  std::size_t rank = 0;
  for (const auto id : successors_.view()) {
    if (id == p_.self()) return rank;
    ++rank;
  }
  const auto named = successors_.view();  // by the master; the others are behind all of them
  for (const auto& m : p_.config().members)
    if (m.standing == Standing::voter && m.id < p_.self() &&
        std::find(named.begin(), named.end(), m.id) == named.end())
      ++rank;
  return rank;
}

Duration ClusterFaultTolerance::wait_before_suspicion() {
  const auto& s = p_.settings;
  if (s.election == ElectionOrder::drawn) return p_.random.between(s.drawn_min, s.drawn_max);
  return p_.master ? 0ns : p_.random.between(0ns, s.vote_retry_max);
}

void ClusterFaultTolerance::suspect_timer() {
  const auto& s = p_.settings;
  Time at;
  if (s.election == ElectionOrder::drawn) {
    at = p_.now + wait_before_suspicion();
  } else {
    // Whom it follows without a promise has as long as one to renew it.
    const bool promised = p_.master && p_.now < promise_until_;
    at = promised ? promise_until_ : std::max(promise_until_, p_.now + s.promise);
    at += wait_before_suspicion();
  }
  p_.timers.set(Timer::suspect, std::max(at, p_.muted_until));
}

void ClusterFaultTolerance::silence() {
  if (p_.is_master() || !p_.is_member() || !p_.is_voter()) return;
  if (p_.stopping) return p_.departure.master_silent();
  if (p_.now < promise_until_ && p_.settings.election == ElectionOrder::ranked)
    return suspect_timer();
  if (const Time from = p_.departure.may_stand_from(); p_.now < from)
    return p_.timers.set(Timer::suspect, from);
  if (p_.election.running()) return;
  const auto former = p_.master;
  if (former) p_.event(event::MasterSuspected{former, p_.term(), Cause::silence});
  p_.master = {};
  p_.election.begin(Cause::silence, {former, promised_boot_, {}});
}

void ClusterFaultTolerance::on_dead(const wire::Dead& dead) {
  if (!p_.settings.certificates || dead.member == p_.self()) return;
  auto& m = of(dead.member);
  if (m.boot == dead.boot) m.dead = true;
  if (p_.is_master() || promised_to_ != dead.member || promised_boot_ != dead.boot) return;
  if (p_.departure.under_way() || p_.stopping) return;  // leaves it to the others
  if (p_.master && p_.master != dead.member) return;
  if (!p_.is_voter() || certified_ == dead.boot) return;
  const bool next_term = p_.term() > promised_term_;
  if (next_term && p_.ballot.current().vote) return;  // a successor's VOTE was quicker
  certified_ = dead.boot;
  p_.event(event::MasterSuspected{dead.member, p_.term(), Cause::certificate});
  p_.master = {};
  const auto first = successors_.count > 0 ? successors_.ids[0] : MemberId{};
  p_.election.begin(Cause::certificate, {dead.member, dead.boot, dead.store});
  const bool ranked = p_.settings.election == ElectionOrder::ranked;
  if (ranked && p_.election.waits_for_its_turn() && !next_term && first && first != p_.self() &&
      !p_.muted() && of(first).boot && !of(first).dead)
    p_.election.pledge(first, of(first).boot);
}

void ClusterFaultTolerance::elected_by_silence() {
  auto& e = silent_elections_;
  e = {e[1], e[2], p_.now};
  if (e[0] == Time::min() || p_.now - e[0] > 10s) return;
  doubled_promise_ = std::min(p_.settings.promise_max, 2 * promise());
  doubled_until_ = p_.now + 60s;
  e.fill(Time::min());
}

// ---- Everyone

wire::Status ClusterFaultTolerance::status() const {
  wire::Status s;
  s.role = static_cast<std::uint8_t>(p_.role);
  s.master = p_.master;
  s.last = p_.log.last();
  s.durable = p_.log.durable();
  s.applied = p_.applied;
  s.commit = p_.commit;
  for (const auto& m : members_)
    if (m.heard + 3 * p_.settings.status_interval >= p_.now) s.hears.add(m.id);
  s.peers = static_cast<std::uint32_t>(p_.table.peers());
  s.contents = static_cast<std::uint32_t>(p_.table.contents());
  s.uptime_ms = static_cast<std::uint64_t>((p_.now - p_.started) / 1ms);
  return s;
}

void ClusterFaultTolerance::send_status() {
  const auto interval = p_.settings.status_interval;
  p_.timers.set(Timer::status, p_.now + p_.random.between(interval * 3 / 4, interval));
  p_.broadcast(status());
  p_.evidence.tell();
  // Who has no CONFIG yet knows no member, and may have been taken out before one came. Of those
  // that a CONFIG names all may have been replaced while this one was down. Who is a member tells
  // it so (R22).
  const auto& all = p_.config().members;
  const auto here = [this](const Member& member) {
    const auto known = std::find_if(members_.begin(), members_.end(),
                                    [&](const MemberState& m) { return m.id == member.id; });
    return known != members_.end() && known->heard > Time::min() &&
           known->heard + alone_after > p_.now;
  };
  const bool alone = all.size() > 1 && p_.now >= p_.started + alone_after &&
                     std::none_of(all.begin(), all.end(), here);
  if (!all.empty() && !alone) return;
  for (const auto& contact : p_.settings.contacts) tell_status({}, contact);
}

void ClusterFaultTolerance::tell_status(MemberId to, const Endpoint& address) {
  p_.send_to(address, to, status());
}

void ClusterFaultTolerance::on_status(const wire::Header& header, const wire::Status& s) {
  auto& m = of(header.from);
  m.role = static_cast<Role>(s.role);
  m.master = s.master;
  m.durable = s.durable;
  m.applied = s.applied;
  m.term = header.term;
  m.last = s.last;
  m.commit = s.commit;
  m.peers = s.peers;
  m.contents = s.contents;
  m.uptime = std::chrono::milliseconds(s.uptime_ms);
  p_.evidence.on_status(header, s);
}

MemberReport ClusterFaultTolerance::report(const Member& member) const {
  MemberReport r;
  r.member = member;
  for (const auto& m : members_) {
    if (m.id != member.id || m.heard == Time::min()) continue;
    r.heard = m.heard;
    r.heard_from = m.address;
    r.ended = m.dead;
    r.two_processes = p_.evidence.has_two_processes(member.id);
    r.role = m.role;
    r.term = m.term;
    r.master = m.master;
    r.last = m.last;
    r.durable = m.durable;
    r.commit = m.commit;
    r.applied = m.applied;
    r.peers = m.peers;
    r.contents = m.contents;
    r.uptime = m.uptime;
  }
  return r;
}

MemberReport ClusterFaultTolerance::own_report() const {
  const auto s = status();
  MemberReport r;
  const auto* member = p_.config().find(p_.self());
  r.member = member && member->store == p_.store()
                 ? *member
                 : Member{p_.self(), p_.store(), {}, {}, p_.settings.cluster_address};
  r.self = true;
  r.heard = p_.now;
  r.heard_from = p_.settings.cluster_address;
  r.two_processes = p_.evidence.has_two_processes(p_.self());
  r.role = p_.role;
  r.term = p_.term();
  r.master = s.master;
  r.last = s.last;
  r.durable = s.durable;
  r.commit = s.commit;
  r.applied = s.applied;
  r.peers = s.peers;
  r.contents = s.contents;
  r.uptime = p_.now - p_.started;
  return r;
}

std::vector<MemberReport> ClusterFaultTolerance::members() const {
  std::vector<MemberReport> all;
  bool named = false;
  for (const auto& m : p_.config().members) {
    const bool self = m.store == p_.store();
    all.push_back(self ? own_report() : report(m));
    named = named || self;
  }
  if (!named) all.push_back(own_report());
  return all;
}

}  // namespace swarm
