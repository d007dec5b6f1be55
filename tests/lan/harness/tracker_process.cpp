#include "tests/lan/harness/tracker_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <fstream>

#include "tests/lan/harness/eventually.hpp"

namespace swarm::lan {
namespace {

std::string dotted(std::uint32_t ip) {
  const std::string text = to_string(Endpoint{ip, 0});
  return text.substr(0, text.find(':'));
}

constexpr std::uint16_t peers_port = 6969;

}  // namespace

TrackerProcess::TrackerProcess(const Site& site, unsigned host, Keys keys)
    : site_(site),
      host_(host),
      keys_(std::move(keys)),
      name_("t" + std::to_string(host)),
      folder_(site.folder() / name_) {
  std::filesystem::create_directories(data());
  const std::string address = dotted(site.address(host));
  keys_.merge(Keys{{"name", name_},
                   {"data-directory", data().string()},
                   {"control-socket", (folder_ / "control.sock").string()},
                   {"interface", address},
                   {"cluster-address", address},
                   {"peers-address", address},
                   {"multicast-group", dotted(site.group())},
                   {"secret", "a secret of the tests"},
                   {"http-address", "none"},
                   {"stabilisation", "0s"},
                   {"trace-file", trace().string()},
                   {"stop-timeout", "2s"}});
}

TrackerProcess::~TrackerProcess() {
  if (runs()) kill();
}

Endpoint TrackerProcess::peers_address() const {
  return {site_.address(host_), peers_port};
}

std::vector<std::string> TrackerProcess::command() const {
  std::vector<std::string> words{program_.empty() ? SWARM_TRACKER_PROGRAM : program_.string(),
                                 "run"};
  for (const auto& [key, value] : keys_) words.push_back("--" + key + "=" + value);
  return words;
}

void TrackerProcess::start() {
  const int file = ::open(log().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  supervisor_.emplace(command(), file, site_.network(host_));
  ::close(file);
}

std::optional<udp::HttpResponse> TrackerProcess::look(const std::string& target) const {
  if (!runs() || paused_) return {};
  try {
    return udp::control_request(keys_.at("control-socket"), {false, target, {}});
  } catch (const std::runtime_error&) {  // it starts, or ends
    return {};
  }
}

std::optional<observe::Status> TrackerProcess::status() const {
  const auto response = look("/status");
  if (!response || response->status != 200) return {};
  return observe::read_status(response->body);
}

std::optional<std::string> TrackerProcess::metrics() const {
  const auto response = look("/metrics");
  if (!response || response->status != 200) return {};
  return response->body;
}

udp::HttpResponse TrackerProcess::order(const std::string& target) const {
  return udp::control_request(keys_.at("control-socket"), {true, target, {}});
}

ProcessHandle TrackerProcess::supervisor() const {
  return ProcessHandle(supervisor_->handle().pid());
}

std::optional<ProcessHandle> TrackerProcess::child_of_supervisor() const {
  const std::string pid = std::to_string(supervisor_->handle().pid());
  std::ifstream children("/proc/" + pid + "/task/" + pid + "/children");
  pid_t child = 0;
  if (!(children >> child)) return {};
  return ProcessHandle(child);
}

ProcessHandle TrackerProcess::worker() const {
  std::optional<ProcessHandle> found;
  eventually("a worker of " + name_, [&] { return (found = child_of_supervisor()).has_value(); });
  return std::move(*found);
}

int TrackerProcess::wait_for_exit() {
  const int code = supervisor_->wait();
  supervisor_.reset();
  return code;
}

Time TrackerProcess::kill_worker() const {
  const ProcessHandle victim = worker();
  const Time at = udp::boot_clock_now();
  victim.signal(SIGKILL);
  return at;
}

// The supervisor is stopped first: it must not see its worker's death, and the worker must not see
// that of its supervisor and hand over.
Time TrackerProcess::kill() {
  supervisor_->handle().stop();
  const auto victim = child_of_supervisor();
  const Time at = udp::boot_clock_now();
  if (victim) victim->signal(SIGKILL);
  supervisor_.reset();
  paused_.reset();
  if (victim && !victim->ended(30s)) throw NeverHappened("never happened: the end of a worker");
  return at;
}

void TrackerProcess::pause() {
  paused_ = worker();
  paused_->stop();
}

void TrackerProcess::resume() {
  paused_->signal(SIGCONT);
  paused_.reset();
}

void TrackerProcess::wipe() const {
  std::filesystem::remove_all(data());
  std::filesystem::create_directories(data());
}

}  // namespace swarm::lan
