#include "engine/tracker/answering/counted_downloads.hpp"

#include "engine/tracker/answering/room_at_once.hpp"

namespace swarm {

void CountedDownloads::record(Time at, const RegistrationKey& key) {
  room_at_once(last_, most_);
  const auto network = of_network(key);
  const auto [last, is_new] = last_.try_emplace(network, at);
  if (!is_new && last->second >= at) return;
  last->second = at;
  order_.push_back({at, network});
  while (order_.size() > most_) forget_first();
}

bool CountedDownloads::counted(Time since, const RegistrationKey& key) const {
  const auto last = last_.find(of_network(key));
  return last != last_.end() && last->second >= since;
}

void CountedDownloads::forget_before(Time limit, std::size_t most) {
  for (; most > 0 && !order_.empty() && order_.front().at < limit; --most) forget_first();
}

void CountedDownloads::forget_first() {
  const auto& [at, key] = order_.front();
  const auto last = last_.find(key);
  if (last != last_.end() && last->second == at) last_.erase(last);
  order_.pop_front();
}

}  // namespace swarm
