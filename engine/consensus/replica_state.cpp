#include "engine/consensus/replica_state.hpp"

#include <algorithm>

#include "engine/base/assert.hpp"
#include "engine/consensus/timing.hpp"

namespace swarm {
ReplicaState::ReplicaState(GroupId its_group, ConsensusSettings all_settings, const StartDraw& draw,
                           BootId process, const BallotBox& identity, const db::TrackerImage& image,
                           Links& links_of_process, StateMachine& state_machine,
                           Service& service_of_it)
    : group(its_group),
      settings(std::move(all_settings)),
      random(draw.chance),
      secrets(draw.entropy),
      boot(process),
      links(links_of_process),
      ballot(identity),
      log(image),
      commit(image.tables.applied.index),
      applied(commit),
      machine(state_machine),
      service(service_of_it) {}

bool ReplicaState::is_voter() const {
  // Another store is another member, even if it has this member's id (R22).
  const auto* me = config().find(self());
  return me && me->standing == Standing::voter && me->store == store();
}

wire::Header ReplicaState::header(MemberId to) const {
  return {ballot.current().cluster, self(), to, boot, store(), term()};
}

void ReplicaState::send_to(const Endpoint& address, MemberId to, const wire::Body& body) {
  SWARM_ASSERT(out, "a datagram leaves within a step");
  links.send(now, *out, {&address, 1}, header(to), body);
}

void ReplicaState::send(MemberId to, const wire::Body& body) {
  // A datagram for a member that this CONFIG does not name yet goes to the address at which the
  // member was heard last.
  const auto* member = config().find(to);
  const Endpoint address = member ? member->cluster : members.of(to).address;
  if (address.port != 0) send_to(address, to, body);
}

void ReplicaState::broadcast(const wire::Body& body) {
  SWARM_ASSERT(out, "a datagram leaves within a step");
  addresses_.clear();
  for (const auto& member : config().members)
    if (member.id != self()) addresses_.push_back(member.cluster);
  links.send(now, *out, addresses_, header(MemberId{}), body);
}

void ReplicaState::begin_step(Time at) {
  SWARM_ASSERT(at >= now, "time never goes back");
  const Time before = std::exchange(now, at);
  if (before == Time::min()) return;
  // Swarm time may gain on this clock by a quarter of the elapsed time without any standstill,
  // because the clocks of two members may differ in rate by a fifth.
  ahead_ = std::max(ahead_ - (now - before) / 4, Duration::zero());
  // A timer that is so late shows that this process stood still (R18).
  if (is_member() && now - timing::stood_still_by > timers.next_wake()) stood_still(before);
}

void ReplicaState::learn_swarm_time(SwarmTime stamp) {
  const auto before = swarm_time();
  clock.learn(stamp, now);
  leapt(before);
}

void ReplicaState::follow_swarm_time(SwarmTime time) {
  const auto before = swarm_time();
  clock.follow(time, now);
  if (std::exchange(knows_swarm_time_, true)) leapt(before);
}

// After a standstill the keep-alives that waited are read one after another. Each shows a part of
// the standstill, so the leaps of swarm time are added up (R18).
void ReplicaState::leapt(SwarmTime before) {
  if (!knows_swarm_time_) return;
  // A master that lies may state any time.
  constexpr auto most =
      std::chrono::duration_cast<std::chrono::microseconds>(timing::longest_standstill).count();
  const auto by = static_cast<std::int64_t>(swarm_time().us - before.us);
  const std::chrono::microseconds leap(std::clamp<std::int64_t>(by, -most, most));
  ahead_ = std::max(ahead_ + leap, Duration::zero());
  if (ahead_ < timing::stood_still_by) return;
  const auto still = std::exchange(ahead_, Duration::zero());
  service.clock_stood_still(still);
  stood_still(now - still);  // as if this clock had gone on during the standstill
}

void ReplicaState::stood_still(Time since) {
  SWARM_ASSERT(since <= now, "a standstill begins before it is noticed (R18)");
  still_since_ = std::min(earliest_arrival(), since);
  late_until_ = now + timing::late_for;
}

void ReplicaState::become(Role next) {
  if (role == next) return;
  SWARM_ASSERT(role != Role::removed, "a removed member takes no role again (R22)");
  SWARM_ASSERT(next != Role::stranger, "a member is never a stranger again");
  SWARM_ASSERT(next != Role::master || role == Role::candidate, "only a candidate becomes master");
  SWARM_ASSERT(role != Role::master || next == Role::slave || next == Role::learner,
               "a master becomes a slave or a learner");
  role = next;
  event(event::RoleChanged{role, term()});
}

void ReplicaState::become_member(ClusterId cluster, MemberId member) {
  SWARM_ASSERT(role == Role::stranger, "only a stranger becomes a member");
  auto& b = ballot.change();
  b.cluster = cluster;
  b.member = member;
  b.promise = std::max(b.promise, settings.promise);
  event(event::Founded{cluster, member});
  become(Role::learner);
  timers.clear(Timer::hello);
  timers.set(Timer::status, now);
}

}  // namespace swarm
