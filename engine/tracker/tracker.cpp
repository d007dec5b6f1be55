#include "engine/tracker/tracker.hpp"

#include <algorithm>
#include <utility>

#include "engine/base/assert.hpp"
#include "engine/base/random.hpp"
#include "engine/consensus/replica.hpp"
#include "engine/links/sessions.hpp"
#include "engine/tracker/settings_keys.hpp"
#include "engine/tracker/shard.hpp"

namespace swarm {

// A consensus group: a shard, and the replica that keeps it equal to the other members' shards.
struct Tracker::Group {
  // The order of the draws must stay the same, because each draw changes all later ones.
  struct Drawn {
    db::Ballot ballot;
    Shard::Seeds seeds;
    StartDraw replica;
    Entropy links;
  };
  static Drawn draw(const Start& start) {
    Secrets secrets(start.draw.entropy);
    Drawn drawn;
    drawn.ballot = start.ballot ? *start.ballot : Replica::fresh_ballot(secrets);
    drawn.seeds.table = secrets.number(SecretPurpose::table_hash);
    drawn.seeds.sender = {mix(start.draw.chance + 1), secrets.number(SecretPurpose::answering_hash),
                          secrets.number(SecretPurpose::answering_hash)};
    drawn.replica = {start.draw.chance, secrets.part(SecretPurpose::replica)};
    drawn.links = secrets.part(SecretPurpose::links);
    return drawn;
  }

  // The replica gets a reference to the shard before the shard is constructed. It does not use the
  // reference before start().
  Group(Start& start, GroupId id, const TrackerSettings& settings, const Drawn& drawn, Links& links)
      : replica({static_cast<const ConsensusSettings&>(settings), start.image, drawn.ballot,
                 !start.ballot, start.boot, drawn.replica, id},
                links, shard, shard),
        shard(replica.mastership(), settings, drawn.seeds, start.image) {}

  Time next_wake() const { return std::min(replica.next_wake(), shard.next_wake()); }

  Replica replica;
  Shard shard;
};

Tracker::Tracker(Start start, std::unique_ptr<Links> links)
    : settings_(std::move(start.settings)), links_(std::move(links)) {
  const auto drawn = Group::draw(start);
  if (!links_)
    links_ = std::make_unique<SessionLinks>(SessionLinks::Settings{settings_.swarm_secret,
                                                                   settings_.cipher,
                                                                   settings_.previous_protocol,
                                                                   settings_.status_interval,
                                                                   {start.boot, drawn.ballot.store},
                                                                   settings_.cluster_address},
                                            drawn.links);
  groups_.push_back(std::make_unique<Group>(start, GroupId{}, settings_, drawn, *links_));
}
Tracker::~Tracker() = default;

Tracker::Group& Tracker::group_of(Ticket ticket) {
  SWARM_ASSERT(ticket.group.value < groups_.size(), "a ticket comes back to the group it is of");
  return *groups_[ticket.group.value];
}

// ---- Input: a datagram or report goes to one group, a timer to all groups that wait for it

void Tracker::start(Time now, Outbox& out) {
  for (const auto& group : groups_) {
    Replica::Step step(group->replica, now, out);
    group->replica.start();
  }
}

void Tracker::receive(Time now, const Arrival& arrival, Bytes datagram, Outbox& out) {
  Group& group = only();
  Replica::Step step(group.replica, now, out);
  if (arrival.channel == Channel::cluster) {
    const auto received = links_->receive(now, out, arrival.from, datagram);
    if (!received) return group.replica.dropped(arrival.from, datagram, received.error());
    if (*received) group.replica.receive(arrival.from, **received);
    return;
  }
  if (arrival.multicast) group.replica.heard_group();
  group.shard.receive(arrival, datagram);
}

void Tracker::wake(Time now, Outbox& out) {
  for (const auto& group : groups_) {
    if (group->next_wake() > now) continue;
    Replica::Step step(group->replica, now, out);
    group->replica.wake();
    group->shard.wake();
  }
}

Time Tracker::next_wake() const {
  Time next = never;
  for (const auto& group : groups_) next = std::min(next, group->next_wake());
  return next;
}

void Tracker::persisted(Time now, Ticket ticket, Outbox& out) {
  Group& group = group_of(ticket);
  Replica::Step step(group.replica, now, out);
  group.replica.persisted(ticket);
}

void Tracker::clock_went_back(Time now, Duration by, Outbox& out) {
  for (const auto& group : groups_) {
    Replica::Step step(group->replica, now, out);
    group->replica.clock_went_back(by);
  }
}

void Tracker::reload(Time now, const TrackerSettings& settings, Outbox& out) {
  reload_tracker_settings(settings_, settings);
  for (const auto& group : groups_) {
    Replica::Step step(group->replica, now, out);
    group->replica.reload(settings_);
    group->shard.reload(settings_);
  }
}

// ---- Orders and views: they name no group

bool Tracker::hand_over(Time now, Outbox& out) {
  Replica::Step step(only().replica, now, out);
  return only().replica.hand_over();
}

void Tracker::stop(Time now, Outbox& out) {
  Replica::Step step(only().replica, now, out);
  only().replica.stop();
}

bool Tracker::remove(Time now, MemberId member, Outbox& out) {
  Replica::Step step(only().replica, now, out);
  return only().replica.remove(member);
}

bool Tracker::leave(Time now, Outbox& out) {
  Replica::Step step(only().replica, now, out);
  return only().replica.leave();
}

bool Tracker::first_start(Time now, FirstStart how, Outbox& out) {
  Replica::Step step(only().replica, now, out);
  return only().replica.first_start(how);
}

void Tracker::death_certificate(Outbox& out) const {
  only().replica.death_certificate(out);
}

const TrackerView& Tracker::view() const {
  return only().replica.view();
}
const SwarmTable& Tracker::table() const {
  return only().shard.table();
}
const Config& Tracker::config() const {
  return only().replica.config();
}
std::uint64_t Tracker::rejected(Reject reason) const {
  return only().replica.rejected(reason);
}
std::vector<MemberReport> Tracker::members(Time now) const {
  return only().replica.members(now);
}
std::vector<Endpoint> Tracker::candidates() const {
  return only().replica.candidates();
}
std::vector<Links::Newcomer> Tracker::newcomers() const {
  return links_->newcomers();
}
std::size_t Tracker::memory() const {
  return only().shard.table().memory();
}
bool Tracker::full() const {
  return only().shard.full();
}

}  // namespace swarm
