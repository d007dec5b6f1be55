#include "engine/tracker/recent_changes.hpp"

namespace swarm {

void RecentChanges::record(const Moment& at, const Operation& operation) {
  if (const auto* reg = std::get_if<Register>(&operation))
    record(at, {reg->info_hash, reg->peer});
  else if (const auto* removal = std::get_if<Remove>(&operation))
    record(at, {removal->info_hash, removal->peer});
  else if (const auto* expiry = std::get_if<Expire>(&operation))
    for (const auto& peer : expiry->peers) record(at, all_of(peer));
}

void RecentChanges::record(const Moment& at, const RegistrationKey& key) {
  order_.push_back({at, key});
  last_[key] = at;
  while (order_.size() > most_) forget_first();
}

bool RecentChanges::changed_after(const Moment& moment, const RegistrationKey& key) const {
  const auto after = [&](const RegistrationKey& k) {
    const auto change = last_.find(k);
    return change != last_.end() && change->second > moment;
  };
  return forgotten_ > moment || after(key) || after(all_of(key.peer));
}

bool RecentChanges::changed(const RegistrationKey& key) const {
  return last_.contains(key) || last_.contains(all_of(key.peer));
}

void RecentChanges::forget_before(Time limit) {
  while (!order_.empty() && order_.front().at.at < limit) forget_first();
}

void RecentChanges::forget_first() {
  forgotten_ = order_.front().at;
  const auto change = last_.find(order_.front().key);
  if (change != last_.end() && change->second == forgotten_) last_.erase(change);
  order_.pop_front();
}

}  // namespace swarm
