#include "engine/tracker/kept_requests.hpp"

#include <algorithm>
#include <utility>

#include "engine/tracker/room_at_once.hpp"

namespace swarm {

void KeptRequests::push(StoredRequest request) {
  bytes_ += request.bytes().size();
  room_at_once(last_copies_, settings_.kept_requests);
  last_copies_[request.question()] = popped_ + requests_.size();
  requests_.push_back(std::move(request));
  const std::size_t most = settings_.kept_requests;
  while (requests_.size() > most || bytes_ > most * bytes_of_one) pop();
}

// Not all at once after a silence: the rest goes with the next ones, and is not used meanwhile.
void KeptRequests::drop_old(Time now) {
  constexpr int at_once = 4096;
  const Time limit = now - settings_.kept_requests_age;
  for (int n = 0; n < at_once && !requests_.empty() && requests_.front().asker().arrived < limit;
       ++n)
    pop();
}

void KeptRequests::pop() {
  bytes_ -= requests_.front().bytes().size();
  if (is_last_copy(0)) last_copies_.erase(requests_.front().question());
  requests_.pop_front();
  ++popped_;
}

bool KeptRequests::is_last_copy(std::size_t place) const {
  return last_copies_.find(requests_[place].question())->second == popped_ + place;
}

void KeptRequests::for_each(Time since, std::size_t most, const Use& use) const {
  std::size_t looked_at = 0;
  for (std::size_t i = 0; i < requests_.size() && looked_at < most; ++i) {
    looked_at += weight(requests_[i]);
    if (is_last_copy(i) && requests_[i].asker().arrived >= since) use(requests_[i]);
  }
}

bool KeptRequests::take(Time since, std::size_t most, const Use& use) {
  for (std::size_t looked_at = 0; !requests_.empty() && looked_at < most; pop()) {
    looked_at += weight(requests_.front());
    if (is_last_copy(0) && requests_.front().asker().arrived >= since) use(requests_.front());
  }
  return !requests_.empty();
}

void KeptRequests::put_back(std::vector<StoredRequest> others) {
  for (auto& request : std::exchange(requests_, {})) others.push_back(std::move(request));
  last_copies_.clear();
  bytes_ = 0;
  std::sort(others.begin(), others.end(),
            [](const auto& a, const auto& b) { return a.moment() < b.moment(); });
  for (auto& request : others) push(std::move(request));
}

}  // namespace swarm
