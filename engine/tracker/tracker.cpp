#include "engine/tracker/tracker.hpp"

#include <algorithm>
#include <utility>

#include "engine/base/random.hpp"
#include "engine/consensus/replica.hpp"
#include "engine/tracker/settings_keys.hpp"
#include "engine/tracker/shard.hpp"

namespace swarm {

struct Tracker::Impl {
  explicit Impl(Start start) : Impl(start, Random(start.seed)) {}

  TrackerSettings settings;
  Replica replica;
  Shard shard;

 private:
  // The order of the draws is fixed, because each draw decides all later ones: the store's identity
  // if it is new, the keys of hashing, then the choices of the replica.
  struct Drawn {
    db::Ballot ballot;
    Shard::Seeds seeds;
  };
  static Drawn draw(const Start& start, Random& random) {
    Drawn drawn;
    drawn.ballot = start.ballot ? *start.ballot : Replica::fresh_ballot(random);
    drawn.seeds.table = random.next();
    drawn.seeds.sender = random.next();
    return drawn;
  }
  Impl(Start& start, Random random) : Impl(start, draw(start, random), random) {}
  // The replica and the shard each get a reference to the other before it is made. They use it only
  // from start() on.
  Impl(Start& start, const Drawn& drawn, const Random& random)
      : settings(start.settings),
        replica({start.settings, start.image, drawn.ballot, !start.ballot, start.boot, random},
                shard, shard),
        shard(replica.mastership(), settings, drawn.seeds, start.image) {}
};

Tracker::Tracker(Start start) : impl_(std::make_unique<Impl>(std::move(start))) {}
Tracker::~Tracker() = default;

void Tracker::start(Time now, Outbox& out) {
  Replica::Step step(impl_->replica, now, out);
  impl_->replica.start();
}

void Tracker::receive(Time now, const Arrival& arrival, Bytes datagram, Outbox& out) {
  Replica::Step step(impl_->replica, now, out);
  if (arrival.channel == Channel::cluster) return impl_->replica.receive(arrival.from, datagram);
  if (arrival.multicast) impl_->replica.heard_group();
  impl_->shard.receive(arrival, datagram);
}

void Tracker::wake(Time now, Outbox& out) {
  Replica::Step step(impl_->replica, now, out);
  impl_->replica.wake();
  impl_->shard.wake();
}

Time Tracker::next_wake() const {
  return std::min(impl_->replica.next_wake(), impl_->shard.next_wake());
}

void Tracker::persisted(Time now, Ticket ticket, Outbox& out) {
  Replica::Step step(impl_->replica, now, out);
  impl_->replica.persisted(ticket);
}

void Tracker::clock_went_back(Time now, Duration by, Outbox& out) {
  Replica::Step step(impl_->replica, now, out);
  impl_->replica.clock_went_back(by);
}

bool Tracker::hand_over(Time now, Outbox& out) {
  Replica::Step step(impl_->replica, now, out);
  return impl_->replica.hand_over();
}

void Tracker::stop(Time now, Outbox& out) {
  Replica::Step step(impl_->replica, now, out);
  impl_->replica.stop();
}

bool Tracker::remove(Time now, MemberId member, Outbox& out) {
  Replica::Step step(impl_->replica, now, out);
  return impl_->replica.remove(member);
}

bool Tracker::leave(Time now, Outbox& out) {
  Replica::Step step(impl_->replica, now, out);
  return impl_->replica.leave();
}

bool Tracker::first_start(Time now, FirstStart how, Outbox& out) {
  Replica::Step step(impl_->replica, now, out);
  return impl_->replica.first_start(how);
}

void Tracker::reload(Time now, const TrackerSettings& settings, Outbox& out) {
  Replica::Step step(impl_->replica, now, out);
  reload_tracker_settings(impl_->settings, settings);
  impl_->replica.reload(impl_->settings);
  impl_->shard.reload(impl_->settings);
}

void Tracker::death_certificate(Outbox& out) const {
  impl_->replica.death_certificate(out);
}

const TrackerView& Tracker::view() const {
  return impl_->replica.view();
}
const SwarmTable& Tracker::table() const {
  return impl_->shard.table();
}
const Config& Tracker::config() const {
  return impl_->replica.config();
}
std::uint64_t Tracker::rejected(Reject reason) const {
  return impl_->replica.rejected(reason);
}
std::vector<MemberReport> Tracker::members() const {
  return impl_->replica.members();
}
std::vector<Endpoint> Tracker::candidates() const {
  return impl_->replica.candidates();
}
std::size_t Tracker::memory() const {
  return impl_->shard.table().memory();
}
bool Tracker::full() const {
  return impl_->shard.full();
}

}  // namespace swarm
