#include "engine/consensus/snapshots.hpp"

#include <algorithm>
#include <utility>

#include "engine/base/assert.hpp"
#include "engine/consensus/timing.hpp"

namespace swarm {
namespace {
// The work of making a snapshot, in units of Outbox::worked(): the least that a step may do, and
// the work of one row.
constexpr std::size_t least_room = 128, work_of_row = 2;

std::uint32_t chunks_of(std::uint64_t size) {
  return static_cast<std::uint32_t>((size + wire::chunk_size - 1) / wire::chunk_size);
}
}  // namespace

void Snapshots::offer(MemberId to) {
  SWARM_ASSERT(s_.is_master(), "only a master offers a snapshot (R19)");
  forget_old();
  // A snapshot is of whole blocks, and now the state contains only a part of a block. The slave
  // will FETCH again.
  if (applier_.within_block()) return;
  // A snapshot is of no use if the log has dropped the block that follows it, because its receiver
  // could not continue from the log.
  if (!bulk_.snapshot || bulk_.snapshot->index + 1 < s_.log.begin()) {
    if (!builder_) {
      builder_ = s_.machine.make_snapshot();
      applier_.watch(builder_.get());
      builds_from_ = s_.applied;
      build();
    }
    if (builder_) return;  // the slave FETCHes again until the snapshot is made
  }
  SWARM_ASSERT(bulk_.snapshot->index <= s_.commit, "a snapshot has only what is committed (R19)");
  bulk_.snapshot->used = s_.now;
  s_.send(to, wire::SnapshotMeta{bulk_.snapshot->id, bulk_.snapshot->index, bulk_.snapshot->term,
                                 bulk_.snapshot->bytes.size(), bulk_.snapshot->hash});
}

db::Snapshot Snapshots::head() const {
  SWARM_ASSERT(!applier_.within_block(), "a snapshot is made of whole blocks (R19)");
  db::Snapshot head;
  head.applied = applier_.applied_mark();
  head.applied.index = s_.applied;
  head.applied.term = s_.log.term_at(s_.applied);
  head.applied.next_peer = s_.machine.next_peer();
  const auto& config = s_.log.config_at(s_.applied);
  head.config_index = config.index;
  head.config = config.config;
  return head;
}

void Snapshots::build() {
  if (!builder_) return;
  if (!s_.is_master()) return stop_building();
  for (auto room = s_.out->room(least_room) / work_of_row; room > 0 && !builder_->done();) {
    if (builder_->scanned() && !builder_->frozen()) {
      // The state can be frozen when all of the block is applied.
      if (applier_.within_block()) break;
      head_ = head();
      builder_->freeze(head_);
    }
    const auto touched = builder_->frozen() ? builder_->write(room) : builder_->scan(room);
    room -= std::min(room, touched + 1);
    s_.out->worked(work_of_row * touched);
  }
  if (builder_->done()) return made();
  s_.timers.set(Timer::snapshot_make, s_.now + timing::snapshot_step);
}

void Snapshots::made() {
  bulk_.drop_chunks();
  drop_source();
  const auto& at = head_.applied;
  SWARM_ASSERT(at.index >= builds_from_, "the log behind a new snapshot is kept (R19)");
  SWARM_ASSERT(!builder_->bytes().empty(), "a snapshot has bytes");
  bulk_.snapshot = OfferedSnapshot{s_.secrets.number(SecretPurpose::snapshot_id),
                                   at.index,
                                   at.term,
                                   std::move(builder_->bytes()),
                                   builder_->hash(),
                                   s_.now};
  stop_building();
}

void Snapshots::drop_source() {
  // To free a large snapshot takes long, so the disk's thread does it.
  if (bulk_.snapshot && bulk_.snapshot->bytes.size() > (1U << 20))
    applier_.discard(std::make_shared<const OfferedSnapshot>(std::move(*bulk_.snapshot)));
  bulk_.snapshot.reset();
}

void Snapshots::stop_building() {
  applier_.watch(nullptr);
  // Many rows are freed on the disk's thread, because that takes long.
  if (builder_ && builder_->rows() > 10'000)
    applier_.discard(std::shared_ptr<const SnapshotMaker>(std::move(builder_)));
  builder_.reset();
  head_ = {};
  s_.timers.clear(Timer::snapshot_make);
}

// If a receiver asks for another snapshot, it began that pull with a former master, or with a
// former process of this one. This master offers it the present snapshot.
void Snapshots::on_get(MemberId to, const wire::SnapshotGet& m) {
  SWARM_ASSERT(s_.is_master(), "only a master sends a snapshot (R19)");
  if (!bulk_.snapshot || bulk_.snapshot->id != m.id) return offer(to);
  if (m.first == 0) s_.event(event::SnapshotSent{to, bulk_.snapshot->index});
  bulk_.snapshot->used = s_.now;
  const auto chunks = chunks_of(bulk_.snapshot->bytes.size());
  for (std::uint32_t i = 0; i < 64 && m.first < chunks - i; ++i)
    if (((m.wanted >> i) & 1) != 0) bulk_.ask_chunk(to, m.first + i);
  bulk_.send();
}

LogIndex Snapshots::needed_from() const {
  const LogIndex building = builder_ ? builds_from_ + 1 : s_.log.last() + 1;
  if (!bulk_.snapshot || bulk_.snapshot->used + timing::snapshot_kept < s_.now) return building;
  const LogIndex most_kept = s_.log.last().value > timing::log_behind_snapshot
                                 ? s_.log.last() - timing::log_behind_snapshot
                                 : LogIndex{1};
  return std::min(building, std::max(bulk_.snapshot->index + 1, most_kept));
}

void Snapshots::forget_old() {
  if (!bulk_.snapshot || bulk_.snapshot->used + timing::snapshot_kept >= s_.now) return;
  drop_source();
  bulk_.drop_chunks();
}

}  // namespace swarm
