#include "tests/lan/harness/ledger.hpp"

#include <algorithm>

#include "engine/base/assert.hpp"

namespace swarm::lan {
namespace {

template <class Holds>
std::size_t count(const std::map<Registration, Ledger::Entry>& entries, const Holds& holds) {
  return static_cast<std::size_t>(std::count_if(
      entries.begin(), entries.end(), [&](const auto& entry) { return holds(entry.second); }));
}

}  // namespace

void Ledger::tried(const Registration& registration, Wanted wanted) {
  auto& entry = entries_[registration];
  entry.wanted = wanted;
  entry.settled = false;
}

// A late answer to what was wanted before settles nothing: the peer waits for another.
void Ledger::acknowledged(const Registration& registration, Wanted wanted) {
  const auto found = entries_.find(registration);
  SWARM_ASSERT(found != entries_.end(), "only what was asked for is acknowledged");
  auto& entry = found->second;
  entry.settled = entry.settled || entry.wanted == wanted;
  entry.registered = entry.registered || wanted != Wanted::absent;
}

std::size_t Ledger::acknowledged() const {
  return count(entries_, [](const Entry& e) { return e.registered; });
}
std::size_t Ledger::stopped() const {
  return count(entries_, [](const Entry& e) { return e.settled && e.wanted == Wanted::absent; });
}
std::size_t Ledger::standing() const {
  return count(entries_, [](const Entry& e) { return e.settled && e.wanted != Wanted::absent; });
}

Duration Ledger::longest_silence() const {
  Duration longest{};
  for (std::size_t i = 1; i < receipts_.size() && receipts_[i].at < stream_ended_; ++i)
    longest = std::max(longest, receipts_[i].at - receipts_[i - 1].at);
  return longest;
}

}  // namespace swarm::lan
