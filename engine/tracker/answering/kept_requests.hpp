// R18: the requests that a tracker has received lately and may not answer, in the order of arrival.
// They are bounded in number, bytes and age.
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
  // `settings` must outlive this object.
  KeptRequests(const AnsweringSettings& settings, std::uint64_t seed)
      : settings_(settings), last_copies_(0, RequestIdHash{seed}) {}

  void push(StoredRequest request);  // drops the oldest requests when there are too many
  // Forgets the requests that are too old, at most `most` of them. Later calls forget the rest,
  // which are not used meanwhile.
  void drop_old(Time now, std::size_t most);
  std::size_t size() const { return requests_.size(); }

  // Passes the requests that a new master answers to `use`, oldest first: those that arrived at or
  // after `since`. Of a retransmitted request it passes only the last copy, because the fewest
  // changes are newer than that one. It looks at no more than `most` requests, and forgets them. A
  // request of 128 bytes or more counts as several, because it takes as long. True: there are more.
  using Use = std::function<void(const StoredRequest&)>;
  bool take(Time since, std::size_t most, const Use& use);
  // Does the same with the youngest requests, in the same order. They stay kept.
  void for_youngest(Time since, std::size_t most, const Use& use) const;
  // put_back() gets earlier requests, which have waited for something else. Each take_back() then
  // looks at no more than `most` of them, the youngest first. It keeps those for which
  // wanted(request) is true, while there is room. True: there are more.
  void put_back(std::deque<std::deque<StoredRequest>> others);
  using Wanted = std::function<bool(const StoredRequest&)>;
  bool take_back(std::size_t most, const Wanted& wanted);

 private:
  // The kept requests may have this many bytes on average. An announce has 98 bytes, a scrape of
  // BEP 15 up to 1,496.
  static constexpr std::size_t bytes_of_one = 256;
  void pop();
  void push_front(StoredRequest request);

  bool is_last_copy(std::size_t place) const;
  static std::size_t weight(const StoredRequest& r) { return 1 + r.bytes().size() / 128; }

  const AnsweringSettings& settings_;
  std::deque<StoredRequest> requests_;
  std::uint64_t popped_ = 1ULL << 32;  // the number of the first request
  std::deque<std::deque<StoredRequest>> others_;
  // The number of the last copy of each request.
  std::unordered_map<RequestId, std::uint64_t, RequestIdHash> last_copies_;
  std::size_t bytes_ = 0;
};

}  // namespace swarm
