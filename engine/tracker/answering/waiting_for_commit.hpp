// Requests that wait for the commit of their block (R16). A waiting request is stored, and its
// answer is made at the commit. A copy of a waiting request is dropped, because one answer is
// coming. Requests that were answered lately are remembered, because a copy of such a request is as
// old as the original and must not undo anything requested since.
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
  // The arrival of the oldest waiting request that other trackers may have heard, too (so not of a
  // relayed one). `never`: none waits.
  Time oldest() const { return since_.empty() ? never : *since_.begin(); }

  // Passes at most `most` requests that wait for `index` or an earlier block to `answer`, in the
  // order of the blocks. They then count as handled. True: there are more.
  bool committed(LogIndex index, Time now, std::size_t most,
                 const std::function<void(const StoredRequest&)>& answer);
  // When this request was asked, if it was handled lately.
  std::optional<Timestamp> asked_before(RequestId id) const;
  // Forgets the requests that were handled before `limit`, and the oldest of those above `most`.
  // Each call frees the memory of at most `at_once` entries.
  void forget_handled(Time limit, std::size_t most, std::size_t at_once);

  // The mastership has ended: returns the waiting requests, in the order of the blocks. Memory that
  // takes long to free goes to `freed`.
  std::deque<std::deque<StoredRequest>> give_back(std::vector<std::shared_ptr<void>>& freed);

 private:
  void handled(const StoredRequest& request, Time now);

  std::map<LogIndex, std::deque<StoredRequest>> waiting_;  // by the block they wait for
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
