#include "engine/tracker/answering/waiting_for_commit.hpp"

#include <utility>

#include "engine/tracker/answering/room_at_once.hpp"

namespace swarm {
namespace {

constexpr std::size_t usual_most = 65'536;  // settings.kept_requests

// The id of a request without the slave: copies that came directly or through any slave have it.
RequestId from_anywhere(RequestId id) {
  id.through = {};
  return id;
}

// True: other trackers may have received the request, too. If a request came through a slave or
// late, only this tracker knows it.
bool heard_by_all(const StoredRequest& request) {
  return !request.requester().slave && request.timestamp().number != 0;
}

}  // namespace

void WaitingForCommit::wait_for(LogIndex block, StoredRequest request) {
  room_at_once(ids_, usual_most);
  ids_.insert(request.id());
  if (heard_by_all(request)) since_.insert(request.requester().arrived);
  waiting_[block].push_back(std::move(request));
}

bool WaitingForCommit::committed(LogIndex index, Time now, std::size_t most,
                                 const std::function<void(const StoredRequest&)>& answer) {
  while (!waiting_.empty() && waiting_.begin()->first <= index) {
    auto& requests = waiting_.begin()->second;
    for (; !requests.empty() && most > 0; requests.pop_front(), --most) {
      const auto& request = requests.front();
      ids_.erase(request.id());
      handled(request, now);
      answer(request);
      if (heard_by_all(request)) since_.erase(since_.find(request.requester().arrived));
    }
    if (!requests.empty()) return true;
    waiting_.erase(waiting_.begin());
  }
  return false;
}

void WaitingForCommit::handled(const StoredRequest& request, Time now) {
  const auto id = from_anywhere(request.id());
  room_at_once(handled_, usual_most);
  const auto [known, is_new] = handled_.try_emplace(id, Handled{request.timestamp(), now});
  if (!is_new && known->second.at >= forgotten_) return;
  known->second = {request.timestamp(), now};
  handled_order_.emplace_back(now, id);
}

std::optional<Timestamp> WaitingForCommit::asked_before(RequestId id) const {
  const auto asked = handled_.find(from_anywhere(id));
  if (asked == handled_.end() || asked->second.at < forgotten_) return std::nullopt;
  return asked->second.asked;
}

void WaitingForCommit::forget_handled(Time limit, std::size_t most, std::size_t at_once) {
  forgotten_ = std::max(forgotten_, limit);
  for (; at_once > 0 && !handled_order_.empty() &&
         (handled_order_.front().first < limit || handled_order_.size() > most);
       --at_once) {
    const auto& [at, id] = handled_order_.front();
    const auto known = handled_.find(id);  // a copy may have been handled later
    if (known != handled_.end() && known->second.at == at) handled_.erase(known);
    handled_order_.pop_front();
  }
}

std::deque<std::deque<StoredRequest>> WaitingForCommit::give_back(
    std::vector<std::shared_ptr<void>>& freed) {
  std::deque<std::deque<StoredRequest>> requests;
  for (auto& [block, some] : waiting_) requests.push_back(std::move(some));
  waiting_.clear();
  RequestIds none(0, ids_.hash_function());
  ids_.swap(none);
  freed.push_back(std::make_shared<RequestIds>(std::move(none)));
  freed.push_back(std::make_shared<std::multiset<Time>>(std::exchange(since_, {})));
  return requests;
}

}  // namespace swarm
