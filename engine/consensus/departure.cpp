#include "engine/consensus/departure.hpp"

#include "engine/consensus/parts.hpp"

namespace swarm {
namespace {
constexpr Duration ask_again = 100ms;
constexpr Duration hand_over_again = 1s;  // peers wait while a master drains
constexpr Duration last_resort = 1s;      // after the last promise
}  // namespace

bool Departure::begin() {
  if (!p_.is_member()) {
    p_.out->exit("stopped: it belonged to no swarm");
    return true;
  }
  if (p_.stopping || (p_.is_voter() && p_.config().voters() == 1)) return false;
  under_way_ = true;
  followed();
  return true;
}

void Departure::stop() {
  if (p_.is_master() || (!p_.master && p_.relay.pending() == 0)) return p_.out->exit("stopped");
  p_.election.stop();
  if (p_.role == Role::candidate) p_.become(Role::slave);
  followed();
}

void Departure::followed() {
  answers_until_ = p_.now + p_.settings.promise;
  timer();
}

void Departure::master_silent() {
  p_.master = {};
  timer();
}

void Departure::answered() {
  if (!p_.is_master() && p_.now < answers_until_) timer();
}

void Departure::timer() {
  if (!under_way_ && !p_.stopping) return;
  if (!p_.is_master() && p_.relay.pending() > 0 && p_.now < answers_until_)
    return p_.timers.set(Timer::leave, answers_until_);
  if (p_.stopping && !p_.is_master())
    return p_.out->exit(p_.master ? "stopped: another is the master"
                                  : "stopped: there is no other master");
  if (p_.is_master()) {
    under_way_ = p_.master_consensus.hand_over();  // false: all other voters were removed meanwhile
    p_.timers.set(Timer::leave, p_.now + hand_over_again);
    return;
  }
  const auto& config = p_.config();
  const bool known = !config.members.empty() && p_.log.config_index() <= p_.commit;
  if (known && !config.find(p_.self())) return p_.out->exit("left");
  p_.membership.ask_master(wire::Order::What::remove, p_.self());
  p_.timers.set(Timer::leave, p_.now + ask_again);
}

void Departure::won() {
  if (under_way_) p_.timers.set(Timer::leave, p_.now + hand_over_again);
}

Time Departure::may_stand_from() const {
  return under_way_ ? p_.fault_tolerance.promise_until() + last_resort : Time::min();
}

}  // namespace swarm
