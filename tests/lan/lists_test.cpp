// Lists of contents that are long, wrong, or on a disk that does not answer: a real instance, whose
// supervisor has nothing to do with them.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <utility>

#include "tests/lan/harness/stage.hpp"

namespace swarm::lan {
namespace {

namespace fs = std::filesystem;

const std::string on_deny_list = "swarm_tracker_listed_contents{list=\"deny\"}";

class Lists : public LoopbackStage {
 protected:
  Lists() { fs::create_directory(list().parent_path()); }

  fs::path list() const { return folder() / "lists" / "list"; }
  // Whether a thread of it is in the kernel's hands there.
  static bool waits_for_the_mount(pid_t process) {
    const fs::path threads = "/proc/" + std::to_string(process) + "/task";
    std::error_code gone;
    for (const auto& thread : fs::directory_iterator(threads, gone)) {
      std::string where;
      std::ifstream(thread.path() / "wchan") >> where;
      if (where.find("fuse") != where.npos || where == "request_wait_answer") return true;
    }
    return false;
  }
  void write(std::size_t contents, const std::string& more = "") const {
    std::ostringstream text;
    text << more << std::hex;
    for (std::size_t i = 0; i < contents; ++i) {
      text.width(40);
      text.fill('0');
      text << i << '\n';
    }
    fs::remove(list());
    std::ofstream(list()) << text.str();
  }
  void start_with(const std::string& key) {
    start(1, {{"bootstrap-expect", "1"}, {key, list().string()}});
  }
  void reload(const std::string& answer) {
    t(1).supervisor().signal(SIGHUP);
    await_logged(1, answer);
  }
  // The supervisor tells its end and starts another one.
  void kill_the_worker() {
    const auto worker = t(1).worker();
    t(1).kill_worker();
    eventually("the end of the worker", [&] { return worker.ended(); });
    await_members(1);
  }
  void stop() {
    t(1).supervisor().signal(SIGTERM);
    EXPECT_EQ(t(1).wait_for_exit(), 0);
  }
  // Memory of the supervisor's own, in KiB.
  std::size_t memory_of_supervisor() {
    std::ifstream file("/proc/" + std::to_string(t(1).supervisor().pid()) + "/status");
    for (std::string line; std::getline(file, line);)
      if (line.starts_with("RssAnon:")) return std::stoul(line.substr(8));
    ADD_FAILURE() << "no RssAnon";
    return 0;
  }
};

TEST_F(Lists, APipeInThePlaceOfAListStopsNothing) {
  write(3);
  start_with("deny-list");
  await_metric(1, on_deny_list, 3);
  fs::remove(list());
  ASSERT_EQ(::mkfifo(list().c_str(), 0600), 0);
  reload("not reloaded, the old configuration stays: " + list().string() +
         ": cannot be read: it is a pipe, a socket or a device");
  kill_the_worker();
  await_metric(1, on_deny_list, 3);
  stop();
}

// Of this thread and of what it starts. False: it may not.
bool has_own_mounts() {
  return ::unshare(CLONE_NEWNS) == 0 &&
         ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

// A file system over a folder whose server never answers, as that of a dead host.
class HungMount {
 public:
  explicit HungMount(fs::path folder)
      : folder_(std::move(folder)), server_(::open("/dev/fuse", O_RDWR | O_CLOEXEC)) {
    const auto options = "fd=" + std::to_string(server_) + ",rootmode=40000,user_id=0,group_id=0";
    hangs_ = server_ >= 0 && ::mount("hung", folder_.c_str(), "fuse", 0, options.c_str()) == 0;
  }
  ~HungMount() {
    if (hangs_) ::umount2(folder_.c_str(), MNT_DETACH);
    if (server_ >= 0) ::close(server_);  // whoever waits is told that it is gone
  }
  HungMount(const HungMount&) = delete;
  HungMount& operator=(const HungMount&) = delete;
  bool hangs() const { return hangs_; }

 private:
  fs::path folder_;
  int server_;
  bool hangs_;
};

TEST_F(Lists, AMountThatHangsStopsNothing) {
  if (!has_own_mounts()) GTEST_SKIP() << "needs mounts of its own: root";
  write(3);
  start_with("deny-list");
  await_metric(1, on_deny_list, 3);
  const HungMount mount(list().parent_path());
  if (!mount.hangs()) GTEST_SKIP() << "needs FUSE";
  t(1).supervisor().signal(SIGHUP);
  eventually("a thread that reads", [&] { return waits_for_the_mount(t(1).worker().pid()); });
  kill_the_worker();
  await_metric(1, on_deny_list, 3);
  eventually("the next one's", [&] { return waits_for_the_mount(t(1).worker().pid()); });
  stop();
}

TEST_F(Lists, AWorkerThatIsStartedAgainHasTheListThatWasInForce) {
  write(3);
  start_with("deny-list");
  await_metric(1, on_deny_list, 3);
  write(5);
  reload("all but the contents of the deny-list are tracked, 5 in all");
  write(7, "no hash\n");
  kill_the_worker();  // nobody has asked for the new one, which is wrong
  await_metric(1, on_deny_list, 5);
  stop();
}

TEST_F(Lists, AListThatIsWrongAtTheStartIsRefused) {
  write(0, "no hash\n");
  start_with("allow-list");
  EXPECT_EQ(t(1).wait_for_exit(), 2);
  await_logged(1, list().string() + ":1: `no hash` is no info-hash");
}

TEST_F(Lists, TheSupervisorKeepsNothingOfThem) {
  write(1);
  start_with("deny-list");
  await_metric(1, on_deny_list, 1);
  const auto before = memory_of_supervisor();
  constexpr std::size_t many = 300'000;  // 6 MB as numbers, 12 MB as text
  write(many);
  reload("all but the contents of the deny-list are tracked, 300000 in all");
  EXPECT_LT(memory_of_supervisor(), before + 1024);
  stop();
  start(1);
  await_metric(1, on_deny_list, many);
  EXPECT_LT(memory_of_supervisor(), before + 1024);
}

}  // namespace
}  // namespace swarm::lan
