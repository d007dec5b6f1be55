#include "engine/consensus/membership.hpp"

#include <algorithm>
#include <limits>

#include "engine/base/assert.hpp"
#include "engine/consensus/timing.hpp"

namespace swarm {
namespace {

Member* find(Config& config, MemberId id) {
  for (auto& m : config.members)
    if (m.id == id) return &m;
  return nullptr;
}

}  // namespace

void Membership::on_join(const wire::Header& header, const wire::Join& m, const Endpoint& from) {
  if (!s_.is_master()) return;
  for (const auto& member : s_.config().members)
    if (member.store == header.store && s_.log.config_index() > s_.commit)
      return;  // a truncation could give this id to another store; the newcomer will ask again
    else if (member.store == header.store)
      return s_.send_to(from, member.id,
                        wire::JoinReply{static_cast<std::uint8_t>(wire::JoinStatus::welcome),
                                        s_.ballot.current().cluster, member.id, header.store});
  for (auto& joiner : joiners_)
    if (joiner.store == header.store) {
      joiner.heard = s_.now;
      return;
    }
  if (joiners_.size() < Config::most) joiners_.push_back({header.store, m.cluster, s_.now});
}

void Membership::on_hello(const wire::Header& header, const Endpoint& from) {
  s_.send_to(from, MemberId{},
             wire::JoinReply{static_cast<std::uint8_t>(wire::JoinStatus::swarm_exists),
                             s_.ballot.current().cluster, MemberId{}, header.store});
}

// An id is never given twice. So if a committed CONFIG does not name an id below its next_id, that
// id was certainly removed, and every member may say so. Any other sender that is no member gets
// this answer only from a serving master (R22).
void Membership::tell_removed(const wire::Header& header, const Endpoint& from) {
  const auto& config = s_.config();
  if (s_.log.config_index() > s_.commit) return;
  const bool taken_out = header.from && header.from < config.next_id && !config.find(header.from);
  if (!taken_out && !(s_.is_master() && master_.serving())) return;
  s_.send_to(from, header.from,
             wire::JoinReply{static_cast<std::uint8_t>(wire::JoinStatus::removed),
                             s_.ballot.current().cluster, header.from, header.store});
}

bool Membership::remove(MemberId member) {
  if (member == s_.master || !s_.config().find(member)) return false;
  if (!s_.is_master()) return ask_master(wire::Order::What::remove, member);
  // A hand-over in progress would have to wait until the CONFIG is committed.
  if (master_.draining() || !can_spare(member)) return false;
  if (std::find(removals_.begin(), removals_.end(), member) == removals_.end())
    removals_.push_back(member);
  review();
  return true;
}

bool Membership::ask_master(wire::Order::What what, MemberId member) {
  if (!s_.is_member() || s_.is_master() || !s_.master) return false;
  s_.send(s_.master, wire::Order{static_cast<std::uint8_t>(what), member});
  return true;
}

void Membership::on_order(const wire::Order& m) {
  if (!s_.is_master()) return;
  switch (static_cast<wire::Order::What>(m.what)) {
    case wire::Order::What::remove:
      remove(m.member);
      break;
    case wire::Order::What::hand_over:
      master_.hand_over();
      break;
  }
}

// True if the other living voters are a quorum of the CONFIG without this member. That CONFIG is in
// force from its append, so it would never be committed without such a quorum (R20). A living voter
// also stays while a learner that is up to date waits to become a voter. Otherwise an operator who
// replaces all hosts quickly would be left with one voter.
bool Membership::can_spare(MemberId member) const {
  SWARM_ASSERT(s_.is_master(), "only a master knows which voters are alive");
  Config rest = s_.config();
  const auto* gone = find(rest, member);
  if (!gone || gone->standing != Standing::voter) return true;
  if (is_alive(member) && std::any_of(rest.members.begin(), rest.members.end(),
                                      [this](const Member& m) { return will_vote(m); }))
    return false;
  std::erase_if(rest.members, [member](const Member& m) { return m.id == member; });
  const auto alive =
      std::count_if(rest.members.begin(), rest.members.end(), [this](const Member& m) {
        if (m.standing != Standing::voter) return false;
        return m.id == s_.self() || is_alive(m.id);
      });
  return static_cast<std::size_t>(alive) >= rest.quorum();
}

void Membership::review() {
  if (!s_.is_master() || master_.draining()) return;
  std::erase_if(joiners_,
                [this](const Joiner& j) { return j.heard + timing::joiner_life < s_.now; });
  watch_learners();
  Config config = s_.config();
  if (review_in_sync(config) ||
      (master_.may_change_members() &&
       (review_removals(config) || review_joiners(config) || review_promotions(config))))
    master_.propose_config(std::move(config));
}

// Every commit waits for the whole in-sync set. So the master takes a member out of the set when
// the member was silent, or lacked a block, for too long. The member comes back when it has caught
// up (R13).
bool Membership::review_in_sync(Config& config) {
  if (config.ready != ReadyPolicy::in_sync) return false;
  const auto limit = s_.settings.in_sync_limit;
  for (auto& m : config.members) {
    if (m.standing != Standing::voter) continue;
    if (m.id == s_.self()) {  // a former master may have taken this member out
      if (!m.in_sync) return m.in_sync = true;
      continue;
    }
    auto& s = s_.members.of(m.id);
    const bool behind = s.match < s_.log.last();
    if (!behind || s.match > s.lagging_at) s.lagging_since = never;
    if (behind && s.lagging_since == never) {
      s.lagging_since = s_.now;
      s.lagging_at = s.match;
    }
    // A new master has not heard the others yet, so it counts their silence from the beginning of
    // its mastership.
    const bool silent = s.acknowledged == Time::min() ? s_.now >= started_ + limit
                                                      : s.acknowledged + limit < s_.now;
    const bool out = silent || (behind && s.lagging_since + limit < s_.now);
    if (m.in_sync && out) {
      m.in_sync = false;
      return true;
    }
    if (!m.in_sync && !silent && s.match >= s_.commit) return m.in_sync = true;
  }
  return false;
}

bool Membership::review_removals(Config& config) {
  std::erase_if(removals_, [&config](MemberId id) { return !config.find(id); });
  const auto next = std::find_if(removals_.begin(), removals_.end(),
                                 [this](MemberId id) { return can_spare(id); });
  if (next == removals_.end()) return false;
  SWARM_ASSERT(*next != s_.self(), "a master does not remove itself (R20)");
  std::erase_if(config.members, [id = *next](const Member& m) { return m.id == id; });
  removals_.erase(next);
  return true;
}

bool Membership::review_joiners(Config& config) {
  for (const auto& joiner : joiners_) {
    const auto same_store = [&](const Member& m) { return m.store == joiner.store; };
    if (std::any_of(config.members.begin(), config.members.end(), same_store)) continue;
    const auto old = std::find_if(config.members.begin(), config.members.end(),
                                  [&](const Member& m) { return m.cluster == joiner.cluster; });
    if (old != config.members.end()) {
      // A new store at the address of a member means that the member's disk was replaced (R22). But
      // the address may be a mistake, and the old member alive. So the old store is removed only
      // after a silence.
      const auto& s = s_.members.of(old->id);
      if (old->id == s_.self() ||
          std::max(s.heard, started_) + s_.settings.removal_silence > s_.now || !can_spare(old->id))
        continue;
      config.members.erase(old);
      return true;
    }
    if (config.members.size() >= Config::most) continue;
    // No id is left. Only a CONFIG of a dishonest member can cause this.
    if (config.next_id.value == std::numeric_limits<std::uint32_t>::max()) continue;
    Member m;
    m.id = config.next_id;
    ++config.next_id;
    m.store = joiner.store;
    m.cluster = joiner.cluster;
    config.members.push_back(m);
    SWARM_ASSERT(m.id < config.next_id, "an id is given once");
    // The newcomer's request is done. If an operator removes the newcomer soon, the request must
    // not make the newcomer a member again.
    std::erase_if(joiners_, [&](const Joiner& j) { return j.store == m.store; });
    return true;
  }
  return false;
}

bool Membership::is_alive(MemberId member) const {
  return s_.members.of(member).acknowledged + s_.settings.promise >= s_.now;
}

bool Membership::is_up_to_date(const MemberState& s) const {
  return s.acknowledged + s_.settings.promise >= s_.now && s.told.applied != LogIndex{} &&
         s.match + s_.settings.window >= s_.log.last();
}

// A break of up to in_sync_limit does not restart the wait of a learner, because a bad line may
// lose a few keep-alives in a row. One status_interval is added, because the master looks at
// learners once in each (R20).
bool Membership::will_vote(const Member& m) const {
  const auto& s = s_.members.of(m.id);
  return m.standing == Standing::learner && s.up_to_date_boot == s.boot &&
         s.up_to_date_at + s_.settings.in_sync_limit + s_.settings.status_interval >= s_.now;
}

void Membership::watch_learners() {
  for (const auto& m : s_.config().members) {
    if (m.standing != Standing::learner) continue;
    auto& s = s_.members.of(m.id);
    if (!is_up_to_date(s)) continue;
    if (!will_vote(m)) s.up_to_date_since = s_.now;
    s.up_to_date_boot = s.boot;
    s.up_to_date_at = s_.now;
  }
}

bool Membership::review_promotions(Config& config) {
  for (auto& m : config.members) {
    if (m.standing != Standing::learner) continue;
    const auto& s = s_.members.of(m.id);
    if (s.up_to_date_at != s_.now || s.up_to_date_since + s_.settings.stabilisation > s_.now)
      continue;
    m.standing = Standing::voter;
    return true;
  }
  return false;
}

void Membership::begin_mastership() {
  SWARM_ASSERT(s_.is_master(), "only a master changes the members (R20)");
  started_ = s_.now;
  joiners_.clear();
  removals_.clear();
}

}  // namespace swarm
