#include "transport/sim/actors/cluster.hpp"

#include "engine/base/bytes.hpp"
#include "engine/db/pairing.hpp"
#include "observe/live/trace.hpp"
#include "transport/sim/actors/draw.hpp"
#include "transport/sim/actors/start_draw.hpp"

namespace swarm::sim {
namespace {

constexpr std::uint32_t trackers_network = 0x0a000000;  // 10.0.0.0
constexpr std::uint16_t cluster_port = 7000;
constexpr int announcements = 3;

}  // namespace

Cluster::Cluster(const Scenario& scenario, std::uint64_t seed, World& world)
    : scenario_(scenario),
      seed_(seed),
      world_(world),
      trackers_(scenario.swarm.trackers + scenario.swarm.standby) {
  const Drawn secret = secret_of_run(seed, SecretPurpose::cluster_secret, 0);
  std::copy_n(secret.begin(), secret_.size(), secret_.begin());
  for (std::uint32_t tracker = 1; tracker <= size(); ++tracker) {
    state(tracker).joins = tracker > scenario.swarm.trackers;
    const HostId added = world.add_host(host_settings(tracker));
    world.add_disk(added, *this);
    world.join(added, multicast_group);
  }
}

HostSettings Cluster::host_settings(std::uint32_t tracker) {
  const auto& clock = scenario_.clock;
  HostSettings settings;
  settings.ip = trackers_network + tracker;
  settings.cluster_port = cluster_port;
  settings.peers_port = peers_address(tracker).port;
  settings.boot = this;
  settings.clock.offset =
      draw_between(seed_, Draw::clock_offset, clock.offset.low, clock.offset.high, tracker);
  settings.clock.drift =
      draw_between(seed_, Draw::clock_drift, clock.drift.low, clock.drift.high, tracker);
  return settings;
}

TrackerSettings Cluster::tracker_settings(std::uint32_t tracker) const {
  TrackerSettings settings = scenario_.tracker;
  const bool founds_alone = settings.first_start == FirstStart::init && tracker == 1;
  if (trackers_[tracker - 1].joins || (settings.first_start == FirstStart::init && !founds_alone))
    settings.first_start = FirstStart::join;
  settings.cluster_address = {trackers_network + tracker, cluster_port};
  settings.peers_address = peers_address(tracker);
  settings.contacts.clear();
  for (std::uint32_t other = 1; other <= size(); ++other)
    if (other != tracker) settings.contacts.push_back({trackers_network + other, cluster_port});
  settings.swarm_secret = secret_;
  return settings;
}

std::unique_ptr<Node> Cluster::boot(HostId host, std::uint32_t start) {
  const std::uint32_t tracker = tracker_of(host);
  state(tracker).born = world_.now();
  try {
    const auto secret = [&](SecretPurpose purpose) {
      return secret_number_of_run(seed_, purpose, tracker, start);
    };
    auto found = state(tracker).directory.open([&] { return secret(SecretPurpose::pair_id); });
    return std::make_unique<Tracker>(
        Tracker::Start{tracker_settings(tracker), std::move(found.image), std::move(found.ballot),
                       BootId{secret(SecretPurpose::boot_id)},
                       StartDraw{draw(seed_, Draw::node_seed, tracker, start),
                                 entropy_of_start(seed_, host, start)}});
  } catch (const db::Damaged& damage) {
    world_.at(world_.now(), [this, tracker, why = std::string(damage.what())] {
      end_refused(tracker, why, true);
    });
    return nullptr;
  }
}

std::unique_ptr<db::TrackerDb> Cluster::tracker_db(HostId host, std::uint32_t generation) {
  auto& directory = state(tracker_of(host)).directory;
  if (generation > 0) directory.lose(Directory::File::all);
  return directory.log_of_host();
}

std::unique_ptr<db::BallotDb> Cluster::ballot_db(HostId host, std::uint32_t) {
  return state(tracker_of(host)).directory.ballot_of_host();
}

Tracker* Cluster::tracker(std::uint32_t tracker) {
  return static_cast<Tracker*>(world_.node(host(tracker)));
}

std::uint32_t Cluster::master() {
  std::uint32_t best = 0;
  std::pair<bool, Term> best_rank;
  for (std::uint32_t t = 1; t <= size(); ++t) {
    if (!up(t)) continue;
    const auto& view = tracker(t)->view();
    if (view.role != Role::master || view.retired) continue;
    const std::pair rank(view.serving, view.term);
    if (best == 0 || rank > best_rank) best = t, best_rank = rank;
  }
  return best;
}

void Cluster::start_all() {
  started_ = true;
  for (std::uint32_t t = 1; t <= scenario_.swarm.trackers; ++t) world_.start(host(t));
}

void Cluster::start(std::uint32_t tracker) {
  if (world_.state(host(tracker)) == HostState::paused)
    world_.resume(host(tracker));
  else if (down(tracker))
    world_.start(host(tracker));
}

void Cluster::start_in(std::uint32_t tracker, Duration back) {
  world_.at(world_.now() + back, [this, tracker, plan = ++state(tracker).plans] {
    if (state(tracker).plans == plan && down(tracker)) start(tracker);
  });
}

void Cluster::ended(std::uint32_t tracker, bool wiped) {
  state(tracker).stopping = false;
  ++state(tracker).plans;  // all earlier plans to start the tracker are void
  if (on_end) on_end(tracker, wiped);
}

void Cluster::crash(std::uint32_t tracker, std::optional<Duration> back) {
  lose_power(tracker);
  world_.crash(host(tracker));
  ended(tracker, false);
  if (back) start_in(tracker, *back);
}

void Cluster::kill(std::uint32_t tracker, Duration back) {
  if (const Tracker* node = this->tracker(tracker)) announce_death(tracker, *node);
  world_.crash(host(tracker));
  ended(tracker, false);
  start_in(tracker, back);
}

void Cluster::announce_death(std::uint32_t tracker, const Tracker& node) {
  const auto certificate = std::make_shared<Outbox>();
  certificate->set_nonces(&nonces_);
  node.death_certificate(*certificate);
  const auto reaped = world_.now() + draw_between(seed_, Draw::reap, scenario_.swarm.reap.min,
                                                  scenario_.swarm.reap.max, tracker, ++deaths_);
  for (int i = 0; i < announcements; ++i)
    world_.at(reaped + i * 1ms, [this, tracker, certificate, losses = state(tracker).power_losses] {
      if (state(tracker).power_losses == losses) world_.inject(host(tracker), *certificate);
    });
}

bool Cluster::lease_is_unsure(std::uint32_t tracker) const {
  return world_.now() < trackers_[tracker - 1].unsure_until;
}

bool Cluster::promise_is_unsure(std::uint32_t tracker) const {
  return lease_is_unsure(tracker) || world_.now() < trackers_[tracker - 1].leapt_until;
}

void Cluster::step_clock(std::uint32_t tracker, Duration by) {
  world_.step_clock(host(tracker), by);
  if (by > 0ns) state(tracker).leapt_until = world_.now() + settings().promise_max;
}

// If the lease is over, drops the answers as the worker does (transport/udp/tracker/worker.cpp).
void Cluster::before_answers_leave(HostId, const Node& node, Time local, Outbox& out) {
  if (local < static_cast<const Tracker&>(node).view().answers_until) return;
  Outbox kept;
  for (std::size_t i = 0; i < out.datagrams(); ++i)
    if (const auto datagram = out.datagram(i); datagram.channel == Channel::cluster)
      kept.send(datagram.channel, datagram.to, datagram.bytes);
  for (const auto& event : out.events())
    if (!std::holds_alternative<event::Answered>(event) &&
        !std::holds_alternative<event::Relayed>(event))
      kept.event(event);
  for (auto& write : out.log_writes()) kept.persist(std::move(write));
  for (auto& write : out.ballot_writes()) kept.persist(std::move(write));
  if (!out.exit_reason().empty()) kept.exit(out.exit_reason());
  out = std::move(kept);
}

void Cluster::pause(std::uint32_t tracker, std::optional<Duration> lasting, bool clock_too) {
  if (!up(tracker)) return;
  world_.pause(host(tracker), clock_too);
  if (clock_too)
    state(tracker).unsure_until =
        world_.now() + lasting.value_or(Duration{}) + settings().promise_max;
  if (!lasting) return;
  world_.at(world_.now() + *lasting, [this, tracker, pause = ++state(tracker).pauses] {
    const bool same = state(tracker).pauses == pause;
    if (same && world_.state(host(tracker)) == HostState::paused) world_.resume(host(tracker));
  });
}

void Cluster::stop(std::uint32_t tracker, std::optional<Duration> back) {
  state(tracker).stopping = true;
  state(tracker).back = back;
  const bool called = world_.call(host(tracker), [](Node& node, Time local, Outbox& out) {
    static_cast<Tracker&>(node).stop(local, out);
  });
  if (!called) state(tracker).stopping = false;
}

bool Cluster::leave(std::uint32_t tracker) {
  state(tracker).stopping = true;  // so that the exit does not count as a death
  state(tracker).back = std::nullopt;
  bool leaves = false;
  world_.call(host(tracker), [&](Node& node, Time local, Outbox& out) {
    leaves = static_cast<Tracker&>(node).leave(local, out);
  });
  if (!leaves) state(tracker).stopping = false;
  return leaves;
}

void Cluster::wipe(std::uint32_t tracker, Duration back) {
  retire(tracker);
  start_in(tracker, back);
}

void Cluster::retire(std::uint32_t tracker) {
  lose_power(tracker);
  state(tracker).joins = true;
  world_.wipe(host(tracker));
  ended(tracker, true);
}

bool Cluster::is_noticed(std::uint32_t tracker, Action::File file) const {
  const auto& s = trackers_[tracker - 1];
  return s.directory.is_noticed(s.copy, file);
}

void Cluster::change_files(std::uint32_t tracker, Action::File file, bool older, Duration back) {
  lose_power(tracker);
  world_.crash(host(tracker));
  auto& s = state(tracker);
  if (older)
    s.directory.put_back(s.copy, file);
  else
    s.directory.lose(file);
  ended(tracker, true);
  start_in(tracker, back);
}

void Cluster::clone(std::uint32_t tracker, std::uint32_t onto) {
  state(onto).directory.put_back(state(tracker).directory.copy(), Directory::File::all);
  start(onto);
}

// Ends the tracker like the worker does (transport/udp/tracker/worker.cpp). The tracker may be
// wiped only if its own files are wrong. A directory that was copied, or that may be right, stays
// as it is.
void Cluster::refused(std::uint32_t tracker, event::Refused::Why why) {
  using Why = event::Refused::Why;
  const bool wrong = why == Why::fell_back || why == Why::wrong_tables;
  if (!wrong && why != Why::contradicted && why != Why::two_processes) return;
  world_.at(world_.now(), [this, tracker, wrong, start = world_.starts(host(tracker))] {
    if (!up(tracker) || world_.starts(host(tracker)) != start) return;
    world_.crash(host(tracker));
    ended(tracker, false);
    end_refused(tracker, "it takes no part any more", wrong);
  });
}

void Cluster::end_refused(std::uint32_t tracker, const std::string& why, bool may_rejoin) {
  ++refusals_;
  if (on_refusal) on_refusal(tracker, why);
  if (may_rejoin && scenario_.swarm.rejoin) wipe(tracker, default_back);
}

void Cluster::lose_power(std::uint32_t tracker) {
  ++state(tracker).power_losses;
  state(tracker).back_off = RestartBackOff(RestartBackOff::Settings{});
}

bool Cluster::hand_over(std::uint32_t tracker) {
  bool begun = false;
  world_.call(host(tracker), [&](Node& node, Time local, Outbox& out) {
    begun = static_cast<Tracker&>(node).hand_over(local, out);
  });
  return begun;
}

bool Cluster::remove(std::uint32_t tracker) {
  const std::uint32_t by = master();
  const Tracker* gone = this->tracker(tracker);
  if (by == 0) return false;
  MemberId member = gone != nullptr ? gone->view().member : MemberId{};
  const Endpoint address{trackers_network + tracker, cluster_port};
  for (const auto& m : this->tracker(by)->config().members)
    if (!member && m.cluster == address) member = m.id;
  bool removed = false;
  world_.call(host(by), [&](Node& node, Time local, Outbox& out) {
    removed = static_cast<Tracker&>(node).remove(local, member, out);
  });
  return removed;
}

void Cluster::exited(std::uint32_t tracker, Tracker& node) {
  const bool asked = state(tracker).stopping;
  auto back = state(tracker).back;
  if (!asked) {
    // The node makes the death certificate for its supervisor now, while the node still exists. The
    // supervisor sends DEAD later.
    announce_death(tracker, node);
    back = state(tracker).back_off.ended(world_.now() - state(tracker).born,
                                         draw(seed_, Draw::restart, tracker, deaths_));
  }
  ended(tracker, false);
  if (back) start_in(tracker, *back);
}

}  // namespace swarm::sim
