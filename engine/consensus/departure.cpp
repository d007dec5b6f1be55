#include "engine/consensus/departure.hpp"

#include "engine/base/assert.hpp"
#include "engine/consensus/timing.hpp"

namespace swarm {
bool Departure::begin() {
  if (!s_.is_member()) {
    s_.out->exit("stopped: it belonged to no swarm");
    return true;
  }
  // The only voter cannot leave. The swarm would be without a master for good.
  if (s_.stopping || (s_.is_voter() && s_.config().voters() == 1)) return false;
  under_way_ = true;
  followed();
  return true;
}

void Departure::stop() {
  SWARM_ASSERT(s_.stopping, "a stop was ordered");
  // A master that gets here is the only voter, so there is nobody to hand over to.
  if (s_.is_master() || (!s_.master && s_.service.pending() == 0)) return s_.out->exit("stopped");
  // This tracker no longer stands for election. It waits until a master has answered its requests
  // (R23).
  election_.stop();
  if (s_.role == Role::candidate) s_.become(Role::slave);
  followed();
}

void Departure::followed() {
  answers_until_ = s_.now + s_.settings.promise;
  timer();
}

void Departure::master_silent() {
  s_.master = {};
  timer();
}

void Departure::answered() {
  if (!s_.is_master() && s_.now < answers_until_) timer();
}

void Departure::timer() {
  if (!under_way_ && !s_.stopping) return;
  // Clients that asked only this tracker still wait for the master's answers (R23).
  if (!s_.is_master() && s_.service.pending() > 0 && s_.now < answers_until_)
    return s_.timers.set(Timer::leave, answers_until_);
  if (s_.stopping && !s_.is_master())
    return s_.out->exit(s_.master ? "stopped: another is the master"
                                  : "stopped: there is no other master");
  if (s_.is_master()) {
    // The hand-over is refused if all other voters were removed meanwhile. Then this master stays.
    under_way_ = master_.hand_over();
    s_.timers.set(Timer::leave, s_.now + timing::hand_over_again);
    return;
  }
  const auto& config = s_.config();
  // A truncation may still undo an uncommitted CONFIG without this member. The swarm would then
  // need this member's vote.
  const bool known = !config.members.empty() && s_.log.config_index() <= s_.commit;
  if (known && !config.find(s_.self())) return s_.out->exit("left");
  membership_.ask_master(wire::Order::What::remove, s_.self());
  s_.timers.set(Timer::leave, s_.now + timing::leave_again);
}

void Departure::won() {
  SWARM_ASSERT(s_.is_master(), "a winner is the master");
  if (under_way_) s_.timers.set(Timer::leave, s_.now + timing::hand_over_again);
}

Time Departure::may_stand_from() const {
  return under_way_ ? cft_.promise_until() + timing::last_resort : Time::min();
}

}  // namespace swarm
