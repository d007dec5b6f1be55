#include "engine/consensus/replica.hpp"

#include <exception>
#include <utility>

#include "engine/base/assert.hpp"
#include "engine/consensus/replica_impl.hpp"

namespace swarm {

db::Ballot Replica::fresh_ballot(Random& random) {
  db::Ballot fresh;
  fresh.store = StoreId{random.next() | 1};
  return fresh;
}

Replica::Replica(Start start, StateMachine& machine, Service& service)
    : impl_(std::make_unique<Impl>(std::move(start), machine, service)) {}
Replica::~Replica() = default;

Replica::Step::Step(Replica& replica, Time now, Outbox& out) : replica_(replica) {
  auto& s = replica.impl_->s;
  SWARM_ASSERT(now >= s.now, "time never goes back");
  s.begin_step(now);
  s.out = &out;
}

Replica::Step::~Step() noexcept(false) {
  if (std::uncaught_exceptions() == 0) replica_.impl_->end_of_step();
}

void Replica::start() {
  impl_->start();
}
void Replica::receive(const Endpoint& from, Bytes datagram) {
  impl_->receive(from, datagram);
}
void Replica::wake() {
  impl_->wake();
}
Time Replica::next_wake() const {
  return impl_->s.timers.next_wake();
}
void Replica::persisted(Ticket ticket) {
  impl_->persisted(ticket);
}
void Replica::clock_went_back(Duration by) {
  impl_->clock_went_back(by);
}
void Replica::heard_group() {
  impl_->hearing.heard_one();
}
bool Replica::hand_over() {
  return impl_->hand_over();
}
bool Replica::remove(MemberId member) {
  return impl_->membership.remove(member);
}
void Replica::stop() {
  impl_->stop();
}
bool Replica::leave() {
  return impl_->departure.begin();
}
bool Replica::first_start(FirstStart how) {
  return impl_->founding.begin(how);
}
void Replica::reload(const ConsensusSettings& settings) {
  impl_->s.settings = settings;
}

void Replica::death_certificate(Outbox& out) const {
  auto& s = impl_->s;
  if (!s.is_member()) return;
  auto* const current = std::exchange(s.out, &out);
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
std::vector<MemberReport> Replica::members() const {
  return impl_->cft.members();
}
std::vector<Endpoint> Replica::candidates() const {
  return impl_->founding.candidates();
}

}  // namespace swarm
