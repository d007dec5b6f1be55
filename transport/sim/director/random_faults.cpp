// The director's random faults: how it draws them, which host each fault hits, and which faults
// must not happen at the same time.
#include <algorithm>
#include <iterator>

#include "transport/sim/actors/draw.hpp"
#include "transport/sim/director/director.hpp"
#include "transport/sim/scenario/scenario_reader.hpp"

namespace swarm::sim {
namespace {

using Kind = Action::Kind;

constexpr Duration joining = 10s;  // a new or wiped member joins within this time

// The longest time from the start of a wiped member until it votes again.
Duration until_it_votes(const TrackerSettings& settings) {
  return settings.removal_silence + joining + settings.stabilisation;
}

// False if removals have left only one or two voters. A majority of two voters needs both, so a
// voter that lost its disk could not come back. The function looks at the CONFIG of every tracker
// that is up, because a tracker may be behind.
bool can_spare_a_disk(Cluster& cluster) {
  for (std::uint32_t t = 1; t <= cluster.size(); ++t) {
    const Tracker* node = cluster.up(t) ? cluster.tracker(t) : nullptr;
    if (node == nullptr || node->view().role == Role::removed) continue;
    const auto voters = node->config().voters();
    if (voters == 1 || voters == 2) return false;
  }
  return true;
}

}  // namespace

void Director::schedule_random(Kind kind, std::uint64_t number, Duration before) {
  const auto mean = scenario_.random->every.at(kind);
  const Duration at =
      before + draw_gap(seed_, Draw::random_gap, mean, static_cast<std::uint64_t>(kind), number);
  if (at >= scenario_.random->from_to.high) return;
  world_.at(TrueTime(at), [this, kind, number, at] {
    random_fault(kind, number);
    schedule_random(kind, number + 1, at);
  });
}

std::vector<std::uint32_t> Director::unaffected() const {
  std::vector<std::uint32_t> out;
  for (std::uint32_t t = 1; t <= cluster_.size(); ++t)
    if (in(t) && affected_until_[t - 1] <= now() && cluster_.up(t)) out.push_back(t);
  return out;
}

std::uint32_t Director::affected() const {
  const auto all = std::count(on_standby_.begin(), on_standby_.end(), false);
  return static_cast<std::uint32_t>(all) - static_cast<std::uint32_t>(unaffected().size());
}

// A wiped disk has lost its copy of the log. So the next disk may be wiped only when the tracker
// that was wiped last votes again.
bool Director::wiped_is_back() {
  if (wiped_ == 0) return true;
  const std::uint32_t master = cluster_.master();
  const Tracker* back = cluster_.up(wiped_) ? cluster_.tracker(wiped_) : nullptr;
  if (master == 0 || back == nullptr) return false;
  const Member* member = cluster_.tracker(master)->config().find(back->view().member);
  const bool votes = member != nullptr && member->store == back->view().store &&
                     member->standing == Standing::voter;
  if (votes) wiped_ = 0;
  return votes;
}

void Director::apply_random(const Action& action, const Chosen& chosen,
                            std::optional<Duration> lasting) {
  ++random_faults_[action.kind];
  carry_out(action, chosen, lasting);
}

std::map<std::string, std::uint64_t> Director::random_faults() const {
  std::map<std::string, std::uint64_t> out;
  if (!scenario_.random) return out;
  for (const auto& [kind, mean] : scenario_.random->every) {
    const auto known = random_faults_.find(kind);
    out[to_text(kind)] = known == random_faults_.end() ? 0 : known->second;
  }
  return out;
}

// Draws the fault first, and then decides whether the fault may happen now. So a fault that is left
// out changes no draw of another fault.
void Director::random_fault(Kind kind, std::uint64_t number) {
  const auto& random = *scenario_.random;
  const std::uint64_t key = static_cast<std::uint64_t>(kind) << 32 | number;
  const Duration drawn =
      draw_between(seed_, Draw::random_lasting, random.lasting.low, random.lasting.high, key);
  const Duration lasting = std::min(drawn, random.from_to.high - now());
  const Action action = random_action(kind, key);
  if (kind == Kind::hand_over) {
    if (const auto master = cluster_.master(); master != 0)
      apply_random(action, Chosen{{master}, {}, {}, {}, true, false}, std::nullopt);
    return;
  }
  if (kind == Kind::network) return apply_random(action, Chosen{}, lasting);
  if (kind == Kind::start) return random_start(key);
  if (kind == Kind::remove) return random_removal(key);
  if (kind == Kind::files) return random_files(key, lasting);
  const std::uint32_t tracker = random_victim(key);
  const bool wipes = kind == Kind::wipe;
  const Duration affects = wipes ? lasting + until_it_votes(cluster_.settings()) : lasting;
  if (tracker == 0 || !may_apply(wipes, affects)) return;
  if (wipes) wiped_ = tracker;
  affected_until_[tracker - 1] = now() + affects;
  apply_random(action, random_sides(action, tracker, key), lasting);
}

// Starts a standby tracker, so that it joins. From then on random faults may hit it.
void Director::random_start(std::uint64_t key) {
  std::vector<std::uint32_t> waiting;
  for (std::uint32_t t = 1; t <= cluster_.size(); ++t)
    if (!in(t) && cluster_.down(t)) waiting.push_back(t);
  if (waiting.empty()) return;
  const auto tracker = waiting[draw_below(seed_, Draw::random_who, waiting.size(), key)];
  on_standby_[tracker - 1] = false;
  apply_random(random_action(Kind::start, key), Chosen{{tracker}, {}, {}, {}, true, false},
               std::nullopt);
}

// If there are more members than founders, takes a slave out of the CONFIG. When the slave knows of
// its removal, its disk is wiped and it goes on standby. While a wiped member does not vote yet, no
// voter is taken out if at most three are left, because a majority of two voters needs both.
void Director::random_removal(std::uint64_t key) {
  const std::uint32_t master = cluster_.master();
  const auto slaves = master == 0 ? std::vector<std::uint32_t>{} : removable(master);
  if (slaves.empty()) return;
  const auto tracker = slaves[draw_below(seed_, Draw::random_who, slaves.size(), key)];
  const auto& config = cluster_.tracker(master)->config();
  const Member* member = config.find(cluster_.tracker(tracker)->view().member);
  if (member->standing == Standing::voter && config.voters() <= 3 && !wiped_is_back()) return;
  if (!cluster_.remove(tracker)) return;
  ++random_faults_[Kind::remove];
  report_({"remove", to_text(Kind::remove), {tracker}, now(), std::nullopt});
  affected_until_[tracker - 1] = now() + joining;
  retire_once_out(tracker, now() + 2 * joining);
}

// Copies a tracker's directory now. After a while the tracker's host loses its power, and a file
// (or all files) of the directory is lost or replaced by that of the copy.
void Director::random_files(std::uint64_t key, Duration lasting) {
  struct What {
    Action::File file;
    bool older;
  };
  using File = Action::File;
  constexpr What all[] = {{File::log, false},
                          {File::ballot, false},
                          {File::log, true},
                          {File::ballot, true},
                          {File::all, true}};
  const auto& random = *scenario_.random;
  const auto what = all[draw_below(seed_, Draw::random_files, std::size(all), key)];
  const Duration age =
      draw_between(seed_, Draw::random_files, random.lasting.low, random.lasting.high, key, 1);
  const std::uint32_t tracker = random_victim(key);
  if (tracker == 0) return;
  Action action = random_action(Kind::files, key);
  action.file = what.file;
  action.older = what.older;
  cluster_.copy(tracker);
  const StoreId store = cluster_.tracker(tracker)->view().store;
  world_.at(world_.now() + age, [this, tracker, action, lasting, store] {
    if (cluster_.up(tracker) && cluster_.tracker(tracker)->view().store == store)
      apply_to_files(tracker, action, lasting);
  });
}

// Carries out the second half of random_files(), but only if no tracker is down or cut off: then
// the other trackers have everything that was acknowledged. After that the tracker counts as wiped.
void Director::apply_to_files(std::uint32_t tracker, const Action& action, Duration lasting) {
  const auto free = unaffected();
  const Duration affects = lasting + until_it_votes(cluster_.settings());
  if (std::find(free.begin(), free.end(), tracker) == free.end() || affected() > 0) return;
  if (!may_apply(true, affects)) return;
  if (action.older && !cluster_.is_noticed(tracker, action.file)) return;
  wiped_ = tracker;
  affected_until_[tracker - 1] = now() + affects;
  apply_random(action, Chosen{{tracker}, {}, {}, {}, true, false}, lasting);
}

std::vector<std::uint32_t> Director::removable(std::uint32_t master) const {
  const auto& config = cluster_.tracker(master)->config();
  auto slaves = unaffected();
  std::erase_if(slaves, [&](std::uint32_t t) {
    return t == master || config.find(cluster_.tracker(t)->view().member) == nullptr;
  });
  if (config.members.size() <= scenario_.swarm.trackers) slaves.clear();
  return slaves;
}

// Retires the tracker when it knows that it was removed. By then the change is committed, and
// nobody needs the tracker's copy of the log. If the master fails before that, the tracker stays a
// member.
void Director::retire_once_out(std::uint32_t tracker, Duration until) {
  const bool out = cluster_.up(tracker) && cluster_.tracker(tracker)->view().role == Role::removed;
  if (!out && now() >= until) return;
  if (!out) {
    world_.at(world_.now() + 10ms, [this, tracker, until] { retire_once_out(tracker, until); });
    return;
  }
  if (wiped_ == tracker) wiped_ = 0;
  on_standby_[tracker - 1] = true;
  affected_until_[tracker - 1] = {};
  cluster_.retire(tracker);
}

// Half of the faults hit the master (if the master is not affected yet), because most bugs show
// there.
std::uint32_t Director::random_victim(std::uint64_t key) const {
  const auto candidates = unaffected();
  if (candidates.empty()) return 0;
  const std::uint32_t master = cluster_.master();
  const bool wants_master = draw_below(seed_, Draw::random_who, 2, key, 3) == 0;
  if (wants_master && std::find(candidates.begin(), candidates.end(), master) != candidates.end())
    return master;
  return candidates[draw_below(seed_, Draw::random_who, candidates.size(), key)];
}

// A wiped member counts as down until it votes again. Until then no second disk is wiped. If only
// one or two voters are left, no disk is wiped at all.
bool Director::may_apply(bool wipes, Duration affects) {
  const auto& random = *scenario_.random;
  const bool whole = wiped_is_back();
  if (wipes && (!whole || !can_spare_a_disk(cluster_) || now() + affects > random.from_to.high))
    return false;
  return affected() + (whole ? 0 : 1) < random.most_down;
}

// Separates the tracker from all others: both ways for a partition, one of the two ways for a cut.
Director::Chosen Director::random_sides(const Action& action, std::uint32_t tracker,
                                        std::uint64_t key) const {
  Chosen chosen;
  if (action.kind != Kind::cut && action.kind != Kind::partition) {
    chosen.who = {tracker};
    return chosen;
  }
  std::vector<std::uint32_t> others;
  for (std::uint32_t t = 1; t <= cluster_.size(); ++t)
    if (t != tracker) others.push_back(t);
  if (action.kind == Kind::partition) {
    chosen.groups = {{tracker}, others};
    return chosen;
  }
  chosen.from = {tracker};
  chosen.to = others;
  if (draw_below(seed_, Draw::random_who, 2, key, 1) == 0) std::swap(chosen.from, chosen.to);
  return chosen;
}

Action Director::random_action(Kind kind, std::uint64_t key) const {
  Action action;
  action.kind = kind;
  action.label = to_text(kind);
  if (kind == Kind::disk) {
    action.hang = draw_below(seed_, Draw::random_who, 2, key, 2) == 0;
    if (!action.hang) action.sync = Delay{5ms, 50ms, std::nullopt};
  }
  if (kind == Kind::network) {
    action.network = scenario_.random->network;
    action.network_keys = scenario_.random->network_keys;
  }
  return action;
}

}  // namespace swarm::sim
