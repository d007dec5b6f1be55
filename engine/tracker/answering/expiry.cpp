#include "engine/tracker/answering/expiry.hpp"

#include <algorithm>

namespace swarm {
namespace {

constexpr std::size_t peers_at_once = 128;
constexpr std::size_t work_of_one = 3;  // the work of a proposed removal (Outbox::worked())

}  // namespace

Time Expiry::next(Duration lifetime) const {
  if (table_.peers() == 0 || waits_) return never;
  return std::min(later(table_.oldest_heard(), lifetime), sweep_.next(lifetime));
}

void Expiry::step(Time now, Duration lifetime, Proposer& log, Outbox& out) {
  if (waits_) return;
  proposed_ = {};
  const auto room = std::min(at_once, out.room(least_at_once * work_of_one) / work_of_one);
  expire_peers(now, lifetime, room, log, out);
  if (now >= sweep_.next(lifetime)) {
    going_.clear();
    out.worked(sweep_.step(now, table_, going_));
    for (const auto& key : going_) expire_one(key, log, out);
  }
  if (proposed_) under_way_.push_back(proposed_);
  waits_ = under_way_.size() >= steps_under_way;
}

void Expiry::committed(LogIndex block) {
  while (!under_way_.empty() && under_way_.front() <= block) under_way_.pop_front();
  if (under_way_.size() <= steps_under_way / 2) waits_ = false;
}

void Expiry::all_heard(Time at) {
  table_.all_heard(at);
  sweep_.excuse(at);
}

// Expires peers, beginning with the peer that was last heard longest ago. Ends when there is no
// room for all contents of the next peer.
void Expiry::expire_peers(Time now, Duration lifetime, std::size_t room, Proposer& log,
                          Outbox& out) {
  due_.clear();
  // One nanosecond is added: a peer that was heard exactly one lifetime ago is due, as in next().
  table_.unheard_since(now - lifetime + 1ns, peers_at_once, due_);
  leaving_.clear();
  out.worked(due_.size());
  for (const auto& peer : due_) {
    // The steps under way remove these contents.
    const std::size_t leaving = registrar_.changing(peer);
    std::size_t contents = table_.contents_of(peer);
    contents -= std::min(contents, leaving);
    if (contents > most_of_peer) {
      const auto most = std::min(room, contents - most_of_peer);
      const auto removed = shrink(peer, leaving, most, log, out);
      room -= removed;
      contents -= removed;
      if (removed == 0 && most > 0) {  // all are being changed, so the peer is there
        table_.heard(peer, now);
        continue;
      }
    }
    if (contents > most_of_peer || contents > room) break;  // the peer stays due
    room -= contents;
    table_.heard(peer, now);  // so that the next step takes other peers
    leaving_.push_back(peer);
  }
  const auto v6 = std::stable_partition(leaving_.begin(), leaving_.end(),
                                        [](const auto& peer) { return peer.ip.is_v4(); });
  expire_family({leaving_.begin(), v6}, Expire::most, log, out);
  expire_family({v6, leaving_.end()}, Expire::most6, log, out);
}

// Removes at most `most` single contents of the peer, and returns how many it removed. It looks at
// `most` + `changing` contents, because it cannot remove those that are being changed.
std::size_t Expiry::shrink(const Endpoint& peer, std::size_t changing, std::size_t most,
                           Proposer& log, Outbox& out) {
  going_.clear();
  table_.registrations_of(peer, changing + most, going_);
  out.worked(going_.size() / 4);
  std::size_t removed = 0;
  for (const auto& key : going_)
    if (removed < most) removed += expire_one(key, log, out);
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
  out.worked(work_of_one);
  proposed_ = *block;
  out.event(event::ContentExpired{key.content, key.peer});
  return true;
}

}  // namespace swarm
