#include "engine/tracker/expiry.hpp"

#include <algorithm>

namespace swarm {
namespace {

constexpr std::size_t peers_at_once = 256;

}  // namespace

Time Expiry::next(Duration lifetime) const {
  if (table_.peers() == 0 || under_way()) return never;
  return std::min(later(table_.oldest_heard(), lifetime), roll_call_.next(lifetime));
}

void Expiry::step(Time now, Duration lifetime, Proposer& log, Outbox& out) {
  if (under_way()) return;
  expire_peers(now, lifetime, log, out);
  if (now < roll_call_.next(lifetime)) return;
  going_.clear();
  roll_call_.step(now, table_, going_);
  for (const auto& key : going_) expire_one(key, log, out);
}

void Expiry::all_heard(Time at) {
  table_.all_heard(at);
  roll_call_.excuse(at);
}

// The longest unheard first, until there is no room for all contents of the next one.
void Expiry::expire_peers(Time now, Duration lifetime, Proposer& log, Outbox& out) {
  due_.clear();
  // A nanosecond more: heard exactly a lifetime ago is due, as next() says.
  table_.unheard_since(now - lifetime + 1ns, peers_at_once, due_);
  leaving_.clear();
  std::size_t room = at_once;
  for (const auto& peer : due_) {
    std::size_t contents = table_.contents_of(peer);
    if (contents > most_of_peer) {
      const auto most = std::min(room, contents - most_of_peer);
      const auto removed = shrink(peer, most, log, out);
      room -= removed;
      contents -= removed;
      if (removed == 0 && most > 0) {  // all of it is being changed, so the peer is there
        table_.heard(peer, now);
        continue;
      }
    }
    if (contents > most_of_peer || contents > room) break;  // it stays due
    room -= contents;
    table_.heard(peer, now);  // a decision counts as hearing: the next step is about the others
    leaving_.push_back(peer);
  }
  const auto v6 = std::stable_partition(leaving_.begin(), leaving_.end(),
                                        [](const auto& peer) { return peer.ip.is_v4(); });
  expire_family({leaving_.begin(), v6}, Expire::most, log, out);
  expire_family({v6, leaving_.end()}, Expire::most6, log, out);
}

// How many single contents go.
std::size_t Expiry::shrink(const Endpoint& peer, std::size_t most, Proposer& log, Outbox& out) {
  going_.clear();
  table_.registrations_of(peer, most, going_);
  std::size_t removed = 0;
  for (const auto& key : going_) removed += expire_one(key, log, out);
  return removed;
}

void Expiry::expire_family(std::span<const Endpoint> peers, std::size_t most, Proposer& log,
                           Outbox& out) {
  while (!peers.empty()) {
    const auto some = peers.first(std::min(most, peers.size()));
    peers = peers.subspan(some.size());
    proposed_ = log.propose(Expire{{some.begin(), some.end()}});
    for (const auto& peer : some) {
      registrar_.expiring(peer, proposed_);
      out.event(event::PeerExpired{peer});
    }
  }
}

bool Expiry::expire_one(const RegistrationKey& key, Proposer& log, Outbox& out) {
  const auto block = registrar_.expire(key, log);
  if (!block) return false;
  proposed_ = *block;
  out.event(event::ContentExpired{key.content, key.peer});
  return true;
}

}  // namespace swarm
