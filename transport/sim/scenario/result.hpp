// What one run gives: plain values, the same for the same scenario, seed and build.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/clock.hpp"

namespace swarm::sim {

// The three figures of one measured fault, in true time. An empty one did not happen before the
// next measured fault or the end of the run; no answer may also not have come while the probe
// asked.
struct FaultTiming {
  std::string fault;                  // label of the action
  Duration at{};                      // since the start of the run
  std::optional<Duration> detection;  // fault -> first suspicion (or hand-over)
  std::optional<Duration> election;   // that -> a master is elected
  std::optional<Duration> service;    // fault -> first answer to a registration sent since
  Duration watched{};                 // where there is none: so long one was waited for
};

// A safety property that did not hold. The run ends there.
struct Failure {
  std::string what;  // one of invariant_names()
  std::string text;  // one sentence
  Duration at{};
  std::string tracker;  // or a peer; empty: none in particular
};

enum class Held : std::uint8_t { yes, no, not_asked };  // not_asked: its fault never came

// One expectation of the scenario, judged in one run (those over all runs: not_asked here).
struct Verdict {
  Held held = Held::not_asked;
  std::string text;  // what was seen instead; empty when it held
};

// An action of the timeline, or its part for one tracker, that could not happen.
struct NotHappened {
  std::string action;  // "hand-over t3 at 3s"
  std::string why;     // "t3 was not the master"
};

// A peer that exchanges contents, at the end of the run. Bytes are of blocks, as they were on the
// wire.
struct PeerOutcome {
  std::string group, peer;  // "leechers", "leechers-7"
  bool honest = true;
  std::optional<Duration> arrived;   // since the start of the run
  std::optional<Duration> complete;  // since then, too; empty: it is not
  std::uint64_t size{}, missing{};   // of its contents: all, and what it had not when it arrived
  std::uint64_t sent{}, received{};
  std::uint32_t starts{};
  bool gone{};  // it left, or was ended for good
};

// What a client of BEP 15 wanted to announce.
struct ClientOutcome {
  std::string kind, client;          // "aria2", "aria2-7"
  std::string event;                 // started, none, completed, stopped
  Duration wanted{};                 // since the start of the run
  std::optional<Duration> answered;  // since then, too
  Duration until{};                  // it waited until then: it left, or the run ended
  std::uint32_t datagrams{};         // that it sent for it
  std::uint32_t peers{};             // that the answer named
  std::string fault{};               // the last one that it met; empty: nothing was broken then
};

// A row of timeline.csv: kind role, fault, mark or answers.
struct TimelineRow {
  std::string kind, tracker;
  Duration from{}, to{};
  std::string label;
  double value{};
};

// How large the process was at the end of a run with many peers; depends on the machine.
struct MemoryFigures {
  std::uint64_t rss_bytes{}, sqlite_bytes{}, bytes_per_peer_without_sqlite{};
};

struct RunResult {
  std::uint32_t run{};  // 1, 2, ...
  std::uint64_t seed{};
  std::uint64_t fingerprint{};
  std::uint64_t events{};  // of the world
  Duration simulated{};    // how far it came
  bool interrupted{};      // Ctrl-C: nothing below is a judgement
  std::vector<FaultTiming> faults;
  std::vector<Verdict> verdicts;  // one per expectation, in the scenario's order
  std::optional<Failure> failure;
  std::map<std::string, std::uint64_t> sometimes;
  std::vector<NotHappened> not_happened;
  std::map<std::string, std::uint64_t> random_faults;  // how many of each kind of the scenario
  std::vector<TimelineRow> timeline;                   // only when asked
  std::vector<PeerOutcome> peers;
  std::vector<ClientOutcome> clients;
  std::uint64_t broken{};  // faults that clients could meet, measured or not
  std::optional<MemoryFigures> memory;

  bool passed() const {
    if (failure || interrupted) return false;
    for (const auto& verdict : verdicts)
      if (verdict.held == Held::no) return false;
    return true;
  }
};

}  // namespace swarm::sim
