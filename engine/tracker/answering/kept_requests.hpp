// R18: the requests that a tracker has heard lately while it may not answer, in the order of
// arrival. They are bounded in number, bytes and age.
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
      : settings_(settings), last_copies_(0, RequestIdHash{seed}) {}

  void push(StoredRequest request);  // the oldest go when there are too many
  // Forgets the oldest, at most `most` of them. Later calls forget the rest, which is not used
  // meanwhile.
  void drop_old(Time now, std::size_t most);
  std::size_t size() const { return requests_.size(); }

  // Passes on the requests that a new master answers, oldest first: those that arrived at or after
  // `since`. Of a retransmitted request it passes on the last copy, for which the fewest changes
  // are newer. It looks at no more than `most` requests, and forgets them. A request with more than
  // 128 bytes counts as several, because it takes as long. True: there are more.
  using Use = std::function<void(const StoredRequest&)>;
  bool take(Time since, std::size_t most, const Use& use);
  // The same for the youngest of them, in the same order. They stay kept.
  void for_youngest(Time since, std::size_t most, const Use& use) const;
  // Takes back earlier requests that have waited for something else, a part at each call, the
  // youngest first. Of at most `most` requests it keeps those for which wanted(request), unless
  // there are too many. True: there are more.
  void put_back(std::deque<std::deque<StoredRequest>> others);
  using Wanted = std::function<bool(const StoredRequest&)>;
  bool take_back(std::size_t most, const Wanted& wanted);

 private:
  // The average size of a request: an announce has 98 bytes, a scrape of BEP 15 up to 1,496.
  static constexpr std::size_t bytes_of_one = 256;
  void pop();
  void push_front(StoredRequest request);

  bool is_last_copy(std::size_t place) const;
  static std::size_t weight(const StoredRequest& r) { return 1 + r.bytes().size() / 128; }

  const AnsweringSettings& settings_;
  std::deque<StoredRequest> requests_;
  std::uint64_t popped_ = 1ULL << 32;  // the number of the first one
  std::deque<std::deque<StoredRequest>> others_;
  std::unordered_map<RequestId, std::uint64_t, RequestIdHash> last_copies_;  // their numbers
  std::size_t bytes_ = 0;
};

}  // namespace swarm
