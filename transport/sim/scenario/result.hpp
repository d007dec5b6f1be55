// The result of one run, as plain values. The same scenario, seed and build give the same result.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/clock.hpp"

namespace swarm::sim {

// The three figures of one measured fault, in true time. A figure is empty if the event that ends
// it did not come before the next measured fault or the end of the run. `service` is also empty if
// no answer came while the probe asked.
struct FaultTiming {
  std::string fault;                  // label of the action
  Duration at{};                      // since the start of the run
  std::optional<Duration> detection;  // from the fault to the first suspicion or hand-over
  std::optional<Duration> election;   // from the detection to the election of a master
  std::optional<Duration> service;    // from the fault to the first answer to a later registration
  Duration watched{};                 // if `service` is empty: how long the run waited for it
};

// A safety property that did not hold. The run ends at this failure.
struct Failure {
  std::string what;  // one of invariant_names()
  std::string text;  // one sentence
  Duration at{};
  std::string tracker;  // name of a tracker or a peer; empty: no particular one
};

// not_asked: there was nothing to judge, for example because the fault never came.
enum class Held : std::uint8_t { yes, no, not_asked };

// The verdict on one expectation in one run. If the expectation is judged over all runs together,
// `held` is not_asked.
struct Verdict {
  Held held = Held::not_asked;
  std::string text;  // if it did not hold: what was seen instead
};

// An action of the timeline that could not happen, or that could not hit one of its trackers.
struct NotHappened {
  std::string action;  // "hand-over t3 at 3s"
  std::string why;     // "t3 was not the master"
};

// A peer that exchanges contents, at the end of the run.
struct PeerOutcome {
  std::string group, peer;  // "leechers", "leechers-7"
  bool honest = true;
  std::optional<Duration> arrived;   // since the start of the run
  std::optional<Duration> complete;  // since the start of the run; empty: it is not complete
  std::uint64_t size{}, missing{};   // bytes of its contents, and bytes that it lacked on arrival
  std::uint64_t sent{}, received{};  // bytes of blocks on the wire
  std::uint32_t starts{};
  bool gone{};  // true: it left or was ended, and does not come back
};

// An announce that a client of BEP 15 wanted to make.
struct ClientOutcome {
  std::string kind, client;          // "aria2", "aria2-7"
  std::string event;                 // started, none, completed, stopped
  Duration wanted{};                 // since the start of the run
  std::optional<Duration> answered;  // since the start of the run
  Duration until{};                  // the time at which the client left or the run ended
  std::uint32_t datagrams{};         // requests sent for this announce
  std::uint32_t peers{};             // peers in the answer
  std::string fault{};               // the last fault that the announce met; empty: it met none
};

// A row of timeline.csv. `kind` is role, fault, mark or answers.
struct TimelineRow {
  std::string kind, tracker;
  Duration from{}, to{};
  std::string label;
  double value{};
};

// The size of the process at the end of a run with many peers. It depends on the machine.
struct MemoryFigures {
  std::uint64_t rss_bytes{}, sqlite_bytes{}, bytes_per_peer_without_sqlite{};
};

struct RunResult {
  std::uint32_t run{};  // 1, 2, ...
  std::uint64_t seed{};
  std::uint64_t fingerprint{};
  std::uint64_t events{};  // of the world
  Duration simulated{};    // the simulated time at which the run ended
  bool interrupted{};      // true: Ctrl-C ended the run, so the fields below prove nothing
  std::vector<FaultTiming> faults;
  std::vector<Verdict> verdicts;  // one per expectation, in the scenario's order
  std::optional<Failure> failure;
  std::map<std::string, std::uint64_t> sometimes;
  std::vector<NotHappened> not_happened;
  std::map<std::string, std::uint64_t> random_faults;  // how many happened, per kind
  std::vector<TimelineRow> timeline;                   // only with RunOptions::timeline
  std::vector<PeerOutcome> peers;
  std::vector<ClientOutcome> clients;
  std::uint64_t broken{};  // number of faults that clients could meet, measured or not
  std::optional<MemoryFigures> memory;

  bool passed() const {
    if (failure || interrupted) return false;
    for (const auto& verdict : verdicts)
      if (verdict.held == Held::no) return false;
    return true;
  }
};

}  // namespace swarm::sim
