#include "engine/consensus/snapshot_receiver.hpp"

#include <algorithm>
#include <utility>

#include "engine/base/assert.hpp"
#include "engine/consensus/timing.hpp"

namespace swarm {
namespace {

constexpr std::uint64_t largest = 4ULL << 30;  // the most bytes of a snapshot that is accepted

// Chunks are written when usual_chunks of them have come, or after a while. One write takes all
// chunks that have come, up to most_chunks.
constexpr std::size_t usual_chunks = 64;
constexpr std::size_t most_chunks = 1024;

// The work of loading, in units of Outbox::worked(): the least that a step may do, and the work of
// one row.
constexpr std::size_t least_room = 256, work_of_row = 2;
constexpr std::size_t rows_unwritten = 4096;  // with so many rows to write, loading waits

// Leftovers are deleted a few at a time. Otherwise blocks that a slave has to acknowledge would
// have to wait behind leftovers for the disk.
constexpr std::size_t cleared_at_once = 512;
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

SnapshotReceiver::SnapshotReceiver(ReplicaState& state, Applier& applier, db::TrackerImage& image)
    : s_(state), applier_(applier), left_over_(image.left_over) {
  const auto chunks = std::exchange(image.chunks, {});
  if (image.pull.size == 0) return;
  // This snapshot cannot be installed any more: it is not newer than the tables, or is too large.
  if (image.pull.size > largest || image.pull.index <= image.tables.applied.index) {
    left_over_ += chunks.size();
    is_over_ = true;
    return;
  }
  auto& pull = pull_.emplace(image.pull, std::min(s_.settings.snapshot_window, 64u), Time{});
  pull.named = true;
  pull.written = chunks.size();
  for (const auto& chunk : chunks) {
    if (!pull.has_size_of(chunk.number, chunk.bytes)) continue;
    pull.bytes.put(chunk.number, chunk.bytes);
    pull.chunks.has(chunk.number);
  }
}

void SnapshotReceiver::start() {
  if (is_over_) applier_.staging().pull = db::PulledSnapshot{};  // the disk forgets the pull
  if (left_over_ > 0) s_.timers.set(Timer::snapshot_load, s_.now + timing::clearing_step);
}

// ---- Pulling

// True: the log here has all that the snapshot has, so loading it is of no use.
bool SnapshotReceiver::is_overtaken() const {
  const auto& what = pull_->what;
  return what.index <= s_.commit ||
         (s_.log.knows_term(what.index) && s_.log.term_at(what.index) == what.term);
}

void SnapshotReceiver::on_meta(const wire::SnapshotMeta& m) {
  if (applier_.installing() || loading() || m.index <= s_.commit || m.size > largest || m.size == 0)
    return;
  if (pull_ && pull_->what == pulled(m)) {
    if (!std::exchange(paused_, false)) return;  // the pull is under way
    pull_->chunks.resume(s_.now);
    if (pull_->chunks.complete()) return complete();
    return ask();
  }
  if (s_.log.knows_term(m.index) && s_.log.term_at(m.index) == m.term)
    return known_up_to(m.index);  // the log here has all that the snapshot has
  abandon();
  paused_ = false;
  pull_.emplace(pulled(m), std::min(s_.settings.snapshot_window, 64u), s_.now);
  ask();
}

void SnapshotReceiver::ask() {
  SWARM_ASSERT(pulling() && !loading(), "chunks are asked for while a snapshot is pulled");
  const auto wanted = pull_->chunks.ask(s_.now);
  for (std::size_t i = 0; i < wanted.size();) {
    wire::SnapshotGet get{pull_->what.id, wanted[i], 0};
    for (; i < wanted.size() && wanted[i] >= get.first && wanted[i] - get.first < 64; ++i)
      get.wanted |= 1ULL << (wanted[i] - get.first);
    if (s_.master) s_.send(s_.master, get);
  }
  s_.timers.set(Timer::snapshot_pull, pull_->chunks.next_wake());
}

void SnapshotReceiver::pull_timer() {
  if (!pulling() || loading()) return;
  // The master is gone or has forgotten the snapshot. The slave FETCHes again, and the present
  // master then offers a snapshot.
  if (pull_->chunks.heard() + timing::pull_given_up <= s_.now) return stop_pulling();
  pull_->chunks.wake(s_.now);
  ask();
}

void SnapshotReceiver::on_data(const wire::SnapshotData& m) {
  if (!pulling() || loading() || pull_->what.id != m.id || !pull_->chunks.was_asked(m.chunk) ||
      !pull_->has_size_of(m.chunk, m.bytes))
    return;
  if (pull_->chunks.received(s_.now, m.chunk)) {
    pull_->bytes.put(m.chunk, m.bytes);
    pull_->unwritten.push_back(m.chunk);
    if (pull_->chunks.complete()) return complete();
    write_chunks(pull_->wrote + timing::chunks_written_after <= s_.now ? 1 : usual_chunks);
  }
  ask();
}

// Writes the chunks that have come, if there are at least `least`. Only one such write is under way
// at a time. True: a write of chunks is not durable yet.
bool SnapshotReceiver::write_chunks(std::size_t least) {
  auto& pull = *pull_;
  if (pull.unwritten.size() < least) return false;
  if (chunk_ticket_ != 0) return true;
  auto& staging = applier_.staging();
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
  pull.wrote = s_.now;
  chunk_ticket_ = applier_.ticket_of_this_step();
  return true;
}

// ---- Loading

void SnapshotReceiver::complete() {
  SWARM_ASSERT(!loading() && pull_->chunks.complete(),
               "a snapshot is loaded once, when it is whole");
  s_.timers.clear(Timer::snapshot_pull);
  pull_->sender = s_.master;
  pull_->told = s_.now;
  pull_->loader = s_.machine.load_snapshot(std::exchange(pull_->bytes, {}), pull_->what);
  SWARM_ASSERT(pull_->loader, "a state machine loads what it is given");
  load();
}

void SnapshotReceiver::load_timer() {
  if (applier_.installing()) return shed();
  if (loading())
    load();
  else
    clear();
  shed();
}

void SnapshotReceiver::load() {
  SWARM_ASSERT(loading(), "what is loaded has come whole");
  // A master's log has all that is committed, and is never replaced.
  if (is_overtaken() || s_.is_master()) {
    const auto index = pull_->what.index;
    abandon();
    if (index > s_.commit && !s_.is_master()) known_up_to(index);
    return;
  }
  keep_it_there();
  const bool goes_on = load_some();
  if (pull_->loader->failed()) return abandon();
  // A candidate's log stays as it is, because the candidate may win, and a master's log is never
  // replaced.
  if (goes_on && pull_->loader->done() && s_.role != Role::candidate) return install();
  // Loading continues in a moment, or when the disk has reported. Meanwhile the sender is told from
  // time to time that the snapshot is still wanted.
  s_.timers.bring_forward(Timer::snapshot_load,
                          s_.now + (goes_on ? timing::snapshot_step : timing::still_wanted));
}

// Loads as much as one step has room for. False: the rest waits for the disk.
bool SnapshotReceiver::load_some() {
  // So after a restart few chunks must be pulled again.
  if (write_chunks(usual_chunks)) return false;
  auto& loader = *pull_->loader;
  const auto rows_at_once = s_.out->room(least_room) / work_of_row;
  std::size_t touched = 0;
  bool waits = false;
  if (!loader.checked()) touched = loader.check(rows_at_once);
  if (loader.checked() && !loader.failed() && touched < rows_at_once) {
    clear();  // rows are staged only when no leftovers remain
    waits = left_over_ > 0 || rows_unwritten_ >= rows_unwritten;
    // A candidate that has loaded everything writes nothing more. Each empty write would be
    // reported, and the report would lead back here.
    if (!waits && !loader.done()) {
      const auto rows = loader.load(rows_at_once - touched, applier_.staging().rows);
      pull_->staged += rows;
      rows_unwritten_ += rows;
      rows_in_flight_.push_back({applier_.ticket_of_this_step(), rows});
      touched += rows;
    }
  }
  s_.out->worked(work_of_row * touched);
  return !waits;
}

// Tells the sender that the snapshot is still wanted, because loading takes long. Otherwise the
// master would forget the snapshot and drop the blocks that follow it. This slave would then need
// another snapshot as soon as this one is in force.
void SnapshotReceiver::keep_it_there() {
  if (pull_->told + timing::still_wanted > s_.now || s_.master != pull_->sender || !s_.master)
    return;
  pull_->told = s_.now;
  s_.send(s_.master, wire::SnapshotGet{pull_->what.id, 1, 0});  // wants no chunk
}

void SnapshotReceiver::persisted(std::uint64_t ticket) {
  bool news = false;
  if (chunk_ticket_ != 0 && chunk_ticket_ <= ticket) {
    chunk_ticket_ = 0;
    news = true;
  }
  while (!rows_in_flight_.empty() && rows_in_flight_.front().ticket <= ticket) {
    SWARM_ASSERT(rows_unwritten_ >= rows_in_flight_.front().rows, "a staged row is written once");
    rows_unwritten_ -= rows_in_flight_.front().rows;
    rows_in_flight_.pop_front();
    news = true;
  }
  if (clear_ticket_ != 0 && clear_ticket_ <= ticket) {
    clear_ticket_ = 0;
    SWARM_ASSERT(left_over_ >= clearing_, "a leftover row is deleted once");
    left_over_ -= std::exchange(clearing_, 0);
    if (!loading() && left_over_ > 0)
      s_.timers.bring_forward(Timer::snapshot_load, s_.now + timing::clearing_step);
    news = true;
  }
  if (news && loading()) s_.timers.bring_forward(Timer::snapshot_load, s_.now);
}

// ---- The end of it

void SnapshotReceiver::install() {
  SWARM_ASSERT(pull_->loader->done() && !pull_->loader->failed(),
               "a snapshot is installed when all of it is loaded (R19)");
  SWARM_ASSERT(pull_->loader->head().applied.index == pull_->what.index,
               "the snapshot that is installed is the one that was offered");
  unwritten_at_install_ = applier_.rows_unwritten();
  applier_.install(pull_->loader->head(), pull_->loader->digest());
}

void SnapshotReceiver::installed() {
  SWARM_ASSERT(loading(), "a snapshot is loaded before it is in force (R19)");
  auto& loader = *pull_->loader;
  // The former tables and log and the chunks are left over on the disk, to be deleted.
  const auto size = s_.machine.size();
  left_over_ += size.peers + size.registrations + size.contents + unwritten_at_install_ +
                (s_.log.last() + 1 - s_.log.begin()) + pull_->written;
  s_.machine.install(loader);
  old_bytes_.push_back(std::move(loader.bytes()));
  old_states_.push_back(std::move(pull_->loader));
  pull_.reset();
  paused_ = true;
  rows_in_flight_.clear();
  rows_unwritten_ = 0;
  s_.timers.set(Timer::snapshot_load, s_.now + timing::clearing_step);
}

void SnapshotReceiver::abandon() {
  if (!pull_) return;
  s_.timers.clear(Timer::snapshot_pull);
  left_over_ += pull_->written + pull_->staged;
  if (pull_->named || pull_->staged > 0) {
    auto& staging = applier_.staging();
    staging.chunks.clear();
    staging.rows.clear();
    staging.pull = db::PulledSnapshot{};
  }
  if (pull_->loader) {
    old_bytes_.push_back(std::move(pull_->loader->bytes()));
    old_states_.push_back(std::move(pull_->loader));
  }
  old_bytes_.push_back(std::move(pull_->bytes));
  pull_.reset();
  paused_ = true;
  s_.timers.bring_forward(Timer::snapshot_load, s_.now + timing::clearing_step);
}

void SnapshotReceiver::forget_old() {
  if (pull_ && !applier_.installing() && pull_->what.index <= s_.commit) abandon();
}

void SnapshotReceiver::clear() {
  if (left_over_ == 0 || clear_ticket_ != 0) return;
  SWARM_ASSERT(clearing_ == 0, "leftover rows are deleted by one write at a time");
  clearing_ = std::min(left_over_, cleared_at_once);
  applier_.staging().clear = clearing_;
  clear_ticket_ = applier_.ticket_of_this_step();
}

void SnapshotReceiver::shed() {
  if (!old_states_.empty() && !old_states_.front()->shed(shed_at_once)) old_states_.pop_front();
  if (!old_bytes_.empty() && !old_bytes_.front().shed(segments_at_once)) old_bytes_.pop_front();
  if (!old_states_.empty() || !old_bytes_.empty())
    s_.timers.bring_forward(Timer::snapshot_load, s_.now + timing::snapshot_step);
}

}  // namespace swarm
