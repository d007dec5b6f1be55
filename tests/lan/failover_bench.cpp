#include "tests/lan/failover_bench.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <signal.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "observe/live/trace.hpp"
#include "observe/plots/plot_data.hpp"
#include "tests/lan/harness/eventually.hpp"
#include "tests/lan/harness/trace_reader.hpp"

namespace swarm::lan {
namespace {

constexpr std::size_t steady = 200;   // answers before the fault
constexpr std::size_t restored = 50;  // and behind it

double in_ms(Duration duration) {
  return static_cast<double>(duration.count()) / 1e6;
}

}  // namespace

FailoverBench::FailoverBench(Site& site, BenchSettings settings)
    : site_(site), settings_(std::move(settings)) {}

std::vector<Trial> FailoverBench::run(const std::function<void(const Trial&)>& progress) {
  begin_ = udp::boot_clock_now();
  std::vector<Trial> trials;
  while (trials.size() < settings_.trials) {
    found_anew();
    if (const auto one = trial()) {
      trials.push_back(*one);
      progress(*one);
    }
  }
  end_all();
  return trials;
}

// As each run of the simulator has a swarm of its own: in one that has just lost a master, promises
// are longer and restarted members have no vote for a while.
void FailoverBench::found_anew() {
  probe_.reset();
  witnesses_.clear();
  end_all();
  for (const auto& entry : std::filesystem::directory_iterator(site_.folder()))
    std::filesystem::remove_all(entry);
  found(settings_.keys);
  for (const auto* tracker : running())
    witnesses_.emplace(tracker, Witness{TraceReader(tracker->trace()), {}});
  probe_ = std::make_unique<Probe>(site_, settings_.every, settings_.seed++);
}

std::optional<Trial> FailoverBench::trial() {
  const Time begin = udp::boot_clock_now();
  probe_->begin();
  eventually("a steady pace", [&] { return probe_->answered(begin) >= steady; });
  auto& old = master();
  const Time at = strike(old);
  eventually("an answer after the fault", [&] { return probe_->answered(at) >= restored; });
  end_probe();
  read_traces();
  const bool valid = was_master(old, at);
  if (valid) await_election(old, at);

  Trial result{timing(old, at), 0, {}, {}};
  const Time over = at + result.timing.service.value_or(0ns);
  for (const auto& stall : stalls_.between(at, over))
    result.longest_stall = std::max(result.longest_stall, stall.to - stall.from);
  result.timing.at = at - begin_;
  if (settings_.fault == Fault::link) dynamic_cast<Lan&>(site_).plug(old.host());
  const auto samples = probe_->samples();
  result.sent = samples.size();
  for (const auto& sample : samples)
    if (sample.answered == never) result.unanswered.push_back(sample.sent - at);
  return valid ? std::optional(result) : std::nullopt;
}

// What is not answered after a second is not answered at all: nothing is sent twice.
void FailoverBench::end_probe() {
  probe_->end();
  const Time until = udp::boot_clock_now() + 1s;
  const auto open = [&] { return probe_->samples().size() - probe_->answered(Time::min()); };
  eventually("the last answers", [&] { return open() == 0 || udp::boot_clock_now() > until; });
}

Time FailoverBench::strike(TrackerProcess& master) {
  Time at;
  switch (settings_.fault) {
    case Fault::worker:
      return master.kill_worker();
    case Fault::process:
      return master.kill();
    case Fault::link:
      return dynamic_cast<Lan&>(site_).unplug(master.host());
    case Fault::handover:
      at = udp::boot_clock_now();
      master.order("/handover");
      return at;
  }
  return at;
}

// The old master's own end is not what detects it, unless it hands over.
bool FailoverBench::tells(const TrackerProcess& tracker, const TrackerProcess& old) const {
  return &tracker != &old || settings_.fault == Fault::handover;
}

void FailoverBench::read_traces() {
  for (auto& [tracker, witness] : witnesses_)
    for (const auto& line : witness.reader.read())
      if (!std::holds_alternative<event::Answered>(line.event)) witness.lines.push_back(line);
}

bool FailoverBench::was_master(const TrackerProcess& old, Time at) const {
  const TrackerProcess* last = nullptr;
  Term highest;
  for (const auto& [tracker, witness] : witnesses_)
    for (const auto& line : witness.lines)
      if (const auto* serving = std::get_if<event::Serving>(&line.event))
        if (Time(line.at) < at && serving->term > highest) last = tracker, highest = serving->term;
  return last == &old;
}

template <class What, class Who>
bool FailoverBench::told(Time since, const Who& who) const {
  return std::any_of(witnesses_.begin(), witnesses_.end(), [&](const auto& witness) {
    const auto& lines = witness.second.lines;
    return who(*witness.first) && std::any_of(lines.begin(), lines.end(), [&](const auto& line) {
             return Time(line.at) >= since && std::holds_alternative<What>(line.event);
           });
  });
}

void FailoverBench::await_election(const TrackerProcess& old, Time at) {
  const bool handed_over = settings_.fault == Fault::handover;
  eventually("the election in the traces", [&] {
    read_traces();
    return told<event::ElectionWon>(at, [&](const auto& tracker) { return &tracker != &old; }) &&
           (!handed_over || told<event::HandOver>(at, [](const auto&) { return true; }));
  });
}

sim::FaultTiming FailoverBench::timing(const TrackerProcess& old, Time at) const {
  sim::FailoverMeter meter;
  meter.fault(at.time_since_epoch(), label(settings_.fault));
  std::vector<TraceLine> lines;
  for (const auto& [tracker, witness] : witnesses_)
    for (const auto& line : witness.lines)
      if (Time(line.at) >= at && tells(*tracker, old)) lines.push_back(line);
  std::stable_sort(lines.begin(), lines.end(),
                   [](const auto& a, const auto& b) { return a.at < b.at; });
  for (const auto& line : lines) meter.event(line.at, line.event);

  auto samples = probe_->samples();
  std::sort(samples.begin(), samples.end(),
            [](const auto& a, const auto& b) { return a.answered < b.answered; });
  for (const auto& sample : samples)
    if (sample.answered != never)
      meter.answered(sample.sent.time_since_epoch(), sample.answered.time_since_epoch());
  return meter.faults().front();
}

// What comes of it.

std::string label(Fault fault) {
  switch (fault) {
    case Fault::worker:
      return "kill";
    case Fault::process:
      return "crash";
    case Fault::link:
      return "cut";
    case Fault::handover:
      break;
  }
  return "hand-over";
}

namespace {

using Figure = std::optional<Duration> sim::FaultTiming::*;
constexpr std::array<std::pair<std::string_view, Figure>, 3> figures{
    {{"detection", &sim::FaultTiming::detection},
     {"election", &sim::FaultTiming::election},
     {"service", &sim::FaultTiming::service}}};

std::vector<Duration> sorted(const std::vector<Trial>& trials, Figure figure) {
  std::vector<Duration> values;
  for (const auto& trial : trials)
    if (trial.timing.*figure) values.push_back(*(trial.timing.*figure));
  std::sort(values.begin(), values.end());
  return values;
}

std::vector<Trial> without_stalls(std::vector<Trial> trials) {
  std::erase_if(trials, [](const Trial& trial) { return trial.longest_stall > 0ns; });
  return trials;
}

void print_table(std::ostream& out, const std::string& title, const std::vector<Trial>& trials) {
  fmt::print(out, "{:<34}{:>5}{:>9}{:>9}{:>9}{:>9}\n", title, "n", "min", "median", "p99", "max");
  for (const auto& [name, figure] : figures) {
    const auto values = sorted(trials, figure);
    if (values.empty()) continue;
    fmt::print(out, "  {:<32}{:>5}{:>9.2f}{:>9.2f}{:>9.2f}{:>9.2f}\n", name, values.size(),
               in_ms(values.front()), in_ms(sim::percentile(values, 50)),
               in_ms(sim::percentile(values, 99)), in_ms(values.back()));
  }
}

nlohmann::ordered_json summary(const std::vector<Trial>& trials) {
  nlohmann::ordered_json json{{"trials", trials.size()}};
  for (const auto& [name, figure] : figures) {
    const auto values = sorted(trials, figure);
    if (values.empty()) continue;
    json[std::string(name) + "_ms"] = {{"min", in_ms(values.front())},
                                       {"p50", in_ms(sim::percentile(values, 50))},
                                       {"p99", in_ms(sim::percentile(values, 99))},
                                       {"max", in_ms(values.back())}};
  }
  return json;
}

std::string cell(const std::optional<Duration>& value) {
  return value ? observe::milliseconds(*value) : "";
}

void write(const std::filesystem::path& file, const std::string& text) {
  std::ofstream out(file, std::ios::binary);
  out << text;
  if (!out.flush()) throw std::runtime_error(file.string() + " cannot be written");
}

std::string failover_csv(const std::vector<Trial>& trials) {
  std::string out = "run,seed,fault,at_ms,detection_ms,election_ms,service_ms\n";
  for (std::size_t i = 0; i < trials.size(); ++i) {
    const auto& timing = trials[i].timing;
    out += fmt::format("{0},{0},{1},{2},{3},{4},{5}\n", i + 1, observe::csv_cell(timing.fault),
                       observe::milliseconds(timing.at), cell(timing.detection),
                       cell(timing.election), cell(timing.service));
  }
  return out;
}

}  // namespace

void print(std::ostream& out, const std::vector<Trial>& trials) {
  const auto calm = without_stalls(trials);
  std::size_t sent = 0, unanswered = 0, unanswered_calm = 0;
  for (const auto& trial : trials) sent += trial.sent, unanswered += trial.unanswered.size();
  for (const auto& trial : calm) unanswered_calm += trial.unanswered.size();
  print_table(out, "all trials, ms", trials);
  if (calm.size() < trials.size()) print_table(out, "those without a stall > 2 ms, ms", calm);
  fmt::print(out, "{} registrations sent, {} not answered at their first sending", sent,
             unanswered);
  fmt::print(out, " ({} of these without a stall)\n", unanswered_calm);
  for (std::size_t i = 0; i < trials.size(); ++i)
    for (const auto sent_at : trials[i].unanswered)
      fmt::print(out, "  trial {}: sent {:.2f} ms after the fault{}\n", i + 1, in_ms(sent_at),
                 trials[i].longest_stall > 0ns ? ", with a stall" : "");
}

void write_results(const std::filesystem::path& folder, const std::string& title,
                   const std::vector<Trial>& trials) {
  std::filesystem::create_directories(folder);
  write(folder / "failover.csv", failover_csv(trials));
  const nlohmann::ordered_json json{{"scenario", title},
                                    {"all", summary(trials)},
                                    {"without_stalls", summary(without_stalls(trials))}};
  write(folder / "summary.json", json.dump(2) + "\n");
}

}  // namespace swarm::lan
