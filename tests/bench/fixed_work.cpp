// What a step's CPU time is worth on this machine: the same piece of work again and again, a pause
// of a millisecond after each, until the end signal or for so many seconds. Prints the median and
// the longest of its thread's CPU time. A guest's clock counts what the host does meanwhile, so the
// longest is far above the median where the host is busy, and no step can look shorter than that.
// Usage: fixed_work SECONDS
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <ctime>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/bench/latencies.hpp"

namespace {
using namespace std::chrono_literals;
using swarm::Duration;

std::atomic<bool> ended = false;
static_assert(std::atomic<bool>::is_always_lock_free, "a signal sets it");

Duration cpu_time_of_thread() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

// Reads scattered over 16 MiB, as of a large table.
std::uint32_t work(const std::vector<std::uint32_t>& memory, std::uint32_t at) {
  std::uint32_t sum = 0;
  for (int i = 0; i < 20'000; ++i) {
    at = at * 1'664'525U + 1'013'904'223U;
    sum += memory[at % memory.size()];
  }
  return at + sum % 2;
}
}  // namespace

int main(int argc, char** argv) {
  const std::string_view text = argc == 2 ? argv[1] : "";
  unsigned seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || seconds == 0) {
    fmt::print(stderr, "usage: fixed_work SECONDS\n");
    return 2;
  }
  std::signal(SIGTERM, [](int) { ended = true; });
  const std::vector<std::uint32_t> memory(4U << 20, 1);
  swarm::bench::Latencies took;
  Duration longest{};
  std::uint32_t at = 1;
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  while (!ended && std::chrono::steady_clock::now() < until) {
    const auto begin = cpu_time_of_thread();
    at = work(memory, at);
    const auto one = cpu_time_of_thread() - begin;
    took.add(one);
    longest = std::max(longest, one);
    std::this_thread::sleep_for(1ms);
  }
  const auto ms = [](Duration d) { return std::chrono::duration<double, std::milli>(d).count(); };
  fmt::print("work of {:.1f} ms took {:.1f} ms in CPU time once: what this machine adds\n",
             ms(took.at(500)), ms(longest));
  return at == 0 ? 1 : 0;  // it is used
}
