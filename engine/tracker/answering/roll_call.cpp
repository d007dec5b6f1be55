#include "engine/tracker/answering/roll_call.hpp"

#include <algorithm>

namespace swarm {
namespace {

// A million registrations are called within a second, by a hundredth of a core; 64,000 go in one.
constexpr std::size_t rows_at_once = 1024, absent_at_once = 64;
constexpr Duration pause = 1ms;

}  // namespace

Time RollCall::next(Duration lifetime) const {
  return later(last_, row_ == 0 ? lifetime / calls_per_lifetime : pause);
}

std::size_t RollCall::step(Time now, SwarmTable& table, std::vector<RegistrationKey>& absent) {
  row_ = table.call({row_, rows_at_once, excusing_ ? 0 : most_missed, absent_at_once}, absent);
  last_ = now;
  if (row_ == 0) excusing_ = false;
  return rows_at_once / 16;  // they lie side by side
}

void RollCall::excuse(Time at) {
  last_ = std::max(last_, at);
  row_ = 0;
  excusing_ = true;
}

}  // namespace swarm
