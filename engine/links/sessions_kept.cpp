// What a process keeps of its sessions: which are used, which have ended, which cannot begin anew.
#include <algorithm>
#include <utility>

#include "engine/base/assert.hpp"
#include "engine/links/sessions.hpp"

namespace swarm {
namespace {

// How many STATUS intervals may pass without a datagram before a new session is opened beside the
// one that may have ended.
constexpr int silent_after = 3;
// A session that the other process does not seem to have gets another one beside it after this
// time.
constexpr Duration proves_for = 50ms;

}  // namespace

// A session that has ended cannot begin anew, or its datagrams could be played again. And a process
// that another one of its store has followed opens no session any more.
bool SessionLinks::is_new(const handshake::Process& other, std::uint64_t time,
                          std::uint64_t id) const {
  const auto known = stores_.find(other.store);
  if (known == stores_.end()) return time > forgotten_;
  const Store& store = known->second;
  if (store.boot != other.boot) return time > std::max({store.floor, store.proven, store.over});
  return time > store.floor &&
         std::ranges::find(store.opened, id, &Opened::id) == store.opened.end();
}

// From now on, no PROVE of this time or an earlier one opens a session of another process of the
// store, or again one of this process.
void SessionLinks::follow(Store& store, BootId boot, std::uint64_t time) {
  if (std::exchange(store.boot, boot) == boot) return;
  store.floor = std::max(store.floor, store.proven);
  store.over = std::max(store.over, time);
  store.opened.clear();
}
void SessionLinks::follow(Target& target, BootId boot) const {
  if (std::exchange(target.boot, boot) != boot) target.since = handshake::reading_of(now_);
}

bool SessionLinks::is_dead(const handshake::Process& process) const {
  const auto store = stores_.find(process.store);
  return store != stores_.end() && store->second.dead == process.boot;
}

void SessionLinks::note_proven(const handshake::Process& other, std::uint64_t time,
                               std::uint64_t id) {
  Store& store = stores_.at(other.store);
  follow(store, other.boot, store.proven);
  store.proven = std::max(store.proven, time);
  store.opened.push_back({id, time});
  if (store.opened.size() <= most_opened) return;
  const auto oldest = std::ranges::min_element(store.opened, {}, &Opened::time);
  store.floor = std::max(store.floor, oldest->time);
  store.opened.erase(oldest);
}

SessionLinks::Target& SessionLinks::target(const Endpoint& address) {
  auto found = targets_.find(address);
  if (found == targets_.end()) {
    if (targets_.size() == most_addresses)
      targets_.erase(std::min_element(targets_.begin(), targets_.end(), [](auto& a, auto& b) {
        return a.second.used < b.second.used;
      }));
    found = targets_.emplace(address, Target{}).first;
  }
  found->second.used = now_;
  return found->second;
}

SessionLinks::Session* SessionLinks::session_of(const Target& target) {
  return find(target.session);
}

SessionLinks::Session* SessionLinks::find(std::uint64_t id) {
  const auto found = sessions_.find(id);
  if (found == sessions_.end() || found->second->dead || now_ - found->second->made > ends)
    return nullptr;
  return found->second.get();
}

bool SessionLinks::needs_another(const Session& session) const {
  return is_silent(session) || now_ - session.made > lasts ||
         (!session.proven && now_ - session.made > proves_for);
}

bool SessionLinks::is_silent(const Session& session) const {
  return now_ - session.heard > silent_after * settings_.status_interval;
}

bool SessionLinks::answers_previous(const Endpoint& address) const {
  return asked_in_previous_ == address && asked_in_previous_at_ == now_;
}

// The previous version is spoken until there is a session, and again when a session is silent and
// its process is heard in the previous version: an upgrade may be taken back.
bool SessionLinks::speaks_previous(const Target& target) {
  if (!settings_.previous_protocol) return false;
  const Session* const session = session_of(target);
  if (session == nullptr) return true;
  return target.heard_previous > session->heard + version_lasts * settings_.status_interval;
}

SessionLinks::Session& SessionLinks::begin(std::uint64_t id, const handshake::Process& other,
                                           const Endpoint& address, const wire::Nonce16& death) {
  forget_earlier_processes(address, other.boot);
  if (sessions_.size() >= most_sessions) {
    const auto quietest = [this](const auto& a, const auto& b) {
      return sessions_.at(a.second.sessions.front())->heard <
             sessions_.at(b.second.sessions.front())->heard;
    };
    // A store without sessions is kept only for its `proven`.
    std::erase_if(stores_, [this](const auto& entry) {
      if (!entry.second.sessions.empty()) return false;
      forgotten_ =
          std::max({forgotten_, entry.second.proven, entry.second.floor, entry.second.over});
      return true;
    });
    const auto oldest = std::min_element(stores_.begin(), stores_.end(), quietest);
    forget(oldest->second.sessions.front());
  }
  auto& of_store = stores_.try_emplace(other.store, Store{.floor = forgotten_}).first->second;
  if (of_store.sessions.size() == most_of_store)
    forget(*std::ranges::min_element(
        of_store.sessions, {}, [this](std::uint64_t one) { return sessions_.at(one)->heard; }));
  of_store.sessions.push_back(id);
  Session& session = *sessions_.emplace(id, std::make_unique<Session>()).first->second;
  session.other = other;
  session.address = address;
  session.death = death;
  session.made = session.heard = now_;
  return session;
}

void SessionLinks::forget(std::uint64_t id) {
  const auto found = sessions_.find(id);
  SWARM_ASSERT(found != sessions_.end(), "a session that is forgotten was kept");
  std::erase(stores_.at(found->second->other.store).sessions, id);
  sessions_.erase(found);
}

// An address has one process at a time. What an earlier one has said is over, even if it was lost
// on its way and somebody has kept it.
void SessionLinks::forget_earlier_processes(const Endpoint& address, BootId boot) {
  std::vector<std::uint64_t> ended;
  for (const auto& [store, of_store] : stores_)
    for (const auto id : of_store.sessions)
      if (const Session& session = *sessions_.at(id);
          session.address == address && session.other.boot != boot)
        ended.push_back(id);
  for (const auto id : ended) forget(id);
}

bool SessionLinks::has_session_of(BootId boot) const {
  return std::any_of(stores_.begin(), stores_.end(), [&](const auto& store) {
    return std::any_of(store.second.sessions.begin(), store.second.sessions.end(),
                       [&](std::uint64_t id) { return sessions_.at(id)->other.boot == boot; });
  });
}

std::vector<Links::Newcomer> SessionLinks::newcomers() const {
  std::vector<Newcomer> found;
  for (const auto& [store, of_store] : stores_)
    for (const auto id : of_store.sessions) {
      const Session& session = *sessions_.at(id);
      if (session.has_spoken && !session.from && !session.dead && now_ - session.made <= ends)
        found.push_back({session.address, store, session.heard});
    }
  return found;
}

}  // namespace swarm
