#include "engine/tracker/answering/uncommitted.hpp"

#include <algorithm>

#include "engine/tracker/answering/room_at_once.hpp"

namespace swarm {

void Uncommitted::proposed(const RegistrationKey& key, LogIndex block,
                           std::optional<PeerState> outcome, bool there) {
  room_at_once(changes_, usual_most);
  room_at_once(sizes_, 2 * usual_most);
  room_at_once(adds_, 2 * usual_most);
  auto& change = changes_[key];
  const int adds = (outcome ? 1 : 0) - (there ? 1 : 0);
  add(key, adds - change.adds);
  change = {block, ++proposals_, outcome, adds};
  change_order_.emplace_back(block, key);
  ++sizes_[key.peer];
  ++sizes_[network_of(key.peer.ip)];
}

void Uncommitted::proposed_expiry(const Endpoint& peer, LogIndex block) {
  expiring_[peer] = {block, ++proposals_, std::nullopt, 0};
  expiry_order_.emplace_back(block, peer);
}

std::optional<Uncommitted::Change> Uncommitted::find(const RegistrationKey& key) const {
  const auto change = changes_.find(key);
  const auto expiry = expiring_.find(key.peer);
  if (expiry != expiring_.end() &&
      (change == changes_.end() || change->second.order < expiry->second.order))
    return expiry->second;
  if (change == changes_.end()) return std::nullopt;
  return change->second;
}

std::size_t Uncommitted::size_of(const Endpoint& peer) const {
  const auto size = sizes_.find(peer);
  return size == sizes_.end() ? 0 : size->second;
}

std::size_t Uncommitted::count_of(const Endpoint& peer, std::size_t held) const {
  const auto adds = adds_.find(peer);
  const auto count = static_cast<std::ptrdiff_t>(held) + (adds == adds_.end() ? 0 : adds->second);
  return static_cast<std::size_t>(std::max<std::ptrdiff_t>(count, 0));
}

void Uncommitted::add(const RegistrationKey& key, int by) {
  if (by == 0) return;
  for (const auto& of : {key.peer, network_of(key.peer.ip)})
    if (const auto adds = adds_.try_emplace(of).first; (adds->second += by) == 0) adds_.erase(adds);
}

template <class Key, class Forgotten>
void Uncommitted::forget(LogIndex block, Order<Key>& order, Changes<Key>& changes,
                         const Forgotten& forgotten) {
  for (; !order.empty() && order.front().first <= block; order.pop_front()) {
    const auto change = changes.find(order.front().second);
    // If a later block changes the same registration, that change stays.
    if (change == changes.end() || change->second.block > block) continue;
    forgotten(*change);
    changes.erase(change);
  }
}

std::size_t Uncommitted::committed(LogIndex block) {
  const auto before = change_order_.size() + expiry_order_.size();
  for (const auto& [changed_by, key] : change_order_) {
    if (changed_by > block) break;
    forget_size(key.peer);
    forget_size(network_of(key.peer.ip));
  }
  forget(block, change_order_, changes_,
         [this](const auto& change) { add(change.first, -change.second.adds); });
  forget(block, expiry_order_, expiring_, [](const auto&) {});
  return before - change_order_.size() - expiry_order_.size();
}

void Uncommitted::forget_size(const Endpoint& of) {
  const auto size = sizes_.find(of);
  if (--size->second == 0) sizes_.erase(size);
}

}  // namespace swarm
