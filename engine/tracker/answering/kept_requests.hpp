// R18: what a tracker that may not answer has heard lately, in the order of arrival; bounded in
// number, bytes and age.
#pragma once

#include <deque>
#include <functional>
#include <unordered_map>
#include <vector>

#include "engine/tracker/answering/settings.hpp"
#include "engine/tracker/answering/stored_request.hpp"

namespace swarm {

class KeptRequests {
 public:
  // `settings` outlive it.
  KeptRequests(const AnsweringSettings& settings, std::uint64_t seed)
      : settings_(settings), last_copies_(0, QuestionHash{seed}) {}

  void push(StoredRequest request);  // the oldest go when there are too many
  // The oldest, at most `most`: the rest goes with the next ones, and is not used meanwhile.
  void drop_old(Time now, std::size_t most);
  std::size_t size() const { return requests_.size(); }

  // Those that a new master answers, oldest first: what arrived at or after `since`, and of a
  // request that was retransmitted the last copy, for which the fewest changes are newer. At most
  // `most` are looked at; one with more than 128 bytes counts as several, for it takes as long.
  // What was looked at is kept no longer. True: there are more.
  using Use = std::function<void(const StoredRequest&)>;
  bool take(Time since, std::size_t most, const Use& use);
  // The youngest of them, in the same order; they stay.
  void for_youngest(Time since, std::size_t most, const Use& use) const;
  // Others that came before, and have waited for something else: by and by, the youngest first. Of
  // `most` those for which wanted(request) go among the kept ones, unless there are too many. True:
  // there are more.
  void put_back(std::deque<std::deque<StoredRequest>> others);
  using Wanted = std::function<bool(const StoredRequest&)>;
  bool take_back(std::size_t most, const Wanted& wanted);

 private:
  // Of each, on average: an announce has 98, a scrape of BEP 15 up to 1,496.
  static constexpr std::size_t bytes_of_one = 256;
  void pop();
  void push_front(StoredRequest request);

  bool is_last_copy(std::size_t place) const;
  static std::size_t weight(const StoredRequest& r) { return 1 + r.bytes().size() / 128; }

  const AnsweringSettings& settings_;
  std::deque<StoredRequest> requests_;
  std::uint64_t popped_ = 1ULL << 32;  // the number of the first one
  std::deque<std::deque<StoredRequest>> others_;
  std::unordered_map<Question, std::uint64_t, QuestionHash> last_copies_;  // their numbers
  std::size_t bytes_ = 0;
};

}  // namespace swarm
