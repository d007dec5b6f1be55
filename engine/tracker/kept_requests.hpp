// R18: what a tracker that may not answer has heard lately, in the order of arrival; bounded in
// number, bytes and age.
#pragma once

#include <deque>
#include <functional>
#include <vector>

#include "engine/tracker/settings.hpp"
#include "engine/tracker/stored_request.hpp"

namespace swarm {

class KeptRequests {
 public:
  // `settings` outlive it.
  KeptRequests(const TrackerSettings& settings, std::uint64_t seed)
      : settings_(settings), seed_(seed) {}

  void push(StoredRequest request);  // the oldest go when there are too many
  void drop_old(Time now);
  std::size_t size() const { return requests_.size(); }

  // Those that a new master answers, oldest first: what arrived at or after `since`, and of a
  // request that was retransmitted the last copy, for which the fewest changes are newer.
  void for_each(Time since, const std::function<void(const StoredRequest&)>& f) const;
  KeptRequests take();  // all of them, out of here
  // Others that came meanwhile, or before, and have waited for something else.
  void put_back(std::vector<StoredRequest> others);

 private:
  // Of each, on average: an announce has 98, a scrape of BEP 15 up to 1,496.
  static constexpr std::size_t bytes_of_one = 256;
  void pop();

  const TrackerSettings& settings_;
  std::uint64_t seed_;
  std::deque<StoredRequest> requests_;
  std::size_t bytes_ = 0;
};

}  // namespace swarm
