#include "transport/udp/tracker/tracker_program.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <iostream>
#include <sstream>
#include <stdexcept>

#include "engine/base/did_you_mean.hpp"
#include "engine/base/secrets.hpp"
#include "engine/base/version.hpp"
#include "transport/udp/configuration/configuration.hpp"
#include "transport/udp/tracker/data_directory.hpp"
#include "transport/udp/tracker/instance.hpp"
#include "transport/udp/tracker/operator_commands.hpp"
#include "transport/udp/tracker/worker.hpp"

namespace swarm::udp {
namespace {

using Texts = std::vector<std::string>;

constexpr std::string_view help_head =
    R"(swarm-tracker: one instance of a BitTorrent tracker that does not go away.

Three hosts of one network, with the same secret; they find each other by multicast:
  swarm-tracker --bootstrap-expect 3 --secret-file /etc/swarm-tracker/secret
A fourth joins them:
  swarm-tracker --first-start join --secret-file /etc/swarm-tracker/secret
How is the swarm? Every instance knows, nobody dead is waited for:
  swarm-tracker status --watch

Usage: swarm-tracker [COMMAND] [KEY...]

Commands
  run              (or none) run this instance in the foreground, under a supervisor
  check-config     read the configuration, look at this host, say what is wrong
  print-config     print a commented configuration file with every key's default
  status [--json] [--watch]
                   all members: role, term, commit, behind, peers, last heard, uptime
  handover         the master gives its place to its most up-to-date slave
  remove MEMBER    take a member (its number in status) out of the swarm
  leave            hand over, be taken out of the swarm, and end
  init, join       found a swarm of one, or join one: first start by hand, with
                   `first-start = manual`
The commands from status on talk to the instance that runs here, by its control socket; they need
its data-directory only, and the right to write there.

Exit codes: 0 stopped as asked; 1 failed, or (commands) refused, or the instance is starting; 2
wrong usage or configuration; 3 the swarm refused this instance, or its files are damaged; 4 no
instance runs here, or it is stuck.

Keys are read from flags, then the environment (SWARM_TRACKER_KEEP_ALIVE=10ms), then the file
/etc/swarm-tracker/swarm-tracker.conf (or --config FILE), then their defaults:

)";

constexpr std::array commands{"run",      "check-config", "print-config", "status",
                              "handover", "remove",       "leave",        "init",
                              "join",     "help",         "version"};

// A command line: the command, its own words, and flags of the configuration.
struct CommandLine {
  std::string command = "run";
  Texts own;    // words of the command: MEMBER, --json, --watch
  Texts flags;  // flags of the configuration
};

struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

void take_command(Texts& arguments, CommandLine& line) {
  if (arguments.empty() || arguments.front().starts_with('-')) return;
  line.command = arguments.front();
  arguments.erase(arguments.begin());
  if (std::find(commands.begin(), commands.end(), line.command) == commands.end())
    throw UsageError(fmt::format("`{}` is no command{}", line.command,
                                 did_you_mean(line.command, {commands.begin(), commands.end()})));
}

CommandLine split(Texts arguments) {
  CommandLine line;
  for (const auto& argument : arguments) {
    if (argument == "--help" || argument == "-h") return {"help", {}, {}};
    if (argument == "--version") return {"version", {}, {}};
  }
  take_command(arguments, line);
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    const bool of_status = argument == "--json" || argument == "--watch";
    if (argument == "--print-config") {
      line.command = "print-config";
    } else if (line.command == "status" && of_status) {
      line.own.push_back(argument);
    } else if (!argument.starts_with('-')) {
      line.own.push_back(argument);
    } else {
      line.flags.push_back(argument);
      const bool value_follows = argument.find('=') == std::string::npos &&
                                 i + 1 < arguments.size() && !arguments[i + 1].starts_with('-');
      if (value_follows) line.flags.push_back(arguments[++i]);
    }
  }
  const bool takes_words = line.command == "status" || line.command == "remove";
  if (!takes_words && !line.own.empty())
    throw UsageError(fmt::format("`{}` is not expected after {}", line.own[0], line.command));
  return line;
}

void check_trace_file(const std::filesystem::path& file) {
  const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  const bool there = std::filesystem::exists(file);
  const auto why = there ? why_file_not_writable(file) : why_not_writable(folder);
  if (!why.empty())
    throw std::runtime_error(fmt::format("cannot write the trace file {}: {}", file.string(), why));
}

std::string peers_text(const Configuration& configuration) {
  const auto& four = configuration.tracker.peers_address;
  const auto& six = configuration.peers6;
  return six ? fmt::format("{}, {}", to_string(four), to_string(*six)) : to_string(four);
}

int check(const CommandLine& line, const Texts& environment, std::ostream& out) {
  auto configuration = read_configuration(line.flags, environment);
  for (const auto& warning : resolve(configuration)) fmt::print(out, "warning: {}\n", warning);
  check_data_directory(configuration.data_directory);
  if (!configuration.trace_file.empty()) check_trace_file(configuration.trace_file);
  const auto& t = configuration.tracker;
  fmt::print(out, "good: {}, trackers at {}, peers at {}, data in {}\n",
             configuration.file.empty() ? "no file" : configuration.file.string(),
             to_string(t.cluster_address), peers_text(configuration),
             configuration.data_directory.string());
  return 0;
}

int carry_out(const CommandLine& line, const Texts& environment, std::ostream& out,
              std::ostream& err) {
  if (line.command == "help") return fmt::print(out, "{}{}", help_head, options_help()), 0;
  if (line.command == "version") return fmt::print(out, "swarm-tracker {}\n", version), 0;
  if (line.command == "print-config") return fmt::print(out, "{}", default_configuration()), 0;
  if (line.command == "check-config") return check(line, environment, out);
  if (line.command == "run") return run_instance(line.flags, environment);
  const auto configuration = read_configuration(line.flags, environment);
  if (line.command == "status") return status_command(configuration, line.own, out, err);
  return order_command(configuration, line.command, line.own, out, err);
}

}  // namespace

int run_tracker_program(const Texts& arguments, const Texts& environment, std::ostream& out,
                        std::ostream& err) {
  try {
    start_cryptography();
    return carry_out(split(arguments), environment, out, err);
  } catch (const UsageError& error) {
    fmt::print(err, "swarm-tracker: {}; see swarm-tracker --help\n", error.what());
    return static_cast<int>(ExitCode::usage);
  } catch (const HostError& error) {
    fmt::print(err, "swarm-tracker: {}\n", error.what());
    return static_cast<int>(ExitCode::failed);
  } catch (const ConfigurationError& error) {
    std::istringstream sentences(error.what());
    for (std::string one; std::getline(sentences, one);)
      fmt::print(err, "swarm-tracker: {}\n", one);
    return static_cast<int>(ExitCode::usage);
  } catch (const std::exception& error) {
    fmt::print(err, "swarm-tracker: {}\n", error.what());
    return static_cast<int>(ExitCode::failed);
  }
}

}  // namespace swarm::udp
