#include "engine/consensus/replica_state.hpp"

#include <algorithm>

namespace swarm {

ReplicaState::ReplicaState(ConsensusSettings all_settings, const Random& chance, BootId process,
                           const BallotBox& identity, const db::TrackerImage& image,
                           StateMachine& state_machine, Service& service_of_it)
    : settings(std::move(all_settings)),
      random(chance),
      boot(process),
      ballot(identity),
      log(image),
      commit(image.tables.applied.index),
      applied(commit),
      machine(state_machine),
      service(service_of_it) {}

bool ReplicaState::is_voter() const {
  const auto* me = config().find(self());
  return me && me->standing == Standing::voter && me->store == store();
}

void ReplicaState::send_to(const Endpoint& address, MemberId to, const wire::Body& body) {
  wire::encode({ballot.current().cluster, self(), to, boot, store(), term()}, body,
               settings.swarm_secret, buffer_);
  out->send(Channel::cluster, address, buffer_);
}

void ReplicaState::send(MemberId to, const wire::Body& body) {
  const auto* member = config().find(to);
  const Endpoint address = member ? member->cluster : members.of(to).address;
  if (address.port != 0) send_to(address, to, body);
}

void ReplicaState::broadcast(const wire::Body& body) {
  wire::encode({ballot.current().cluster, self(), MemberId{}, boot, store(), term()}, body,
               settings.swarm_secret, buffer_);
  for (const auto& member : config().members)
    if (member.id != self()) out->send(Channel::cluster, member.cluster, buffer_);
}

void ReplicaState::learn_swarm_time(SwarmTime stamp) {
  const auto before = swarm_time();
  clock.learn(stamp, now);
  if (swarm_time().us > before.us + stands_still / 1us) stood_still();
}

void ReplicaState::follow_swarm_time(SwarmTime time) {
  const auto before = swarm_time();
  clock.follow(time, now);
  if (swarm_time().us > before.us + stands_still / 1us) stood_still();
}

void ReplicaState::begin_step(Time at) {
  const bool still = is_member() && at > now + stands_still;
  now = at;
  if (still) stood_still();
}

void ReplicaState::become(Role next) {
  if (role == next) return;
  role = next;
  event(event::RoleChanged{role, term()});
}

void ReplicaState::become_member(ClusterId cluster, MemberId member) {
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
