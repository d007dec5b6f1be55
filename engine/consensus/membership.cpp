#include "engine/consensus/membership.hpp"

#include <algorithm>

#include "engine/consensus/parts.hpp"

namespace swarm {
namespace {

Member* find(Config& config, MemberId id) {
  for (auto& m : config.members)
    if (m.id == id) return &m;
  return nullptr;
}

}  // namespace

void Membership::on_join(const wire::Header& header, const wire::Join& m, const Endpoint& from) {
  if (!p_.is_master()) return;
  for (const auto& member : p_.config().members)
    if (member.store == header.store && p_.log.config_index() > p_.commit)
      return;  // its id may yet be another's: it asks again
    else if (member.store == header.store)
      return p_.send_to(from, member.id,
                        wire::JoinReply{static_cast<std::uint8_t>(wire::JoinStatus::welcome),
                                        p_.ballot.current().cluster, member.id, header.store});
  for (auto& joiner : joiners_)
    if (joiner.store == header.store) {
      joiner.heard = p_.now;
      return;
    }
  if (joiners_.size() < Config::most) joiners_.push_back({header.store, m.cluster, p_.now});
}

void Membership::on_hello(const wire::Header& header, const Endpoint& from) {
  p_.send_to(from, MemberId{},
             wire::JoinReply{static_cast<std::uint8_t>(wire::JoinStatus::swarm_exists),
                             p_.ballot.current().cluster, MemberId{}, header.store});
}

// A CONFIG that is committed knows for certain that an id which it had given, and does not name, is
// no member's any more: ids are never given again. Of a store only a master knows it.
void Membership::tell_removed(const wire::Header& header, const Endpoint& from) {
  const auto& config = p_.config();
  if (p_.log.config_index() > p_.commit) return;
  const bool taken_out = header.from && header.from < config.next_id && !config.find(header.from);
  if (!taken_out && !(p_.is_master() && p_.master_consensus.serving())) return;
  p_.send_to(from, header.from,
             wire::JoinReply{static_cast<std::uint8_t>(wire::JoinStatus::removed),
                             p_.ballot.current().cluster, header.from, header.store});
}

bool Membership::remove(MemberId member) {
  if (member == p_.master || !p_.config().find(member)) return false;
  if (!p_.is_master()) return ask_master(wire::Order::What::remove, member);
  if (p_.master_consensus.draining() || !can_spare(member)) return false;
  if (std::find(removals_.begin(), removals_.end(), member) == removals_.end())
    removals_.push_back(member);
  review();
  return true;
}

bool Membership::ask_master(wire::Order::What what, MemberId member) {
  if (!p_.is_member() || p_.is_master() || !p_.master) return false;
  p_.send(p_.master, wire::Order{static_cast<std::uint8_t>(what), member});
  return true;
}

void Membership::on_order(const wire::Order& m) {
  if (!p_.is_master()) return;
  switch (static_cast<wire::Order::What>(m.what)) {
    case wire::Order::What::remove:
      remove(m.member);
      break;
    case wire::Order::What::hand_over:
      p_.master_consensus.hand_over();
      break;
  }
}

// R20: without it, the voters that are alive are a quorum. Else the CONFIG without it, in force
// from its append, would never be committed. One that is alive waits until the newcomers that are
// up to date have their votes: who replaces all hosts, one soon after the other, would else be left
// with one voter.
bool Membership::can_spare(MemberId member) const {
  Config rest = p_.config();
  const auto* gone = find(rest, member);
  if (!gone || gone->standing != Standing::voter) return true;
  if (is_alive(member) && std::any_of(rest.members.begin(), rest.members.end(),
                                      [this](const Member& m) { return will_vote(m); }))
    return false;
  std::erase_if(rest.members, [member](const Member& m) { return m.id == member; });
  const auto alive =
      std::count_if(rest.members.begin(), rest.members.end(), [this](const Member& m) {
        if (m.standing != Standing::voter) return false;
        return m.id == p_.self() || is_alive(m.id);
      });
  return static_cast<std::size_t>(alive) >= rest.quorum();
}

void Membership::review() {
  if (!p_.is_master() || p_.master_consensus.draining()) return;
  std::erase_if(joiners_, [this](const Joiner& j) { return j.heard + 2s < p_.now; });
  watch_learners();
  Config config = p_.config();
  if (review_in_sync(config) ||
      (p_.master_consensus.may_change_members() &&
       (review_removals(config) || review_joiners(config) || review_promotions(config))))
    p_.master_consensus.propose_config(std::move(config));
}

// A member that is silent, or holds a block back, for too long is taken out; it comes back when it
// has caught up.
bool Membership::review_in_sync(Config& config) {
  if (config.ready != ReadyPolicy::in_sync) return false;
  const auto limit = p_.settings.in_sync_limit;
  for (auto& m : config.members) {
    if (m.standing != Standing::voter) continue;
    if (m.id == p_.self()) {
      if (!m.in_sync) return m.in_sync = true;
      continue;
    }
    auto& s = p_.fault_tolerance.of(m.id);
    const bool behind = s.match < p_.log.last();
    if (!behind || s.match > s.lagging_at) s.lagging_since = never;
    if (behind && s.lagging_since == never) {
      s.lagging_since = p_.now;
      s.lagging_at = s.match;
    }
    const bool silent = s.acknowledged == Time::min() ? p_.now >= started_ + limit
                                                      : s.acknowledged + limit < p_.now;
    const bool out = silent || (behind && s.lagging_since + limit < p_.now);
    if (m.in_sync && out) {
      m.in_sync = false;
      return true;
    }
    if (!m.in_sync && !silent && s.match >= p_.commit) return m.in_sync = true;
  }
  return false;
}

bool Membership::review_removals(Config& config) {
  std::erase_if(removals_, [&config](MemberId id) { return !config.find(id); });
  const auto next = std::find_if(removals_.begin(), removals_.end(),
                                 [this](MemberId id) { return can_spare(id); });
  if (next == removals_.end()) return false;
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
    if (old != config.members.end()) {  // R22: a new disk in the place of an old one
      const auto& s = p_.fault_tolerance.of(old->id);
      if (old->id == p_.self() ||
          std::max(s.heard, started_) + p_.settings.removal_silence > p_.now || !can_spare(old->id))
        continue;
      config.members.erase(old);
      return true;
    }
    if (config.members.size() >= Config::most) continue;
    Member m;
    m.id = config.next_id;
    ++config.next_id;
    m.store = joiner.store;
    m.cluster = joiner.cluster;
    config.members.push_back(m);
    // It asks no more: removed soon afterwards, it must not be taken in again.
    std::erase_if(joiners_, [&](const Joiner& j) { return j.store == m.store; });
    return true;
  }
  return false;
}

bool Membership::is_alive(MemberId member) const {
  return p_.fault_tolerance.of(member).acknowledged + p_.settings.promise >= p_.now;
}

bool Membership::is_up_to_date(const MemberState& s) const {
  return s.acknowledged + p_.settings.promise >= p_.now && s.applied != LogIndex{} &&
         s.match + p_.settings.window >= p_.log.last();
}

// R20: a gap of an in_sync_limit is none: on a bad line a few keep-alives in a row are lost. What
// happens between two looks is not seen, so their distance is added.
bool Membership::will_vote(const Member& m) const {
  const auto& s = p_.fault_tolerance.of(m.id);
  return m.standing == Standing::learner && s.up_to_date_boot == s.boot &&
         s.up_to_date_at + p_.settings.in_sync_limit + p_.settings.status_interval >= p_.now;
}

void Membership::watch_learners() {
  for (const auto& m : p_.config().members) {
    if (m.standing != Standing::learner) continue;
    auto& s = p_.fault_tolerance.of(m.id);
    if (!is_up_to_date(s)) continue;
    if (!will_vote(m)) s.up_to_date_since = p_.now;
    s.up_to_date_boot = s.boot;
    s.up_to_date_at = p_.now;
  }
}

bool Membership::review_promotions(Config& config) {
  for (auto& m : config.members) {
    if (m.standing != Standing::learner) continue;
    const auto& s = p_.fault_tolerance.of(m.id);
    if (s.up_to_date_at != p_.now || s.up_to_date_since + p_.settings.stabilisation > p_.now)
      continue;
    m.standing = Standing::voter;
    return true;
  }
  return false;
}

void Membership::begin_mastership() {
  started_ = p_.now;
  joiners_.clear();
  removals_.clear();
}

}  // namespace swarm
