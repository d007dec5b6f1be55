// What the plots are made from: failover.csv, timeline.csv and summary.json of result folders, read
// strictly, and the figures computed from them. Times are in milliseconds, as in the files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace swarm::observe {

// A file that is not what it should be: what() is `file:line: sentence`.
class BadFile : public std::runtime_error {
 public:
  BadFile(const std::string& file, std::size_t line, const std::string& sentence);
};

// One line of failover.csv: one fault of one run. Empty: not seen before the next one or the end of
// the run; of the service: not measured to its end.
struct Failover {
  std::uint64_t run{}, seed{};
  std::string fault;
  double at_ms{};
  std::optional<double> detection_ms;     // fault -> first suspicion
  std::optional<double> election_ms;      // suspicion -> new master elected
  std::optional<double> service_ms;       // fault -> first answered new registration
  std::optional<double> watched_ms = {};  // where there is none: so long one was waited for

  // Fault -> new master elected: what the Raft paper calls time without a leader.
  std::optional<double> without_master_ms() const;
};

enum class Measure { service, without_master, download, announce };

// timeline.csv: one run.
struct RoleSpan {
  std::string tracker;
  double from_ms{}, to_ms{};
  std::string role;
};
struct FaultSpan {
  std::string tracker;  // may be empty: the whole swarm or several of it
  double from_ms{}, to_ms{};
  std::string label;
  std::optional<Failover> measured = {};  // where failover.csv has a line for it
};
struct AnswerBin {
  double from_ms{}, to_ms{};
  double answers{};
};
struct Timeline {
  std::vector<RoleSpan> roles;
  std::vector<FaultSpan> faults;
  std::vector<AnswerBin> answers;
  double end_ms{};                    // the last time that any line names
  std::vector<FaultSpan> marks = {};  // moments at which nothing breaks: all is healed, say

  std::vector<std::string> trackers() const;  // each once, t2 before t10
  // Gives each fault the failover that is its own; of other seeds than `seed` none (empty: all are
  // of this run).
  void add(const std::vector<Failover>& failovers, const std::string& seed);
};

struct RunInfo {  // from summary.json; empty where it says nothing
  std::string scenario, version, seed;
  std::optional<std::uint64_t> faults = {};  // that clients of BEP 15 could meet, in all runs
};

struct Result {
  std::filesystem::path folder;
  RunInfo info;
  std::vector<Failover> failovers;
};

struct SweepValue {
  std::string key, value;  // of several keys: "a", "1ms,b=2%"
  std::filesystem::path folder;

  // Each key with its value: {a, 1ms}, {b, 2%}.
  std::vector<std::pair<std::string, std::string>> settings() const;
};

// A sample of which some may never have come to an end, or not as long as they were watched.
// Quantiles are of all of it, so that "99 % in 7 ms" is true of those too which did not end.
struct Curve {
  std::string label;
  std::vector<double> values;  // ms, ascending: those that ended
  std::size_t n{};             // all, >= values.size()

  std::size_t never() const { return n - values.size(); }
};

struct Seeds {
  std::uint64_t lowest{}, highest{};
  std::size_t count{};
};

// All of these throw BadFile; `name` is what its message calls the stream.
std::vector<Failover> read_failovers(std::istream& in, const std::string& name);
Timeline read_timeline(std::istream& in, const std::string& name);
Result read_result(const std::filesystem::path& folder);
Timeline read_timeline(const std::filesystem::path& file);
RunInfo read_run_info(const std::filesystem::path& folder);

// The lines of a comma-separated file, quotes taken off; its first line must be exactly `header`,
// or `shorter` where there is one.
struct CsvLine {
  std::size_t number{};
  std::vector<std::string> cells;
};
std::vector<CsvLine> read_csv(std::istream& in, const std::string& name, const std::string& header,
                              const std::string& shorter = {});
double number_in(const CsvLine& line, std::size_t cell, const std::string& name);
double amount_in(const CsvLine& line, std::size_t cell, const std::string& name);  // not negative
std::string csv_cell(const std::string& text);  // quoted where it must be

// The values of a sweep in the order of sweep.csv, or else of the sub-folders named key=value,
// by number (9ms before 10ms before 1s). Empty: the folder holds no sweep.
std::vector<SweepValue> find_sweep(const std::filesystem::path& folder);
bool by_number(const std::string& a, const std::string& b);

Curve curve_of(const std::string& label, const std::vector<Failover>& failovers, Measure measure);
Seeds seeds_of(const std::vector<Failover>& failovers);

// The smallest value that at least `percent` of all n do not exceed (nearest rank); empty if fewer
// than that came to an end.
std::optional<double> quantile(const Curve& curve, double percent);

struct Point {
  double ms{}, percent{};
};
// The steps of the cumulative distribution, each by its foot and its head, so that straight lines
// between them are upright and level; of a large sample about `most` steps, always with the ten
// first and the ten last.
std::vector<Point> cumulative(const Curve& curve, std::size_t most = 300);

struct Box {
  std::optional<double> low, lower, median, upper, high;  // 1, 25, 50, 75 and 99 %
};
Box box_of(const Curve& curve);

// Times at which no tracker was master, between the first master and the end of the run.
struct Gap {
  double from_ms{}, to_ms{};
  double length() const { return to_ms - from_ms; }
};
std::vector<Gap> gaps_without_master(const Timeline& timeline);

}  // namespace swarm::observe
