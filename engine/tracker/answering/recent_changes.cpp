#include "engine/tracker/answering/recent_changes.hpp"

#include <algorithm>

#include "engine/tracker/answering/room_at_once.hpp"

namespace swarm {

void RecentChanges::record(const Timestamp& at, const RegistrationKey& key) {
  room_at_once(last_, most_);
  const auto [last, is_new] = last_.try_emplace(key, at);
  if (!is_new && last->second >= at) return;
  last->second = at;
  order_.push_back({at, key});
  while (order_.size() > most_) forget_first();
}

bool RecentChanges::changed_after(const Timestamp& at, const RegistrationKey& key) const {
  const auto after = [&](const RegistrationKey& k) {
    const auto change = last_.find(k);
    return change != last_.end() && change->second > at;
  };
  return forgotten_ > at || after(key) || after(all_of(key.peer));
}

bool RecentChanges::changed(const RegistrationKey& key) const {
  return last_.contains(key) || last_.contains(all_of(key.peer));
}

void RecentChanges::forget_before(Time limit, std::size_t most) {
  for (; most > 0 && !order_.empty() && order_.front().at.at < limit; --most) forget_first();
}

void RecentChanges::forget_all(const Timestamp& until) {
  order_.clear();
  last_.clear();
  forgotten_ = std::max(forgotten_, until);
}

void RecentChanges::forget_first() {
  const auto& [at, key] = order_.front();
  forgotten_ = std::max(forgotten_, at);
  const auto change = last_.find(key);
  if (change != last_.end() && change->second == at) last_.erase(change);
  order_.pop_front();
}

}  // namespace swarm
