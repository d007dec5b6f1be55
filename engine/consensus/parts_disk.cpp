// What goes to the disks, and what comes of it: rows, log and ballot at the end of a step, reports
// of what is durable, syncs that take too long.
#include "engine/consensus/parts.hpp"

namespace swarm {
namespace {

// Of a large table more of the log is kept than settings.log_keep: a quarter of what a snapshot
// has.
constexpr std::size_t registrations_per_kept_block = 128;
constexpr std::uint64_t most_dropped_at_once = 256;  // blocks of the log, by one write

}  // namespace

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

}  // namespace swarm
