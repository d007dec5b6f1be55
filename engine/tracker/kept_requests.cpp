#include "engine/tracker/kept_requests.hpp"

#include <algorithm>

namespace swarm {

void KeptRequests::push(StoredRequest request) {
  bytes_ += request.bytes().size();
  requests_.push_back(std::move(request));
  const std::size_t most = settings_.kept_requests;
  while (requests_.size() > most || bytes_ > most * bytes_of_one) pop();
}

void KeptRequests::drop_old(Time now) {
  const Time limit = now - settings_.kept_requests_age;
  while (!requests_.empty() && requests_.front().asker().arrived < limit) pop();
}

void KeptRequests::pop() {
  bytes_ -= requests_.front().bytes().size();
  requests_.pop_front();
}

void KeptRequests::for_each(Time since, const std::function<void(const StoredRequest&)>& f) const {
  std::vector<bool> last(requests_.size());
  Questions seen(0, QuestionHash{seed_});
  for (std::size_t i = requests_.size(); i-- > 0;)
    last[i] = seen.insert(requests_[i].question()).second;
  for (std::size_t i = 0; i < requests_.size(); ++i)
    if (last[i] && requests_[i].asker().arrived >= since) f(requests_[i]);
}

KeptRequests KeptRequests::take() {
  KeptRequests all(settings_, seed_);
  std::swap(all.requests_, requests_);
  std::swap(all.bytes_, bytes_);
  return all;
}

void KeptRequests::put_back(std::vector<StoredRequest> others) {
  auto mine = take();
  for (auto& request : mine.requests_) others.push_back(std::move(request));
  std::sort(others.begin(), others.end(),
            [](const auto& a, const auto& b) { return a.moment() < b.moment(); });
  for (auto& request : others) push(std::move(request));
}

}  // namespace swarm
