#include "engine/tracker/recent_changes.hpp"

namespace swarm {

void RecentChanges::record(Time now, std::uint64_t sequence, const Operation& operation) {
  if (const auto* reg = std::get_if<Register>(&operation))
    record(now, sequence, {reg->info_hash, reg->peer});
  else if (const auto* removal = std::get_if<Remove>(&operation))
    record(now, sequence, {removal->info_hash, removal->peer});
  else if (const auto* expiry = std::get_if<Expire>(&operation))
    for (const auto& peer : expiry->peers) record(now, sequence, all_of(peer));
}

void RecentChanges::record(Time now, std::uint64_t sequence, const RegistrationKey& key) {
  order_.push_back({now, sequence, key});
  last_[key] = sequence;
  while (order_.size() > most_) {
    forgotten_ = order_.front().sequence;
    forget_first();
  }
}

bool RecentChanges::changed_after(std::uint64_t sequence, const RegistrationKey& key) const {
  return forgotten_ > sequence || recorded_after(sequence, key);
}

bool RecentChanges::recorded_after(std::uint64_t sequence, const RegistrationKey& key) const {
  const auto after = [&](const RegistrationKey& k) {
    const auto change = last_.find(k);
    return change != last_.end() && change->second > sequence;
  };
  return after(key) || after(all_of(key.peer));
}

void RecentChanges::forget_before(Time limit) {
  while (!order_.empty() && order_.front().at < limit) forget_first();
}

void RecentChanges::forget_first() {
  const auto change = last_.find(order_.front().key);
  if (change != last_.end() && change->second == order_.front().sequence) last_.erase(change);
  order_.pop_front();
}

}  // namespace swarm
