// The steps of a replica: its start, a due timer, the report of a disk, and the end of each step.
#include <algorithm>
#include <utility>

#include "engine/base/assert.hpp"
#include "engine/consensus/replica_impl.hpp"
#include "engine/consensus/timing.hpp"

namespace swarm {

Replica::Impl::Impl(Start start, Links& links, StateMachine& machine, Service& service)
    : s(start.group, std::move(start.settings), start.draw, start.boot,
        BallotBox(start.ballot, start.is_fresh ? db::Ballot{} : start.ballot), start.image, links,
        machine, service),
      applier(s, *this, start.image.tables.applied),
      bulk(s),
      snapshots(s, applier, bulk),
      receiver(s, applier, start.image),
      evidence(s, s.log.last()),
      hearing(s),
      slave(s, applier, receiver, evidence),
      cft(s, bulk, evidence, hearing, slave),
      consensus(s, applier, bulk, snapshots, hearing, cft),
      membership(s, consensus),
      election(s, slave, cft, consensus),
      departure(s, cft, consensus, membership, election),
      founding(s, applier, cft, election, departure),
      suspicion(s, cft, election, departure),
      other_secret(s) {
  if (start.is_fresh) s.ballot.change();  // the store's identity is written first of all
}

void Replica::Impl::start() {
  SWARM_ASSERT(s.role == Role::stranger, "a replica is started once");
  s.started = s.now;
  const auto& ballot = s.ballot.current();
  s.muted_until = s.now + ballot.promise;  // R10
  cft.answered_until(0ns);                 // this process knows no request from before its start
  s.clock.follow({}, s.now);               // swarm time counts from now, not from this clock's zero
  s.clock.learn(applier.applied_mark().stamp, s.now);
  if (s.log.last() >= s.log.begin()) s.clock.learn(s.log.at(s.log.last())->stamp, s.now);  // R14
  s.service.loaded();
  applier.look_at_found();
  receiver.start();
  if (s.log.last_term() > ballot.term) s.ballot.change().term = s.log.last_term();  // R0
  SWARM_ASSERT(s.term() >= s.log.last_term(), "a process starts in the term of its log (R0)");
  slave.new_term();
  if (!ballot.member) return founding.start();
  if (ballot.unfit != db::Unfit::no) return take_no_part();
  founding.resume();
  // Tables are compared after whole blocks (R30). With only a part of a block applied, the tables
  // equal those of no other member.
  if (!applier.within_block()) applied(s.applied, s.machine.digest());
  s.service.config_changed();
  s.become(s.is_voter() ? Role::slave : Role::learner);
  s.timers.set(Timer::status, s.now);
  cft.suspect_timer();
}

// ---- Timers

void Replica::Impl::wake() {
  const auto due = [this](Timer timer) { return s.timers.expired(timer, s.now); };
  if (due(Timer::keep_alive) && s.is_master()) keep_alive_timer();
  if (due(Timer::status) && s.is_member()) status_timer();
  if (due(Timer::suspect)) suspicion.silence();
  if (due(Timer::stand)) election.stand_timer();
  if (due(Timer::vote_retry)) election.retry_timer();
  if (due(Timer::block_close) && s.is_master()) consensus.close_timer();
  if (due(Timer::resend) && s.is_master()) consensus.resend_timer();
  if (due(Timer::bulk) && s.is_master()) bulk.send();
  if (due(Timer::fetch)) slave.fetch_timer();
  if (due(Timer::snapshot_pull)) receiver.pull_timer();
  if (due(Timer::snapshot_load)) {
    receiver.load_timer();
    obey_receiver();
  }
  if (due(Timer::hand_over) && s.is_master()) hand_over_timer();
  const Time watch = s.timers.deadline(Timer::disk_watch);
  if (due(Timer::disk_watch)) look_at_disks(watch);
  if (due(Timer::apply) && !applier.installing()) {
    applier.apply_committed();
    if (s.is_master()) consensus.after_apply();
  }
  if (due(Timer::answer)) answer_timer();
  if (due(Timer::snapshot_make)) snapshots.build();
  if (due(Timer::write_rows)) applier.write_rows(snapshots.needed_from());
  if (due(Timer::hello)) founding.hello_timer();
  if (due(Timer::found)) applier.look_at_found();
  if (due(Timer::leave)) departure.timer();
}

void Replica::Impl::keep_alive_timer() {
  if (cft.lost_quorum()) return step_down(Cause::no_quorum);
  consensus.send_keep_alive();
}

void Replica::Impl::status_timer() {
  cft.send_status();
  evidence.tell();
  cft.tell_contacts();
  if (hearing.review(consensus.takes_requests())) consensus.hand_over_to_who_hears();
  membership.review();
  snapshots.forget_old();
  receiver.forget_old();
  s.service.tick();
}

void Replica::Impl::hand_over_timer() {
  if (consensus.hand_over_timer()) step_down(Cause::handed_over);
}

void Replica::Impl::answer_timer() {
  if (s.is_master())
    consensus.answer_timer();
  else if (s.service.answer())
    s.timers.set(Timer::answer, s.now);
}

// If this look comes late, the process or its machine may have stood still. The sync may have ended
// meanwhile, and its report may not be delivered yet. So the tracker looks again (R9).
void Replica::Impl::look_at_disks(Time deadline) {
  const auto age = s.disks.age(s.now);
  if (age < s.settings.sync_hand_over)  // a reload has raised the limit meanwhile
    return s.timers.set(Timer::disk_watch, s.disks.look_at(s.settings.sync_hand_over));
  if (s.now > deadline + timing::late_look) {
    s.timers.set(Timer::disk_watch, s.now + timing::late_look);
  } else if (age >= s.settings.sync_exit) {
    s.out->exit("a sync of the disk has been pending for too long");
  } else {
    // The next look is when the age of the sync has doubled, or at sync_exit if that is earlier
    // (R9).
    s.timers.set(Timer::disk_watch, s.disks.look_at(std::min(s.settings.sync_exit, 2 * age)));
    if (!s.is_master() || consensus.draining()) return;
    if (s.disks.tell_slow()) s.event(event::DiskSlow{age});
    consensus.hand_over(age / 2);
  }
}

// ---- Disks

void Replica::Impl::persisted(Ticket ticket) {
  SWARM_ASSERT(ticket.group == s.group, "a report goes to the group whose write it was");
  if (ticket.disk == Disk::ballot)
    ballot_persisted(ticket.number);
  else
    log_persisted(ticket.number);
}

void Replica::Impl::ballot_persisted(std::uint64_t ticket) {
  s.ballot.persisted(ticket);
  s.disks.ballot.reported(s.now, s.ballot.pending());
  founding.ballot_persisted();
  evidence.ballot_persisted();
  if (s.role != Role::removed) {
    election.ballot_persisted();
    begin_mastership_if_won();
  }
  // This slave left keep-alives unacknowledged while the ballot was being written (R0).
  if (s.is_member() && !s.is_master()) cft.acknowledge(false);
}

void Replica::Impl::log_persisted(std::uint64_t ticket) {
  const bool replaces = applier.persisted(ticket);
  receiver.persisted(ticket);
  if (replaces) installed();
  if (s.is_master()) {
    consensus.own_disk();
  } else if (s.is_member()) {
    // READY is sent only now, when the disk has the blocks, and in the present term (R0, R12).
    if (slave.persisted()) cft.acknowledge(true);
    election.log_persisted();
  }
}

// The installation of a snapshot is durable, so the snapshot replaces state and log (R19).
void Replica::Impl::installed() {
  snapshots.stop_building();
  receiver.installed();
  s.service.loaded();
  applier.replace();
  applied(s.applied, s.machine.digest());
  config_changed();
  slave.installed();
}

void Replica::Impl::end_of_step() {
  if (s.is_master()) consensus.end_of_step();
  s.ballot.flush(*s.out, s.group);
  if (s.ballot.pending()) s.disks.ballot.handed(s.now);
  applier.flush();
  if (s.disks.changed())
    s.timers.set(Timer::disk_watch, s.disks.look_at(s.settings.sync_hand_over));
  check_step();
  view = view_now();
}

// Checks the most important Invariants, in every build. Tests check all of them after each step.
void Replica::Impl::check_step() const {
  SWARM_ASSERT(s.term() >= view.term, "the term never decreases in a process (R0)");
  SWARM_ASSERT(s.commit >= view.commit, "the commit index never goes back in a process");
  SWARM_ASSERT(s.applied >= view.applied, "applied blocks stay applied");
  SWARM_ASSERT(s.applied <= s.commit, "only committed blocks are applied");
  SWARM_ASSERT(s.commit <= s.log.last(), "a committed block is in the log");
  SWARM_ASSERT(s.log.durable() <= s.log.last(), "a durable block is in the log");
  SWARM_ASSERT(!s.is_master() || s.ballot.settled(), "a master's term is durable (R3)");
}

}  // namespace swarm
