#include "engine/tracker/tracker.hpp"

#include <algorithm>

#include "engine/base/assert.hpp"
#include "engine/consensus/tracker_impl.hpp"
#include "engine/tracker/settings_keys.hpp"
#include "engine/wire/operations.hpp"

namespace swarm {
namespace {

constexpr std::size_t least_remembered_at_once = 128;  // units of Outbox::worked()

}  // namespace

Tracker::Tracker(Start start) : impl_(std::make_unique<Impl>(std::move(start))) {}
Tracker::~Tracker() = default;

Tracker::Impl::Step::Step(Impl& impl, Time now, Outbox& out) : impl_(impl) {
  SWARM_ASSERT(now >= impl.parts.now, "time never goes back");
  impl.parts.now = now;
  impl.parts.out = &out;
}

Tracker::Impl::Step::~Step() noexcept(false) {
  if (std::uncaught_exceptions() > 0) return;
  impl_.parts.flush();
  impl_.view = impl_.parts.view();
}

void Tracker::start(Time now, Outbox& out) {
  impl_->parts.now = impl_->parts.started = now;
  Impl::Step step(*impl_, now, out);
  impl_->start();
}

void Tracker::receive(Time now, const Arrival& arrival, Bytes datagram, Outbox& out) {
  Impl::Step step(*impl_, now, out);
  if (arrival.channel == Channel::cluster)
    impl_->receive_cluster(arrival.from, datagram);
  else
    impl_->receive_peer(arrival, datagram);
}

void Tracker::wake(Time now, Outbox& out) {
  Impl::Step step(*impl_, now, out);
  impl_->wake();
}

Time Tracker::next_wake() const {
  const auto& p = impl_->parts;
  const Time next = p.timers.next_wake();
  return p.accepts_requests() ? std::min(next, p.sender.next_expiry()) : next;
}

void Tracker::persisted(Time now, Ticket ticket, Outbox& out) {
  Impl::Step step(*impl_, now, out);
  impl_->parts.persisted(ticket);
}

void Tracker::clock_went_back(Time now, Duration by, Outbox& out) {
  Impl::Step step(*impl_, now, out);
  impl_->parts.event(event::ClockWentBack{by});
  impl_->parts.fault_tolerance.clock_went_back();
  impl_->parts.relay.clock_went_back();
}

bool Tracker::hand_over(Time now, Outbox& out) {
  Impl::Step step(*impl_, now, out);
  auto& p = impl_->parts;
  if (p.is_master()) return p.master_consensus.hand_over();
  return p.membership.ask_master(wire::Order::What::hand_over, MemberId{});
}

void Tracker::stop(Time now, Outbox& out) {
  Impl::Step step(*impl_, now, out);
  auto& p = impl_->parts;
  p.stopping = true;
  if (p.is_master() && p.config().voters() > 1)
    p.master_consensus.hand_over();
  else
    p.departure.stop();
}

bool Tracker::remove(Time now, MemberId member, Outbox& out) {
  Impl::Step step(*impl_, now, out);
  return impl_->parts.membership.remove(member);
}

bool Tracker::leave(Time now, Outbox& out) {
  Impl::Step step(*impl_, now, out);
  return impl_->parts.departure.begin();
}

bool Tracker::first_start(Time now, FirstStart how, Outbox& out) {
  Impl::Step step(*impl_, now, out);
  return impl_->parts.founding.begin(how);
}

void Tracker::reload(Time now, const TrackerSettings& settings, Outbox& out) {
  Impl::Step step(*impl_, now, out);
  auto& p = impl_->parts;
  reload_tracker_settings(p.settings, settings);
  p.sender.reload(now, p.settings);
}

void Tracker::death_certificate(Outbox& out) const {
  auto& p = impl_->parts;
  if (!p.is_member()) return;
  auto* const current = std::exchange(p.out, &out);
  p.broadcast(wire::Dead{p.self(), p.boot, p.store()});
  p.out = current;
}

const TrackerView& Tracker::view() const {
  return impl_->view;
}
const SwarmTable& Tracker::table() const {
  return impl_->parts.table;
}
const Config& Tracker::config() const {
  return impl_->parts.config();
}
std::uint64_t Tracker::rejected(Reject reason) const {
  return impl_->rejects[static_cast<std::size_t>(reason)];
}

std::vector<MemberReport> Tracker::members() const {
  return impl_->parts.fault_tolerance.members();
}
std::vector<Endpoint> Tracker::candidates() const {
  return impl_->parts.founding.candidates();
}
std::size_t Tracker::memory() const {
  return impl_->parts.table.memory();
}
bool Tracker::full() const {
  return impl_->parts.sender.full();
}

void Tracker::Impl::start() {
  auto& p = parts;
  const auto& ballot = p.ballot.current();
  p.muted_until = p.now + ballot.promise;  // R10
  p.fault_tolerance.answered_until(0ns);   // nothing was heard before
  p.follow_swarm_time({});                 // which goes on from here, not from the clock's zero
  p.learn_swarm_time(p.applied_mark.stamp);
  if (p.log.last() >= p.log.begin()) p.learn_swarm_time(p.log.at(p.log.last())->stamp);  // R14
  p.sender.set_swarm_time(p.swarm_time(), p.now);
  p.sender.loaded(p.now);
  remember_to = p.log.last();
  remember_counted();
  p.snapshot_receiver.start();
  if (p.log.last_term() > ballot.term) p.ballot.change().term = p.log.last_term();  // R0
  p.slave_consensus.new_term();
  if (!ballot.member) return p.founding.start();
  if (ballot.unfit != db::Unfit::no) return p.evidence.take_no_part();
  p.founding.resume();
  // R30 compares whole blocks: a table that holds a part of one is equal to nobody's.
  if (!p.within_block()) p.evidence.applied(p.applied, p.table.digest());
  p.secret_rotation.use_secrets();
  p.become(p.is_voter() ? Role::slave : Role::learner);
  p.timers.set(Timer::status, p.now);
  p.fault_tolerance.suspect_timer();
}

// Whose downloads were counted within a lifetime, as far as the log goes back: swarm time stood
// still while this tracker was down, so some are remembered for longer than needed. What is
// appended from now on is counted when it is appended.
void Tracker::Impl::remember_counted() {
  auto& p = parts;
  std::size_t room = p.out->room(least_remembered_at_once);
  const auto last = std::min(remember_to, p.log.last());  // some may have been truncated
  for (remembered = std::max(remembered, p.log.begin() - 1); remembered < last && room > 0;) {
    const std::size_t work = 1 + remember_counted(*p.log.at(++remembered)) / 4;
    p.out->worked(work);
    room -= std::min(room, work);
  }
  if (remembered < last) p.timers.set(Timer::remember, p.now);
}

// How many operations were looked at.
std::size_t Tracker::Impl::remember_counted(const Block& block) {
  const auto& p = parts;
  const auto now = p.swarm_time();
  const auto age_us = now.us - std::min(block.stamp.us, now.us);  // of more years than Duration has
  const auto lifetime = std::chrono::floor<std::chrono::microseconds>(p.settings.lifetime());
  if (age_us > static_cast<std::uint64_t>(lifetime.count())) return 0;
  const auto operations = wire::decode_operations(block.operations);
  SWARM_ASSERT(operations, "a block was checked before it was appended");
  const Time at = p.now - std::chrono::microseconds(age_us);
  for (const auto& operation : *operations) parts.sender.remember_counted(at, operation);
  return operations->size();
}

void Tracker::Impl::wake() {
  auto& p = parts;
  const auto due = [&p](Timer timer) { return p.timers.expired(timer, p.now); };
  if (due(Timer::keep_alive) && p.is_master()) {
    p.fault_tolerance.check_quorum();
    if (p.is_master()) p.fault_tolerance.send_keep_alive();
  }
  if (due(Timer::status) && p.is_member()) {
    p.fault_tolerance.send_status();
    p.group_hearing.review();
    p.membership.review();
    p.secret_rotation.review();
    p.snapshots.forget_old();
    p.snapshot_receiver.forget_old();
    p.sender.forget_old(p.now);
  }
  if (due(Timer::suspect)) p.fault_tolerance.silence();
  if (due(Timer::stand)) p.election.stand_timer();
  if (due(Timer::vote_retry)) p.election.retry_timer();
  if (due(Timer::block_close) && p.is_master()) p.master_consensus.close_timer();
  if (due(Timer::resend) && p.is_master()) p.master_consensus.resend_timer();
  if (due(Timer::bulk) && p.is_master()) p.bulk.send();
  if (due(Timer::fetch)) p.slave_consensus.fetch_timer();
  if (due(Timer::snapshot_pull)) p.snapshot_receiver.pull_timer();
  if (due(Timer::snapshot_load)) p.snapshot_receiver.load_timer();
  if (due(Timer::hand_over) && p.is_master()) p.master_consensus.hand_over_timer();
  const Time watch = p.timers.deadline(Timer::disk_watch);
  if (due(Timer::disk_watch)) p.disk_watch(watch);
  if (due(Timer::apply)) p.apply_timer();
  if (due(Timer::answer)) {
    if (p.is_master())
      p.master_consensus.answer_timer();
    else if (p.take_back())
      p.timers.set(Timer::answer, p.now);
  }
  if (due(Timer::snapshot_make)) p.snapshots.build();
  if (due(Timer::write_rows)) p.write_rows();
  if (due(Timer::hello)) p.founding.hello_timer();
  if (due(Timer::remember)) remember_counted();
  if (due(Timer::leave)) p.departure.timer();
  if (due(Timer::relay)) p.relay.timer();
  if (p.accepts_requests() && p.sender.next_expiry() <= p.now)
    p.sender.expire(p.now, p.master_consensus, *p.out);
}

void Tracker::Impl::receive_peer(const Arrival& arrival, Bytes datagram) {
  auto& p = parts;
  if (arrival.multicast) p.group_hearing.heard_one();
  const Asker asker{arrival.from, p.now, arrival.channel, MemberId{}, 0, arrival.multicast};
  if (p.accepts_requests())
    return p.sender.serve(p.now, asker, datagram, p.term(), p.master_consensus, *p.out);
  if (!p.is_member()) return;
  if (!arrival.multicast) return p.relay.keep(asker, datagram);
  p.sender.keep(p.now, asker, datagram);
  if (p.is_master()) p.master_consensus.kept_one();
}

void Tracker::Impl::reject(Reject reason) {
  ++rejects[static_cast<std::size_t>(reason)];
  parts.event(event::Rejected{reason});
}

}  // namespace swarm
