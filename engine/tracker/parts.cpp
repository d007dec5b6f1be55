#include "engine/tracker/parts.hpp"

#include "engine/assert.hpp"
#include "engine/wire/operations.hpp"

namespace swarm {
namespace {

constexpr std::size_t least_applied_at_once = 256;  // units of Outbox::worked()
constexpr std::size_t work_of_operation = 2;        // and as much for each row that it changes
constexpr std::size_t most_of_one_operation = 256;  // registrations of an EXPIRE
// Rows of one write, but for the operation that reaches it.
constexpr std::size_t most_rows_at_once = db::most_rows_per_transaction / 2;
// A disk that is so far behind is waited for.
constexpr std::size_t most_rows_unwritten = 1 << 18;
// Of a large table more of the log is kept than settings.log_keep: a quarter of what a snapshot
// has.
constexpr std::size_t registrations_per_kept_block = 128;
constexpr std::uint64_t most_dropped_at_once = 256;  // blocks of the log, by one write

db::Ballot first_ballot(const std::optional<db::Ballot>& stored, Random& random) {
  if (stored) return *stored;
  db::Ballot fresh;
  fresh.store = StoreId{random.next() | 1};
  return fresh;
}

std::uint64_t digest_of(const Block& block) {
  return mix(wire::hash_bytes(block.operations) ^ mix(block.index.value ^ mix(block.term.value)));
}

}  // namespace

Parts::Parts(Tracker::Start start)
    : settings(std::move(start.settings)),
      random(start.seed),
      boot(start.boot),
      ballot(first_ballot(start.ballot, random), start.ballot.value_or(db::Ballot{})),
      log(start.image),
      table(random.next()),
      commit(start.image.tables.applied.index),
      applied(commit),
      rows_applied(commit),
      applied_mark(start.image.tables.applied),
      relay(*this),
      sender(settings, table, relay, random.next()),
      fault_tolerance(*this),
      election(*this),
      master_consensus(*this),
      slave_consensus(*this),
      bulk(*this),
      snapshots(*this),
      snapshot_receiver(*this, start.image),
      membership(*this),
      founding(*this),
      departure(*this),
      secret_rotation(*this),
      group_hearing(*this),
      evidence(*this, log.last()) {
  table.load(start.image.tables);
  if (!start.ballot) ballot.change();  // the store's identity is written first of all
}

bool Parts::is_voter() const {
  const auto* me = config().find(self());
  return me && me->standing == Standing::voter && me->store == store();
}

void Parts::send_to(const Endpoint& address, MemberId to, const wire::Body& body) {
  wire::encode({ballot.current().cluster, self(), to, boot, store(), term()}, body,
               settings.swarm_secret, buffer_);
  out->send(Channel::cluster, address, buffer_);
}

void Parts::send(MemberId to, const wire::Body& body) {
  const auto* member = config().find(to);
  const Endpoint address = member ? member->cluster : fault_tolerance.of(to).address;
  if (address.port != 0) send_to(address, to, body);
}

void Parts::broadcast(const wire::Body& body) {
  wire::encode({ballot.current().cluster, self(), MemberId{}, boot, store(), term()}, body,
               settings.swarm_secret, buffer_);
  for (const auto& member : config().members)
    if (member.id != self()) out->send(Channel::cluster, member.cluster, buffer_);
}

void Parts::adopt(Term higher) {
  SWARM_ASSERT(higher > term(), "only a higher term is adopted");
  if (is_master()) step_down(Cause::higher_term);
  auto& b = ballot.change();
  b.term = higher;
  b.vote = {};
  b.vote_boot = {};
  event(event::TermAdopted{higher});
  master = {};
  // Only a vote or a master puts off what leads to an election: who stands again and again without
  // having what it takes must not keep the others from it.
  const Time next = std::min({timers.deadline(Timer::suspect), timers.deadline(Timer::stand),
                              timers.deadline(Timer::vote_retry)});
  // It waits for its rank after a silence, not in the promise of a master that is known to end.
  const bool goes_on = election.waits_after_silence() && now >= fault_tolerance.promise_until();
  if (!goes_on) election.stop();
  slave_consensus.new_term();
  if (role == Role::candidate) become(Role::slave);
  if (goes_on) return;
  fault_tolerance.suspect_timer();
  const bool promises = settings.election == ElectionOrder::ranked;
  timers.bring_forward(Timer::suspect,
                       promises ? std::max(next, fault_tolerance.promise_until()) : next);
}

void Parts::stand_in_next_term() {
  auto& b = ballot.change();
  ++b.term;
  b.vote = self();
  b.vote_boot = boot;
  master = {};
  slave_consensus.new_term();
  become(Role::candidate);
}

void Parts::become(Role next) {
  if (role == next) return;
  role = next;
  event(event::RoleChanged{role, term()});
}

void Parts::follow(MemberId id) {
  SWARM_ASSERT(!is_master(), "two masters in one term");
  if (role == Role::candidate) become(Role::slave);
  if (master == id) return;
  master = id;
  election.stop();
  relay.followed();
  departure.followed();
}

void Parts::step_down(Cause cause) {
  SWARM_ASSERT(is_master(), "only a master steps down");
  event(event::SteppedDown{term(), cause});
  become(is_voter() ? Role::slave : Role::learner);
  master = {};
  master_consensus.end();
  relay.stepped_down();
  if (auto freed = sender.stepped_down(now); !freed.empty()) discard(std::move(freed));
  if (take_back()) timers.set(Timer::answer, now);
  slave_consensus.new_term();
  timers.clear(Timer::keep_alive);
  fault_tolerance.suspect_timer();
}

void Parts::become_member(ClusterId cluster, MemberId member) {
  auto& b = ballot.change();
  b.cluster = cluster;
  b.member = member;
  b.promise = std::max(b.promise, settings.promise);
  event(event::Founded{cluster, member});
  become(Role::learner);
  timers.clear(Timer::hello);
  timers.set(Timer::status, now);
}

db::TrackerWrite& Parts::write() {
  write_pending_ = true;
  return write_;
}

void Parts::append(BlockPtr block) {
  const auto config = config_in(*block);
  if (!config) {
    const auto operations = wire::decode_operations(block->operations);
    SWARM_ASSERT(operations, "a block was checked before it is appended");
    for (const auto& operation : *operations) sender.applied(now, operation);
    out->worked(operations->size());
  }
  learn_swarm_time(block->stamp);
  write().append.push_back(block);
  log.append(std::move(block), config ? &*config : nullptr);
  if (config) config_changed();
}

void Parts::truncate(LogIndex from) {
  SWARM_ASSERT(from > commit, "committed blocks are never truncated (R11)");
  const auto before = log.config_index();
  log.truncate(from);
  auto& w = write();
  std::erase_if(w.append, [from](const BlockPtr& b) { return b->index >= from; });
  w.truncate_from = w.truncate_from ? std::min(*w.truncate_from, from) : from;
  event(event::LogTruncated{from});
  if (log.config_index() != before) config_changed();
}

void Parts::config_changed() {
  const auto& c = config();
  const bool voter = is_voter();
  secret_rotation.use_secrets();
  event(event::ConfigChanged{log.config_index(), static_cast<std::uint32_t>(c.voters()),
                             static_cast<std::uint32_t>(c.members.size())});
  if (role == Role::learner && voter) {
    become(Role::slave);
    fault_tolerance.suspect_timer();
  } else if ((role == Role::slave || role == Role::candidate) && !voter) {
    election.stop();  // R6: also one that a snapshot found in the middle of it
    timers.clear(Timer::suspect);
    become(Role::learner);
  }
}

void Parts::advance_commit(LogIndex index) {
  SWARM_ASSERT(index >= commit && index <= log.last(), "the commit index never goes back");
  if (index == commit) return;
  const bool in_force = log.config_index() > commit && log.config_index() <= index;
  commit = index;
  if (in_force) secret_rotation.use_secrets();
  event(event::Committed{commit, log.term_at(commit)});
  if (!timers.is_set(Timer::apply)) apply_committed();
  if (is_master()) master_consensus.after_commit();
}

void Parts::apply_timer() {
  if (installing()) return;
  apply_committed();
  if (is_master()) master_consensus.after_apply();
}

// As much as one step is for; the next part comes at once, or when the disk has taken some rows.
void Parts::apply_committed() {
  std::size_t room = out->room(least_applied_at_once);
  while (applied < commit && room > 0 && rows_unwritten_ < most_rows_unwritten)
    apply(*log.at(applied + 1), room);
  if (applied < commit && room == 0) timers.set(Timer::apply, now);
  timers.bring_forward(Timer::write_rows, now + settings.apply_interval);
}

void Parts::apply(const Block& block, std::size_t& room) {
  const auto operations = wire::decode_operations(block.operations);
  SWARM_ASSERT(operations, "a block was checked before it was appended");
  auto& position = applied_mark.position;
  for (position = std::max(position, 1U); position <= operations->size() && room > 0;) {
    auto& group = row_group();
    const auto before = group.rows.size();
    const auto most = std::clamp<std::size_t>(room / work_of_operation, 1, most_of_one_operation);
    const bool whole = table.apply((*operations)[position - 1], now, group.rows, most);
    const auto changed = group.rows.size() - before;
    snapshots.changed(std::span(group.rows).subspan(before));
    rows_unwritten_ += changed;
    const auto noted = snapshots.building() ? changed : 0;
    const auto work = work_of_operation * (changed + 1) + noted;
    out->worked(work);
    room -= std::min(room, work);
    position += whole;
    applied_mark.next_peer = table.next_peer();
    group.applied = applied_mark;
    group.digest = table.digest();
  }
  if (position <= operations->size()) return;
  applied = block.index;
  applied_mark = {block.index, block.term, block.stamp, table.next_peer()};
  auto& group = rows_.empty() ? row_group() : rows_.back();
  group.applied = applied_mark;
  group.digest = table.digest();
  learn_swarm_time(block.stamp);
  event(event::BlockApplied{applied, block.term, digest_of(block), table.digest()});
  evidence.applied(applied, table.digest());
}

Parts::RowGroup& Parts::row_group() {
  if (rows_.empty() || rows_.back().rows.size() >= most_rows_at_once) rows_.emplace_back();
  return rows_.back();
}

db::Staging& Parts::staging() {
  return write().staging;
}

void Parts::install(const db::SnapshotHead& snapshot, std::uint64_t digest) {
  SWARM_ASSERT(snapshot.applied.index > commit, "a snapshot is never older than the own commit");
  installing_ = snapshot;
  rows_.clear();
  timers.clear(Timer::write_rows);
  timers.clear(Timer::apply);
  auto& w = write();
  db::TrackerWrite kept;  // not what would have changed the tables and the log until now
  kept.staging = std::exchange(w.staging, {});
  kept.discarded = std::exchange(w.discarded, {});
  w = std::move(kept);
  w.install = snapshot;
  w.digest = digest;
}

SwarmTime Parts::swarm_time() const {
  const auto elapsed = std::chrono::duration_cast<std::chrono::microseconds>(now - swarm_base_at_);
  return {swarm_base_.us + static_cast<std::uint64_t>(elapsed.count())};
}

void Parts::learn_swarm_time(SwarmTime stamp) {
  last_stamp_ = std::max(last_stamp_, stamp);
  if (stamp > swarm_time()) set_swarm_time(stamp);
}

void Parts::follow_swarm_time(SwarmTime time) {
  set_swarm_time(std::max(time, last_stamp_));
}

void Parts::set_swarm_time(SwarmTime time) {
  swarm_base_ = time;
  swarm_base_at_ = now;
  sender.set_swarm_time(time, now);
}

bool Parts::may_answer() const {
  return is_master() && master_consensus.serving() && !master_consensus.retired() &&
         now < fault_tolerance.lease_until();
}

bool Parts::accepts_requests() const {
  return may_answer() && !master_consensus.draining();
}

void Parts::serve_peers() {
  if (!is_master()) return;
  const bool leased = now < fault_tolerance.lease_until();
  const bool unleased_mode = settings.election == ElectionOrder::drawn;
  if (!master_consensus.serving() && applied >= master_consensus.noop() &&
      (leased || unleased_mode)) {
    master_consensus.now_serving();
  } else if (may_answer()) {
    master_consensus.answer_waiting();
  }
}

bool Parts::take_back() {
  const auto keep = [this](const StoredRequest& r) { relay.keep(r.asker(), r.bytes()); };
  return sender.take_back(now, *out, keep);
}

void Parts::persisted(Ticket ticket) {
  if (ticket.disk == Disk::ballot) {
    ballot.persisted(ticket.number);
    ballot_sync_.reported(now, ballot.pending());
    founding.ballot_persisted();
    evidence.ballot_persisted();
    if (role != Role::removed) election.ballot_persisted();
    if (is_member() && !is_master()) fault_tolerance.acknowledge(false);
    return;
  }
  log.persisted(ticket.number);
  log_sync_.reported(now, ticket.number < log_ticket_);
  while (!rows_in_flight_.empty() && rows_in_flight_.front().ticket <= ticket.number) {
    rows_applied = rows_in_flight_.front().applied;
    rows_unwritten_ -= rows_in_flight_.front().rows;
    rows_in_flight_.pop_front();
  }
  if (applied < commit && !installing()) timers.bring_forward(Timer::apply, now);
  snapshot_receiver.persisted(ticket.number);
  if (installing_ && install_ticket_ != 0 && install_ticket_ <= ticket.number) {
    const auto snapshot = std::exchange(installing_, std::nullopt);
    install_ticket_ = 0;
    snapshots.stop_building();
    snapshot_receiver.installed();
    sender.loaded(now);
    log.reset(*snapshot);
    commit = applied = rows_applied = snapshot->applied.index;
    applied_mark = snapshot->applied;
    rows_unwritten_ = 0;
    rows_in_flight_.clear();
    learn_swarm_time(applied_mark.stamp);
    event(event::SnapshotInstalled{applied});
    evidence.applied(applied, table.digest());
    config_changed();
    slave_consensus.installed();
  }
  if (is_master()) {
    master_consensus.own_disk();
  } else if (is_member()) {
    slave_consensus.persisted();
    election.log_persisted();
  }
}

void Parts::write_rows() {
  if (installing() || rows_.empty()) return;
  if (write_.applied)  // which waits for the ballot: a group of rows each
    return timers.set(Timer::write_rows, now + settings.apply_interval);
  auto& w = write();
  w.rows = std::move(rows_.front().rows);
  w.applied = rows_.front().applied;
  w.digest = rows_.front().digest;
  rows_.pop_front();
  if (!rows_.empty()) timers.set(Timer::write_rows, now);
  const auto kept = std::max<std::uint64_t>(settings.log_keep,
                                            table.registrations() / registrations_per_kept_block);
  LogIndex keep = applied.value > kept ? applied - kept : LogIndex{};
  keep = std::min({keep, rows_applied, snapshots.needed_from(), log.durable()});
  if (keep > log.begin() + settings.log_keep / 4) {
    keep = std::min(keep, log.begin() + most_dropped_at_once);
    out->worked((keep - log.begin()) / 4);
    const auto& at = log.config_at(keep - 1);
    w.drop_before = {keep, log.term_at(keep - 1), at.index, at.config};
    log.drop_before(keep);
  }
}

void Parts::flush() {
  if (is_master()) master_consensus.end_of_step();
  ballot.flush(*out);
  if (ballot.pending()) ballot_sync_.handed(now);
  // The log comes after the ballot that says whose it is: else a crash could leave a log to a store
  // that belongs to nobody (R21).
  if (write_pending_ && ballot.durable().member) {
    write_pending_ = false;
    const auto ticket = ++log_ticket_;
    log_sync_.handed(now);
    if (write_.install) install_ticket_ = ticket;
    if (write_.applied)
      rows_in_flight_.push_back({ticket, write_.applied->index, write_.rows.size()});
    if (!write_.install) log.ticketed(ticket);
    out->persist(Outbox::LogWrite{ticket, std::exchange(write_, {})});
  }
  watch_syncs();
}

Time Parts::sync_since() const {
  return std::min(ballot_sync_.since(), log_sync_.since());
}

Duration Parts::sync_age() const {
  return std::max(ballot_sync_.age(now), log_sync_.age(now));
}

Duration Parts::sync_length() const {
  return std::max(ballot_sync_.length(now), log_sync_.length(now));
}

// Ends a step: the timer is that of the older sync in progress.
void Parts::watch_syncs() {
  const Time since = sync_since();
  if (since == watched_since_) return;
  watched_since_ = since;
  told_slow_ = false;
  if (since == never)
    timers.clear(Timer::disk_watch);
  else
    timers.set(Timer::disk_watch, since + settings.sync_hand_over);
}

// A look that comes late was delayed by this process (stopped, or its machine was suspended) or by
// syncs that are over: the disk's report may wait to be delivered, so it looks once more.
void Parts::disk_watch(Time deadline) {
  constexpr Duration late = 100ms;
  const auto age = sync_age();
  if (age < settings.sync_hand_over)  // reloaded meanwhile
    return timers.set(Timer::disk_watch, watched_since_ + settings.sync_hand_over);
  if (now > deadline + late) {
    timers.set(Timer::disk_watch, now + late);
  } else if (age >= settings.sync_exit) {
    out->exit("a sync of the disk has been pending for too long");
  } else {
    timers.set(Timer::disk_watch, watched_since_ + std::min(settings.sync_exit, 2 * age));
    if (!is_master() || master_consensus.draining()) return;
    if (!std::exchange(told_slow_, true)) event(event::DiskSlow{age});
    master_consensus.hand_over(age / 2);
  }
}

TrackerView Parts::view() const {
  TrackerView v;
  const auto& durable = ballot.durable();
  v.role = role;
  v.store = store();
  v.boot = boot;
  v.cluster = ballot.current().cluster;
  v.member = self();
  v.term = term();
  v.durable_term = durable.term;
  v.vote = durable.vote;
  v.master = master;
  v.log_begin = log.begin();
  v.last = log.last();
  v.durable = log.durable();
  v.verified = slave_consensus.verified();
  v.commit = commit;
  v.applied = applied;
  v.rows_applied = rows_applied;
  v.last_term = log.last_term();
  v.promise_until = fault_tolerance.promise_until();
  v.lease_until = is_master() ? fault_tolerance.lease_until() : Time::min();
  v.answers_until = is_master() ? v.lease_until : relay.passes_until();
  v.serving = is_master() && master_consensus.serving();
  v.retired = is_master() && master_consensus.retired();
  v.muted = muted();
  v.voter = is_voter();
  v.stopping = stopping;
  v.awaits_election = timers.is_set(Timer::suspect) || election.timer_is_set();
  v.deaf = group_hearing.deaf();
  v.group_heard = group_hearing.heard();
  v.voters = static_cast<std::uint32_t>(config().voters());
  v.members = static_cast<std::uint32_t>(config().members.size());
  return v;
}

}  // namespace swarm
