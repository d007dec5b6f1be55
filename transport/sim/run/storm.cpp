#include "transport/sim/run/storm.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "engine/base/random.hpp"

namespace swarm::sim {
namespace {

using Words = std::initializer_list<std::string_view>;

// The times within which the swarm must be whole again after everything is healed.
constexpr std::uint32_t first_answer_s = 20, same_database_s = 30;

// Collects the entries of a map: "key: value, key: value".
class Entries {
 public:
  void add(std::string_view key, std::string_view value) {
    text_ += fmt::format("{}{}: {}", text_.empty() ? "" : ", ", key, value);
  }
  bool empty() const { return text_.empty(); }
  std::string map() const { return "{ " + text_ + " }"; }

 private:
  std::string text_;
};

class Storm {
 public:
  explicit Storm(std::uint64_t number)
      : number_(number),
        random_(mix(number ^ 0x73746f726d)),
        of_recorder_(mix(number ^ 0x7265636f7264)) {}
  std::string text(const StormRuns& how);

 private:
  bool chance(std::uint32_t percent) { return random_.below(100) < percent; }
  std::uint32_t between(std::uint32_t low, std::uint32_t high);
  template <class T>
  T pick(std::initializer_list<T> from) {
    return from.begin()[random_.below(from.size())];
  }
  // With this chance, adds the key with one of the values. Most settings keep their defaults.
  void maybe(Entries& to, std::uint32_t percent, std::string_view key, Words values);

  // --- what depends on each other --------------------------------------------------------------

  void draw_what_matters_to_all();
  std::string swarm();
  std::string tracker();
  Entries drawn_network();
  std::string network();
  std::string disk();
  std::string cpu();
  std::string clock();
  std::string clients();
  std::string recorder();

  // --- the timeline ----------------------------------------------------------------------------

  std::string one();
  std::string some();
  // Returns the part of an action's text that follows its time. An action that lasts ends before
  // the calm, even if it first waits until a tracker has the role.
  std::string action();
  std::string frozen_pause() { return fmt::format("pause: {{ of: {}, clock: frozen }}", one()); }
  std::string sides();
  std::string cut();
  std::string timeline();
  std::uint32_t last_action_ms() const { return calm_s_ * 1000 - 9000; }
  // Draws at most one jump. If the clocks of several trackers with promises jumped at the same
  // time, nothing could be guaranteed.
  std::string forward_jump();

  // --- random faults ---------------------------------------------------------------------------

  std::string random_faults();

  // --- what must hold --------------------------------------------------------------------------

  std::string expectations();

  std::uint64_t number_;
  Random random_;
  Random of_recorder_;  // draws whether there is a recorder; nothing else depends on these draws
  std::uint32_t trackers_{}, standby_{}, calm_s_{};
  bool ask_one_{}, churn_{}, clients_{}, wipes_{}, members_leave_{}, bad_from_the_start_{},
      slow_disks_{}, frozen_{};
  Entries bad_network_;
};

std::string Storm::text(const StormRuns& how) {
  draw_what_matters_to_all();
  std::string out = fmt::format(
      "name: drawn storm {0}\n"
      "description: Drawn by `swarm-sim storm --from {0} --seeds 1`.\n"
      "seed: {1}\nruns: {2}\n",
      number_, how.seed, how.runs);
  const auto body = swarm() + tracker() + network() + disk() + cpu() + clock() + clients() +
                    recorder() + timeline() + random_faults() + expectations();
  return out + fmt::format("duration: {}s\n", calm_s_ + same_database_s + 2) + body;
}

std::uint32_t Storm::between(std::uint32_t low, std::uint32_t high) {
  return low + static_cast<std::uint32_t>(random_.below(high - low + 1));
}

void Storm::maybe(Entries& to, std::uint32_t percent, std::string_view key, Words values) {
  const auto value = pick(values);
  if (chance(percent)) to.add(key, value);
}

void Storm::draw_what_matters_to_all() {
  trackers_ = pick<std::uint32_t>({1, 2, 3, 3, 3, 3, 4, 5, 5, 5, 6, 7});
  standby_ = chance(40) ? between(1, 3) : 0;
  ask_one_ = chance(20);
  // With churn, peers stop and come back. A stop that arrives later than kept_requests_age would
  // undo the return (R18).
  churn_ = chance(60);
  clients_ = chance(12);
  calm_s_ = between(14, 30);
  // A disk is wiped only if the other trackers have all of its data and can take the disk's tracker
  // out of the CONFIG. This needs at least three trackers, none of which leaves for good. No disk
  // is wiped before the founders have found each other: without that tracker they could never found
  // the swarm.
  wipes_ = trackers_ >= 3 && chance(40);
  // A member that is taken out while it is down learns of its removal only from a master that it
  // knows, which must be a founder. So there must be no standby trackers.
  members_leave_ = !wipes_ && !ask_one_ && trackers_ >= 3 && chance(40) && standby_ == 0;
  bad_from_the_start_ = !wipes_ && chance(50);
  slow_disks_ = chance(30);
  // A master whose clock stood still learns of the next master from the datagrams in its socket. If
  // it was also cut off, there are no such datagrams, and it answers for a while (FAILURE-MODEL).
  // So a storm with frozen clocks has no cuts.
  frozen_ = chance(20);
  bad_network_ = drawn_network();
}

std::string Storm::swarm() {
  Entries e;
  e.add("trackers", fmt::format("{}", trackers_));
  if (standby_ > 0) e.add("standby", fmt::format("{}", standby_));
  const auto contents = between(1, 8);
  e.add("peers", fmt::format("{}", chance(5) ? between(100, 300) : between(0, 30)));
  e.add("contents", fmt::format("{}", contents));
  if (chance(50)) e.add("contents_per_peer", fmt::format("{}", between(1, std::min(contents, 4u))));
  if (churn_) e.add("churn", pick<std::string_view>({"10%", "20%", "40%", "80%"}));
  if (ask_one_) e.add("ask_one", "true");
  maybe(e, 20, "reap", {"600us..1200us", "20ms..60ms"});
  return "swarm: " + e.map() + "\n";
}

std::string Storm::tracker() {
  Entries e;
  const auto keep_alive = pick<std::uint32_t>({5, 10, 10, 10, 20, 50});
  const auto promise = keep_alive * pick<std::uint32_t>({3, 5, 5, 5, 8, 12});
  e.add("keep_alive", fmt::format("{}ms", keep_alive));
  e.add("promise", fmt::format("{}ms", promise));
  if (chance(50))
    e.add("promise_max", fmt::format("{}ms", promise * pick<std::uint32_t>({1, 2, 4})));
  e.add("announce_interval", pick<std::string_view>({"1s", "2s", "3s", "5s"}));
  maybe(e, 20, "status_interval", {"20ms", "500ms", "2s"});
  // If this limit is shorter than a keep-alive and a sync together, members enter and leave the
  // in-sync set for ever.
  if (!slow_disks_) maybe(e, 20, "in_sync_limit", {"120ms", "1s"});
  maybe(e, 60, "removal_silence", {"500ms", "1s", "2s"});
  e.add("stabilisation", pick<std::string_view>({"0s", "0s", "1s", "3s"}));
  maybe(e, 20, "deaf_after", {"200ms", "3s"});
  maybe(e, 20, "deaf_hand_over", {"1s", "5s"});
  maybe(e, 20, "rank_delay", {"0ms", "1ms", "20ms"});
  // Without pre-votes, a member that does not know of its removal raises its term above the
  // swarm's. After that, the swarm cannot tell it of its removal any more.
  if (!members_leave_ && standby_ == 0) maybe(e, 15, "pre_vote", {"false"});
  maybe(e, 20, "certificates", {"false"});
  maybe(e, 15, "ready", {"in-sync"});
  maybe(e, 20, "block_close", {"0ms", "50us", "5ms"});
  maybe(e, 25, "window", {"1", "2", "8"});
  maybe(e, 60, "log_keep", {"1", "8", "32", "256"});
  maybe(e, 25, "snapshot_window", {"1", "4"});
  maybe(e, 20, "apply_interval", {"1ms", "50ms", "300ms"});
  maybe(e, 20, "sync_hand_over", {"200ms", "500ms"});
  maybe(e, 20, "sync_exit", {"2s", "4s"});
  maybe(e, 20, "kept_requests", {"1", "16"});
  maybe(e, 20, "kept_requests_age", {churn_ ? "2s" : "100ms", "5s"});
  maybe(e, 15, "relay_requests", {"1", "8"});
  maybe(e, 20, "relay_age", {"500ms"});
  maybe(e, 10, "max_peers_per_reply", {"1", "5"});
  if (!clients_) {
    maybe(e, 15, "secret_rotation", {"10s"});
    maybe(e, 10, "max_contents_per_peer", {"1", "2"});
    maybe(e, 10, "max_contents", {"1", "3"});
    maybe(e, 10, "max_peers", {"1", "5"});
  }
  if (!wipes_ && chance(15)) e.add("first_start", "init");
  return "tracker: " + e.map() + "\n";
}

Entries Storm::drawn_network() {
  Entries e;
  e.add("latency", pick<std::string_view>({"100us..300us", "100us..1ms", "100us..1ms", "1ms..10ms",
                                           "5ms..40ms", "100us..150ms"}));
  maybe(e, 80, "loss", {"1%", "5%", "15%", "30%", "50%"});
  maybe(e, 50, "duplicate", {"1%", "10%", "40%"});
  maybe(e, 30, "corrupt", {"0.1%", "2%"});
  maybe(e, 60, "reorder", {"5%", "30%", "100%"});
  maybe(e, 50, "reorder_by", {"20ms", "150ms", "400ms", churn_ ? "800ms" : "2s"});
  maybe(e, 30, "burst", {"0.1%", "1%"});
  maybe(e, 20, "burst_length", {"100ms..1s"});
  maybe(e, 15, "bandwidth", {"10Mbit/s", "50Mbit/s"});
  return e;
}

std::string Storm::network() {
  return bad_from_the_start_ ? "network: " + bad_network_.map() + "\n" : "";
}

std::string Storm::disk() {
  Entries e;
  if (slow_disks_)
    e.add("sync", pick<std::string_view>({"1ms..60ms", "10ms..200ms", "100ms..200ms"}));
  else
    maybe(e, 60, "sync", {"50us..5ms", "1ms..30ms"});
  maybe(e, 20, "row", {"1us", "20us"});
  return e.empty() ? "" : "disk: " + e.map() + "\n";
}

std::string Storm::cpu() {
  if (!chance(25)) return {};
  Entries e;
  e.add("step", pick<std::string_view>({"5us", "20us", "80us"}));
  maybe(e, 60, "row", {"1us", "5us"});
  return "cpu: " + e.map() + "\n";
}

std::string Storm::clock() {
  Entries e;
  maybe(e, 70, "offset", {"-1s..1s", "-40s..2s", "-10min..10min"});
  maybe(e, 60, "drift",
        {"-100ppm..100ppm", "-1000ppm..1000ppm", "-20000ppm..20000ppm", "-100000ppm..100000ppm"});
  return e.empty() ? "" : "clock: " + e.map() + "\n";
}

std::string Storm::clients() {
  if (!clients_) return {};
  Entries e;
  e.add("count", fmt::format("{}", between(7, 21)));
  e.add("arrive", "1s..8s");
  maybe(e, 70, "trackers", {"rotated", "one"});
  maybe(e, 60, "completes", {"1s..10s"});
  maybe(e, 60, "stays", {"11s..20s"});
  return "clients: " + e.map() + "\n";
}

// A hostile host that plays back what it hears, until the end of the run.
std::string Storm::recorder() {
  const auto drawn = [this](Words words) {
    return words.begin()[of_recorder_.below(words.size())];
  };
  if (of_recorder_.below(100) >= 30) return {};
  Entries e;
  e.add("hears", drawn({"all", "all", "all", "50%", "multicast"}));
  e.add("plays", drawn({"10%", "10%", "10%", "2%", "40%"}));
  e.add("after", drawn({"[0..50ms, 5s..40s]", "[0..50ms, 5s..40s]", "0..2ms", "[0..5ms, 100ms..3s]",
                        "10s..30s"}));
  e.add("as", drawn({"original", "[original, own, other]", "other"}));
  e.add("to", drawn({"original", "[original, other, sender]", "[original, other]"}));
  e.add("damage", drawn({"0%", "10%", "50%"}));
  return "recorder: " + e.map() + "\n";
}

std::string Storm::one() {
  if (chance(45)) return "master";
  if (trackers_ > 1 && chance(60)) return pick<std::string>({"any-slave", "successor"});
  return fmt::format("t{}", between(1, trackers_));
}

std::string Storm::some() {
  if (chance(70)) return one();
  return pick<std::string>({"all", "all-slaves", "majority", "minority"});
}

std::string Storm::action() {
  const auto ends = fmt::format(
      ", for: {}", pick<std::string_view>({"1ms", "20ms", "60ms", "200ms", "1s", "3s"}));
  switch (random_.below(members_leave_ ? 18 : 16)) {
    case 0:
    case 1:
      return "crash: " + some() + (chance(80) ? ends : "");
    case 2:
    case 3:
      return "kill: " + some() + ends;
    case 4:
      return "pause: " + some() + ends;
    case 5:
      return frozen_ ? frozen_pause() + ends : "pause: " + one() + ends;
    case 6:
      return "restart: " + some() + ends;
    case 7:
      return "hand-over: master";
    case 8:
      if (frozen_) return frozen_pause() + ends;
      if (trackers_ == 1) return "isolate: t1" + ends;
      return "partition: " + sides() + (chance(70) ? ends : "");
    case 9:
      if (frozen_) return frozen_pause() + ends;
      return "isolate: " + some() + (chance(70) ? ends : "");
    case 10:
      if (frozen_) return frozen_pause() + ends;
      return "cut: " + cut() + (chance(70) ? ends : "");
    case 11:
      return fmt::format("disk: {{ of: {}, hang: true }}{}", some(), ends);
    case 12:
      return fmt::format("disk: {{ of: {}, sync: {} }}{}", some(),
                         pick<std::string_view>({"20ms..80ms", "300ms..900ms"}), ends);
    case 13:
      return fmt::format("clock: {{ of: {}, by: {} }}", one(),
                         pick<std::string_view>({"-10ms", "-300ms", "-5s"}));
    case 14:
      if (standby_ > 0) return fmt::format("start: t{}", trackers_ + between(1, standby_));
      return "stop: " + one();
    case 15:
      return fmt::format("network: {}{}", drawn_network().map(), ends);
    case 16:
      return "leave: " + one();
    default:
      return fmt::format("remove: {}", pick<std::string_view>({"any-slave", "t1", "successor"}));
  }
}

std::string Storm::sides() {
  if (trackers_ < 3) return "[[t1], rest]";
  return pick<std::string>({"[majority, minority]", "[master-side, rest]", "[[master], rest]",
                            "[[master, any-slave], rest]", "[[any-slave], rest]"});
}

std::string Storm::cut() {
  const auto who = one();
  return pick<std::string>({fmt::format("{{ from: {}, to: rest }}", who),
                            fmt::format("{{ from: all, to: {} }}", who),
                            fmt::format("{{ from: peers, to: {}, group: true }}", who),
                            fmt::format("{{ from: {}, to: peers }}", who)});
}

std::string Storm::timeline() {
  std::string out = "timeline:\n";
  if (!bad_from_the_start_)
    out += fmt::format("  - {{ at: 1500ms, name: bad, network: {} }}\n", bad_network_.map());
  std::vector<std::uint32_t> times;
  const std::uint32_t first = wipes_ ? 2000 : pick<std::uint32_t>({0, 300, 2000});
  for (auto n = between(0, 14); n > 0; --n) times.push_back(between(first, last_action_ms()));
  std::sort(times.begin(), times.end());
  for (const auto at : times) out += fmt::format("  - {{ at: {}ms, {} }}\n", at, action());
  out += forward_jump();
  out += fmt::format("  - {{ at: {}s, name: settled, heal: all }}\n", calm_s_);
  out += fmt::format("  - {{ at: {}s, name: back, start: all }}\n", calm_s_);
  out += fmt::format(
      "  - {{ at: {}s, name: calm, network: {{ latency: 100us..300us, loss: 0%, duplicate: 0%, "
      "corrupt: 0%, reorder: 0%, burst: 0%, bandwidth: 1Gbit/s }} }}\n",
      calm_s_);
  return out;
}

std::string Storm::forward_jump() {
  if (!chance(15)) return {};
  return fmt::format("  - {{ at: {}ms, name: jump, clock: {{ of: {}, by: {} }} }}\n",
                     between(2000, last_action_ms()), one(),
                     clients_ ? "5s" : pick<std::string_view>({"200ms", "5s", "1h"}));
}

std::string Storm::random_faults() {
  if (!wipes_ && !chance(75)) return {};
  Entries every;
  const auto add = [&](std::uint32_t percent, std::string_view kind, Words means) {
    maybe(every, percent, kind, means);
  };
  const Words usual{"300ms", "1s", "2s", "4s"};
  for (const auto* kind : {"crash", "kill", "pause", "restart", "hand-over", "disk"})
    add(55, kind, usual);
  for (const auto* kind : {"partition", "isolate", "cut"})
    if (!frozen_) add(55, kind, usual);
  if (standby_ > 0) add(70, "start", {"1s", "3s"});
  if (standby_ > 0 && !ask_one_ && !members_leave_) add(60, "remove", {"2s", "5s"});
  if (wipes_) every.add("wipe", pick<std::string_view>({"3s", "6s", "10s"}));
  const bool network = chance(30);
  if (network) every.add("network", pick<std::string_view>({"1s", "4s"}));
  if (every.empty()) every.add("crash", "2s");
  std::string out = "random:\n  every: " + every.map() + "\n";
  if (network) out += "  network: " + drawn_network().map() + "\n";
  out +=
      fmt::format("  for: {}\n",
                  pick<std::string_view>({"1ms..300ms", "10ms..1500ms", "10ms..3s", "500ms..4s"}));
  out += fmt::format("  during: {}..{}s\n", wipes_ ? "2s" : pick<std::string_view>({"500ms", "2s"}),
                     calm_s_ - 3);
  return out + fmt::format("  most_down: {}\n", between(1, trackers_));
}

std::string Storm::expectations() {
  std::string out = "probe: { every: 2ms }\nexpect:\n";
  out += fmt::format("  - {{ after: settled, first_answer: {}s }}\n", first_answer_s);
  // On slow disks the rows are never equal while peers announce.
  if (!slow_disks_)
    out += fmt::format("  - {{ after: settled, same_database: {}s }}\n", same_database_s);
  return out + "  - { always: all }\n";
}

}  // namespace

std::string drawn_storm(std::uint64_t number, const StormRuns& how) {
  return Storm(number).text(how);
}

}  // namespace swarm::sim
