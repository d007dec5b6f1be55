#include "transport/sim/program/program.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <boost/program_options.hpp>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <map>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <thread>

#include "engine/base/quantity.hpp"
#include "engine/base/secrets.hpp"
#include "engine/base/version.hpp"
#include "observe/plots/plot_data.hpp"
#include "observe/plots/plots.hpp"
#include "transport/command_line.hpp"
#include "transport/sim/program/progress_line.hpp"
#include "transport/sim/program/report.hpp"
#include "transport/sim/program/storm_campaign.hpp"
#include "transport/sim/run/campaign.hpp"
#include "transport/sim/run/reproduction.hpp"
#include "transport/sim/scenario/scenario_advice.hpp"
#include "transport/sim/scenario/scenario_reader.hpp"

namespace swarm::sim {
namespace {

namespace options = boost::program_options;
namespace fs = std::filesystem;

constexpr auto help =
    R"(swarm-sim runs tracker swarms in a simulated world and measures how they fail over.

Examples:
  swarm-sim run scenarios/master-crash.yaml
  swarm-sim run scenarios/soak.yaml --runs 500 --jobs 2
  swarm-sim run scenarios/master-crash.yaml --seed 4711 --runs 1 --trace
  swarm-sim sweep scenarios/master-power-loss.yaml --vary tracker.promise=30ms,50ms,100ms
  swarm-sim plot results/master-crash
  swarm-sim check scenarios/*.yaml
  swarm-sim storm --seeds 1000

Commands:
  run FILE...     runs scenarios; writes summary.json, failover.csv and timeline.csv, of scenarios
                  with an exchange peers.csv, of those with clients clients.csv
  sweep FILE      runs one scenario for each value of --vary, each in a folder of its own
  check FILE...   reads scenarios and says what is wrong with them
  storm           draws whole scenarios, harsher than the shipped ones, and runs them; one that
                  fails is written to the folder as a scenario file that stands alone
  plot DIR...     draws the results in these folders; --plot=ascii: prints their distributions

)";

constexpr auto exit_codes = R"(
Exit codes: 0 every expectation held, 1 one failed,
            2 usage or scenario error, or the results could not be written,
            3 inconclusive (interrupted, or nothing that was to be measured happened).
)";

constexpr std::uint64_t most_runs = 1'000'000, most_jobs = 256;

using UsageError = CommandLineError;

struct Command {
  std::string name;
  std::vector<std::string> files;
  std::optional<std::uint64_t> seed;
  std::optional<std::uint32_t> runs;
  unsigned jobs = 1;
  fs::path folder;
  std::vector<std::string> vary;
  std::uint64_t from = 1, seeds = 0;
  bool ascii{}, json{}, quiet{}, trace{}, trace_all{}, help{}, version{};
};

options::options_description described() {
  options::options_description all("Options");
  auto add = all.add_options();
  add("help,h", "this text");
  add("version", "the version");
  add("seed", options::value<std::string>()->value_name("N"),
      "first seed, instead of the scenario's");
  add("runs", options::value<std::string>()->value_name("N"),
      "number of runs, instead of the scenario's; storm: of each scenario (default: 4)");
  add("seeds", options::value<std::string>()->value_name("N"), "storm: so many scenarios");
  add("from", options::value<std::string>()->value_name("N"),
      "storm: the number of the first one (default: 1); each number is the same scenario for ever");
  add("jobs,j", options::value<std::string>()->value_name("N"), "threads (default: one per core)");
  add("out,o", options::value<std::string>()->value_name("DIR"),
      "where to write (default: results/NAME); storm: where scenarios that fail are written "
      "(default: results/storm)");
  add("vary", options::value<std::vector<std::string>>()->value_name("KEY=A,B,C"),
      "sweep: values of a key, repeatable");
  add("trace", "also trace.jsonl of the first run");
  add("trace-all", "also trace-SEED.jsonl of every run");
  add("plot", options::value<std::string>()->value_name("ascii"),
      "plot: print the distributions in the terminal, draw nothing");
  add("json",
      "print summary.json instead of the table; of a sweep, or of several files, an array of them");
  add("quiet,q", "no progress, no table");
  return all;
}

unsigned cores() {
  return std::max(std::thread::hardware_concurrency(), 1u);
}

// Throws UsageError for an option that the command does not take.
void check_options(const Command& command, const options::variables_map& values) {
  static const std::vector<std::pair<std::string, std::vector<std::string>>> taken = {
      {"run", {"seed", "runs", "jobs", "out", "trace", "trace-all", "json", "quiet"}},
      {"sweep", {"seed", "runs", "jobs", "out", "vary", "trace", "trace-all", "json", "quiet"}},
      {"check", {"quiet"}},
      {"storm", {"seeds", "from", "runs", "jobs", "out", "json", "quiet"}},
      {"plot", {"out", "plot", "quiet"}}};
  for (const auto& [name, allowed] : taken) {
    if (name != command.name) continue;
    for (const auto& [option, value] : values)
      if (option != "words" && !value.defaulted() &&
          std::find(allowed.begin(), allowed.end(), option) == allowed.end())
        throw UsageError(fmt::format("{} takes no --{}", name, option));
    return;
  }
  throw UsageError(fmt::format(
      "there is no command {}; there are run, sweep, check, storm and plot", command.name));
}

template <class T>
std::optional<T> value_of(const options::variables_map& values, const char* name) {
  return values.count(name) > 0 ? std::optional(values[name].as<T>()) : std::nullopt;
}

// Returns the number that an option has. Its text must consist of digits only.
std::optional<std::uint64_t> number_of(const options::variables_map& values, const char* name,
                                       std::uint64_t least, std::uint64_t most) {
  const auto text = value_of<std::string>(values, name);
  if (!text) return std::nullopt;
  const auto number = parse_count(*text, least, most);
  if (!number)
    throw UsageError(
        fmt::format("--{} takes a number from {} to {}, in digits only", name, least, most));
  return static_cast<std::uint64_t>(*number);
}

Command understand(const std::vector<std::string>& arguments) {
  const auto values = parse_command_line(arguments, described());
  Command command;
  command.help = values.count("help") > 0;
  command.version = values.count("version") > 0;
  if (command.help || command.version) return command;
  auto words =
      value_of<std::vector<std::string>>(values, "words").value_or(std::vector<std::string>{});
  if (words.empty()) throw UsageError("say what to do: run, sweep, check, storm or plot");
  command.name = words.front();
  command.files.assign(words.begin() + 1, words.end());
  check_options(command, values);
  command.seed = number_of(values, "seed", 0, std::numeric_limits<std::uint64_t>::max());
  if (const auto runs = number_of(values, "runs", 1, most_runs))
    command.runs = static_cast<std::uint32_t>(*runs);
  command.jobs = static_cast<unsigned>(number_of(values, "jobs", 1, most_jobs).value_or(cores()));
  command.folder = value_of<std::string>(values, "out").value_or("");
  command.vary =
      value_of<std::vector<std::string>>(values, "vary").value_or(std::vector<std::string>{});
  const auto picture = value_of<std::string>(values, "plot");
  if (picture && *picture != "ascii")
    throw UsageError(fmt::format("there is no --plot={}; there is --plot=ascii", *picture));
  command.ascii = picture.has_value();
  command.json = values.count("json") > 0;
  command.quiet = values.count("quiet") > 0;
  command.trace = values.count("trace") > 0;
  command.trace_all = values.count("trace-all") > 0;
  command.from =
      number_of(values, "from", 0, std::numeric_limits<std::uint64_t>::max()).value_or(1);
  if (command.name == "storm") {
    const auto seeds = number_of(values, "seeds", 1, most_runs);
    if (!seeds) throw UsageError("storm needs --seeds, how many scenarios it draws");
    if (!command.files.empty()) throw UsageError("storm draws its scenarios and takes no file");
    command.seeds = *seeds;
    return command;
  }
  if (command.files.empty())
    throw UsageError(fmt::format("{} needs a {}", command.name,
                                 command.name == "plot" ? "folder" : "scenario file"));
  return command;
}

// --- what the commands do ----------------------------------------------------------------------

class Program {
 public:
  Program(std::ostream& out, std::ostream& messages, const Terminal& terminal,
          const std::atomic<bool>& interrupted);
  // Throws std::runtime_error if what was printed could not be written.
  Exit run(const Command& command);

 private:
  Exit carry_out(const Command& command);
  // Returns the worse exit code. `failed` is worse than `inconclusive`, which is worse than `held`.
  static Exit worse(Exit a, Exit b);
  static fs::path folder_of(const Command& command, const Scenario& scenario);
  // Reads all files before the first scenario runs, so that a mistake in the last file shows at
  // once.
  static std::vector<Scenario> read_all(const std::vector<std::string>& files);
  Exit run_all(const Command& command);
  Exit sweep(const Command& command);
  void advise(const Command& command, const Scenario& scenario);
  Exit one(const Command& command, const Scenario& scenario, const fs::path& folder);
  void print(const Command& command, const Scenario& scenario, const Campaign& campaign,
             const fs::path& folder);
  // Called at the end, so that the output is one document: a summary, or an array of summaries.
  void print_json(bool json, bool array);
  Exit check(const Command& command);
  Exit storm(const Command& command);
  Exit plot(const Command& command);

  std::ostream& out_;
  std::ostream& messages_;
  Terminal terminal_;
  std::vector<std::string> summaries_;  // collected with --json
  const std::atomic<bool>& interrupted_;
};

Program::Program(std::ostream& out, std::ostream& messages, const Terminal& terminal,
                 const std::atomic<bool>& interrupted)
    : out_(out), messages_(messages), terminal_(terminal), interrupted_(interrupted) {
  const char* kind = std::getenv("TERM");
  if (kind != nullptr && std::string_view(kind) == "dumb") terminal_ = {};
}

Exit Program::run(const Command& command) {
  const Exit code = carry_out(command);
  if (!out_.flush()) throw std::runtime_error("the output cannot be written, is the disk full?");
  return code;
}

Exit Program::carry_out(const Command& command) {
  if (command.help)
    return fmt::print(out_, "{}", help), out_ << described() << exit_codes, Exit::held;
  if (command.version) return fmt::print(out_, "swarm-sim {}\n", version), Exit::held;
  if (command.name == "check") return check(command);
  if (command.name == "plot") return plot(command);
  if (command.name == "storm") return storm(command);
  return command.name == "sweep" ? sweep(command) : run_all(command);
}

Exit Program::worse(Exit a, Exit b) {
  if (a == Exit::failed || b == Exit::failed) return Exit::failed;
  return a == Exit::held ? b : a;
}

fs::path Program::folder_of(const Command& command, const Scenario& scenario) {
  return command.folder.empty() ? fs::path("results") / fs::path(scenario.file).stem()
                                : command.folder;
}

std::vector<Scenario> Program::read_all(const std::vector<std::string>& files) {
  std::vector<Scenario> scenarios;
  for (const auto& file : files) scenarios.push_back(read_scenario(file));
  return scenarios;
}

Exit Program::run_all(const Command& command) {
  Exit worst = Exit::held;
  const auto scenarios = read_all(command.files);
  std::map<fs::path, std::string> folders;  // for each folder: the scenario that writes to it
  const auto folder_for = [&](const Scenario& scenario) {
    const fs::path folder = folder_of(command, scenario);
    const bool shared = !command.folder.empty() && scenarios.size() > 1;
    return shared ? folder / fs::path(scenario.file).stem() : folder;
  };
  for (const auto& scenario : scenarios) {
    const auto [known, fresh] = folders.emplace(folder_for(scenario), scenario.file);
    if (!fresh)
      throw std::runtime_error(
          fmt::format("{} and {} would both write to {}: run them apart, with -o", known->second,
                      scenario.file, known->first.string()));
  }
  for (const auto& scenario : scenarios) {
    worst = worse(worst, one(command, scenario, folder_for(scenario)));
    if (interrupted_) break;
  }
  print_json(command.json, scenarios.size() > 1);
  return worst;
}

Exit Program::sweep(const Command& command) {
  if (command.files.size() != 1) throw UsageError("sweep takes one scenario file");
  if (command.vary.empty())
    throw UsageError("sweep needs --vary, as in --vary tracker.promise=30ms,50ms");
  const Scenario scenario = read_scenario(command.files.front());
  const fs::path folder = folder_of(command, scenario);
  make_writable(folder);
  std::string index = "key,value,folder\n";
  Exit worst = Exit::held;
  for (auto& variant : variants(scenario, command.vary)) {
    if (interrupted_) break;
    variant.scenario.name += ", " + variant.name();
    worst = worse(worst, one(command, variant.scenario, folder / variant.name()));
    // If several keys vary, the index names only the first key. The other keys become a part of its
    // value.
    const auto& key = variant.settings.front().first;
    index +=
        fmt::format("{},{},{}\n", key, observe::csv_cell(variant.name().substr(key.size() + 1)),
                    observe::csv_cell(variant.name()));
  }
  write_file(folder / "sweep.csv", index);
  print_json(command.json, true);
  return worst;
}

void Program::advise(const Command& command, const Scenario& scenario) {
  if (command.quiet) return;
  for (const auto& sentence : advice(scenario))
    fmt::print(messages_, "swarm-sim: {}: {}\n", scenario.file, sentence);
}

Exit Program::one(const Command& command, const Scenario& scenario, const fs::path& folder) {
  advise(command, scenario);
  make_writable(folder);
  CampaignOptions how;
  how.seed = command.seed.value_or(scenario.seed);
  how.runs = command.runs.value_or(scenario.runs);
  how.jobs = command.jobs;
  if (command.trace) how.trace_first = folder;
  if (command.trace_all) how.trace_all = folder;
  how.interrupted = &interrupted_;
  Campaign campaign;
  {
    std::optional<ProgressLine> line;
    if (!command.quiet) line.emplace(messages_, terminal_.messages_are_terminal, scenario.name);
    how.progress = [&](const Progress& progress) {
      if (line) line->show(progress);
    };
    campaign = run_campaign(scenario, how);
  }
  campaign.written_to = folder;
  write_report(folder, scenario, campaign, how.jobs);
  print(command, scenario, campaign, folder);
  if (!campaign.held()) return Exit::failed;
  return campaign.inconclusive() ? Exit::inconclusive : Exit::held;
}

void Program::print(const Command& command, const Scenario& scenario, const Campaign& campaign,
                    const fs::path& folder) {
  if (command.json)
    summaries_.push_back(summary_json(scenario, campaign, command.jobs));
  else if (!command.quiet) {
    out_ << table(scenario, campaign,
                  terminal_.out_is_terminal && std::getenv("NO_COLOR") == nullptr);
    fmt::print(out_, "  written to {}\n\n", folder.string());
  }
  if (campaign.partial)
    fmt::print(messages_, "swarm-sim: interrupted; the results in {} are partial\n",
               folder.string());
  for (const auto& warning : warnings(campaign))
    if (!command.quiet) fmt::print(messages_, "swarm-sim: {}\n", warning);
  const auto again = reproduction(scenario, campaign);
  if (!again.empty()) fmt::print(command.json || command.quiet ? messages_ : out_, "{}\n", again);
  out_.flush();
}

void Program::print_json(bool json, bool array) {
  if (!json) return;
  std::string text;
  for (const auto& summary : summaries_) text += (text.empty() ? "" : ",\n") + summary;
  fmt::print(out_, "{}", array ? "[\n" + text + "]\n" : text);
}

Exit Program::check(const Command& command) {
  Exit worst = Exit::held;
  for (const auto& file : command.files) try {
      const Scenario scenario = read_scenario(file);
      if (!command.quiet) fmt::print(out_, "{}: fine ({})\n", file, scenario.name);
      advise(command, scenario);
    } catch (const ScenarioError& error) {
      fmt::print(messages_, "{}\n", error.what());
      worst = Exit::usage;
    }
  return worst;
}

Exit Program::storm(const Command& command) {
  StormOptions how;
  how.from = command.from;
  how.scenarios = static_cast<std::uint32_t>(command.seeds);
  if (command.runs) how.runs = *command.runs;
  how.jobs = command.jobs;
  how.folder = command.folder.empty() ? fs::path("results") / "storm" : command.folder;
  how.interrupted = &interrupted_;
  std::vector<fs::path> made;  // the folders that this command makes, the innermost first
  for (auto at = fs::absolute(how.folder); !fs::exists(at); at = at.parent_path())
    made.push_back(at);
  make_writable(how.folder);  // before the runs, so that an error shows at once
  StormCampaign campaign;
  {
    std::optional<ProgressLine> line;
    if (!command.quiet) line.emplace(messages_, terminal_.messages_are_terminal, "drawn storms");
    how.progress = [&](const Progress& progress) {
      if (line) line->show(progress);
    };
    campaign = run_storms(how);
  }
  std::error_code in_use;
  if (campaign.failed.empty())
    for (const auto& folder : made) fs::remove(folder, in_use);
  if (command.json) fmt::print(out_, "{}", storms_json(campaign, how));
  if (!command.json && !command.quiet) fmt::print(out_, "{}", storms_text(campaign, how));
  if (!campaign.failed.empty()) return Exit::failed;
  return campaign.done < how.scenarios ? Exit::inconclusive : Exit::held;
}

Exit Program::plot(const Command& command) {
  if (!command.folder.empty() && !command.ascii) make_folder(command.folder);
  std::vector<fs::path> folders(command.files.begin(), command.files.end());
  for (const auto& folder : folders)
    if (!fs::is_directory(folder))
      throw std::runtime_error(fmt::format("there is no folder {}", folder.string()));
  if (command.ascii) return out_ << observe::ascii_cdf(folders), Exit::held;
  for (const auto& file : observe::plot_folders(folders, command.folder, messages_))
    if (!command.quiet) fmt::print(out_, "{}\n", file);
  return Exit::held;
}

}  // namespace

int run_program(const std::vector<std::string>& arguments, std::ostream& out,
                std::ostream& messages, const Terminal& terminal,
                const std::atomic<bool>& interrupted) {
  Exit code = Exit::usage;
  try {
    start_cryptography();
    code = Program(out, messages, terminal, interrupted).run(understand(arguments));
  } catch (const ScenarioError& error) {
    fmt::print(messages, "{}\n", error.what());
  } catch (const UsageError& error) {
    fmt::print(messages, "swarm-sim: {} (see swarm-sim --help)\n", error.what());
  } catch (const std::exception& error) {
    fmt::print(messages, "swarm-sim: {}\n", error.what());
  }
  return static_cast<int>(code);
}

}  // namespace swarm::sim
