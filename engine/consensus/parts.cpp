#include "engine/consensus/parts.hpp"

#include "engine/base/assert.hpp"
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
