#include "tests/lan/harness/peer_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <set>
#include <system_error>

#include "tests/lan/harness/eventually.hpp"

namespace swarm::lan {
namespace {

constexpr std::uint16_t trackers_port = 6969, peer_port = 6881;
constexpr Duration patience = 60s;  // ends only a test that has failed

std::string dotted(std::uint32_t ip) {
  const std::string text = to_string(Endpoint{ip, 0});
  return text.substr(0, text.find(':'));
}

}  // namespace

// Lines of a pipe, read by a thread of its own until its writer has ended.
class PeerProcess::Reader {
 public:
  Reader() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category());
    from_ = ends[0];
    to_ = ends[1];
  }
  ~Reader() {
    begin();  // nobody writes any more
    if (thread_.joinable()) thread_.join();
    ::close(from_);
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  int writing_end() const { return to_; }
  // The writer has its end now.
  void begin() {
    if (to_ < 0) return;
    ::close(to_);
    to_ = -1;
    thread_ = std::thread([this] { read_all(); });
  }

  std::vector<Said> lines() const {
    const std::scoped_lock lock(mutex_);
    return lines_;
  }
  // False: there will be none, or none came in time.
  bool wait_for_more_than(std::size_t seen, Duration limit) const {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, limit, [&] { return ended_ || lines_.size() > seen; });
    return lines_.size() > seen;
  }
  void wait_for_the_end() const {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return ended_; });
  }

 private:
  void read_all() {
    std::string text;
    char buffer[4096];
    for (ssize_t n; (n = ::read(from_, buffer, sizeof buffer)) > 0;) {
      text.append(buffer, static_cast<std::size_t>(n));
      for (std::size_t end; (end = text.find('\n')) != text.npos; text.erase(0, end + 1))
        add(text.substr(0, end));
    }
    const std::scoped_lock lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }
  void add(const std::string& text) {
    Json line = Json::parse(text, nullptr, false);
    if (!line.is_object() || !line.contains("what")) line = {{"what", "no JSON"}, {"text", text}};
    const std::scoped_lock lock(mutex_);
    lines_.push_back({udp::boot_clock_now(), std::move(line)});
    changed_.notify_all();
  }

  int from_ = -1, to_ = -1;
  std::thread thread_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<Said> lines_;
  bool ended_ = false;
};

PeerProcess::PeerProcess(const Site& site, unsigned host)
    : site_(site),
      host_(host),
      name_("p" + std::to_string(host)),
      folder_(site.folder() / name_),
      interface_(dotted(site.address(host))),
      reader_(std::make_unique<Reader>()) {
  std::filesystem::create_directories(downloads());
}

PeerProcess::~PeerProcess() = default;

Endpoint PeerProcess::address() const {
  return {site_.address(host_), peer_port};
}

void PeerProcess::begin(std::vector<std::string> command) {
  command.insert(command.begin(), SWARM_PEER_PROGRAM);
  command.push_back("--json");
  const std::set<std::string> without_state{"announce", "declare", "watch"};
  if (!without_state.contains(command[1]))
    command.insert(command.end(), {"--state", (folder_ / "state").string()});
  process_.reset();
  reader_ = std::make_unique<Reader>();
  const int file = ::open(log().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  process_ =
      std::make_unique<ChildProcess>(command, reader_->writing_end(), site_.network(host_), file);
  ::close(file);
  reader_->begin();
}

Time PeerProcess::start(const std::vector<std::string>& words) {
  const Time at = udp::boot_clock_now();
  auto command = words;
  command.insert(command.end(), {"--interface", interface_, "--tracker",
                                 to_string(Endpoint{site_.group(), trackers_port})});
  if (words.front() == "fetch" && std::find(words.begin(), words.end(), "-o") == words.end())
    command.insert(command.end(), {"-o", downloads().string()});
  begin(std::move(command));
  return at;
}

int PeerProcess::run(const std::vector<std::string>& words) {
  begin(words);
  return wait();
}

Time PeerProcess::kill() {
  const Time at = udp::boot_clock_now();
  process_.reset();
  reader_->wait_for_the_end();
  return at;
}

int PeerProcess::stop() {
  process_->handle().signal(SIGINT);
  return wait();
}

int PeerProcess::wait() {
  const int code = process_->wait(patience);
  process_.reset();
  reader_->wait_for_the_end();
  return code;
}

std::vector<Said> PeerProcess::said() const {
  return reader_->lines();
}

std::vector<Said> PeerProcess::said(std::string_view what) const {
  auto all = said();
  std::erase_if(all, [&](const Said& one) { return one.what() != what; });
  return all;
}

void PeerProcess::await_line(std::string_view what, std::size_t seen) const {
  if (reader_->wait_for_more_than(seen, patience)) return;
  throw NeverHappened("never happened: `" + std::string(what) + "` of " + name_ + " (see " +
                      log().string() + ")");
}

}  // namespace swarm::lan
