#include "transport/sim/checks/judge.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/quantity.hpp"
#include "transport/sim/checks/failover.hpp"
#include "transport/sim/scenario/scenario_reader.hpp"

namespace swarm::sim {
namespace {

using Kind = Expectation::Kind;

bool over_all_runs(Kind kind) {
  return kind == Kind::service_p50 || kind == Kind::service_p99 || kind == Kind::sometimes;
}

// True for expectations that are judged at the end of the run, from the outcomes of peers or
// clients or from the counters.
bool judged_at_the_end(Kind kind) {
  return kind == Kind::complete || kind == Kind::uploads || kind == Kind::downloads ||
         kind == Kind::answered || kind == Kind::sends;
}

// Returns the text of a verdict when the expected thing did not happen in time.
std::string missed(Kind kind, std::optional<Duration> happened, Duration at) {
  if (!happened && kind == Kind::first_answer) return "no answer came as long as the probe asked";
  if (!happened) return "it did not happen before the run ended";
  return fmt::format("it took {:.3f} ms", static_cast<double>((*happened - at).count()) / 1e6);
}

}  // namespace

Judge::Judge(const Scenario& scenario) : scenario_(scenario) {}

void Judge::action(Duration at, const std::string& label, Term term,
                   std::optional<Duration> lasting) {
  const Duration ends = lasting ? at + *lasting : Duration::max();
  for (auto& question : questions_) question.closed = true;
  for (std::size_t i = 0; i < scenario_.expect.size(); ++i) {
    const auto& expectation = scenario_.expect[i];
    if (expectation.kind == Kind::always || over_all_runs(expectation.kind)) continue;
    if (judged_at_the_end(expectation.kind)) continue;
    if (expectation.after != label) continue;
    questions_.push_back({i, at, at + expectation.within, term, false, false, 0, {}, false, ends});
  }
}

template <class F>
void Judge::each(Kind kind, F f) {
  for (auto& question : questions_)
    if (scenario_.expect[question.expectation].kind == kind) f(question);
}

void Judge::happened(Question& question, Duration at) {
  if (question.happened) return;
  question.happened = at;
  question.held = at <= question.until;
}

void Judge::serving(Duration at, Term term, bool in_majority) {
  each(Kind::new_master, [&](Question& q) {
    if (scenario_.expect[q.expectation].in_majority && !in_majority) return;
    if (term > q.before) happened(q, at);
  });
  each(Kind::same_master, [&](Question& q) {
    if (at <= q.until && term > q.before && !q.broken) q.broken = true, q.happened = at;
  });
}

void Judge::may_answer(Duration at) {
  each(Kind::no_master, [&](Question& q) {
    if (at > q.until && at < q.ends && !q.closed && !q.broken) q.broken = true, q.happened = at;
  });
}

void Judge::answered(Duration at, Duration sent, std::uint32_t sendings) {
  each(Kind::first_answer, [&](Question& q) {
    if (sent >= q.at) happened(q, at);
  });
  if (sendings > 1) never_answered(sent);  // counts as unanswered at its first sending
}

void Judge::never_answered(Duration sent) {
  // Requests that were sent up to 20 ms before the fault also count, because they may have been
  // under way when it happened.
  each(Kind::unanswered, [&](Question& q) {
    if (sent + 20ms >= q.at && (q.until == q.at || sent <= q.until)) ++q.count;
  });
}

void Judge::same_database(Duration at) {
  each(Kind::same_database, [&](Question& q) { happened(q, at); });
}

void Judge::members(Duration at, std::uint32_t voters) {
  each(Kind::members, [&](Question& q) {
    if (voters == scenario_.expect[q.expectation].count) happened(q, at);
  });
}

bool Judge::open(Kind kind, Duration at) const {
  for (const auto& q : questions_)
    if (scenario_.expect[q.expectation].kind == kind && !q.happened && at <= q.until) return true;
  return false;
}

bool Judge::waits_for_database(Duration at) const {
  return open(Kind::same_database, at);
}
bool Judge::waits_for_members(Duration at) const {
  return open(Kind::members, at);
}

Verdict Judge::verdict(const Question& q, Duration end) const {
  const auto& expectation = scenario_.expect[q.expectation];
  const auto broken = [&](bool is, const char* what) {
    return Verdict{is ? Held::no : Held::yes,
                   is ? fmt::format("{} {:.3f} ms after it", what,
                                    static_cast<double>((*q.happened - q.at).count()) / 1e6)
                      : std::string()};
  };
  switch (expectation.kind) {
    case Kind::same_master:
      return broken(q.broken, "another master served");
    case Kind::no_master:
      return broken(q.broken, "a master could answer");
    case Kind::unanswered:
      if (q.count <= expectation.count) return {Held::yes, {}};
      return {Held::no,
              fmt::format("{} at the first sending",
                          q.count == 1 ? "1 request was not answered"
                                       : fmt::format("{} requests were not answered", q.count))};
    default:
      break;
  }
  if (q.held) return {Held::yes, {}};
  // The run ended before `until`, so there is no verdict.
  if (!q.happened && end < q.until) return {Held::not_asked, {}};
  return {Held::no, missed(expectation.kind, q.happened, q.at)};
}

void Judge::judge_sends(const std::map<std::string, std::uint64_t>& counters,
                        std::vector<Verdict>& verdicts) const {
  const std::uint64_t sent = counters.at("snapshot_bytes_sent");
  const std::uint64_t installed = counters.at("snapshot_bytes_installed");
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    const auto& expectation = scenario_.expect[i];
    if (expectation.kind != Kind::sends || sent + installed == 0) continue;
    verdicts[i].held = Held::yes;
    if (sent * 1000 > installed * expectation.times)
      verdicts[i] = {Held::no, fmt::format("{} bytes were sent for {}", sent, installed)};
  }
}

std::vector<Verdict> Judge::verdicts(Duration end) const {
  std::vector<Verdict> out(scenario_.expect.size());
  for (std::size_t i = 0; i < out.size(); ++i)
    if (scenario_.expect[i].kind == Kind::always) out[i].held = Held::yes;
  for (const auto& question : questions_) {
    auto& total = out[question.expectation];
    if (total.held == Held::no) continue;
    Verdict one = verdict(question, end);
    if (one.held != Held::not_asked) total = std::move(one);
  }
  return out;
}

namespace {

PooledVerdict judge_service(const Expectation& expectation, const std::vector<RunResult>& runs) {
  // A gap without an answer lasted at least as long as the run waited for one (`watched`).
  std::vector<Duration> least, most;
  Duration longest{-1};
  std::uint64_t slowest{};
  for (const auto& run : runs)
    for (const auto& fault : run.faults) {
      if (fault.fault != expectation.after) continue;
      least.push_back(fault.service.value_or(fault.watched));
      most.push_back(fault.service.value_or(Duration::max()));
      if (most.back() > longest) longest = most.back(), slowest = run.seed;
    }
  PooledVerdict out{to_text(expectation), Held::not_asked, 0, 0, {}, {}};
  if (most.empty()) return out.detail = "the fault never came", out;
  std::sort(least.begin(), least.end());
  std::sort(most.begin(), most.end());
  const unsigned percent = expectation.kind == Kind::service_p50 ? 50 : 99;
  const Duration at_least = percentile(least, percent), at_most = percentile(most, percent);
  if (at_most <= expectation.within) return out.held = Held::yes, out;
  out.slowest = slowest;
  const auto cut = std::count(most.begin(), most.end(), Duration::max());
  const std::string ms = fmt::format("{:.3f} ms", static_cast<double>(at_least.count()) / 1e6);
  const std::string rest = fmt::format("{} of {} were cut off before an answer", cut, most.size());
  if (at_least > expectation.within)
    out.held = Held::no,
    out.detail = at_least == at_most ? "it was " + ms : "it was " + ms + " or more: " + rest;
  else
    out.detail = "not measured: " + rest;
  return out;
}

PooledVerdict judge_sometimes(const Expectation& expectation, const std::vector<RunResult>& runs) {
  std::uint64_t count = 0;
  for (const auto& run : runs)
    if (const auto at = run.sometimes.find(expectation.name); at != run.sometimes.end())
      count += at->second;
  return {to_text(expectation),
          count > 0 ? Held::yes : Held::no,
          0,
          0,
          count > 0 ? "" : "it never happened",
          {}};
}

PooledVerdict judge_each(const Expectation& expectation, std::size_t index,
                         const std::vector<RunResult>& runs) {
  PooledVerdict out{to_text(expectation), Held::not_asked, 0, 0, {}, {}};
  for (const auto& run : runs) {
    if (index >= run.verdicts.size()) continue;
    const auto& verdict = run.verdicts[index];
    if (verdict.held == Held::not_asked) continue;
    ++out.runs_asked;
    if (verdict.held == Held::yes) {
      ++out.runs_held;
      if (out.held == Held::not_asked) out.held = Held::yes;
    } else if (out.held != Held::no) {
      out.held = Held::no;
      out.detail = fmt::format("seed {}: {}", run.seed, verdict.text);
    }
  }
  if (out.held == Held::not_asked)
    out.detail = expectation.kind == Kind::always ? "no run came to its end"
                                                  : "it could not be judged in any run";
  return out;
}

}  // namespace

std::vector<PooledVerdict> judge_pool(const Scenario& scenario,
                                      const std::vector<RunResult>& runs) {
  std::vector<PooledVerdict> out;
  for (std::size_t i = 0; i < scenario.expect.size(); ++i) {
    const auto& expectation = scenario.expect[i];
    if (expectation.kind == Kind::sometimes)
      out.push_back(judge_sometimes(expectation, runs));
    else if (over_all_runs(expectation.kind))
      out.push_back(judge_service(expectation, runs));
    else
      out.push_back(judge_each(expectation, i, runs));
  }
  return out;
}

}  // namespace swarm::sim
