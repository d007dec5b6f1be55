#include "engine/tracker/snapshots.hpp"

#include <algorithm>

#include "engine/assert.hpp"
#include "engine/tracker/parts.hpp"

namespace swarm {
namespace {
constexpr Duration source_life = 5s;           // after the last request for it
constexpr std::uint64_t largest = 4ULL << 30;  // bytes
}  // namespace

// ---- Master

void Snapshots::offer(MemberId to) {
  forget_old();
  if (!source_ || source_->index + 1 < p_.log.begin()) {
    db::Snapshot snapshot;
    p_.table.save(snapshot);
    snapshot.applied = p_.applied_mark;
    snapshot.applied.index = p_.applied;
    snapshot.applied.term = p_.log.term_at(p_.applied);
    snapshot.applied.next_peer = p_.table.next_peer();
    const auto& config = p_.log.config_at(p_.applied);
    snapshot.config_index = config.index;
    snapshot.config = config.config;
    auto bytes = wire::encode_snapshot(snapshot);
    const auto hash = wire::hash_bytes(bytes);  // once: there are many bytes, and many FETCHes
    source_ =
        Source{p_.random.next(), p_.applied, snapshot.applied.term, std::move(bytes), hash, p_.now};
  }
  source_->used = p_.now;
  p_.send(to, wire::SnapshotMeta{source_->id, source_->index, source_->term, source_->bytes.size(),
                                 source_->hash});
}

void Snapshots::on_get(MemberId to, const wire::SnapshotGet& m) {
  if (!source_ || source_->id != m.id) return;
  if (m.first == 0) p_.event(event::SnapshotSent{to, source_->index});
  source_->used = p_.now;
  for (std::uint32_t i = 0; i < 64; ++i) {
    if (((m.wanted >> i) & 1) == 0) continue;
    const std::size_t at = (std::size_t{m.first} + i) * wire::chunk_size;
    if (at >= source_->bytes.size()) return;
    const auto size = std::min(wire::chunk_size, source_->bytes.size() - at);
    p_.send(to, wire::SnapshotData{m.id, m.first + i, Bytes(source_->bytes).subspan(at, size)});
  }
}

LogIndex Snapshots::needed_from() const {
  if (!source_ || source_->used + source_life < p_.now) return p_.log.last() + 1;
  return source_->index + 1;
}

void Snapshots::forget_old() {
  if (source_ && source_->used + source_life < p_.now) source_.reset();
}

// ---- Slave

void Snapshots::on_meta(const wire::SnapshotMeta& m) {
  if (p_.installing() || m.index <= p_.commit || m.size > largest || m.size == 0) return;
  if (pull_ && pull_->meta.id == m.id) return;
  if (p_.log.knows_term(m.index) && p_.log.term_at(m.index) == m.term)
    return p_.slave_consensus.verified_up_to(m.index);  // all of it is here already
  Pull pull;
  pull.meta = m;
  pull.missing = (m.size + wire::chunk_size - 1) / wire::chunk_size;
  pull.have.resize(pull.missing);
  pull_ = std::move(pull);
  ask();
}

void Snapshots::ask() {
  auto& pull = *pull_;
  while (pull.have[pull.first_missing]) ++pull.first_missing;
  wire::SnapshotGet get{pull.meta.id, static_cast<std::uint32_t>(pull.first_missing), 0};
  const std::size_t window = std::clamp<std::size_t>(p_.settings.snapshot_window, 1, 64);
  for (std::size_t i = 0; i < window && pull.first_missing + i < pull.have.size(); ++i) {
    if (!pull.have[pull.first_missing + i]) get.wanted |= 1ULL << i;
    pull.asked_to = pull.first_missing + i + 1;
  }
  if (p_.master) p_.send(p_.master, get);
  p_.timers.set(Timer::snapshot_pull, p_.now + std::max<Duration>(5ms, p_.settings.keep_alive));
}

void Snapshots::pull_timer() {
  if (!pull_) return;
  if (++pull_->tries > 20)
    return pull_.reset();  // the master is gone or has forgotten it: fetch anew
  ask();
}

void Snapshots::on_data(const wire::SnapshotData& m) {
  if (!pull_ || pull_->meta.id != m.id || m.chunk >= pull_->asked_to) return;
  auto& pull = *pull_;
  const std::size_t at = std::size_t{m.chunk} * wire::chunk_size;
  if (m.bytes.size() != std::min<std::size_t>(wire::chunk_size, pull.meta.size - at)) return;
  pull.tries = 0;
  if (pull.have[m.chunk]) return;
  // Memory follows what has come, not what a datagram said will come.
  pull.bytes.resize(std::max(pull.bytes.size(), at + m.bytes.size()));
  std::copy(m.bytes.begin(), m.bytes.end(), pull.bytes.begin() + static_cast<std::ptrdiff_t>(at));
  pull.have[m.chunk] = true;
  if (--pull.missing == 0) return complete();
  while (pull.have[pull.first_missing]) ++pull.first_missing;
  if (pull.first_missing >= pull.asked_to) ask();
}

void Snapshots::complete() {
  const auto pull = std::move(*pull_);
  pull_.reset();
  p_.timers.clear(Timer::snapshot_pull);
  if (wire::hash_bytes(pull.bytes) != pull.meta.hash) return;
  auto snapshot = wire::decode_snapshot(pull.bytes);
  if (!snapshot || snapshot->applied.index != pull.meta.index) return;
  if (pull.meta.index <= p_.commit) return;  // overtaken by the log meanwhile
  if (p_.log.knows_term(pull.meta.index) && p_.log.term_at(pull.meta.index) == pull.meta.term)
    return p_.slave_consensus.verified_up_to(pull.meta.index);
  p_.install(std::make_shared<const db::Snapshot>(std::move(*snapshot)));
}

}  // namespace swarm
