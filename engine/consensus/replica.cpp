#include "engine/consensus/replica.hpp"

#include <exception>
#include <utility>

#include "engine/base/assert.hpp"
#include "engine/consensus/replica_impl.hpp"

namespace swarm {
namespace {

// A call that changes a replica is allowed only within a step, because it needs the time and an
// outbox.
template <class Impl>
Impl& in_step(const std::unique_ptr<Impl>& impl) {
  SWARM_ASSERT(impl->s.out, "a call comes within a step");
  return *impl;
}

}  // namespace

db::Ballot Replica::fresh_ballot(Secrets& secrets) {
  db::Ballot fresh;
  fresh.store = StoreId{secrets.number(SecretPurpose::store_id) | 1};
  return fresh;
}

Replica::Replica(Start start, Links& links, StateMachine& machine, Service& service)
    : impl_(std::make_unique<Impl>(std::move(start), links, machine, service)) {}
Replica::~Replica() = default;

Replica::Step::Step(Replica& replica, Time now, Outbox& out) : replica_(replica) {
  auto& s = replica.impl_->s;
  SWARM_ASSERT(!s.out, "a step begins after the one before it has ended");
  s.begin_step(now);
  s.out = &out;
}

Replica::Step::~Step() noexcept(false) {
  // After an exception the state may be half changed, so nothing of it is handed to the disk.
  if (std::uncaught_exceptions() == 0) replica_.impl_->end_of_step();
  replica_.impl_->s.out = nullptr;
}

void Replica::start() {
  in_step(impl_).start();
}
void Replica::receive(const Endpoint& from, const wire::Message& message) {
  in_step(impl_).receive(from, message);
}
void Replica::dropped(const Endpoint& from, Bytes datagram, Reject why) {
  in_step(impl_).dropped(from, datagram, why);
}
void Replica::wake() {
  in_step(impl_).wake();
}
Time Replica::next_wake() const {
  return impl_->s.timers.next_wake();
}
void Replica::persisted(Ticket ticket) {
  in_step(impl_).persisted(ticket);
}
void Replica::clock_went_back(Duration by) {
  in_step(impl_).clock_went_back(by);
}
void Replica::heard_group() {
  in_step(impl_).hearing.heard_one();
}
bool Replica::hand_over() {
  return in_step(impl_).hand_over();
}
bool Replica::remove(MemberId member) {
  return in_step(impl_).membership.remove(member);
}
void Replica::stop() {
  in_step(impl_).stop();
}
bool Replica::leave() {
  return in_step(impl_).departure.begin();
}
bool Replica::first_start(FirstStart how) {
  return in_step(impl_).founding.begin(how);
}
void Replica::reload(const ConsensusSettings& settings) {
  impl_->s.settings = settings;
}

void Replica::death_certificate(Outbox& out) const {
  auto& s = impl_->s;
  if (!s.is_member()) return;
  auto* const current = std::exchange(s.out, &out);  // the call may be outside of a step
  s.broadcast(wire::Dead{s.self(), s.boot, s.store()});
  s.out = current;
}

Mastership& Replica::mastership() {
  return *impl_;
}
const TrackerView& Replica::view() const {
  return impl_->view;
}
const Config& Replica::config() const {
  return impl_->s.config();
}
std::uint64_t Replica::rejected(Reject reason) const {
  return impl_->rejects[static_cast<std::size_t>(reason)];
}
std::vector<MemberReport> Replica::members(Time now) const {
  return impl_->cft.members(now);
}
std::vector<Endpoint> Replica::candidates() const {
  return impl_->founding.candidates();
}

}  // namespace swarm
