// The data behind the plots. Reads failover.csv, timeline.csv and summary.json of result folders,
// and rejects malformed files. Computes the values that the plots show. Times are in milliseconds,
// as in the files.
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

// A file is malformed. what() is `file:line: sentence`.
class BadFile : public std::runtime_error {
 public:
  BadFile(const std::string& file, std::size_t line, const std::string& sentence);
};

// A line of failover.csv: one fault of one run. If detection_ms or election_ms is empty, that step
// did not happen before the next fault or the end of the run. If service_ms is empty, the service
// gap was not measured to its end.
struct Failover {
  std::uint64_t run{}, seed{};
  std::string fault;
  double at_ms{};
  std::optional<double> detection_ms;     // fault -> first suspicion
  std::optional<double> election_ms;      // suspicion -> new master elected
  std::optional<double> service_ms;       // fault -> first answered new registration
  std::optional<double> watched_ms = {};  // if service_ms is empty: how long an answer was awaited

  // Fault -> new master elected. The Raft paper calls this the time without a leader.
  std::optional<double> without_master_ms() const;
};

enum class Measure { service, without_master, download, announce };

// The lines of timeline.csv, which describes one run.
struct RoleSpan {
  std::string tracker;
  double from_ms{}, to_ms{};
  std::string role;
};
struct FaultSpan {
  std::string tracker;  // empty if the fault hit several trackers or the whole swarm
  double from_ms{}, to_ms{};
  std::string label;
  std::optional<Failover> measured = {};  // the line of failover.csv for this fault, if any
};
struct AnswerBin {
  double from_ms{}, to_ms{};
  double answers{};
};
struct Timeline {
  std::vector<RoleSpan> roles;
  std::vector<FaultSpan> faults;
  std::vector<AnswerBin> answers;
  double end_ms{};                    // the latest time on any line
  std::vector<FaultSpan> marks = {};  // labelled moments that are no faults, for example a healing

  std::vector<std::string> trackers() const;  // each once, t2 before t10
  // Sets FaultSpan::measured of each fault to its failover. Uses only failovers with the seed
  // `seed`. An empty `seed` means that all failovers are of this run.
  void add(const std::vector<Failover>& failovers, const std::string& seed);
};

struct RunInfo {  // from summary.json; a value that is missing there is empty here
  std::string scenario, version, seed;
  // The total number, in all runs, of faults that BEP 15 clients could meet.
  std::optional<std::uint64_t> faults = {};
};

struct Result {
  std::filesystem::path folder;
  RunInfo info;
  std::vector<Failover> failovers;
};

struct SweepValue {
  std::string key, value;  // if the sweep varies several keys: "a", "1ms,b=2%"
  std::filesystem::path folder;

  // Returns each key with its value: {a, 1ms}, {b, 2%}.
  std::vector<std::pair<std::string, std::string>> settings() const;
};

// A sample of failovers, downloads or announces. Some of them may have no value, because they never
// ended, or not while they were watched. Quantiles are of all n, so "99 % in 7 ms" also counts the
// ones without a value.
struct Curve {
  std::string label;
  std::vector<double> values;  // in ms, ascending
  std::size_t n{};             // size of the whole sample, >= values.size()

  std::size_t never() const { return n - values.size(); }
};

struct Seeds {
  std::uint64_t lowest{}, highest{};
  std::size_t count{};
};

// These throw BadFile. Those that open files also throw std::runtime_error if a file cannot be
// read. `name`: the name of the stream in error messages.
std::vector<Failover> read_failovers(std::istream& in, const std::string& name);
Timeline read_timeline(std::istream& in, const std::string& name);
Result read_result(const std::filesystem::path& folder);
Timeline read_timeline(const std::filesystem::path& file);
RunInfo read_run_info(const std::filesystem::path& folder);

// A line of a comma-separated file. The cells are without their quotes.
struct CsvLine {
  std::size_t number{};
  std::vector<std::string> cells;
};
// Returns the lines after the first. The first line must be exactly `header`; if `shorter` is
// given, it may also be exactly that.
std::vector<CsvLine> read_csv(std::istream& in, const std::string& name, const std::string& header,
                              const std::string& shorter = {});
double number_in(const CsvLine& line, std::size_t cell, const std::string& name);
double amount_in(const CsvLine& line, std::size_t cell, const std::string& name);  // not negative
std::string csv_cell(const std::string& text);  // quotes the text if necessary

// Returns the values of a sweep in the order of sweep.csv. Without that file it returns the
// sub-folders that are named key=value, sorted by number (9ms before 10ms before 1s). Empty if the
// folder is no sweep.
std::vector<SweepValue> find_sweep(const std::filesystem::path& folder);
bool by_number(const std::string& a, const std::string& b);  // true if `a` comes before `b`

Curve curve_of(const std::string& label, const std::vector<Failover>& failovers, Measure measure);
Seeds seeds_of(const std::vector<Failover>& failovers);

// The smallest value that at least `percent` % of the whole sample do not exceed (nearest rank).
// nullopt if less than `percent` % of the sample have a value.
std::optional<double> quantile(const Curve& curve, double percent);

struct Point {
  double ms{}, percent{};
};
// The steps of the cumulative distribution. Each step has two points, its foot and its head, so
// that all lines between the points are vertical or horizontal. If the sample has more than `most`
// steps, only about `most` are returned, including the first ten and the last ten.
std::vector<Point> cumulative(const Curve& curve, std::size_t most = 300);

struct Box {
  std::optional<double> low, lower, median, upper, high;  // 1, 25, 50, 75 and 99 %
};
Box box_of(const Curve& curve);

// The spans without a master, between the first master and the end of the run.
struct Gap {
  double from_ms{}, to_ms{};
  double length() const { return to_ms - from_ms; }
};
std::vector<Gap> gaps_without_master(const Timeline& timeline);

}  // namespace swarm::observe
