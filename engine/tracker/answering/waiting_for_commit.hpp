// The requests that wait for the commit of their block (R16). A request is stored, and its answer
// is made at the commit. A copy of a waiting request is dropped, because the request will get its
// answer. The times of lately answered requests are remembered: a late copy counts as old as the
// original, and must not undo a change that was requested after the original.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "engine/tracker/answering/stored_request.hpp"

namespace swarm {

class WaitingForCommit {
 public:
  explicit WaitingForCommit(std::uint64_t seed)
      : ids_(0, RequestIdHash{seed}), handled_(0, RequestIdHash{seed}) {}

  void wait_for(LogIndex block, StoredRequest request);
  bool waits(const RequestId& id) const { return ids_.contains(id); }
  bool any() const { return !waiting_.empty(); }
  std::size_t size() const { return ids_.size(); }
  // The arrival of the oldest waiting request that other trackers may have received, too. (Requests
  // that were relayed, or have the number zero, are left out.) `never`: there is none.
  Time oldest() const { return since_.empty() ? never : *since_.begin(); }

  // Calls `answer` for at most `most` of the requests that wait for blocks up to `index`, in the
  // order of the blocks. From then on these requests count as handled. True: there are more.
  bool committed(LogIndex index, Time now, std::size_t most,
                 const std::function<void(const StoredRequest&)>& answer);
  // If a copy of this request was handled lately, the time at which that copy came.
  std::optional<Timestamp> asked_before(RequestId id) const;
  // Forgets the requests that were handled before `limit`. If more than `most` requests are left,
  // forgets the oldest of them. Each call frees the memory of at most `at_once` entries.
  void forget_handled(Time limit, std::size_t most, std::size_t at_once);

  // Called when the mastership has ended. Returns the waiting requests, in the order of the blocks.
  // Appends memory that takes long to free to `freed`.
  std::deque<std::deque<StoredRequest>> give_back(std::vector<std::shared_ptr<void>>& freed);

 private:
  void handled(const StoredRequest& request, Time now);

  std::map<LogIndex, std::deque<StoredRequest>> waiting_;  // key: the block that they wait for
  RequestIds ids_;
  std::multiset<Time> since_;
  struct Handled {
    Timestamp asked;
    Time at;
  };
  std::unordered_map<RequestId, Handled, RequestIdHash> handled_;
  Time forgotten_ = Time::min();  // requests handled before this time count as forgotten
  std::deque<std::pair<Time, RequestId>> handled_order_;
};

}  // namespace swarm
