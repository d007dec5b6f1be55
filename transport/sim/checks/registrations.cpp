#include "transport/sim/checks/registrations.hpp"

#include <algorithm>

namespace swarm::sim {

void Registrations::insert(const Endpoint& peer, const InfoHash& content) {
  const auto next = static_cast<std::uint32_t>(contents_.size());
  const auto [number, is_new] = numbers_.try_emplace(content, next);
  if (is_new) contents_.push_back(content);
  const Registration one{peer, number->second};
  if (std::binary_search(merged_.begin(), merged_.end(), one)) return;
  recent_.insert(one);
  if (recent_.size() >= most_recent) merge();
}

void Registrations::merge() {
  const auto middle = static_cast<std::ptrdiff_t>(merged_.size());
  merged_.reserve(merged_.size() + recent_.size() + most_recent);
  merged_.insert(merged_.end(), recent_.begin(), recent_.end());
  std::inplace_merge(merged_.begin(), merged_.begin() + middle, merged_.end());
  recent_.clear();
}

void Registrations::erase(const Endpoint& peer, const InfoHash& content) {
  const auto number = numbers_.find(content);
  if (number == numbers_.end()) return;
  const Registration one{peer, number->second};
  recent_.erase(one);
  const auto at = std::lower_bound(merged_.begin(), merged_.end(), one);
  if (at != merged_.end() && *at == one) merged_.erase(at);
}

void Registrations::erase_all_of(const Endpoint& peer) {
  std::erase_if(recent_, [&](const Registration& r) { return r.peer == peer; });
  const auto first = std::lower_bound(merged_.begin(), merged_.end(), Registration{peer, 0});
  auto last = first;
  while (last != merged_.end() && last->peer == peer) ++last;
  merged_.erase(first, last);
}

}  // namespace swarm::sim
