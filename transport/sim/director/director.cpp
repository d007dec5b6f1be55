#include "transport/sim/director/director.hpp"

#include <algorithm>

#include "transport/sim/actors/draw.hpp"
#include "transport/sim/scenario/scenario_reader.hpp"

namespace swarm::sim {
namespace {

using Kind = Action::Kind;

constexpr Duration patience = 5s;  // how long an action waits for a tracker with the named role
constexpr Duration try_again = 1ms;

bool needs_somebody(Kind kind) {
  return kind != Kind::heal && kind != Kind::network && kind != Kind::replay;
}

template <class T>
void append(std::vector<T>& to, const std::vector<T>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

}  // namespace

Director::Director(const Scenario& scenario, std::uint64_t seed, World& world, Cluster& cluster,
                   Report report, ExchangeCrowd* peers, Recorder* recorder)
    : scenario_(scenario),
      seed_(seed),
      world_(world),
      cluster_(cluster),
      peers_(peers),
      recorder_(recorder),
      report_(std::move(report)),
      side_(cluster.size()),
      isolated_(cluster.size()),
      hanging_(cluster.size()),
      slow_(cluster.size()),
      affected_until_(cluster.size()),
      on_standby_(cluster.size()) {
  for (std::uint32_t t = scenario.swarm.trackers + 1; t <= cluster.size(); ++t)
    on_standby_[t - 1] = true;
  for (const auto& action : scenario.timeline) {
    const auto key = key_of(action.place);
    planned_.push_back(draw_between(seed, Draw::action_at, action.at.low, action.at.high, key));
    lasting_.push_back(action.lasting
                           ? std::optional(draw_between(seed, Draw::action_for, action.lasting->low,
                                                        action.lasting->high, key))
                           : std::nullopt);
  }
}

void Director::schedule() {
  for (std::size_t i = 0; i < planned_.size(); ++i) {
    const Duration at = planned_[i];
    if (at == 0s)
      attempt(i, patience);  // before any host has sent anything
    else
      world_.at(TrueTime(at), [this, i, at] { attempt(i, at + patience); });
  }
  if (!scenario_.random) return;
  for (const auto& [kind, mean] : scenario_.random->every)
    schedule_random(kind, 1, scenario_.random->from_to.low);
  world_.at(TrueTime(scenario_.random->from_to.high), [this] {
    heal();
    for (std::uint32_t t = 1; t <= cluster_.size(); ++t)
      if (in(t)) cluster_.start(t);
  });
}

// --- the timeline ------------------------------------------------------------------------------

void Director::attempt(std::size_t index, Duration until) {
  const auto& action = scenario_.timeline[index];
  if (action.who.kind == Who::Kind::peers) return apply_to_peers(action, lasting_[index]);
  Chosen chosen = choose(action);
  waiting_.erase(index);
  if (chosen.complete) {
    take_out_impossible(action, chosen);
    return carry_out(action, chosen, lasting_[index]);
  }
  if (now() >= until) return did_not_happen(action, "nobody had that role within 5s");
  waiting_.insert(index);
  world_.at(world_.now() + try_again, [this, index, until] { attempt(index, until); });
}

std::vector<NotHappened> Director::not_happened() const {
  auto out = not_happened_;
  for (const auto index : waiting_)
    out.push_back({to_text(scenario_.timeline[index]), "nobody had that role before the end"});
  return out;
}

void Director::did_not_happen(const Action& action, const std::string& why) {
  not_happened_.push_back({to_text(action), why});
}

// Says why this action cannot hit the tracker now. Empty if it can.
std::string Director::obstacle(Kind kind, std::uint32_t tracker) {
  const std::string name = Cluster::name_of(tracker);
  const bool up = cluster_.up(tracker), down = cluster_.down(tracker);
  switch (kind) {
    case Kind::crash:  // a host that is down may still lose its power or its disk
    case Kind::wipe:
    case Kind::copy:
    case Kind::files:
    case Kind::clone:
      return world_.starts(cluster_.host(tracker)) > 0 ? "" : name + " was never started";
    case Kind::kill:
      return down ? name + " was down" : "";
    case Kind::pause:
    case Kind::clock:
    case Kind::stop:
    case Kind::leave:
    case Kind::restart:
      return up ? "" : name + (down ? " was down" : " stood still");
    case Kind::start:
      return up ? name + " was up already" : "";
    case Kind::hand_over:
      if (up && cluster_.tracker(tracker)->view().serving) return "";
      return name + (up ? " was not the master" : down ? " was down" : " stood still");
    case Kind::remove:
    case Kind::partition:
    case Kind::isolate:
    case Kind::cut:
    case Kind::heal:
    case Kind::disk:
    case Kind::network:
    case Kind::damage:
    case Kind::replay:
      return "";
  }
  return "";
}

void Director::take_out_impossible(const Action& action, Chosen& chosen) {
  const auto impossible = [&](std::uint32_t tracker) {
    std::string why = obstacle(action.kind, tracker);
    const auto onto = action.onto.tracker;
    if (why.empty() && action.kind == Kind::files && action.older && !cluster_.has_copy(tracker))
      why = "there is no copy of " + Cluster::name_of(tracker);
    if (why.empty() && action.kind == Kind::clone && !cluster_.down(onto))
      why = Cluster::name_of(onto) + " was up already";
    if (!why.empty()) did_not_happen(action, why);
    return !why.empty();
  };
  const bool any = std::erase_if(chosen.who, impossible) > 0;
  chosen.nobody = any && chosen.who.empty();
}

std::vector<std::uint32_t> Director::Chosen::all() const {
  auto trackers = who;
  append(trackers, from);
  if (groups.size() > 1)  // a partition hits all but its largest group
    for (const auto& group : groups)
      if (&group != &*std::max_element(groups.begin(), groups.end(),
                                       [](auto& a, auto& b) { return a.size() < b.size(); }))
        append(trackers, group);
  return trackers;
}

Director::Chosen Director::choose(const Action& action) {
  Roles roles(cluster_, scenario_.swarm.trackers, seed_, key_of(action.place));
  Chosen chosen;
  const auto resolve = [&](const Who& who) {
    if (who.kind == Who::Kind::every_peer) return std::vector<std::uint32_t>{};
    auto trackers = roles.resolve(who);
    chosen.complete = chosen.complete && !trackers.empty();
    return trackers;
  };
  if (action.kind == Kind::cut) {
    chosen.from = resolve(action.from);
    chosen.to = resolve(action.to);
    if (action.from.kind == Who::Kind::every_peer) chosen.who = chosen.to;
  } else if (action.kind == Kind::partition) {
    chosen.groups.resize(action.groups.size());
    for (const bool rest : {false, true})  // first all other roles, then `rest`
      for (std::size_t g = 0; g < action.groups.size(); ++g)
        for (const auto& who : action.groups[g])
          if ((who.kind == Who::Kind::rest) == rest) append(chosen.groups[g], resolve(who));
  } else if (action.kind == Kind::start && action.who.kind == Who::Kind::all) {
    for (std::uint32_t t = 1; t <= cluster_.size(); ++t)
      if (!cluster_.up(t)) chosen.who.push_back(t);
  } else if (action.kind == Kind::replay && !action.replay->to_all) {
    chosen.who = resolve(action.to);
  } else if (needs_somebody(action.kind)) {
    chosen.who = resolve(action.who);
  }
  return chosen;
}

void Director::carry_out(const Action& action, const Chosen& chosen,
                         std::optional<Duration> lasting) {
  if (chosen.nobody) return;
  if (action.kind == Kind::replay && !recorder_->has(action))
    return did_not_happen(action, "no such message was heard");
  if (action.kind == Kind::kill || action.kind == Kind::wipe || action.kind == Kind::files)
    lasting = lasting.value_or(default_back);
  report_({action.label, to_text(action.kind), chosen.all(), now(), lasting});
  switch (action.kind) {
    case Kind::partition:
      return partition(chosen.groups, lasting);
    case Kind::cut:
      if (action.from.kind == Who::Kind::every_peer || action.to.kind == Who::Kind::every_peer)
        return cut_peers(action, chosen.all(), lasting);
      return cut(chosen.from, chosen.to, lasting);
    case Kind::heal:
      return heal();
    case Kind::network:
      return change_network(*action.network, lasting);
    case Kind::replay:
      return recorder_->replay(action, chosen.who, lasting.value_or(0s));
    case Kind::crash:
    case Kind::kill:
    case Kind::pause:
    case Kind::start:
    case Kind::stop:
    case Kind::restart:
    case Kind::wipe:
    case Kind::hand_over:
    case Kind::remove:
    case Kind::isolate:
    case Kind::disk:
    case Kind::leave:
    case Kind::damage:
    case Kind::clock:
    case Kind::copy:
    case Kind::files:
    case Kind::clone:
      for (const auto tracker : chosen.who) apply(action, tracker, lasting);
  }
}

void Director::apply(const Action& action, std::uint32_t tracker, std::optional<Duration> lasting) {
  switch (action.kind) {
    case Kind::crash:
      return cluster_.crash(tracker, lasting);
    case Kind::kill:
      return cluster_.kill(tracker, *lasting);
    case Kind::pause:
      return cluster_.pause(tracker, lasting, action.frozen);
    case Kind::clock:
      return cluster_.step_clock(tracker, draw_between(seed_, Draw::clock_jump, action.by.low,
                                                       action.by.high, key_of(action.place)));
    case Kind::start:
      return cluster_.start(tracker);
    case Kind::stop:
      return cluster_.stop(tracker, std::nullopt);
    case Kind::restart:
      return cluster_.stop(tracker, lasting.value_or(0s));
    case Kind::wipe:
      return cluster_.wipe(tracker, *lasting);
    case Kind::copy:
      return cluster_.copy(tracker);
    case Kind::files:
      return cluster_.change_files(tracker, action.file, action.older, *lasting);
    case Kind::clone:
      return cluster_.clone(tracker, action.onto.tracker);
    case Kind::hand_over:
      cluster_.hand_over(tracker);
      return;
    case Kind::leave:
      if (!cluster_.leave(tracker))
        did_not_happen(action, Cluster::name_of(tracker) + " was the only voter");
      return;
    case Kind::remove:
      if (!cluster_.remove(tracker))
        did_not_happen(action, "the master did not take " + Cluster::name_of(tracker) + " out");
      return;
    case Kind::isolate:
      return isolate(tracker, lasting);
    case Kind::disk:
      return change_disk(tracker, action.hang, action.sync, lasting);
    case Kind::partition:
    case Kind::cut:
    case Kind::heal:
    case Kind::network:
    case Kind::damage:
    case Kind::replay:
      return;
  }
}

// --- peers -------------------------------------------------------------------------------------

void Director::apply_to_peers(const Action& action, std::optional<Duration> lasting) {
  auto whom = peers_->resolve(action.who);
  std::erase_if(whom, [&](std::uint32_t peer) {
    const std::string why = peers_->obstacle(action.kind, peer);
    if (!why.empty()) did_not_happen(action, why);
    return !why.empty();
  });
  if (whom.empty()) return;
  if (action.kind == Kind::kill || action.kind == Kind::wipe)
    lasting = lasting.value_or(default_back);
  report_({action.label, to_text(action.kind), {}, now(), lasting, to_text(action.who)});
  for (const auto peer : whom) apply_to_peer(action, peer, lasting);
}

void Director::apply_to_peer(const Action& action, std::uint32_t peer,
                             std::optional<Duration> lasting) {
  switch (action.kind) {
    case Kind::crash:
    case Kind::kill:
      return peers_->crash(peer, lasting);
    case Kind::pause:
      return peers_->pause(peer, lasting);
    case Kind::start:
      return peers_->start(peer);
    case Kind::stop:
      return peers_->stop(peer, std::nullopt);
    case Kind::restart:
      return peers_->stop(peer, lasting.value_or(0s));
    case Kind::wipe:
      return peers_->wipe(peer, *lasting);
    case Kind::isolate:
      return peers_->isolate(peer, lasting);
    case Kind::damage:
      return peers_->damage(peer, key_of(action.place));
    case Kind::hand_over:
    case Kind::remove:
    case Kind::partition:
    case Kind::cut:
    case Kind::heal:
    case Kind::disk:
    case Kind::network:
    case Kind::leave:
    case Kind::clock:
    case Kind::copy:
    case Kind::files:
    case Kind::clone:
    case Kind::replay:
      return;
  }
}

void Director::after(std::optional<Duration> lasting, std::function<void()> callback) {
  if (lasting) world_.at(world_.now() + *lasting, std::move(callback));
}

std::vector<HostId> Director::hosts(const std::vector<std::uint32_t>& trackers) const {
  std::vector<HostId> out;
  for (const auto tracker : trackers) out.push_back(cluster_.host(tracker));
  return out;
}

void Director::partition(const std::vector<std::vector<std::uint32_t>>& groups,
                         std::optional<Duration> lasting) {
  std::vector<std::vector<HostId>> sides;
  std::fill(side_.begin(), side_.end(), 0);
  std::size_t most = 0;
  for (const auto& group : groups) {
    sides.push_back(hosts(group));
    for (const auto tracker : group) side_[tracker - 1] = static_cast<std::uint32_t>(sides.size());
    if (group.size() > most)
      most = group.size(), largest_side_ = static_cast<std::uint32_t>(sides.size());
  }
  world_.network().partition(sides);
  const auto number = ++partitions_;
  after(lasting, [this, number] {
    if (partitions_ != number) return;  // another partition or a heal has ended this one
    world_.network().heal_partition();
    std::fill(side_.begin(), side_.end(), 0);
  });
}

// Each fault that lasts has a number, which is stored for the host or link that the fault hits. A
// later fault of the same kind stores its own number there. When the time of a fault is over, the
// fault ends only if its number is still stored.

void Director::isolate(std::uint32_t tracker, std::optional<Duration> lasting) {
  world_.network().isolate(cluster_.host(tracker));
  const auto number = isolated_[tracker - 1] = ++numbers_;
  after(lasting, [this, tracker, number] {
    if (isolated_[tracker - 1] != number) return;
    isolated_[tracker - 1] = 0;
    world_.network().rejoin(cluster_.host(tracker));
  });
}

void Director::cut(const std::vector<std::uint32_t>& from, const std::vector<std::uint32_t>& to,
                   std::optional<Duration> lasting) {
  const auto number = ++numbers_;
  for (const auto a : from)
    for (const auto b : to) {
      if (a == b) continue;
      world_.network().cut(cluster_.host(a), cluster_.host(b));
      cuts_[{a, b}] = number;
    }
  after(lasting, [this, number] {
    for (auto cut = cuts_.begin(); cut != cuts_.end();)
      if (cut->second == number) {
        world_.network().heal(cluster_.host(cut->first.first), cluster_.host(cut->first.second));
        cut = cuts_.erase(cut);
      } else {
        ++cut;
      }
  });
}

void Director::cut_peers(const Action& action, const std::vector<std::uint32_t>& trackers,
                         std::optional<Duration> lasting) {
  using OfPeers = Network::OfPeers;
  const auto what = action.from.kind != Who::Kind::every_peer ? OfPeers::from
                    : action.of_group                         ? OfPeers::group_to
                                                              : OfPeers::all_to;
  const auto number = ++numbers_;
  for (const auto tracker : trackers) {
    world_.network().cut(cluster_.host(tracker), what);
    peer_cuts_[{tracker, what}] = number;
  }
  after(lasting, [this, number] {
    std::erase_if(peer_cuts_, [&](const auto& cut) {
      if (cut.second != number) return false;
      world_.network().heal(cluster_.host(cut.first.first), cut.first.second);
      return true;
    });
  });
}

void Director::change_disk(std::uint32_t tracker, bool hang, const std::optional<Delay>& sync,
                           std::optional<Duration> lasting) {
  const auto number = ++numbers_;
  const HostId host = cluster_.host(tracker);
  if (hang) {
    world_.hang(host, true);
    hanging_[tracker - 1] = number;
    ++disks_hung_;
    after(lasting, [this, tracker, host, number] {
      if (hanging_[tracker - 1] != number) return;
      hanging_[tracker - 1] = 0;
      world_.hang(host, false);
    });
    return;
  }
  slow_[tracker - 1] = number;
  world_.disk(host).set_sync(sync.value_or(scenario_.disk.sync));
  after(lasting, [this, tracker, host, number] {
    if (slow_[tracker - 1] == number) world_.disk(host).set_sync(scenario_.disk.sync);
  });
}

void Director::change_network(const NetworkModel& model, std::optional<Duration> lasting) {
  world_.network().set_model(model);
  after(lasting, [this, number = ++network_changes_] {
    if (network_changes_ == number) world_.network().set_model(scenario_.network);
  });
}

void Director::heal() {
  world_.network().heal();
  ++partitions_;
  cuts_.clear();
  peer_cuts_.clear();
  std::fill(isolated_.begin(), isolated_.end(), 0);
  std::fill(side_.begin(), side_.end(), 0);
}

bool Director::in_majority(std::uint32_t tracker) const {
  const auto side = side_[tracker - 1];
  return side == 0 || side == largest_side_;
}

bool Director::healthy() const {
  const auto none = [](const auto& numbers) {
    return std::all_of(numbers.begin(), numbers.end(), [](auto number) { return number == 0; });
  };
  return none(side_) && cuts_.empty() && peer_cuts_.empty() && none(isolated_) && none(hanging_);
}

}  // namespace swarm::sim
