#include "engine/consensus/applier.hpp"

#include <algorithm>

#include "engine/base/assert.hpp"

namespace swarm {
namespace {

// The least work of each kind that a step does, in units of Outbox::worked(), however much other
// work the step has done.
constexpr std::size_t least_found_at_once = 128;
constexpr std::size_t least_applied_at_once = 256;
// The work of an operation, and of each row that it changes.
constexpr std::size_t work_of_operation = 2;
constexpr std::size_t most_of_one_operation = 256;  // the most rows that are changed in one go
// A group of rows takes no further operation once it has this many rows. The last operation may
// take the group above this number.
constexpr std::size_t most_rows_at_once = db::most_rows_per_transaction / 2;
// The member applies nothing more while the disk has this many rows left to write. Otherwise memory
// would grow without bound behind a slow disk.
constexpr std::size_t most_rows_unwritten = 1 << 18;
// The log keeps one block for each group of this many registrations, if that makes more than
// settings.log_keep. These blocks have about a quarter of a snapshot's size. So a slave that was
// away briefly catches up from the log, which costs less than a snapshot.
constexpr std::size_t registrations_per_kept_block = 128;
constexpr std::uint64_t most_dropped_at_once = 256;  // blocks of the log that one write drops

std::uint64_t digest_of(const Block& block) {
  return mix(wire::hash_bytes(block.operations) ^ mix(block.index.value ^ mix(block.term.value)));
}

}  // namespace

Applier::Applier(ReplicaState& state, Listener& listener, const db::Applied& applied)
    : s_(state), listener_(listener), applied_mark_(applied), rows_applied_(applied.index) {}

// ---- The log

void Applier::append(BlockPtr block) {
  SWARM_ASSERT(!installing(), "nothing is appended to a log that a snapshot will replace");
  SWARM_ASSERT(block->term <= s_.term(), "no block is of a later term than this member's (R0)");
  const auto config = config_in(*block);
  // A CONFIG stands alone in its block, so such a block has nothing for the state machine.
  if (!config) s_.machine.appended(*block);
  s_.learn_swarm_time(block->stamp);
  write().append.push_back(block);
  s_.log.append(std::move(block), config ? &*config : nullptr);
  if (config) listener_.config_changed();
}

void Applier::truncate(LogIndex from) {
  SWARM_ASSERT(from > s_.commit, "committed blocks are never truncated (R11)");
  SWARM_ASSERT(!s_.is_master(), "a master only appends");
  const auto before = s_.log.config_index();
  s_.log.truncate(from);
  auto& w = write();
  std::erase_if(w.append, [from](const BlockPtr& b) { return b->index >= from; });
  // A write truncates once, before it appends. So blocks of this step that are truncated leave the
  // write. If a step truncates several times, the lowest index counts.
  w.truncate_from = w.truncate_from ? std::min(*w.truncate_from, from) : from;
  s_.event(event::LogTruncated{from});
  if (s_.log.config_index() != before) listener_.config_changed();
}

void Applier::advance_commit(LogIndex index) {
  SWARM_ASSERT(index >= s_.commit && index <= s_.log.last(), "the commit index never goes back");
  if (index == s_.commit) return;
  SWARM_ASSERT(!installing(), "nothing is committed in a log that a snapshot will replace");
  SWARM_ASSERT(!s_.is_master() || s_.log.term_at(index) == s_.term(),
               "a master commits by a block of its own term (R13)");
  // A CONFIG is in force from its append. Only its commit makes certain that no master truncates
  // it.
  const bool config = s_.log.config_index() > s_.commit && s_.log.config_index() <= index;
  s_.commit = index;
  if (config) listener_.config_committed();
  s_.event(event::Committed{s_.commit, s_.log.term_at(s_.commit)});
  if (!s_.timers.is_set(Timer::apply)) apply_committed();
}

// Applies as much as one step has room for. The rest follows in later steps, so that keep-alives
// leave in between. The next step follows at once, or when the disk has written some rows.
void Applier::apply_committed() {
  SWARM_ASSERT(!installing(), "nothing is applied to a state that a snapshot will replace");
  std::size_t room = s_.out->room(least_applied_at_once);
  while (s_.applied < s_.commit && room > 0 && rows_unwritten_ < most_rows_unwritten)
    apply(*s_.log.at(s_.applied + 1), room);
  // If too many rows are unwritten instead, persisted() sets the timer.
  if (s_.applied < s_.commit && room == 0) s_.timers.set(Timer::apply, s_.now);
  s_.timers.bring_forward(Timer::write_rows, s_.now + s_.settings.apply_interval);
}

void Applier::apply(const Block& block, std::size_t& room) {
  SWARM_ASSERT(block.index == s_.applied + 1, "blocks are applied in the order of the log (R15)");
  SWARM_ASSERT(block.index <= s_.commit, "a block is committed before it is applied");
  const auto operations = s_.machine.begin(block);
  // The position is that of the next operation. It is zero if this block is not begun yet.
  auto& position = applied_mark_.position;
  for (position = std::max(position, 1U); position <= operations && room > 0;) {
    auto& group = row_group();
    const auto before = group.rows.size();
    const auto most = std::clamp<std::size_t>(room / work_of_operation, 1, most_of_one_operation);
    const bool whole = s_.machine.apply(position, most, group.rows);
    const auto changed = group.rows.size() - before;
    if (maker_) maker_->changed(std::span(group.rows).subspan(before));
    rows_unwritten_ += changed;
    const auto noted = maker_ ? changed : 0;  // changes that a snapshot's maker has to note
    const auto work = work_of_operation * (changed + 1) + noted;
    s_.out->worked(work);
    room -= std::min(room, work);
    SWARM_ASSERT(group.rows.size() >= before, "a state machine only appends to the rows");
    position += whole;
    applied_mark_.next_peer = s_.machine.next_peer();
    group.applied = applied_mark_;
    group.digest = s_.machine.digest();
  }
  if (position <= operations) return;
  s_.applied = block.index;
  applied_mark_ = {block.index, block.term, block.stamp, s_.machine.next_peer()};
  // The end of a block adds no rows, so it goes into the last group even if that is full.
  auto& group = rows_.empty() ? row_group() : rows_.back();
  group.applied = applied_mark_;
  group.digest = s_.machine.digest();
  s_.learn_swarm_time(block.stamp);
  s_.event(event::BlockApplied{s_.applied, block.term, digest_of(block), group.digest});
  listener_.applied(s_.applied, group.digest);
}

Applier::RowGroup& Applier::row_group() {
  if (rows_.empty() || rows_.back().rows.size() >= most_rows_at_once) rows_.emplace_back();
  return rows_.back();
}

// Shows the state machine the blocks that the log had at the start of this process, because the
// state machine may remember more of these blocks than its rows tell. Later blocks are shown to it
// when they are appended.
void Applier::look_at_found() {
  std::size_t room = s_.out->room(least_found_at_once);
  if (found_to_ == LogIndex{}) found_to_ = s_.log.last();
  const auto last = std::min(found_to_, s_.log.last());  // a new master may have truncated some
  for (found_ = std::max(found_, s_.log.begin() - 1); found_ < last && room > 0;) {
    const std::size_t work = s_.machine.found(*s_.log.at(++found_));
    s_.out->worked(work);
    room -= std::min(room, work);
  }
  if (found_ < last) s_.timers.set(Timer::found, s_.now);
}

// ---- To the disk

db::TrackerWrite& Applier::write() {
  write_pending_ = true;
  return write_;
}

db::Staging& Applier::staging() {
  return write().staging;
}

void Applier::write_rows(LogIndex needed_from) {
  if (installing() || rows_.empty()) return;
  // A write holds one group of rows. If the pending write already has a group, that group is from
  // an earlier step: the write still waits for the ballot (see flush()).
  if (write_.applied) return s_.timers.set(Timer::write_rows, s_.now + s_.settings.apply_interval);
  auto& w = write();
  w.rows = std::move(rows_.front().rows);
  w.applied = rows_.front().applied;
  w.digest = rows_.front().digest;
  rows_.pop_front();
  if (!rows_.empty()) s_.timers.set(Timer::write_rows, s_.now);
  const auto kept = std::max<std::uint64_t>(
      s_.settings.log_keep, s_.machine.size().registrations / registrations_per_kept_block);
  LogIndex keep = s_.applied.value > kept ? s_.applied - kept : LogIndex{};
  // Three kinds of blocks must stay: the blocks after the durable rows, which are applied again
  // after a crash; the blocks with which a receiver of a snapshot continues; and the blocks that
  // are not durable yet.
  keep = std::min({keep, rows_applied_, needed_from, s_.log.durable()});
  // Blocks are dropped many at a time, because each drop also writes the CONFIG that was in force
  // before the log.
  if (keep > s_.log.begin() + s_.settings.log_keep / 4) {
    keep = std::min(keep, s_.log.begin() + most_dropped_at_once);
    SWARM_ASSERT(keep <= rows_applied_ + 1, "the log keeps what a restart applies again (R15)");
    SWARM_ASSERT(keep <= needed_from, "the log keeps what follows a snapshot that is pulled (R19)");
    s_.out->worked((keep - s_.log.begin()) / 4);
    const auto& at = s_.log.config_at(keep - 1);
    w.drop_before = {keep, s_.log.term_at(keep - 1), at.index, at.config};
    s_.log.drop_before(keep);
  }
}

void Applier::install(const db::SnapshotHead& snapshot, std::uint64_t digest) {
  SWARM_ASSERT(snapshot.applied.index > s_.commit,
               "a snapshot is installed only if it is newer than what is committed here (R19)");
  SWARM_ASSERT(snapshot.applied.position == 0, "a snapshot is of whole blocks");
  SWARM_ASSERT(!installing(), "one snapshot is installed at a time");
  SWARM_ASSERT(!s_.is_master(), "a master's log is not replaced");
  installing_ = snapshot;
  rows_.clear();
  s_.timers.clear(Timer::write_rows);
  s_.timers.clear(Timer::apply);
  auto& w = write();
  // The transaction replaces log and tables, so changes to the old ones need not be written.
  db::TrackerWrite kept;
  kept.staging = std::exchange(w.staging, {});
  kept.discarded = std::exchange(w.discarded, {});
  w = std::move(kept);
  w.install = snapshot;
  w.digest = digest;
}

void Applier::flush() {
  // The ballot says which member the log belongs to. The log is written only when that ballot is
  // durable. In the other order a crash could leave a log on a store of no member (R21).
  if (!write_pending_ || !s_.ballot.durable().member) return;
  write_pending_ = false;
  SWARM_ASSERT(!write_.install || (write_.append.empty() && !write_.truncate_from),
               "nothing is written to a log that a snapshot replaces");
  SWARM_ASSERT(write_.append.empty() || write_.append.back()->index == s_.log.last(),
               "a write has all that was appended");
  const auto ticket = ++log_ticket_;
  s_.disks.log.handed(s_.now);
  if (write_.install) install_ticket_ = ticket;
  SWARM_ASSERT(!write_.applied ||
                   write_.applied->index >=
                       (rows_in_flight_.empty() ? rows_applied_ : rows_in_flight_.back().applied),
               "rows are written in the order of the log");
  if (write_.applied)
    rows_in_flight_.push_back({ticket, write_.applied->index, write_.rows.size()});
  // A write that installs a snapshot has no blocks of this log.
  if (!write_.install) s_.log.ticketed(ticket);
  s_.out->persist(Outbox::LogWrite{{Disk::log, ticket, s_.group}, std::exchange(write_, {})});
}

bool Applier::persisted(std::uint64_t ticket) {
  SWARM_ASSERT(ticket <= log_ticket_, "the disk reports a write that it was given");
  s_.log.persisted(ticket);
  s_.disks.log.reported(s_.now, ticket < log_ticket_);
  while (!rows_in_flight_.empty() && rows_in_flight_.front().ticket <= ticket) {
    rows_applied_ = rows_in_flight_.front().applied;
    SWARM_ASSERT(rows_unwritten_ >= rows_in_flight_.front().rows, "a row is written once");
    rows_unwritten_ -= rows_in_flight_.front().rows;
    rows_in_flight_.pop_front();
  }
  // Applying may have waited for the disk, because too many rows were unwritten.
  if (s_.applied < s_.commit && !installing()) s_.timers.bring_forward(Timer::apply, s_.now);
  // install_ticket_ is zero until the host has been given the write that installs the snapshot.
  return installing_ && install_ticket_ != 0 && install_ticket_ <= ticket;
}

void Applier::replace() {
  const auto snapshot = std::exchange(installing_, std::nullopt);
  SWARM_ASSERT(snapshot, "a snapshot that was installed takes the place of the log");
  SWARM_ASSERT(install_ticket_ != 0, "a snapshot is written before it is in force (R19)");
  SWARM_ASSERT(snapshot->applied.index >= s_.commit, "a snapshot never takes back a commit");
  install_ticket_ = 0;
  s_.log.reset(*snapshot);
  s_.commit = s_.applied = rows_applied_ = snapshot->applied.index;
  applied_mark_ = snapshot->applied;
  rows_unwritten_ = 0;
  rows_in_flight_.clear();
  s_.learn_swarm_time(applied_mark_.stamp);
  s_.event(event::SnapshotInstalled{s_.applied});
}

}  // namespace swarm
