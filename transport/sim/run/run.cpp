#include "transport/sim/run/run.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "observe/live/trace.hpp"
#include "transport/sim/actors/announcing_crowd.hpp"
#include "transport/sim/actors/client_crowd.hpp"
#include "transport/sim/actors/cluster.hpp"
#include "transport/sim/actors/exchange_crowd.hpp"
#include "transport/sim/actors/recorder.hpp"
#include "transport/sim/checks/checkers.hpp"
#include "transport/sim/checks/client_checkers.hpp"
#include "transport/sim/checks/client_judge.hpp"
#include "transport/sim/checks/counters.hpp"
#include "transport/sim/checks/exchange_checkers.hpp"
#include "transport/sim/checks/exchange_judge.hpp"
#include "transport/sim/checks/failover.hpp"
#include "transport/sim/checks/judge.hpp"
#include "transport/sim/director/director.hpp"
#include "transport/sim/director/run_timeline.hpp"
#include "transport/sim/run/databases.hpp"
#include "transport/sim/run/memory.hpp"
#include "transport/sim/world/world.hpp"

namespace swarm::sim {
namespace {

constexpr Duration poll = 10ms;    // the time between two calls of look()
constexpr Duration settling = 5s;  // from the end of the run until the databases must be equal

bool expects(const Scenario& scenario, Expectation::Kind kind, std::string_view name) {
  return std::any_of(scenario.expect.begin(), scenario.expect.end(), [&](const Expectation& e) {
    return e.kind == kind && (name.empty() || e.name == name);
  });
}

bool is_of_answers(Expectation::Kind kind) {
  using Kind = Expectation::Kind;
  return kind == Kind::first_answer || kind == Kind::service_p50 || kind == Kind::service_p99;
}

bool changes_files(const Scenario& scenario) {
  return std::any_of(scenario.timeline.begin(), scenario.timeline.end(),
                     [](const Action& action) { return action.kind == Action::Kind::files; });
}

std::string names_of(const std::vector<std::uint32_t>& trackers) {
  std::string out;
  for (const auto tracker : trackers) out += (out.empty() ? "" : " ") + Cluster::name_of(tracker);
  return out;
}

class Run final : public Observer {
 public:
  Run(const Scenario& scenario, std::uint64_t seed, const RunOptions& options);
  RunResult run();

  void receiving(HostId host, const Arrival& arrival, Bytes datagram, TrueTime now) override;
  void stepped(HostId host, Node& node, const Outbox& out, TrueTime now) override;
  void exited(HostId host, Node& node, const std::string& reason, TrueTime now) override;

 private:
  Duration now() const { return world_.now().time_since_epoch(); }

  void prepare();
  void go_until(Duration end);
  void look();
  void fault(const Director::Fault& fault);
  Duration probed_until(const std::string& label) const;
  std::optional<Duration> true_time(std::uint32_t tracker, Time local) const;
  std::optional<Duration> promised_time(std::uint32_t tracker, Time local) const;
  void ended(std::uint32_t tracker, bool wiped);
  void tracker_stepped(std::uint32_t tracker, const Tracker& node, const Outbox& out);
  void tracker_event(std::uint32_t tracker, const Tracker& node, const swarm::Event& event);
  // A crowd of hosts that are not trackers, and its checker, or null if it has none.
  struct Kind {
    Crowd* crowd;
    Checker* checker;
  };
  const Kind& kind_of(HostId host) const;
  void peer_stepped(HostId host, const Outbox& out);
  void peer_event(HostId host, const swarm::Event& event);
  void finish_exchange();
  void finish_clients();
  void measure_memory();
  void settle();
  void compare_databases();
  void fail(const std::string& what, const std::string& text, std::uint32_t tracker);
  void fail(const std::string& what, const std::string& text, const std::string& who);
  RunResult finish();
  void judge_always(std::vector<Verdict>& verdicts) const;

  const Scenario& scenario_;
  const RunOptions& options_;
  std::uint64_t rss_before_{}, sqlite_before_{};  // at the arrival of the first peer
  World world_;
  Cluster cluster_;
  AnnouncingCrowd crowd_;
  ExchangeCrowd exchange_;
  ClientCrowd clients_;
  std::unique_ptr<Recorder> recorder_;
  Director director_;
  Checkers checkers_;
  ExchangeCheckers exchange_checkers_;
  ExchangeJudge exchange_judge_;
  ClientCheckers client_checkers_;
  std::array<Kind, 3> kinds_;
  Judge judge_;
  FailoverMeter meter_;
  Counters counters_;
  RunTimeline timeline_;
  std::optional<observe::TraceWriter> trace_;
  bool watches_lease_;
  bool compares_rows_;
  Duration last_fault_{};
  RunResult result_;
};

Run::Run(const Scenario& scenario, std::uint64_t seed, const RunOptions& options)
    : scenario_(scenario),
      options_(options),
      world_(seed, scenario.network, scenario.disk, scenario.cpu),
      cluster_(scenario, seed, world_),
      crowd_(scenario, seed, world_),
      exchange_(scenario, seed, world_),
      clients_(scenario, seed, world_),
      recorder_(scenario.recorder ? std::make_unique<Recorder>(scenario, seed, world_, cluster_)
                                  : nullptr),
      director_(
          scenario, seed, world_, cluster_, [this](const auto& f) { fault(f); }, &exchange_,
          recorder_.get()),
      checkers_(
          {cluster_.size(), expects(scenario, Expectation::Kind::always, "no_lost_registration"),
           scenario.tracker.lifetime() < scenario.duration,
           scenario.tracker.election == ElectionOrder::ranked &&
               scenario.tracker.cipher == wire::Cipher::siphash,
           [this](std::uint32_t tracker, Time local) { return promised_time(tracker, local); }}),
      exchange_checkers_(exchange_),
      exchange_judge_(scenario),
      client_checkers_(clients_),
      kinds_{Kind{&crowd_, nullptr}, Kind{&exchange_, &exchange_checkers_},
             Kind{&clients_, &client_checkers_}},
      judge_(scenario),
      timeline_(cluster_.size(), scenario.duration),
      watches_lease_(expects(scenario, Expectation::Kind::no_master, "")),
      compares_rows_(expects(scenario, Expectation::Kind::always, "equal_digests")) {
  result_.seed = seed;
  if (options.trace != nullptr) trace_.emplace(*options.trace);
  if (changes_files(scenario) &&
      !expects(scenario, Expectation::Kind::always, "committed_logs_agree"))
    checkers_.accept_contradictions();
  world_.observe(this);
  cluster_.on_end = [this](std::uint32_t tracker, bool wiped) { ended(tracker, wiped); };
  cluster_.on_refusal = [this](std::uint32_t tracker, const std::string& why) {
    if (trace_) trace_->note(now(), Cluster::name_of(tracker), "refused", why);
  };
}

RunResult Run::run() {
  try {
    prepare();
    go_until(scenario_.duration);
    if (options_.memory) measure_memory();
    finish_exchange();
    finish_clients();
    if (!result_.failure && !result_.interrupted) settle();
  } catch (const SimulationFailed& error) {
    fail("no_assertion_fails", error.what(), world_.name(error.host));
  } catch (const std::exception& error) {  // thrown outside a step, for example by a boot
    fail("no_assertion_fails", error.what(), 0);
  }
  return finish();
}

void Run::prepare() {
  judge_.action(now(), "", {});
  director_.schedule();  // actions at time 0 come before any tracker starts
  cluster_.start_all();
  if (options_.memory)  // what the trackers use before the first peer does not count
    world_.at(TrueTime(scenario_.swarm.peers_from), [this] {
      rss_before_ = resident_bytes();
      sqlite_before_ = sqlite_bytes();
    });
  for (const auto& kind : kinds_) kind.crowd->schedule();
  for (std::size_t i = 0; i < scenario_.timeline.size(); ++i) {
    const auto& measured = scenario_.measure_from;
    if (std::find(measured.begin(), measured.end(), scenario_.timeline[i].label) != measured.end())
      crowd_.expect_fault(director_.planned(i));
  }
}

void Run::go_until(Duration end) {
  while (now() < end && !result_.failure) {
    if (options_.interrupted != nullptr && *options_.interrupted) {
      result_.interrupted = true;
      return;
    }
    world_.run_until(TrueTime(std::min(end, now() + poll)));
    if (!result_.failure) look();
  }
}

// Checks the conditions that would take too long to check after each step.
void Run::look() {
  if (judge_.waits_for_members(now()))
    if (const auto master = cluster_.master(); master != 0)
      judge_.members(now(),
                     static_cast<std::uint32_t>(cluster_.tracker(master)->config().voters()));
  if (judge_.waits_for_database(now()) && databases_equal(cluster_)) judge_.same_database(now());
}

void Run::fault(const Director::Fault& fault) {
  const std::string who = fault.peers.empty() ? names_of(fault.trackers) : fault.peers;
  if (trace_) trace_->note(fault.at, who.empty() ? "network" : who, fault.kind, fault.label);
  timeline_.fault(fault);
  judge_.action(fault.at, fault.label, checkers_.highest_served(), fault.lasting);
  exchange_judge_.action(fault.at, fault.label);
  if (fault.kind != "heal")  // a heal is no fault
    last_fault_ = std::max(last_fault_, fault.at + fault.lasting.value_or(0s));
  if (fault.kind == "pause")
    for (const auto tracker : fault.trackers) timeline_.role(tracker, fault.at, "paused");
  const auto& measured = scenario_.measure_from;
  if (std::find(measured.begin(), measured.end(), fault.label) == measured.end()) return;
  const Duration until = probed_until(fault.label);
  meter_.fault(fault.at, fault.label, until);
  crowd_.fault(until);
}

// Returns the time at which the probe gives up if no answer comes: after `probe.after`, but not
// before the longest bound that an expectation after this label allows for an answer.
Duration Run::probed_until(const std::string& label) const {
  Duration after = scenario_.probe.after;
  for (const auto& e : scenario_.expect)
    if (e.after == label && is_of_answers(e.kind)) after = std::max(after, e.within);
  return after >= scenario_.duration ? Duration::max() : now() + after;
}

void Run::ended(std::uint32_t tracker, bool wiped) {
  checkers_.ended(tracker, wiped);
  timeline_.role(tracker, now(), "down");
  if (trace_) trace_->note(now(), Cluster::name_of(tracker), wiped ? "wiped" : "ended", "");
}

void Run::exited(HostId host, Node& node, const std::string& reason, TrueTime) {
  if (!cluster_.is_tracker(host)) return;
  const std::uint32_t tracker = cluster_.tracker_of(host);
  if (trace_) trace_->note(now(), Cluster::name_of(tracker), "exit", reason);
  cluster_.exited(tracker, static_cast<Tracker&>(node));
}

void Run::stepped(HostId host, Node& node, const Outbox& out, TrueTime) {
  if (result_.failure) return;
  if (cluster_.is_tracker(host))
    tracker_stepped(cluster_.tracker_of(host), static_cast<Tracker&>(node), out);
  else
    peer_stepped(host, out);
}

void Run::receiving(HostId host, const Arrival& arrival, Bytes datagram, TrueTime) {
  if (cluster_.is_tracker(host)) {
    if (arrival.channel == Channel::peers)
      checkers_.asked(cluster_.tracker_of(host), arrival.from, world_.local(host));
  } else if (auto* checker = kind_of(host).checker) {
    checker->receiving(host, arrival, datagram);
  }
}

const Run::Kind& Run::kind_of(HostId host) const {
  return *std::find_if(kinds_.begin(), kinds_.end(),
                       [host](const Kind& kind) { return kind.crowd->has(host); });
}

void Run::peer_stepped(HostId host, const Outbox& out) {
  const auto& [crowd, checker] = kind_of(host);
  for (const swarm::Event& event : out.events()) peer_event(host, event);
  for (const swarm::Event& event : out.events()) {
    crowd->event(host, event);
    counters_.peer_event(event);
  }
  if (checker == nullptr) return;
  try {
    checker->stepped(host, world_.starts(host), out);
  } catch (const CheckFailed& failed) {
    fail(failed.name, failed.what(), crowd->name(host));
  }
}

// Returns nothing if the tracker's clock stood still a moment ago.
std::optional<Duration> Run::true_time(std::uint32_t tracker, Time local) const {
  if (cluster_.lease_is_unsure(tracker)) return std::nullopt;
  return world_.true_time(cluster_.host(tracker), local).time_since_epoch();
}

std::optional<Duration> Run::promised_time(std::uint32_t tracker, Time local) const {
  return cluster_.promise_is_unsure(tracker) ? std::nullopt : true_time(tracker, local);
}

void Run::tracker_stepped(std::uint32_t tracker, const Tracker& node, const Outbox& out) {
  const HostId host = cluster_.host(tracker);
  const TrackerView& view = node.view();
  const Duration lease = true_time(tracker, view.lease_until).value_or(Duration{});
  for (const swarm::Event& event : out.events()) tracker_event(tracker, node, event);
  try {
    checkers_.stepped({tracker, now(), world_.local(host), view, lease, node.table(), out,
                       cluster_.settings().lifetime()});
    for (const auto& kind : kinds_)
      if (kind.checker) kind.checker->tracker_stepped(tracker, node.table(), out);
  } catch (const CheckFailed& failed) {
    fail(failed.name, failed.what(), failed.tracker);
  }
  counters_.stepped(tracker, cluster_.joins(tracker), out);
  timeline_.role(tracker, now(), observe::name_of(view.role));
  if (watches_lease_ && view.serving && !view.retired && lease > now()) judge_.may_answer(now());
}

void Run::tracker_event(std::uint32_t tracker, const Tracker& node, const swarm::Event& event) {
  if (trace_) trace_->event(now(), Cluster::name_of(tracker), event);
  meter_.event(now(), event);
  if (const auto* refused = std::get_if<event::Refused>(&event))
    cluster_.refused(tracker, refused->why);
  if (std::holds_alternative<event::Serving>(event))
    judge_.serving(now(), node.view().term, director_.in_majority(tracker));
  if (std::holds_alternative<event::Answered>(event) ||
      std::holds_alternative<event::Relayed>(event))
    timeline_.answer(now());
}

// The clocks of peers show true time.
void Run::peer_event(HostId host, const swarm::Event& event) {
  const auto& crowd = *kind_of(host).crowd;
  if (trace_) trace_->event(now(), crowd.name(host), event);
  const Endpoint peer = crowd.endpoint(host);
  if (const auto* stopping = std::get_if<event::PeerStopping>(&event))
    checkers_.stopping(stopping->info_hash, peer);
  const auto* registered = std::get_if<event::PeerRegistered>(&event);
  if (registered == nullptr) return;
  const Duration sent = registered->first_sent.time_since_epoch();
  const bool doubtful = checkers_.was_not_stored(registered->info_hash, peer);
  const std::uint32_t master = doubtful ? cluster_.master() : 0;
  checkers_.registered(registered->info_hash, peer, sent,
                       master == 0 ? nullptr : &cluster_.tracker(master)->table());
  if (!crowd.waits_are_judged()) return;
  judge_.answered(now(), sent, registered->sendings);
  if (!crowd_.is_probe(host)) return;
  const bool before = meter_.served();
  meter_.answered(sent, now());
  if (!before && meter_.served()) crowd_.served();
}

void Run::fail(const std::string& what, const std::string& text, std::uint32_t tracker) {
  fail(what, text, tracker == 0 ? "" : Cluster::name_of(tracker));
}

void Run::fail(const std::string& what, const std::string& text, const std::string& who) {
  if (result_.failure) return;
  result_.failure = {what, text, now(), who};
  if (trace_) trace_->note(now(), result_.failure->tracker, "failed", what + ": " + text);
  world_.stop();
}

// The figures are those of this run only if no other run is in the process.
void Run::measure_memory() {
  const std::uint64_t rss = resident_bytes(), sqlite = sqlite_bytes();
  const auto grown = static_cast<std::int64_t>(rss - rss_before_) -
                     static_cast<std::int64_t>(sqlite - sqlite_before_);
  result_.memory = {rss, sqlite,
                    static_cast<std::uint64_t>(std::max<std::int64_t>(grown, 0)) /
                        (scenario_.swarm.peers + exchange_.size() + clients_.size())};
}

// Collects the outcome of each peer, and checks what the peers have on disk.
void Run::finish_exchange() {
  result_.peers = exchange_.outcomes();
  for (std::uint32_t peer = 0; peer < exchange_.size(); ++peer) {
    result_.peers[peer].sent = exchange_checkers_.sent(peer);
    result_.peers[peer].received = exchange_checkers_.received(peer);
  }
  if (result_.failure || result_.interrupted) return;
  try {
    for (const auto& kind : kinds_)
      if (kind.checker) kind.checker->finish();
  } catch (const CheckFailed& failed) {
    fail(failed.name, failed.what(), 0);
  }
}

// Collects the announces of the clients, each with the last fault that it met.
void Run::finish_clients() {
  const auto faults = timeline_.faults(now());
  result_.broken = faults.size();
  result_.clients = clients_.outcomes();
  for (auto& one : result_.clients)
    for (const auto& fault : faults)
      if (fault.from <= one.answered.value_or(one.until) && one.wanted <= fault.to)
        one.fault = fault.label;
}

// --- databases ---------------------------------------------------------------------------------

// If the swarm is healthy at the end of the run, checks that all trackers get equal rows, and that
// the rows have every acknowledged registration.
void Run::settle() {
  if (!compares_rows_ || !director_.healthy() || last_fault_ + settling > scenario_.duration)
    return;
  const std::uint32_t master = cluster_.master();
  if (master == 0 || !cluster_.tracker(master)->view().serving) return;
  if (recorder_) recorder_->hush();
  // Rows lag a few syncs behind the log. So on slow disks they are never equal while peers
  // announce.
  bool hushed = false;
  const Duration quiet = now() + settling / 2;
  const Duration until = now() + settling + 10 * scenario_.disk.sync.max;
  while (!result_.failure && !result_.interrupted && !databases_equal(cluster_)) {
    if (now() >= quiet && !std::exchange(hushed, true)) crowd_.hush();
    if (now() >= until)
      return fail("equal_digests", "the databases did not become equal after the end of the run.",
                  0);
    go_until(now() + poll);
  }
  if (!result_.failure && !result_.interrupted) compare_databases();
}

void Run::compare_databases() {
  const auto all = members_of(cluster_);
  for (const auto tracker : all) {
    const auto different =
        first_difference(cluster_.database(all.front()), cluster_.database(tracker));
    if (!different.empty()) return fail("equal_digests", different, tracker);
  }
  try {
    for (const auto tracker : all)
      checkers_.check_rows(tracker, cluster_.database(tracker).load().tables);
  } catch (const CheckFailed& failed) {
    fail(failed.name, failed.what(), failed.tracker);
  }
}

// --- the result --------------------------------------------------------------------------------

RunResult Run::finish() {
  world_.observe(nullptr);
  for (const auto sent : crowd_.never_answered()) judge_.never_answered(sent);
  result_.fingerprint = world_.fingerprint();
  result_.events = world_.events_executed();
  result_.simulated = now();
  meter_.finish(now());
  result_.faults = meter_.faults();
  result_.verdicts = judge_.verdicts(now());
  exchange_judge_.judge(
      result_.peers, [this](auto peer) { return exchange_.lacks(peer); }, result_.simulated,
      result_.verdicts);
  judge_clients(scenario_, result_.clients, exchange_judge_.actions(), result_.verdicts);
  judge_always(result_.verdicts);
  result_.sometimes =
      counters_.finish(world_.network().counters(), director_.disks_hung(),
                       exchange_.damage_found(), clients_.turns(), cluster_.refusals());
  if (recorder_) {
    result_.sometimes["datagrams_recorded"] = recorder_->recorded();
    result_.sometimes["datagrams_played"] = recorder_->played();
  }
  judge_.judge_sends(result_.sometimes, result_.verdicts);
  if (!result_.failure && !result_.interrupted) result_.not_happened = director_.not_happened();
  result_.random_faults = director_.random_faults();
  if (options_.timeline) result_.timeline = timeline_.finish(now());
  return std::move(result_);
}

// A run ends at the first failure, so the other invariants are not judged.
void Run::judge_always(std::vector<Verdict>& verdicts) const {
  if (!result_.failure) return;
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    const auto& expectation = scenario_.expect[i];
    if (expectation.kind != Expectation::Kind::always) continue;
    const bool broken = expectation.name == result_.failure->what;
    verdicts[i] = broken ? Verdict{Held::no, result_.failure->text} : Verdict{};
  }
}

}  // namespace

RunResult run(const Scenario& scenario, std::uint64_t seed, const RunOptions& options) {
  return Run(scenario, seed, options).run();
}

}  // namespace swarm::sim
