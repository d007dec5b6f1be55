// The data behind the plots: reads failover.csv, timeline.csv and summary.json of result folders
// strictly, and computes the figures. Times are in milliseconds, as in the files.
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

// A malformed file: what() is `file:line: sentence`.
class BadFile : public std::runtime_error {
 public:
  BadFile(const std::string& file, std::size_t line, const std::string& sentence);
};

// A line of failover.csv: one fault of one run. An empty value means that it was not seen before
// the next fault or the end of the run. An empty service_ms means that the service gap was not
// measured to its end.
struct Failover {
  std::uint64_t run{}, seed{};
  std::string fault;
  double at_ms{};
  std::optional<double> detection_ms;     // fault -> first suspicion
  std::optional<double> election_ms;      // suspicion -> new master elected
  std::optional<double> service_ms;       // fault -> first answered new registration
  std::optional<double> watched_ms = {};  // how long an answer was awaited, if service_ms is empty

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
  std::string tracker;  // empty if the fault hit several trackers or the whole swarm
  double from_ms{}, to_ms{};
  std::string label;
  std::optional<Failover> measured = {};  // if failover.csv has a line for this fault
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
  std::vector<FaultSpan> marks = {};  // moments without a fault, for example when all is healed

  std::vector<std::string> trackers() const;  // each once, t2 before t10
  // Attaches to each fault its own failover. Only failovers with the seed `seed` count; an empty
  // `seed` means that all failovers are of this run.
  void add(const std::vector<Failover>& failovers, const std::string& seed);
};

struct RunInfo {  // from summary.json; what it lacks is empty
  std::string scenario, version, seed;
  std::optional<std::uint64_t> faults = {};  // faults that BEP 15 clients could meet, in all runs
};

struct Result {
  std::filesystem::path folder;
  RunInfo info;
  std::vector<Failover> failovers;
};

struct SweepValue {
  std::string key, value;  // for several keys: "a", "1ms,b=2%"
  std::filesystem::path folder;

  // Each key with its value: {a, 1ms}, {b, 2%}.
  std::vector<std::pair<std::string, std::string>> settings() const;
};

// A sample. Some of its members may never have ended, or not while they were watched. Quantiles are
// of the whole sample, so that "99 % in 7 ms" also counts the members that did not end.
struct Curve {
  std::string label;
  std::vector<double> values;  // in ms, ascending: the members that ended
  std::size_t n{};             // size of the whole sample, >= values.size()

  std::size_t never() const { return n - values.size(); }
};

struct Seeds {
  std::uint64_t lowest{}, highest{};
  std::size_t count{};
};

// All of these throw BadFile. `name` is the stream's name in the message.
std::vector<Failover> read_failovers(std::istream& in, const std::string& name);
Timeline read_timeline(std::istream& in, const std::string& name);
Result read_result(const std::filesystem::path& folder);
Timeline read_timeline(const std::filesystem::path& file);
RunInfo read_run_info(const std::filesystem::path& folder);

// The lines of a comma-separated file, without their quotes. The first line must be exactly
// `header`, or `shorter` if that is given.
struct CsvLine {
  std::size_t number{};
  std::vector<std::string> cells;
};
std::vector<CsvLine> read_csv(std::istream& in, const std::string& name, const std::string& header,
                              const std::string& shorter = {});
double number_in(const CsvLine& line, std::size_t cell, const std::string& name);
double amount_in(const CsvLine& line, std::size_t cell, const std::string& name);  // not negative
std::string csv_cell(const std::string& text);  // quoted if necessary

// The values of a sweep in the order of sweep.csv. Without that file: the sub-folders named
// key=value, sorted by number (9ms before 10ms before 1s). Empty if the folder holds no sweep.
std::vector<SweepValue> find_sweep(const std::filesystem::path& folder);
bool by_number(const std::string& a, const std::string& b);

Curve curve_of(const std::string& label, const std::vector<Failover>& failovers, Measure measure);
Seeds seeds_of(const std::vector<Failover>& failovers);

// The smallest value that at least `percent` of all n members do not exceed (nearest rank). Empty
// if fewer members than that came to an end.
std::optional<double> quantile(const Curve& curve, double percent);

struct Point {
  double ms{}, percent{};
};
// The steps of the cumulative distribution. Each step has two points, its foot and its head, so
// that lines between the points are vertical or horizontal. A large sample gives about `most`
// steps, always with the first ten and the last ten.
std::vector<Point> cumulative(const Curve& curve, std::size_t most = 300);

struct Box {
  std::optional<double> low, lower, median, upper, high;  // 1, 25, 50, 75 and 99 %
};
Box box_of(const Curve& curve);

// The times without a master, between the first master and the end of the run.
struct Gap {
  double from_ms{}, to_ms{};
  double length() const { return to_ms - from_ms; }
};
std::vector<Gap> gaps_without_master(const Timeline& timeline);

}  // namespace swarm::observe
