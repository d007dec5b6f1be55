#include "engine/tracker/open_questions.hpp"

#include "engine/tracker/room_at_once.hpp"

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
  return !request.asker().slave && request.moment().number != 0;
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
  if (handled_.try_emplace(question, request.moment()).second)
    handled_order_.emplace_back(now, question);
}

std::optional<Moment> OpenQuestions::asked_before(Question question) const {
  const auto asked = handled_.find(from_anywhere(question));
  if (asked == handled_.end()) return std::nullopt;
  return asked->second;
}

void OpenQuestions::forget_handled(Time limit, std::size_t most) {
  constexpr int at_once = 4096;  // after a silence the rest goes with the next ones
  for (int n = 0; n < at_once && !handled_order_.empty() &&
                  (handled_order_.front().first < limit || handled_order_.size() > most);
       ++n) {
    handled_.erase(handled_order_.front().second);
    handled_order_.pop_front();
  }
}

std::vector<StoredRequest> OpenQuestions::give_back() {
  std::vector<StoredRequest> own;
  for (auto& [block, requests] : waiting_)
    for (auto& request : requests)
      if (!request.asker().slave) own.push_back(std::move(request));
  waiting_.clear();
  questions_.clear();
  since_.clear();
  return own;
}

}  // namespace swarm
