// failover: how long a real swarm is silent when its master dies. See --help.
#include <stdlib.h>

#include <boost/program_options.hpp>
#include <iostream>
#include <map>

#include "engine/base/quantity.hpp"
#include "engine/base/secrets.hpp"
#include "tests/lan/failover_bench.hpp"

namespace swarm::lan {
namespace {

namespace options = boost::program_options;

constexpr auto examples =
    R"(failover: how long a real swarm of three is silent when its master dies.

  failover --case worker                     kill -9 of the master's worker
  failover --case process                    ... and of its supervisor at the same time
  failover --case link --lan                 its cable is pulled (root; network namespaces)
  failover --case handover                   it hands over
  failover --case process -o results/real    ... and keeps failover.csv for swarm-sim plot

Options)";

const std::map<std::string, Fault> cases{{"worker", Fault::worker},
                                         {"process", Fault::process},
                                         {"link", Fault::link},
                                         {"handover", Fault::handover}};

options::options_description description() {
  options::options_description all(examples);
  auto add = all.add_options();
  add("case", options::value<std::string>(), "worker, process, link or handover");
  add("trials", options::value<unsigned>()->default_value(50), "how often");
  add("loopback", "three processes on this machine's loopback (default)");
  add("lan", "three hosts: a network namespace each");
  add("every", options::value<std::string>()->default_value("500us"), "pace of the probe");
  add("keep-alive", options::value<std::string>()->default_value("10ms"), "of the trackers");
  add("promise", options::value<std::string>()->default_value("50ms"), "of the trackers");
  add("data", options::value<std::string>(),
      "folder for databases, logs and traces, kept; default: a new one in /tmp, removed");
  add("out,o", options::value<std::string>(), "folder for failover.csv and summary.json");
  add("help,h", "this text");
  return all;
}

struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

std::filesystem::path data_folder(const options::variables_map& values) {
  if (values.count("data") != 0) return values["data"].as<std::string>();
  std::string name = "/tmp/swarm-failover-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
  return name;
}

std::unique_ptr<Site> site_for(const options::variables_map& values,
                               const std::filesystem::path& folder) {
  if (values.count("lan") == 0) return std::make_unique<Loopback>(folder);
  if (const auto missing = Lan::missing(); !missing.empty()) throw UsageError("--lan: " + missing);
  return std::make_unique<Lan>(folder, 3);
}

int measure(const options::variables_map& values) {
  const auto text = [&](const char* name) { return values[name].as<std::string>(); };
  if (values.count("case") == 0 || !cases.contains(text("case")))
    throw UsageError("--case: worker, process, link or handover");
  const auto every = parse_duration(text("every"));
  if (!every) throw UsageError("--every: " + every.error());
  BenchSettings settings;
  settings.fault = cases.at(text("case"));
  settings.trials = values["trials"].as<unsigned>();
  settings.every = *every;
  settings.keys = {{"keep-alive", text("keep-alive")}, {"promise", text("promise")}};
  if (settings.fault == Fault::link && values.count("lan") == 0)
    throw UsageError("--case link: a loopback has no cable, say --lan");

  const auto folder = data_folder(values);
  const auto site = site_for(values, folder);
  std::vector<Trial> trials;
  {
    FailoverBench bench(*site, settings);
    trials = bench.run([&, n = 0](const Trial&) mutable {
      std::cerr << "\rtrial " << ++n << " of " << settings.trials << std::flush;
    });
  }
  std::cerr << '\n';
  print(std::cout, trials);
  if (values.count("out") != 0)
    write_results(text("out"), "three real processes: " + text("case"), trials);
  if (values.count("data") == 0) std::filesystem::remove_all(folder);
  return 0;
}

}  // namespace
}  // namespace swarm::lan

int main(int argc, char** argv) {
  using namespace swarm::lan;
  try {
    swarm::start_cryptography();
    options::variables_map values;
    const auto all = description();
    options::store(options::command_line_parser(argc, argv)
                       .options(all)
                       .style(options::command_line_style::default_style &
                              ~options::command_line_style::allow_guessing)
                       .run(),
                   values);
    if (values.count("help") != 0) return std::cout << all, 0;
    return measure(values);
  } catch (const options::error& error) {
    std::cerr << "failover: " << error.what() << "; see failover --help\n";
    return 2;
  } catch (const UsageError& error) {
    std::cerr << "failover: " << error.what() << '\n';
    return 2;
  } catch (const std::exception& error) {
    std::cerr << "failover: " << error.what() << '\n';
    return 1;
  }
}
