#include "engine/tracker/answering/kept_requests.hpp"

#include <algorithm>
#include <utility>

#include "engine/tracker/answering/room_at_once.hpp"

namespace swarm {

void KeptRequests::push(StoredRequest request) {
  bytes_ += request.bytes().size();
  room_at_once(last_copies_, settings_.kept_requests);
  last_copies_[request.id()] = popped_ + requests_.size();
  requests_.push_back(std::move(request));
  const std::size_t most = settings_.kept_requests;
  while (requests_.size() > most || bytes_ > most * bytes_of_one) pop();
}

void KeptRequests::drop_old(Time now, std::size_t most) {
  const Time limit = now - settings_.kept_requests_age;
  for (; most > 0 && !requests_.empty() && requests_.front().requester().arrived < limit; --most)
    pop();
}

void KeptRequests::pop() {
  bytes_ -= requests_.front().bytes().size();
  if (is_last_copy(0)) last_copies_.erase(requests_.front().id());
  requests_.pop_front();
  ++popped_;
}

bool KeptRequests::is_last_copy(std::size_t place) const {
  return last_copies_.find(requests_[place].id())->second == popped_ + place;
}

void KeptRequests::for_youngest(Time since, std::size_t most, const Use& use) const {
  std::size_t first = requests_.size();
  for (std::size_t looked_at = 0; first > 0 && looked_at < most; --first)
    looked_at += weight(requests_[first - 1]);
  for (; first < requests_.size(); ++first)
    if (is_last_copy(first) && requests_[first].requester().arrived >= since) use(requests_[first]);
}

bool KeptRequests::take(Time since, std::size_t most, const Use& use) {
  for (std::size_t looked_at = 0; !requests_.empty() && looked_at < most; pop()) {
    looked_at += weight(requests_.front());
    if (is_last_copy(0) && requests_.front().requester().arrived >= since) use(requests_.front());
  }
  return !requests_.empty();
}

void KeptRequests::put_back(std::deque<std::deque<StoredRequest>> others) {
  if (others_.empty()) return others_.swap(others);
  for (auto& some : others) others_.push_back(std::move(some));
}

bool KeptRequests::take_back(std::size_t most, const Wanted& wanted) {
  for (; !others_.empty() && most > 0; --most) {
    auto& last = others_.back();
    if (!last.empty()) {
      if (wanted(last.back())) push_front(std::move(last.back()));
      last.pop_back();
    }
    if (last.empty()) others_.pop_back();
  }
  return !others_.empty();
}

void KeptRequests::push_front(StoredRequest request) {
  const auto bytes = bytes_ + request.bytes().size();
  if (requests_.size() >= settings_.kept_requests || bytes > settings_.kept_requests * bytes_of_one)
    return;
  bytes_ = bytes;
  room_at_once(last_copies_, settings_.kept_requests);
  last_copies_.try_emplace(request.id(), --popped_);  // has no effect if a later copy is known
  requests_.push_front(std::move(request));
}

}  // namespace swarm
