// Throws garbage at a running swarm of trackers, at every port, and looks whether it hurts: all
// processes must live, use no more memory than after the warm-up, keep their tables and their log
// as they were, and answer registered peers all the while. Exit code 0: it did not hurt; 1: it
// did; 2: wrong usage.
#include <fmt/format.h>

#include <boost/program_options.hpp>
#include <deque>
#include <iostream>
#include <map>
#include <sstream>
#include <thread>

#include "engine/base/secrets.hpp"
#include "engine/db/sqlite_tracker_db.hpp"
#include "engine/wire/secret.hpp"
#include "observe/live/status.hpp"
#include "tests/bench/garbage_maker.hpp"
#include "tests/bench/http_noise.hpp"
#include "tests/bench/process_figures.hpp"
#include "tests/bench/steady_clock.hpp"
#include "tests/bench/witness.hpp"
#include "transport/udp/net/control_socket.hpp"

namespace {

using namespace swarm;
using namespace swarm::bench;
namespace po = boost::program_options;

constexpr Duration connection_age = 50s;
constexpr int parts = 4;  // of the time, after each of which memory is printed

struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Options {
  std::vector<std::string> controls, databases;
  std::vector<Endpoint> http;
  std::string secret;
  Endpoint cluster_group, peers_group;
  std::uint32_t source{};  // the first address that garbage comes from
  Duration warm_up{}, time{};
  std::uint64_t rate{}, seed{};
  std::uint64_t tolerance{};  // bytes
};

// What is known of an instance at one moment.
struct Look {
  observe::Status status;
  std::uint64_t resident{};
};

std::string get(const std::string& control, const std::string& target) {
  const auto response = udp::control_request(control, {false, target, ""});
  if (response.status != 200)
    throw std::runtime_error(fmt::format("{} answers {} to {}", control, response.status, target));
  return response.body;
}

Look look(const std::string& control) {
  Look seen{observe::read_status(get(control, "/status")), 0};
  seen.resident = resident_bytes(seen.status.pid);
  return seen;
}

std::vector<Look> look_at_all(const Options& options) {
  std::vector<Look> all;
  for (const auto& control : options.controls) all.push_back(look(control));
  return all;
}

bool settled(const std::vector<Look>& all) {
  return std::all_of(all.begin(), all.end(), [&](const Look& l) {
    return l.status.ready && l.status.commit == all[0].status.commit &&
           l.status.applied == l.status.commit && l.status.peers == all[0].status.peers;
  });
}

// Once all have the same, and nothing is under way.
std::vector<Look> look_when_settled(const Options& options) {
  std::vector<Look> all;
  for (int attempt = 0; attempt < 100; ++attempt) {
    all = look_at_all(options);
    if (settled(all)) return all;
    std::this_thread::sleep_for(100ms);
  }
  throw std::runtime_error("the trackers do not come to one state within 10 s");
}

std::map<std::string, std::uint64_t> rejected(const Options& options) {
  constexpr std::string_view head = "swarm_tracker_rejected_datagrams_total{reason=\"";
  std::map<std::string, std::uint64_t> by_reason;
  for (const auto& control : options.controls) {
    std::istringstream lines(get(control, "/metrics"));
    for (std::string line; std::getline(lines, line);) {
      if (!line.starts_with(head)) continue;
      const auto end = line.find('"', head.size());
      by_reason[line.substr(head.size(), end - head.size())] +=
          std::stoull(line.substr(line.find(' ', end)));
    }
  }
  return by_reason;
}

Endpoint cluster_address(const observe::Status& status) {
  for (const auto& member : status.members)
    if (member.self) return member.member.cluster;
  throw std::runtime_error(status.name + " is no member of a swarm");
}

// A place that garbage comes from, and what it got from the trackers.
struct Sender {
  explicit Sender(const Ip& ip) : socket({ip, 0}) {}
  BatchSocket socket;
  ConnectionId good;
  Time asked;
};

struct Target {
  Endpoint to;
  bool cluster{};
};

class Thrower {
 public:
  Thrower(const Options& options, const std::vector<Look>& all)
      : options_(options),
        random_(options.seed),
        maker_(options.seed, wire::secret_from_text(options.secret), all[0].status.cluster) {
    targets_ = {{options.cluster_group, true}, {options.peers_group, false}};
    for (const auto& one : all) {
      const Endpoint address = cluster_address(one.status);
      targets_.push_back({address, true});
      targets_.push_back({{address.ip, options.peers_group.port}, false});
      senders_.emplace_back(address.ip);  // as if it came from a tracker's host
    }
    for (std::uint32_t i = 0; i < 4; ++i) senders_.emplace_back(options.source + i);
  }

  void run(Duration time, Witness& witness) {
    const Time begin = steady_now();
    std::uint64_t sent = 0;
    for (Time now = begin; now < begin + time; now = steady_now()) {
      const auto due = static_cast<std::uint64_t>((now - begin) / 1us) * options_.rate / 1'000'000;
      for (std::uint64_t n = 0; sent < due && n < 256; ++n, ++sent) throw_one();
      for (auto& sender : senders_) tend(sender, now);
      witness.tick(now);
      std::this_thread::sleep_for(1ms);
    }
  }

  std::uint64_t thrown(Garbage kind) const { return thrown_[static_cast<std::size_t>(kind)]; }
  std::uint64_t thrown() const { return total_; }
  std::uint64_t answers(wire::Action action) const {
    return answers_[static_cast<std::size_t>(action)];
  }

 private:
  const Options& options_;
  Random random_;
  GarbageMaker maker_;
  std::vector<Target> targets_;
  std::deque<Sender> senders_;
  std::array<std::uint64_t, static_cast<std::size_t>(Garbage::count)> thrown_{};
  std::array<std::uint64_t, 4> answers_{};
  std::uint64_t total_ = 0;

  void throw_one() {
    auto& sender = senders_[random_.below(senders_.size())];
    const auto& target = targets_[random_.below(targets_.size())];
    const auto piece = target.cluster ? maker_.for_cluster() : maker_.for_peers(sender.good);
    sender.socket.put(target.to, piece.bytes);
    ++thrown_[static_cast<std::size_t>(piece.kind)];
    ++total_;
  }

  // A connection id that is good, so that what is wrong lies deeper.
  void tend(Sender& sender, Time now) {
    if (now - sender.asked > (sender.good ? connection_age : Duration(1s))) {
      sender.asked = now;
      sender.socket.put(options_.peers_group, connect_request(bench::Dialect::seed, {1}).bytes());
    }
    sender.socket.flush();
    sender.socket.receive([&](const Endpoint&, Bytes bytes) {
      const auto answer = read_answer(bench::Dialect::seed, bytes);
      if (!answer) return;
      ++answers_[static_cast<std::size_t>(answer->action)];
      if (answer->action == wire::Action::connect && answer->transaction == TransactionId{1})
        sender.good = answer->connection;
    });
  }
};

class Verdict {
 public:
  void expect(bool holds, const std::string& sentence) {
    if (!holds) complaints_.push_back(sentence);
  }
  int print(std::string_view all_well) const {
    for (const auto& complaint : complaints_) fmt::print("FAILED: {}\n", complaint);
    if (complaints_.empty()) fmt::print("PASSED: {}\n", all_well);
    return complaints_.empty() ? 0 : 1;
  }

 private:
  std::vector<std::string> complaints_;
};

double mebibytes(std::uint64_t bytes) {
  return static_cast<double>(bytes) / (1 << 20);
}

// An election needs nobody's garbage on a machine that stalls; it adds an entry to the log, and
// nothing to the tables.
void judge(const Options& options, const Look& before, const Look& after, Verdict& verdict) {
  const auto& b = before.status;
  const auto& a = after.status;
  fmt::print(
      "{:<4} pid {}  resident {:.1f} -> {:.1f} MiB  term {} -> {}  commit {} -> {}  "
      "peers {} -> {}  contents {} -> {}\n",
      a.name, a.pid, mebibytes(before.resident), mebibytes(after.resident), b.term.value,
      a.term.value, b.commit.value, a.commit.value, b.peers, a.peers, b.contents, a.contents);
  verdict.expect(a.pid == b.pid && is_alive(b.pid), a.name + " was restarted");
  verdict.expect(after.resident <= before.resident + options.tolerance, a.name + " has grown");
  verdict.expect(a.peers == Witness::peers && a.contents == Witness::contents,
                 a.name + "'s tables have changed");
  verdict.expect(a.commit - b.commit <= a.term - b.term, a.name + "'s log has grown");
}

void print_thrown(const Options& options, const Thrower& thrower, const HttpNoise& http,
                  const std::map<std::string, std::uint64_t>& reasons) {
  fmt::print("seed {}, thrown: {} datagrams (", options.seed, thrower.thrown());
  for (int i = 0; i < static_cast<int>(Garbage::count); ++i)
    fmt::print("{}{} {}", i > 0 ? ", " : "", garbage_name(static_cast<Garbage>(i)),
               thrower.thrown(static_cast<Garbage>(i)));
  fmt::print("), {} HTTP connections\n", http.connections());
  fmt::print("got for it: {} connection ids, {} errors, {} peer lists\n",
             thrower.answers(wire::Action::connect), thrower.answers(wire::Action::error),
             thrower.answers(wire::Action::announce));
  fmt::print("dropped by the three:");
  for (const auto& [reason, count] : reasons)
    if (count > 0) fmt::print(" {} {}", reason, count);
  fmt::print("\n");
}

// So that a slow growth can be told from a single step.
void print_sizes(Duration after, const std::vector<Look>& all) {
  fmt::print("after {} s, resident:", after / 1s);
  for (const auto& one : all) fmt::print(" {:.2f}", mebibytes(one.resident));
  fmt::print(" MiB\n");
  std::fflush(stdout);
}

int torment(const Options& options) {
  Witness witness(options.peers_group, options.source + 100);
  witness.settle(20s);
  Thrower thrower(options, look_when_settled(options));
  HttpNoise http(options.http, 50, options.seed);
  thrower.run(options.warm_up, witness);
  const auto before = look_at_all(options);
  for (int part = 1; part <= parts; ++part) {
    thrower.run(options.time / parts, witness);
    print_sizes(options.time * part / parts, look_at_all(options));
  }
  http.stop();
  witness.finish(5s);
  const auto after = look_when_settled(options);

  Verdict verdict;
  print_thrown(options, thrower, http, rejected(options));
  for (std::size_t i = 0; i < before.size(); ++i) judge(options, before[i], after[i], verdict);
  const auto& seen = witness.counts();
  fmt::print("registered peers: {} answers, {} requests sent again, longest wait {:.1f} ms\n",
             seen.answers, seen.resent, static_cast<double>(seen.longest.count()) / 1e6);
  verdict.expect(thrower.answers(wire::Action::announce) == 0, "garbage was answered with peers");
  verdict.expect(http.accepted_orders() == 0, "an order over TCP was accepted");
  verdict.expect(seen.wrong == 0, fmt::format("{} wrong answers to registered peers", seen.wrong));
  verdict.expect(seen.unanswered == 0 && seen.answers > 0,
                 fmt::format("{} registered peers are not answered", seen.unanswered));
  return verdict.print("it did not hurt");
}

// The databases of the stopped trackers.
int compare(const std::vector<std::string>& files) {
  Verdict verdict;
  db::SqliteTrackerDb first(files[0]);
  const auto tables = first.load().tables;
  fmt::print("{}: {} peers, {} registrations\n", files[0], tables.peers.size(),
             tables.contents.size());
  verdict.expect(tables.peers.size() == Witness::peers && tables.contents.size() == Witness::peers,
                 files[0] + " does not hold just the registered peers");
  for (std::size_t i = 1; i < files.size(); ++i) {
    const auto difference = first_difference(first, db::SqliteTrackerDb(files[i]));
    verdict.expect(difference.empty(), files[i] + " differs: " + difference);
  }
  return verdict.print("the databases are equal");
}

Options read_options(int argc, char** argv) {
  Options o;
  std::vector<std::string> http;
  std::string group, source;
  std::uint16_t cluster_port{}, peers_port{};
  unsigned seconds{};
  po::options_description known(
      "garbage --control FILE... [OPTIONS]\n"
      "garbage --compare FILE...");
  auto add = known.add_options();
  add("control", po::value(&o.controls)->composing(), "an instance's control socket");
  add("compare", po::value(&o.databases)->multitoken(),
      "instead: the databases of the stopped instances, which must be equal");
  add("http", po::value(&http)->composing(), "ADDRESS:PORT of an instance's HTTP server");
  add("secret", po::value(&o.secret), "of the swarm");
  add("group", po::value(&group)->default_value("239.255.0.1"), "of the swarm");
  add("cluster-port", po::value(&cluster_port)->default_value(7000), "of the swarm");
  add("peers-port", po::value(&peers_port)->default_value(6969), "of the swarm");
  add("source", po::value(&source)->default_value("127.1.1.1"), "first address of the senders");
  add("seconds", po::value(&seconds)->default_value(10), "after the warm-up, 1 to 3600");
  add("rate", po::value(&o.rate)->default_value(4000), "datagrams a second, at most 20000");
  add("seed", po::value(&o.seed)->default_value(1), "of the garbage");
  add("tolerance", po::value(&o.tolerance)->default_value(4 << 20),
      "how many bytes a process may grow after the warm-up");
  add("help", "this text");
  po::variables_map given;
  const auto style =
      po::command_line_style::default_style & ~po::command_line_style::allow_guessing;
  po::store(po::command_line_parser(argc, argv).options(known).style(style).run(), given);
  po::notify(given);
  if (given.count("help") != 0) {
    std::cout << known;
    std::exit(0);
  }
  if (o.controls.empty() == o.databases.empty()) throw UsageError("give --control or --compare");
  if (seconds < 1 || seconds > 3600) throw UsageError("--seconds is 1 to 3600");
  if (o.rate < 1 || o.rate > 20'000) throw UsageError("--rate is 1 to 20000");
  for (const auto& address : http) o.http.push_back(read_endpoint(address));
  o.cluster_group = {read_endpoint(group, 1).ip, cluster_port};
  o.peers_group = {o.cluster_group.ip, peers_port};
  o.source = read_endpoint(source, 1).ip.v4();
  o.time = std::chrono::seconds(seconds);
  o.warm_up = std::clamp<Duration>(o.time / 4, 2s, 30s);
  return o;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    swarm::start_cryptography();
    const Options options = read_options(argc, argv);
    return options.controls.empty() ? compare(options.databases) : torment(options);
  } catch (const UsageError& error) {
    fmt::print(stderr, "garbage: {}\n", error.what());
    return 2;
  } catch (const po::error& error) {
    fmt::print(stderr, "garbage: {}\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    fmt::print(stderr, "garbage: {}\n", error.what());
    return 1;
  }
}
