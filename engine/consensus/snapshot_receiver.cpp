#include "engine/consensus/snapshot_receiver.hpp"

#include <algorithm>
#include <utility>

#include "engine/base/assert.hpp"
#include "engine/consensus/parts.hpp"

namespace swarm {
namespace {

constexpr Duration pull_life = 10s;            // after the last chunk of it
constexpr std::uint64_t largest = 4ULL << 30;  // bytes

// Chunks are written when there are so many, or after a while, and then all that have come.
constexpr std::size_t usual_chunks = 64;
constexpr std::size_t most_chunks = 1024;
constexpr Duration chunks_wait = 200ms;

// Of a step that loads: units of Outbox::worked(), at least and for each row.
constexpr std::size_t least_room = 256, work_of_row = 2;
constexpr std::size_t rows_unwritten = 4096;  // then the disk is waited for
constexpr Duration between_steps = 1ms;
constexpr Duration between_tellings = 1s;  // of its sender, which keeps it for a minute

// What is left over goes a little at a time, so that what is acknowledged does not wait for it.
constexpr std::size_t cleared_at_once = 512;
constexpr Duration between_clearings = 4ms;
constexpr std::size_t shed_at_once = 2048;  // rows
constexpr std::size_t segments_at_once = 8;

std::uint32_t chunks_of(std::uint64_t size) {
  return static_cast<std::uint32_t>((size + wire::chunk_size - 1) / wire::chunk_size);
}

db::PulledSnapshot pulled(const wire::SnapshotMeta& m) {
  return {m.id, m.index, m.term, m.size, m.hash};
}

}  // namespace

SnapshotReceiver::Pull::Pull(const db::PulledSnapshot& snapshot, std::uint32_t most, Time now)
    : what(snapshot), chunks(chunks_of(snapshot.size), most, now), wrote(now), told(now) {}

bool SnapshotReceiver::Pull::has_size_of(std::uint32_t chunk, Bytes part) const {
  const std::uint64_t at = std::uint64_t{chunk} * wire::chunk_size;
  return at < what.size && part.size() == std::min<std::uint64_t>(wire::chunk_size, what.size - at);
}

SnapshotReceiver::SnapshotReceiver(Parts& parts, db::TrackerImage& image)
    : p_(parts), left_over_(image.left_over) {
  const auto chunks = std::exchange(image.chunks, {});
  if (image.pull.size == 0) return;
  if (image.pull.size > largest || image.pull.index <= image.tables.applied.index) {
    left_over_ += chunks.size();
    is_over_ = true;
    return;
  }
  auto& pull = pull_.emplace(image.pull, std::min(p_.settings.snapshot_window, 64u), Time{});
  pull.named = true;
  pull.written = chunks.size();
  for (const auto& chunk : chunks) {
    if (!pull.has_size_of(chunk.number, chunk.bytes)) continue;
    pull.bytes.put(chunk.number, chunk.bytes);
    pull.chunks.has(chunk.number);
  }
}

void SnapshotReceiver::start() {
  if (is_over_) p_.staging().pull = db::PulledSnapshot{};
  if (left_over_ > 0) p_.timers.set(Timer::snapshot_load, p_.now + between_clearings);
}

// ---- Pulling

bool SnapshotReceiver::is_overtaken() const {
  const auto& what = pull_->what;
  return what.index <= p_.commit ||
         (p_.log.knows_term(what.index) && p_.log.term_at(what.index) == what.term);
}

void SnapshotReceiver::on_meta(const wire::SnapshotMeta& m) {
  if (p_.installing() || loading() || m.index <= p_.commit || m.size > largest || m.size == 0)
    return;
  if (pull_ && pull_->what == pulled(m)) {
    if (!std::exchange(paused_, false)) return;
    pull_->chunks.resume(p_.now);
    if (pull_->chunks.complete()) return complete();
    return ask();
  }
  if (p_.log.knows_term(m.index) && p_.log.term_at(m.index) == m.term)
    return p_.slave_consensus.verified_up_to(m.index);  // all of it is here already
  abandon();
  paused_ = false;
  pull_.emplace(pulled(m), std::min(p_.settings.snapshot_window, 64u), p_.now);
  ask();
}

void SnapshotReceiver::ask() {
  const auto wanted = pull_->chunks.ask(p_.now);
  for (std::size_t i = 0; i < wanted.size();) {
    wire::SnapshotGet get{pull_->what.id, wanted[i], 0};
    for (; i < wanted.size() && wanted[i] >= get.first && wanted[i] - get.first < 64; ++i)
      get.wanted |= 1ULL << (wanted[i] - get.first);
    if (p_.master) p_.send(p_.master, get);
  }
  p_.timers.set(Timer::snapshot_pull, pull_->chunks.next_wake());
}

void SnapshotReceiver::pull_timer() {
  if (!pulling() || loading()) return;
  // The master is gone or has forgotten it: fetch anew.
  if (pull_->chunks.heard() + pull_life <= p_.now) return stop_pulling();
  pull_->chunks.wake(p_.now);
  ask();
}

void SnapshotReceiver::on_data(const wire::SnapshotData& m) {
  if (!pulling() || loading() || pull_->what.id != m.id || !pull_->chunks.was_asked(m.chunk) ||
      !pull_->has_size_of(m.chunk, m.bytes))
    return;
  if (pull_->chunks.received(p_.now, m.chunk)) {
    pull_->bytes.put(m.chunk, m.bytes);
    pull_->unwritten.push_back(m.chunk);
    if (pull_->chunks.complete()) return complete();
    write_chunks(pull_->wrote + chunks_wait <= p_.now ? 1 : usual_chunks);
  }
  ask();
}

// One write of them at a time. True: the disk is waited for.
bool SnapshotReceiver::write_chunks(std::size_t least) {
  auto& pull = *pull_;
  if (pull.unwritten.size() < least) return false;
  if (chunk_ticket_ != 0) return true;
  auto& staging = p_.staging();
  if (!std::exchange(pull.named, true)) staging.pull = pull.what;
  const auto end = pull.unwritten.begin() +
                   static_cast<std::ptrdiff_t>(std::min(pull.unwritten.size(), most_chunks));
  const auto& bytes = pull.loader ? pull.loader->bytes() : pull.bytes;
  for (auto number = pull.unwritten.begin(); number != end; ++number) {
    const std::size_t at = std::size_t{*number} * wire::chunk_size;
    auto& chunk = staging.chunks.emplace_back();
    chunk.number = *number;
    chunk.bytes.resize(std::min<std::size_t>(wire::chunk_size, pull.what.size - at));
    bytes.read(at, chunk.bytes);
  }
  pull.written += staging.chunks.size();
  pull.unwritten.erase(pull.unwritten.begin(), end);
  pull.wrote = p_.now;
  chunk_ticket_ = p_.ticket_of_this_step();
  return true;
}

// ---- Loading

void SnapshotReceiver::complete() {
  p_.timers.clear(Timer::snapshot_pull);
  pull_->sender = p_.master;
  pull_->told = p_.now;
  pull_->loader.emplace(std::exchange(pull_->bytes, {}), pull_->what, p_.table.empty());
  load();
}

void SnapshotReceiver::load_timer() {
  if (p_.installing()) return shed();
  if (loading())
    load();
  else
    clear();
  shed();
}

void SnapshotReceiver::load() {
  if (is_overtaken() || p_.is_master()) {
    const auto index = pull_->what.index;
    abandon();
    if (index > p_.commit && !p_.is_master()) p_.slave_consensus.verified_up_to(index);
    return;
  }
  keep_it_there();
  const bool goes_on = load_some();
  if (pull_->loader->failed()) return abandon();
  if (goes_on && pull_->loader->done()) return install();
  // Else the disk is waited for.
  p_.timers.bring_forward(Timer::snapshot_load,
                          p_.now + (goes_on ? between_steps : between_tellings));
}

// False: what comes next waits for the disk.
bool SnapshotReceiver::load_some() {
  if (write_chunks(usual_chunks)) return false;
  auto& loader = *pull_->loader;
  const auto rows_at_once = p_.out->room(least_room) / work_of_row;
  std::size_t touched = 0;
  bool waits = false;
  if (!loader.checked()) touched = loader.check(rows_at_once);
  if (loader.checked() && !loader.failed() && touched < rows_at_once) {
    clear();
    waits = left_over_ > 0 || rows_unwritten_ >= rows_unwritten;
    if (!waits) {
      const auto rows = loader.load(rows_at_once - touched, p_.staging().rows);
      pull_->staged += rows;
      rows_unwritten_ += rows;
      rows_in_flight_.push_back({p_.ticket_of_this_step(), rows});
      touched += rows;
    }
  }
  p_.out->worked(work_of_row * touched);
  return !waits;
}

// Its sender, or the log behind it at the sender, would be gone when it is in force.
void SnapshotReceiver::keep_it_there() {
  if (pull_->told + between_tellings > p_.now || p_.master != pull_->sender || !p_.master) return;
  pull_->told = p_.now;
  p_.send(p_.master, wire::SnapshotGet{pull_->what.id, 1, 0});
}

void SnapshotReceiver::persisted(std::uint64_t ticket) {
  bool news = false;
  if (chunk_ticket_ != 0 && chunk_ticket_ <= ticket) {
    chunk_ticket_ = 0;
    news = true;
  }
  while (!rows_in_flight_.empty() && rows_in_flight_.front().ticket <= ticket) {
    rows_unwritten_ -= rows_in_flight_.front().rows;
    rows_in_flight_.pop_front();
    news = true;
  }
  if (clear_ticket_ != 0 && clear_ticket_ <= ticket) {
    clear_ticket_ = 0;
    left_over_ -= std::exchange(clearing_, 0);
    if (!loading() && left_over_ > 0)
      p_.timers.bring_forward(Timer::snapshot_load, p_.now + between_clearings);
    news = true;
  }
  if (news && loading()) p_.timers.bring_forward(Timer::snapshot_load, p_.now);
}

// ---- The end of it

void SnapshotReceiver::install() {
  unwritten_at_install_ = p_.rows_unwritten();
  p_.install(pull_->loader->head(), pull_->loader->table().digest());
}

void SnapshotReceiver::installed() {
  auto& loader = *pull_->loader;
  // What is in the tables of the disk that were those in force.
  left_over_ += p_.table.peers() + p_.table.registrations() + p_.table.contents() +
                unwritten_at_install_ + (p_.log.last() + 1 - p_.log.begin()) + pull_->written;
  std::swap(p_.table, loader.table());
  old_tables_.push_back(std::move(loader.table()));
  old_bytes_.push_back(std::move(loader.bytes()));
  pull_.reset();
  paused_ = true;
  rows_in_flight_.clear();
  rows_unwritten_ = 0;
  p_.timers.set(Timer::snapshot_load, p_.now + between_clearings);
}

void SnapshotReceiver::abandon() {
  if (!pull_) return;
  p_.timers.clear(Timer::snapshot_pull);
  left_over_ += pull_->written + pull_->staged;
  if (pull_->named || pull_->staged > 0) {
    auto& staging = p_.staging();
    staging.chunks.clear();
    staging.rows.clear();
    staging.pull = db::PulledSnapshot{};
  }
  if (pull_->loader) {
    old_tables_.push_back(std::move(pull_->loader->table()));
    old_bytes_.push_back(std::move(pull_->loader->bytes()));
  }
  old_bytes_.push_back(std::move(pull_->bytes));
  pull_.reset();
  paused_ = true;
  p_.timers.bring_forward(Timer::snapshot_load, p_.now + between_clearings);
}

void SnapshotReceiver::forget_old() {
  if (pull_ && !p_.installing() && pull_->what.index <= p_.commit) abandon();
}

void SnapshotReceiver::clear() {
  if (left_over_ == 0 || clear_ticket_ != 0) return;
  clearing_ = std::min(left_over_, cleared_at_once);
  p_.staging().clear = clearing_;
  clear_ticket_ = p_.ticket_of_this_step();
}

void SnapshotReceiver::shed() {
  if (!old_tables_.empty() && !old_tables_.front().shed(shed_at_once)) old_tables_.pop_front();
  if (!old_bytes_.empty() && !old_bytes_.front().shed(segments_at_once)) old_bytes_.pop_front();
  if (!old_tables_.empty() || !old_bytes_.empty())
    p_.timers.bring_forward(Timer::snapshot_load, p_.now + between_steps);
}

}  // namespace swarm
