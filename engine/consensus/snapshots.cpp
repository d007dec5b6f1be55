#include "engine/consensus/snapshots.hpp"

#include <algorithm>
#include <utility>

#include "engine/base/assert.hpp"
#include "engine/consensus/parts.hpp"

namespace swarm {
namespace {
// After the last request for it: a receiver that is started anew, with its back-off, comes back.
constexpr Duration source_life = 60s;
// Of a step that makes one: units of Outbox::worked(), at least and for each row.
constexpr std::size_t least_room = 128, work_of_row = 2;
constexpr std::uint64_t log_kept = 1 << 16;  // blocks behind a snapshot, at most: 64 MiB

std::uint32_t chunks_of(std::uint64_t size) {
  return static_cast<std::uint32_t>((size + wire::chunk_size - 1) / wire::chunk_size);
}
}  // namespace

void Snapshots::offer(MemberId to) {
  forget_old();
  if (p_.within_block()) return;  // it is of whole blocks; the FETCH comes again
  if (!source_ || source_->index + 1 < p_.log.begin()) {
    if (!builder_) {
      builder_ = std::make_unique<SnapshotBuilder>(p_.table);
      builds_from_ = p_.applied;
      build();
    }
    if (builder_) return;  // who is to have it FETCHes again
  }
  source_->used = p_.now;
  p_.send(to, wire::SnapshotMeta{source_->id, source_->index, source_->term, source_->bytes.size(),
                                 source_->hash});
}

db::Snapshot Snapshots::head() const {
  db::Snapshot head;
  head.applied = p_.applied_mark;
  head.applied.index = p_.applied;
  head.applied.term = p_.log.term_at(p_.applied);
  head.applied.next_peer = p_.table.next_peer();
  const auto& config = p_.log.config_at(p_.applied);
  head.config_index = config.index;
  head.config = config.config;
  return head;
}

void Snapshots::build() {
  if (!builder_) return;
  if (!p_.is_master()) return stop_building();
  for (auto room = p_.out->room(least_room) / work_of_row; room > 0 && !builder_->done();) {
    if (builder_->scanned() && !builder_->frozen()) {
      if (p_.within_block()) break;  // frozen when all of it is applied
      head_ = head();
      builder_->freeze(head_);
    }
    const auto touched = builder_->frozen() ? builder_->write(room) : builder_->scan(room);
    room -= std::min(room, touched + 1);
    p_.out->worked(work_of_row * touched);
  }
  if (builder_->done()) return made();
  p_.timers.set(Timer::snapshot_make, p_.now + 1ms);
}

void Snapshots::made() {
  p_.bulk.drop_chunks();
  drop_source();
  const auto& at = head_.applied;
  source_ = Source{p_.random.next(), at.index, at.term, std::move(builder_->bytes()),
                   builder_->hash(), p_.now};
  stop_building();
}

void Snapshots::drop_source() {
  if (source_ && source_->bytes.size() > (1U << 20)) p_.discard(std::move(*source_));
  source_.reset();
}

void Snapshots::stop_building() {
  if (builder_ && builder_->rows() > 10'000) p_.discard(std::move(builder_));
  builder_.reset();
  head_ = {};
  p_.timers.clear(Timer::snapshot_make);
}

// A receiver that asks for another one pulled it from a former process or master: it is told of the
// present one.
void Snapshots::on_get(MemberId to, const wire::SnapshotGet& m) {
  if (!source_ || source_->id != m.id) return offer(to);
  if (m.first == 0) p_.event(event::SnapshotSent{to, source_->index});
  source_->used = p_.now;
  const auto chunks = chunks_of(source_->bytes.size());
  for (std::uint32_t i = 0; i < 64 && m.first < chunks - i; ++i)
    if (((m.wanted >> i) & 1) != 0) p_.bulk.ask_chunk(to, m.first + i);
  p_.bulk.send();
}

std::size_t Snapshots::send_chunk(MemberId to, std::uint32_t chunk) {
  const std::size_t at = std::size_t{chunk} * wire::chunk_size;
  if (!source_ || at >= source_->bytes.size()) return 0;
  source_->used = p_.now;
  const auto size = std::min(wire::chunk_size, source_->bytes.size() - at);
  p_.send(to, wire::SnapshotData{source_->id, chunk, Bytes(source_->bytes).subspan(at, size)});
  return size + sizeof(wire::SnapshotData::id) + sizeof(chunk);
}

LogIndex Snapshots::needed_from() const {
  const LogIndex building = builder_ ? builds_from_ + 1 : p_.log.last() + 1;
  if (!source_ || source_->used + source_life < p_.now) return building;
  const LogIndex most_kept =
      p_.log.last().value > log_kept ? p_.log.last() - log_kept : LogIndex{1};
  return std::min(building, std::max(source_->index + 1, most_kept));
}

void Snapshots::forget_old() {
  if (!source_ || source_->used + source_life >= p_.now) return;
  drop_source();
  p_.bulk.drop_chunks();
}

}  // namespace swarm
