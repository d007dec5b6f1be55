#include "engine/tracker/answering/open_questions.hpp"

#include <utility>

#include "engine/tracker/answering/room_at_once.hpp"

namespace swarm {
namespace {

constexpr std::size_t usual_most = 65'536;  // settings.kept_requests

// Whichever way it came.
Question from_anywhere(Question question) {
  question.through = {};
  return question;
}

// A request that came late is known here alone.
bool heard_by_all(const StoredRequest& request) {
  return !request.asker().slave && request.timestamp().number != 0;
}

}  // namespace

void OpenQuestions::wait_for(LogIndex block, StoredRequest request) {
  room_at_once(questions_, usual_most);
  questions_.insert(request.question());
  if (heard_by_all(request)) since_.insert(request.asker().arrived);
  waiting_[block].push_back(std::move(request));
}

bool OpenQuestions::committed(LogIndex index, Time now, std::size_t most,
                              const std::function<void(const StoredRequest&)>& answer) {
  while (!waiting_.empty() && waiting_.begin()->first <= index) {
    auto& requests = waiting_.begin()->second;
    for (; !requests.empty() && most > 0; requests.pop_front(), --most) {
      const auto& request = requests.front();
      questions_.erase(request.question());
      handled(request, now);
      answer(request);
      if (heard_by_all(request)) since_.erase(since_.find(request.asker().arrived));
    }
    if (!requests.empty()) return true;
    waiting_.erase(waiting_.begin());
  }
  return false;
}

void OpenQuestions::handled(const StoredRequest& request, Time now) {
  const auto question = from_anywhere(request.question());
  room_at_once(handled_, usual_most);
  const auto [known, is_new] = handled_.try_emplace(question, Handled{request.timestamp(), now});
  if (!is_new && known->second.at >= forgotten_) return;
  known->second = {request.timestamp(), now};
  handled_order_.emplace_back(now, question);
}

std::optional<Timestamp> OpenQuestions::asked_before(Question question) const {
  const auto asked = handled_.find(from_anywhere(question));
  if (asked == handled_.end() || asked->second.at < forgotten_) return std::nullopt;
  return asked->second.asked;
}

void OpenQuestions::forget_handled(Time limit, std::size_t most, std::size_t at_once) {
  forgotten_ = std::max(forgotten_, limit);
  for (; at_once > 0 && !handled_order_.empty() &&
         (handled_order_.front().first < limit || handled_order_.size() > most);
       --at_once) {
    const auto& [at, question] = handled_order_.front();
    const auto known = handled_.find(question);  // it may have been asked again since
    if (known != handled_.end() && known->second.at == at) handled_.erase(known);
    handled_order_.pop_front();
  }
}

std::deque<std::deque<StoredRequest>> OpenQuestions::give_back(
    std::vector<std::shared_ptr<void>>& freed) {
  std::deque<std::deque<StoredRequest>> requests;
  for (auto& [block, some] : waiting_) requests.push_back(std::move(some));
  waiting_.clear();
  Questions none(0, questions_.hash_function());
  questions_.swap(none);
  freed.push_back(std::make_shared<Questions>(std::move(none)));
  freed.push_back(std::make_shared<std::multiset<Time>>(std::exchange(since_, {})));
  return requests;
}

}  // namespace swarm
