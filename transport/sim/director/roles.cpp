#include "transport/sim/director/roles.hpp"

#include <algorithm>

#include "transport/sim/actors/draw.hpp"

namespace swarm::sim {

std::vector<std::uint32_t> Roles::resolve(const Who& who) {
  auto trackers = meant(who);
  chosen_.insert(trackers.begin(), trackers.end());
  return trackers;
}

std::vector<std::uint32_t> Roles::meant(const Who& who) {
  using Kind = Who::Kind;
  const std::uint32_t master = cluster_.master();
  const bool serves = master != 0 && cluster_.tracker(master)->view().serving;
  switch (who.kind) {
    case Kind::named:
      return {who.tracker};
    case Kind::master:
      return serves ? std::vector{master} : std::vector<std::uint32_t>{};
    case Kind::any_slave:
      return serves ? drawn(slaves(), 1) : std::vector<std::uint32_t>{};
    case Kind::successor:
      return serves ? successor() : std::vector<std::uint32_t>{};
    case Kind::majority:
      return side(founders_ / 2 + 1, true);
    case Kind::minority:
      return side((founders_ - 1) / 2, false);
    case Kind::master_side:
      return side((founders_ - 1) / 2, true);
    case Kind::all:
      return candidates();
    case Kind::all_slaves:
      return serves ? slaves() : std::vector<std::uint32_t>{};
    case Kind::rest:
      return rest();
    case Kind::peers:
    case Kind::every_peer:
      break;  // these are peers, not trackers
  }
  return {};
}

std::vector<std::uint32_t> Roles::candidates() const {
  std::vector<std::uint32_t> out;
  for (std::uint32_t t = 1; t <= cluster_.size(); ++t)
    if (cluster_.present(t) && !chosen_.contains(t)) out.push_back(t);
  return out;
}

std::vector<std::uint32_t> Roles::slaves() const {
  auto out = candidates();
  std::erase(out, cluster_.master());
  return out;
}

std::vector<std::uint32_t> Roles::drawn(std::vector<std::uint32_t> from, std::size_t n) {
  std::vector<std::uint32_t> out;
  for (; n > 0 && !from.empty(); --n) {
    const auto at = draw_below(seed_, Draw::who, from.size(), key_, ++draws_);
    out.push_back(from[at]);
    from.erase(from.begin() + static_cast<std::ptrdiff_t>(at));
  }
  std::sort(out.begin(), out.end());
  return out;
}

// Returns the slave with the longest durable log. Among equal logs, the first tracker by name.
std::vector<std::uint32_t> Roles::successor() const {
  const auto all = slaves();
  const auto best = std::max_element(all.begin(), all.end(), [&](auto a, auto b) {
    return cluster_.tracker(a)->view().durable < cluster_.tracker(b)->view().durable;
  });
  return best == all.end() ? std::vector<std::uint32_t>{} : std::vector{*best};
}

std::vector<std::uint32_t> Roles::side(std::size_t n, bool with_master) {
  const std::uint32_t master = cluster_.master();
  const bool takes_master = with_master && master != 0 && !chosen_.contains(master) && n > 0;
  auto out = drawn(slaves(), takes_master ? n - 1 : n);
  if (takes_master) out.push_back(master);
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<std::uint32_t> Roles::rest() const {
  std::vector<std::uint32_t> out;
  for (std::uint32_t t = 1; t <= cluster_.size(); ++t)
    if (!chosen_.contains(t)) out.push_back(t);
  return out;
}

}  // namespace swarm::sim
