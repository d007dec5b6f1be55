#include "engine/tracker/answering/expiry_sweep.hpp"

#include <algorithm>

namespace swarm {
namespace {

// With these, a sweep looks at a million registrations per second, which takes a hundredth of a
// core, and it removes at most 64,000 of them.
constexpr std::size_t rows_at_once = 1024, absent_at_once = 64;
constexpr Duration pause = 1ms;

}  // namespace

Time ExpirySweep::next(Duration lifetime) const {
  return later(last_, row_ == 0 ? lifetime / sweeps_per_lifetime : pause);
}

std::size_t ExpirySweep::step(Time now, SwarmTable& table, std::vector<RegistrationKey>& absent) {
  row_ = table.sweep({row_, rows_at_once, excusing_ ? 0 : most_missed, absent_at_once}, absent);
  last_ = now;
  if (row_ == 0) excusing_ = false;
  return rows_at_once / 16;  // little work: the rows lie side by side
}

void ExpirySweep::excuse(Time at) {
  last_ = std::max(last_, at);
  row_ = 0;
  excusing_ = true;
}

}  // namespace swarm
