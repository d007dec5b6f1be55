// A crowd of peers for one tracker: how many answers a second, how fast, and for how much of the
// server's CPU. Ends by itself.
#include <fmt/format.h>

#include <boost/program_options.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

#include "engine/base/quantity.hpp"
#include "tests/bench/batch_socket.hpp"
#include "tests/bench/load.hpp"
#include "tests/bench/process_figures.hpp"

namespace {

using namespace swarm;
using namespace swarm::bench;
namespace po = boost::program_options;

struct Options {
  LoadSettings load;
  bool registrations{};  // is the timed phase of new ones, or of refreshes
  Duration time = 5s;
  std::int64_t server_pid{};  // 0: not known
  bool json{}, contents_only{};
};

struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

Duration read_duration(const std::string& text) {
  const auto parsed = parse_duration(text);
  if (!parsed) throw UsageError(parsed.error());
  return *parsed;
}

po::options_description options(Options& o) {
  auto& load = o.load;
  po::options_description all("tracker_load --target ADDRESS:PORT [OPTIONS]");
  auto add = all.add_options();
  add("target", po::value<std::string>(), "the tracker");
  add("dialect", po::value<std::string>()->default_value("seed"), "seed or bep15");
  add("event", po::value<std::string>()->default_value("none"),
      "what is timed: none (refreshes of the registered) or started (new registrations)");
  add("seconds", po::value<unsigned>()->default_value(5), "of the timed phase, 1 to 600");
  add("peers", po::value(&load.peers)->default_value(load.peers), "registered before");
  add("contents", po::value(&load.contents)->default_value(load.contents), "that they share");
  add("first-round", po::value(&load.first_round)->default_value(load.first_round),
      "of new registrations: each round gives each peer one more content; 1 to contents - 1");
  add("num-want", po::value(&load.num_want)->default_value(load.num_want), "peers asked for");
  add("in-flight", po::value(&load.in_flight)->default_value(load.in_flight),
      "requests under way at once");
  add("threads", po::value(&load.threads)->default_value(load.threads), "that send");
  add("sources", po::value(&load.sources)->default_value(load.sources), "addresses of peers");
  add("first-source", po::value<std::string>()->default_value("127.1.0.1"),
      "the first of these addresses");
  add("retransmission", po::value<std::string>()->default_value("500ms"),
      "a request is lost, and sent again, after this");
  add("server-pid", po::value(&o.server_pid)->default_value(0), "whose CPU time is measured");
  add("json", po::bool_switch(&o.json), "the figures as one line of JSON");
  add("print-contents", po::bool_switch(&o.contents_only),
      "only print the info hashes, for a tracker that wants a list");
  add("help", "this text");
  return all;
}

Options read_options(int argc, char** argv) {
  Options o;
  const auto known = options(o);
  po::variables_map given;
  const auto style =
      po::command_line_style::default_style & ~po::command_line_style::allow_guessing;
  po::store(po::command_line_parser(argc, argv).options(known).style(style).run(), given);
  po::notify(given);
  if (given.count("help") != 0) {
    std::cout << known;
    std::exit(0);
  }
  if (o.contents_only) return o;
  if (given.count("target") == 0) throw UsageError("--target is missing: the tracker's address");
  o.load.target = read_endpoint(given["target"].as<std::string>());
  o.load.first_source = read_endpoint(given["first-source"].as<std::string>(), 1).ip.v4();
  const auto dialect = read_dialect(given["dialect"].as<std::string>());
  if (!dialect) throw UsageError("--dialect is seed or bep15");
  o.load.dialect = *dialect;
  const auto& event = given["event"].as<std::string>();
  if (event != "none" && event != "started") throw UsageError("--event is none or started");
  o.registrations = event == "started";
  const auto seconds = given["seconds"].as<unsigned>();
  if (seconds < 1 || seconds > 600) throw UsageError("--seconds is 1 to 600");
  o.time = std::chrono::seconds(seconds);
  o.load.retransmission = read_duration(given["retransmission"].as<std::string>());
  return o;
}

struct Figures {
  LoadResult before, timed;
  Duration cpu{};  // of the server, in the timed phase
};

Figures measure(const Options& options) {
  const auto cpu = [&] {
    return options.server_pid == 0 ? Duration::zero() : cpu_time(options.server_pid);
  };
  Load load(options.load);
  Figures figures;
  figures.before = load.register_all();
  const Duration begin = cpu();
  figures.timed =
      options.registrations ? load.register_more(options.time) : load.refresh(options.time);
  figures.cpu = cpu() - begin;
  return figures;
}

double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}
double milliseconds(Duration duration) {
  return 1e3 * seconds(duration);
}
double ratio(double a, double b) {
  return b > 0 ? a / b : 0;
}

nlohmann::ordered_json summary(const Options& options, const Figures& figures) {
  const auto& timed = figures.timed;
  const auto answers = static_cast<double>(timed.answers);
  const auto per_mille = [&](std::uint64_t n) { return milliseconds(timed.latencies.at(n)); };
  return {{"dialect", dialect_name(options.load.dialect)},
          {"event", options.registrations ? "started" : "none"},
          {"seconds", seconds(timed.elapsed)},
          {"answers", timed.answers},
          {"errors", timed.errors},
          {"answers_per_s", answers / seconds(timed.elapsed)},
          {"peers_per_reply", ratio(static_cast<double>(timed.peers), answers)},
          {"bytes_per_reply", ratio(static_cast<double>(timed.bytes), answers)},
          {"sendings", timed.sendings},
          {"lost", timed.lost},
          {"loss", ratio(static_cast<double>(timed.lost), static_cast<double>(timed.sendings))},
          {"p50_ms", per_mille(500)},
          {"p99_ms", per_mille(990)},
          {"max_ms", milliseconds(timed.latencies.longest())},
          {"cpu_s", seconds(figures.cpu)},
          {"cpu_share", seconds(figures.cpu) / seconds(timed.elapsed)},
          {"answers_per_cpu_s", ratio(answers, seconds(figures.cpu))},
          {"registered_before", figures.before.answers},
          {"registrations_per_s_before",
           static_cast<double>(figures.before.answers) / seconds(figures.before.elapsed)},
          {"errors_before", figures.before.errors}};
}

void print_text(const Options& options, const nlohmann::ordered_json& f) {
  const auto& load = options.load;
  const auto line = [](const char* name, const std::string& value) {
    fmt::print("{:<32}{}\n", name, value);
  };
  const auto number = [&](const char* key) { return f.at(key).get<double>(); };
  fmt::print("{} at {}, dialect {}: {} peers of {} addresses in {} contents, {} in flight\n",
             options.registrations ? "new registrations" : "refreshes", to_string(load.target),
             dialect_name(load.dialect), load.peers, load.sources, load.contents, load.in_flight);
  line("answers/s", fmt::format("{:.0f}  ({:.1f} s)", number("answers_per_s"), number("seconds")));
  line("peers per reply", fmt::format("{:.2f}", number("peers_per_reply")));
  line("bytes per reply", fmt::format("{:.1f}", number("bytes_per_reply")));
  line("loss", fmt::format("{:.4f} %  ({:.0f} of {:.0f})", 100 * number("loss"), number("lost"),
                           number("sendings")));
  line("error replies", fmt::format("{:.0f}", number("errors")));
  line("latency p50 / p99 / max", fmt::format("{:.3f} / {:.3f} / {:.3f} ms", number("p50_ms"),
                                              number("p99_ms"), number("max_ms")));
  if (options.server_pid == 0) return;
  line("server's CPU",
       fmt::format("{:.2f} s  ({:.0f} % of a core)", number("cpu_s"), 100 * number("cpu_share")));
  line("answers per server CPU-second", fmt::format("{:.0f}", number("answers_per_cpu_s")));
}

int run(const Options& options) {
  if (options.contents_only) {
    for (std::uint32_t i = 0; i < options.load.contents; ++i)
      fmt::print("{}\n", to_hex(content_hash(i).bytes));
    return 0;
  }
  const Figures figures = measure(options);
  const auto result = summary(options, figures);
  if (options.json)
    fmt::print("{}\n", result.dump());
  else
    print_text(options, result);
  if (figures.before.errors + figures.timed.errors == 0) return 0;
  fmt::print(stderr, "tracker_load: the tracker answered {} requests with an error\n",
             figures.before.errors + figures.timed.errors);
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(read_options(argc, argv));
  } catch (const UsageError& error) {
    fmt::print(stderr, "tracker_load: {}\n", error.what());
    return 2;
  } catch (const po::error& error) {
    fmt::print(stderr, "tracker_load: {}\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    fmt::print(stderr, "tracker_load: {}\n", error.what());
    return 1;
  }
}
