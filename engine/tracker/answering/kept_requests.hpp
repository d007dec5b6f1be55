// R18: the requests that a tracker has received lately and may not answer, in the order of arrival.
// Their number, bytes and age are limited.
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

  void push(StoredRequest request);  // drops the oldest requests if there are too many
  // Forgets requests that are too old, at most `most` of them. The next calls forget the rest. No
  // other function uses a request that is too old.
  void drop_old(Time now, std::size_t most);
  std::size_t size() const { return requests_.size(); }

  // Passes requests that arrived at `since` or later to `use`, oldest first, so that a new master
  // answers them. Of a retransmitted request it passes only the last copy, because this copy is the
  // least likely to be older than another change. It looks at no more than `most` requests, and
  // forgets them. A request of 128 bytes or more counts as several, because its work is as much.
  // True: there are more.
  using Use = std::function<void(const StoredRequest&)>;
  bool take(Time since, std::size_t most, const Use& use);
  // Passes the youngest requests to `use`, by the same rules and oldest first. They stay kept.
  void for_youngest(Time since, std::size_t most, const Use& use) const;
  // put_back() takes requests that arrived before the kept ones and waited for a commit. After
  // that, each call of take_back() looks at no more than `most` of them, the youngest first. It
  // keeps those for which wanted(request) is true, while there is room. True: there are more.
  void put_back(std::deque<std::deque<StoredRequest>> others);
  using Wanted = std::function<bool(const StoredRequest&)>;
  bool take_back(std::size_t most, const Wanted& wanted);

 private:
  // The limit of bytes is this size times the limit of requests. An announce has 98 bytes, and a
  // scrape of BEP 15 up to 1,496.
  static constexpr std::size_t bytes_of_one = 256;
  void pop();
  void push_front(StoredRequest request);

  bool is_last_copy(std::size_t place) const;
  static std::size_t weight(const StoredRequest& r) { return 1 + r.bytes().size() / 128; }

  const AnsweringSettings& settings_;
  std::deque<StoredRequest> requests_;
  std::uint64_t popped_ = 1ULL << 32;  // the number of the oldest kept request
  std::deque<std::deque<StoredRequest>> others_;
  // The number of the last copy of each request.
  std::unordered_map<RequestId, std::uint64_t, RequestIdHash> last_copies_;
  std::size_t bytes_ = 0;
};

}  // namespace swarm
