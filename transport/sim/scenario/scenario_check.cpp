#include "transport/sim/scenario/scenario_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "engine/base/did_you_mean.hpp"
#include "engine/base/quantity.hpp"
#include "engine/tracker/settings_keys.hpp"
#include "transport/sim/scenario/scenario_check_peers.hpp"
#include "transport/sim/scenario/scenario_check_recorder.hpp"
#include "transport/sim/scenario/scenario_names.hpp"
#include "transport/sim/scenario/scenario_reader.hpp"
#include "transport/sim/scenario/yaml_document.hpp"

namespace swarm::sim {
namespace {

using ActionKind = Action::Kind;
using Role = Who::Kind;

// --- who ---------------------------------------------------------------------------------------

bool is_single(Role role) {
  return contains(
      std::initializer_list<Role>{Role::named, Role::master, Role::any_slave, Role::successor},
      role);
}

bool is_of_peers(ActionKind kind) {
  return contains(
      std::initializer_list<ActionKind>{ActionKind::crash, ActionKind::kill, ActionKind::pause,
                                        ActionKind::start, ActionKind::stop, ActionKind::restart,
                                        ActionKind::wipe, ActionKind::isolate, ActionKind::damage},
      kind);
}

bool is_allowed(ActionKind kind, Role role) {
  if (role == Role::peers) return is_of_peers(kind);
  if (role == Role::every_peer) return kind == ActionKind::cut;
  switch (kind) {
    case ActionKind::damage:
      return false;
    case ActionKind::start:
      return role == Role::all || role == Role::named;
    case ActionKind::heal:
      return role == Role::all;
    case ActionKind::hand_over:
      return role == Role::master || role == Role::named;
    case ActionKind::remove:
      return is_single(role) && role != Role::master;
    case ActionKind::clone:
      return is_single(role);
    case ActionKind::cut:
      return true;
    case ActionKind::partition:
      return role != Role::all;
    case ActionKind::crash:
    case ActionKind::kill:
    case ActionKind::pause:
    case ActionKind::stop:
    case ActionKind::restart:
    case ActionKind::wipe:
    case ActionKind::isolate:
    case ActionKind::disk:
    case ActionKind::network:
    case ActionKind::leave:
    case ActionKind::clock:
    case ActionKind::copy:
    case ActionKind::files:
    case ActionKind::replay:
      return role != Role::rest;
  }
  return false;
}

void check_who(const Scenario& s, ActionKind kind, const Who& who) {
  const std::uint32_t trackers = s.swarm.trackers + s.swarm.standby;
  if (who.kind == Role::named && (who.tracker < 1 || who.tracker > trackers))
    throw YamlError(who.place, fmt::format("there is no tracker t{}, the scenario has t1..t{}",
                                           who.tracker, trackers));
  if (who.kind == Role::peers && who.peer > s.exchange.find(who.group)->count)
    throw YamlError(who.place, fmt::format("there is no peer {}, the group has {}", to_text(who),
                                           s.exchange.find(who.group)->count));
  if (!is_allowed(kind, who.kind))
    throw YamlError(who.place,
                    fmt::format("`{}` cannot be said of `{}`", to_text(kind), to_text(who)));
}

// --- partitions --------------------------------------------------------------------------------

// How many trackers a group names. A role counts as the number of trackers that it stands for.
std::size_t named_by(const Scenario& s, const std::vector<Who>& all) {
  std::size_t count = 0;
  for (const Who& who : all)
    count += is_single(who.kind) ? 1 : who.kind == Role::all_slaves ? s.swarm.trackers - 1 : 0;
  return count;
}

void check_named_once(const std::vector<Who>& all) {
  std::set<std::string> seen;
  for (const Who& who : all)
    if (who.kind != Role::any_slave && !seen.insert(to_text(who)).second)
      throw YamlError(who.place, fmt::format("`{}` is in two places", to_text(who)));
}

bool is_side(Role role) {
  return role == Role::majority || role == Role::minority || role == Role::master_side;
}

void check_sides(const Action& action, const std::vector<Who>& all) {
  for (const Who& who : all)
    if (is_side(who.kind) && (all.size() != 2 || action.groups.size() != 2))
      throw YamlError(who.place, fmt::format("`{}` is a group of its own, beside one other group: "
                                             "[majority, minority] or [{}, rest]",
                                             to_text(who), to_text(who)));
}

void check_partition(const Scenario& s, const Action& action) {
  if (action.groups.size() < 2)
    throw YamlError(action.place,
                    "a partition needs at least two groups: [[master, any-slave], rest]");
  std::vector<Who> all;
  for (const auto& group : action.groups) all.insert(all.end(), group.begin(), group.end());
  for (const Who& who : all) check_who(s, action.kind, who);
  check_named_once(all);
  check_sides(action, all);
  const auto has = [&](Role role) {
    return std::any_of(all.begin(), all.end(), [&](const Who& w) { return w.kind == role; });
  };
  const std::size_t named = named_by(s, all), trackers = s.swarm.trackers + s.swarm.standby;
  if (named > trackers)
    throw YamlError(action.place, fmt::format("the groups name {} trackers, the scenario has {}",
                                              named, trackers));
  if (named < s.swarm.trackers && !has(Role::rest) && !(has(Role::majority) && has(Role::minority)))
    throw YamlError(action.place, "say where the other trackers are: add the group `rest`");
}

// --- timeline ----------------------------------------------------------------------------------

void check_lasting(const Scenario& s, const Action& action) {
  static const std::set<ActionKind> lasting{
      ActionKind::crash,     ActionKind::kill,    ActionKind::pause, ActionKind::restart,
      ActionKind::wipe,      ActionKind::isolate, ActionKind::cut,   ActionKind::disk,
      ActionKind::partition, ActionKind::network, ActionKind::files, ActionKind::replay};
  if (action.lasting && !lasting.contains(action.kind))
    throw YamlError(action.place,
                    fmt::format("`{}` happens at once, it takes no `for`", to_text(action.kind)));
  if (!action.lasting && action.kind == ActionKind::pause)
    throw YamlError(action.place, "`pause` needs a `for`: how long the host stands still");
  if (action.lasting && action.at.high + action.lasting->high > s.duration)
    throw YamlError(
        action.place,
        fmt::format("`{}` may last until {}, after the end of the run ({})", action.label,
                    to_text(action.at.high + action.lasting->high), to_text(s.duration)));
}

// Rejects an action on the process of a standby tracker if no `start` can come before the action.
// Until its `start` the tracker has no process.
void check_started(const Scenario& s, const Action& action) {
  static const std::set<ActionKind> of_a_process{
      ActionKind::crash,   ActionKind::kill, ActionKind::pause,     ActionKind::stop,
      ActionKind::restart, ActionKind::wipe, ActionKind::hand_over, ActionKind::remove,
      ActionKind::leave,   ActionKind::copy, ActionKind::files,     ActionKind::clone};
  if (!of_a_process.contains(action.kind) || action.who.kind != Role::named) return;
  if (action.who.tracker <= s.swarm.trackers) return;
  for (const Action& other : s.timeline)
    if (other.kind == ActionKind::start && other.at.low <= action.at.high &&
        (other.who.kind == Role::all || other.who.tracker == action.who.tracker))
      return;
  throw YamlError(action.who.place,
                  fmt::format("{} is on standby: no `start` comes before this `{}`",
                              to_text(action.who), to_text(action.kind)));
}

void check_cut(const Action& action) {
  const bool from_peers = action.from.kind == Role::every_peer;
  if (action.from.kind == Role::rest)
    throw YamlError(action.from.place, "`rest` can only be the `to` of a cut");
  if (from_peers && action.to.kind == Role::every_peer)
    throw YamlError(action.to.place, "a cut of `peers` is from or to trackers");
  if (action.of_group && !from_peers)
    throw YamlError(action.from.place,
                    "`group` is said of what `peers` send: { from: peers, ... }");
}

// A clone makes two trackers with one identity. So `onto` must not have an identity of its own yet.
void check_clone(const Scenario& s, const Action& action) {
  check_who(s, action.kind, action.onto);
  if (action.onto.kind != Role::named || action.onto.tracker <= s.swarm.trackers)
    throw YamlError(action.onto.place, "a clone is `on` a tracker on standby, by its name");
  bool earlier_line = true;
  for (const Action& other : s.timeline) {
    earlier_line = earlier_line && &other != &action;
    const bool starts = other.kind == ActionKind::start &&
                        (other.who.kind == Role::all || other.who.tracker == action.onto.tracker);
    if (starts &&
        (other.at.high < action.at.low || (other.at.high == action.at.low && earlier_line)))
      throw YamlError(action.onto.place,
                      fmt::format("{} is no longer on standby: a `start` comes before this `clone`",
                                  to_text(action.onto)));
  }
}

// Before a `files` action with `older` there must be a `copy` of the same tracker. If one of the
// two actions names a role, it may mean the same tracker, so the pair is accepted.
void check_copied(const Scenario& s, const Action& action) {
  bool of_others = false;
  for (const Action& other : s.timeline) {
    if (other.kind != ActionKind::copy || other.at.low > action.at.high) continue;
    if (other.who.kind != Role::named || action.who.kind != Role::named ||
        other.who.tracker == action.who.tracker)
      return;
    of_others = true;
  }
  throw YamlError(
      action.place,
      fmt::format("there is nothing older{}: no `copy` {}comes before this",
                  of_others ? " of " + to_text(action.who) : "", of_others ? "of it " : ""));
}

void check_action(const Scenario& s, const Action& action) {
  if (action.at.high >= s.duration)
    throw YamlError(action.place,
                    fmt::format("`{}` may be at {}, not before the end of the run "
                                "({})",
                                action.label, to_text(action.at.high), to_text(s.duration)));
  check_lasting(s, action);
  if (action.kind == ActionKind::partition) {
    check_partition(s, action);
  } else if (action.kind == ActionKind::cut) {
    check_who(s, action.kind, action.from);
    check_who(s, action.kind, action.to);
    check_cut(action);
  } else if (action.kind == ActionKind::replay) {
    if (!action.replay->of_anybody) check_who(s, action.kind, action.from);
    if (!action.replay->to_all) check_who(s, action.kind, action.to);
    check_replay(s, action);
  } else if (action.kind != ActionKind::network) {
    if (action.kind == ActionKind::remove && action.who.kind == Role::master)
      throw YamlError(
          action.who.place,
          "a master cannot take itself out: `hand-over` first, then `remove` it by name");
    check_who(s, action.kind, action.who);
    if (action.kind == ActionKind::clone) check_clone(s, action);
    if (action.kind == ActionKind::files && action.older) check_copied(s, action);
    if (action.frozen && action.who.kind == Role::peers)
      throw YamlError(action.who.place, "only the clock of a tracker can be frozen");
    check_started(s, action);
  }
}

// --- expectations ------------------------------------------------------------------------------

void check_label(const Scenario& s, const std::string& label, Place place) {
  std::vector<std::string_view> known;
  for (const Action& action : s.timeline) {
    if (action.label == label) return;
    if (!contains(known, action.label)) known.push_back(action.label);
  }
  throw YamlError(place, fmt::format("no action is named `{}`{}", label.substr(0, 40),
                                     did_you_mean(label, known)));
}

Duration latest(const Scenario& s, const std::string& label) {
  Duration at{};
  for (const Action& action : s.timeline)
    if (action.label == label) at = std::max(at, action.at.high);
  return at;
}

// `no_master` is judged only after its bound and before the end of the fault. So its bound must be
// shorter than the fault.
void check_no_master(const Scenario& s, const Expectation& e) {
  for (const Action& action : s.timeline) {
    const bool comes_back = action.kind == ActionKind::kill || action.kind == ActionKind::wipe;
    if (action.label != e.after || (!action.lasting && !comes_back)) continue;
    const Duration lasting = action.lasting ? action.lasting->high : default_back;
    if (e.within >= lasting)
      throw YamlError(e.place, fmt::format("`{}` is over after {}: it could never be seen to fail",
                                           e.after, to_text(lasting)));
  }
}

void check_expectation(const Scenario& s, const Expectation& e) {
  if (!e.after.empty()) check_label(s, e.after, e.place);
  using Kind = Expectation::Kind;
  if (e.kind == Kind::service_p50 || e.kind == Kind::service_p99) {
    if (e.after.empty())
      throw YamlError(e.place, "`service` needs an `after`: the fault that it is measured from");
    return;
  }
  if (e.kind == Kind::complete || e.kind == Kind::uploads || e.kind == Kind::downloads)
    check_expected_group(s, e);
  if (e.kind == Kind::answered) check_expected_clients(s, e);
  if (e.kind == Kind::always && is_of_clients(e.name) && s.clients.count == 0)
    throw YamlError(e.place, fmt::format("`{}` is said of `clients`, there are none", e.name));
  if (e.kind == Kind::always && is_of_exchange(e.name) && s.exchange.peers.empty())
    throw YamlError(e.place, fmt::format("`{}` is said of an `exchange`, there is none", e.name));
  Duration until = latest(s, e.after) + e.within;
  if (e.kind == Kind::complete)
    until = std::max(latest(s, e.after), s.exchange.find(e.name)->arrive.high) + e.within;
  if (e.kind == Kind::answered)
    until = std::max(latest(s, e.after), s.clients.arrive.high) + e.within;
  if (until > s.duration)
    throw YamlError(e.place,
                    fmt::format("this may need until {}, but the run ends at {}: it could never be "
                                "seen to fail",
                                to_text(until), to_text(s.duration)));
  if (e.kind == Kind::no_master) check_no_master(s, e);
}

// --- the rest ----------------------------------------------------------------------------------

void check_swarm(const Scenario& s) {
  constexpr std::uint32_t most = Config::most;
  if (s.swarm.trackers + s.swarm.standby > most)
    throw YamlError(place_of(s, "swarm.standby"),
                    fmt::format("trackers and standby together are more than {}", most));
  if (s.swarm.contents_per_peer > s.swarm.contents)
    throw YamlError(place_of(s, "swarm.contents_per_peer"),
                    fmt::format("contents_per_peer {} is more than there are contents ({})",
                                s.swarm.contents_per_peer, s.swarm.contents));
  if (s.swarm.peers > 0 && s.swarm.peers_from + s.swarm.arrive_within > s.duration)
    throw YamlError(
        place_of(s, "swarm.arrive_within"),
        fmt::format("the last peers arrive after the end of the run ({})", to_text(s.duration)));
}

void check_settings(const Scenario& s) {
  if (s.tracker.first_start == FirstStart::manual)
    throw YamlError(place_of(s, "tracker.first_start"),
                    "nobody in a simulation gives the order that `manual` waits for");
  const bool in_sync = s.tracker.ready == ReadyPolicy::in_sync;
  if (in_sync && s.disk.sync.max >= s.tracker.in_sync_limit)
    throw YamlError(
        place_of(s, s.places.contains("disk.sync") ? "disk.sync" : "tracker.in_sync_limit"),
        fmt::format("sync takes up to {}, and in_sync_limit is {}: members that live "
                    "would leave the in-sync set and come back for ever",
                    to_text(s.disk.sync.max), to_text(s.tracker.in_sync_limit)));
  const auto conflict = find_conflict(s.tracker);
  if (conflict.key.empty()) return;
  const std::string key = "tracker." + std::string(conflict.key);
  const std::string other = s.places.contains(key) ? key : "tracker.keep_alive";
  throw YamlError(place_of(s, other), conflict.sentence);
}

void check_probe(const Scenario& s) {
  const auto within = [&](const std::string& key, Duration value) {
    if (value > s.duration)
      throw YamlError(place_of(s, key), fmt::format("{}: {} is longer than the run ({})", key,
                                                    to_text(value), to_text(s.duration)));
  };
  within("probe.before", s.probe.before);
  within("probe.tail", s.probe.tail);
}

void check_random(const Scenario& s) {
  if (!s.random) return;
  const auto& during = s.random->from_to;
  if (during.high > s.duration || during.low >= during.high)
    throw YamlError(place_of(s, s.places.contains("random.during") ? "random.during" : "random"),
                    fmt::format("random faults from {} until {} do not fit into a run of {}",
                                to_text(during.low), to_text(during.high), to_text(s.duration)));
  if (s.random->most_down > s.swarm.trackers)
    throw YamlError(place_of(s, "random.most_down"), "most_down is more than there are trackers");
}

bool needs_measuring(const Expectation& e) {
  using Kind = Expectation::Kind;
  return !e.after.empty() && (e.kind == Kind::first_answer || e.kind == Kind::service_p50 ||
                              e.kind == Kind::service_p99 || e.kind == Kind::unanswered);
}

}  // namespace

void derive_defaults(Scenario& s) {
  if (!s.places.contains("tracker.bootstrap_expect")) s.tracker.bootstrap_expect = s.swarm.trackers;
  if (!s.places.contains("tracker.promise_max"))
    s.tracker.promise_max = std::max(TrackerSettings{}.promise_max, s.tracker.promise);
  if (!s.places.contains("measure")) {
    s.measure_from.clear();
    for (const Expectation& e : s.expect)
      if (needs_measuring(e) && !contains(s.measure_from, e.after))
        s.measure_from.push_back(e.after);
  }
  if (s.random && !s.places.contains("random.during")) s.random->from_to = {5s, s.duration - 10s};
}

void check_scenario(const Scenario& s) {
  check_swarm(s);
  check_settings(s);
  check_exchange(s);
  check_clients(s);
  check_recorder(s);
  for (const Action& action : s.timeline) check_action(s, action);
  for (const Expectation& expectation : s.expect) check_expectation(s, expectation);
  for (const std::string& label : s.measure_from) check_label(s, label, place_of(s, "measure"));
  check_probe(s);
  check_random(s);
}

}  // namespace swarm::sim
