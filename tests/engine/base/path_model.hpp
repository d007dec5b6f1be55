// A model of a network path in virtual time, for tests of request windows. The path has a
// bottleneck with a queue, a propagation delay that may vary per datagram, and random loss.
#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <utility>
#include <vector>

#include "engine/base/random.hpp"
#include "engine/base/request_window.hpp"

namespace swarm::paths {

inline constexpr std::uint64_t bits_per_block = (1408 + 18 + 28 + 38) * 8;  // including all headers
// A downloader requests more when a quarter of its window is free, or at least so many blocks.
inline constexpr std::uint32_t most_at_once = 44;
inline constexpr std::uint32_t unlimited = 1'000'000;

struct Path {
  std::uint64_t bits_per_second = 0;
  Duration round_trip{};   // propagation delay, both ways together
  Duration jitter{};       // the longest additional delay of a block
  Duration queue = 100ms;  // a block that would wait longer at the bottleneck is lost
  std::uint32_t lost_per_mille = 0;

  Duration spacing() const {
    return Duration(static_cast<std::int64_t>(bits_per_block * 1'000'000'000 / bits_per_second));
  }
};

// A downloader of an endless content over one bottleneck. The uploader answers at once.
struct Downloader {
  explicit Downloader(RequestWindow w) : window(w) {}
  struct Asked {
    Time at;
    bool repeated;
    bool open = true;
  };
  RequestWindow window;
  std::uint64_t first_number = 0;  // the number of the first request in `asked`
  std::deque<Asked> asked;         // requests in order of their numbers and times
  std::uint32_t under_way = 0;
  std::uint32_t to_repeat = 0;
  std::uint64_t newest_answered = 0;
  Time heard{};
  std::uint64_t came = 0, repeats = 0, spurious = 0, silences = 0;
};

class Model {
 public:
  Model(const Path& path, std::uint64_t seed = 1) : path_(path), random_(seed) {}

  // Adds a downloader, which begins at once. Returns its index.
  std::size_t add(RequestWindow window) {
    const std::size_t i = downloaders_.size();
    downloaders_.emplace_back(window);
    downloaders_[i].heard = now_;
    fill(i);
    wakes_.emplace(now_ + downloaders_[i].window.timeout(), i);
    return i;
  }
  const Downloader& operator[](std::size_t i) const { return downloaders_[i]; }

  void run(Duration duration) {
    const Time end = now_ + duration;
    while (true) {
      const Time next = std::min(arrivals_.empty() ? never : arrivals_.begin()->first,
                                 wakes_.empty() ? never : wakes_.begin()->first);
      if (next > end) break;
      now_ = next;
      if (!arrivals_.empty() && arrivals_.begin()->first == next) {
        const Arrival arrival = arrivals_.begin()->second;
        arrivals_.erase(arrivals_.begin());
        arrive(arrival);
      } else {
        const std::size_t i = wakes_.begin()->second;
        wakes_.erase(wakes_.begin());
        wake(i);
      }
    }
    now_ = end;
  }

  // Runs for `duration`. Returns for each downloader the blocks that it received, in per mille of
  // the blocks that the path can carry.
  std::vector<std::uint64_t> shares(Duration duration) {
    std::vector<std::uint64_t> before, shares;
    for (const auto& d : downloaders_) before.push_back(d.came);
    run(duration);
    const auto borne = static_cast<std::uint64_t>(duration / path_.spacing());
    for (std::size_t i = 0; i < downloaders_.size(); ++i)
      shares.push_back((downloaders_[i].came - before[i]) * 1000 / borne);
    return shares;
  }
  std::uint64_t share(Duration duration) { return shares(duration)[0]; }

  // worst_queue() and mean_queue() return the wait at the bottleneck since their last call.
  Duration worst_queue() { return std::exchange(worst_queue_, Duration{}); }
  Duration mean_queue() {
    const Duration mean = queued_ == 0 ? Duration{} : queue_sum_ / queued_;
    queue_sum_ = {}, queued_ = 0;
    return mean;
  }

 private:
  struct Arrival {
    std::size_t downloader;
    std::uint64_t number;
  };

  void fill(std::size_t i) {
    Downloader& d = downloaders_[i];
    const std::uint32_t size = d.window.size(), free = size - std::min(size, d.under_way);
    if (d.under_way > 0 && free < std::clamp(size / 4, 1u, most_at_once)) return;
    while (d.under_way < size) {
      const bool again = d.to_repeat > 0;
      if (again) --d.to_repeat;
      d.asked.push_back({now_, again});
      ++d.under_way;
      send(i, d.first_number + d.asked.size() - 1);
    }
  }

  void send(std::size_t i, std::uint64_t number) {
    const Time at = now_ + path_.round_trip / 2;
    const Duration queue = std::max(free_ - at, Duration{});
    if (queue > path_.queue) return;
    worst_queue_ = std::max(worst_queue_, queue);
    queue_sum_ += queue;
    ++queued_;
    free_ = at + queue + path_.spacing();
    if (random_.below(1000) < path_.lost_per_mille) return;
    const Duration jitter = random_.between(Duration{}, path_.jitter);
    arrivals_.emplace(free_ + path_.round_trip / 2 + jitter, Arrival{i, number});
  }

  void arrive(const Arrival& arrival) {
    Downloader& d = downloaders_[arrival.downloader];
    d.heard = now_;
    if (arrival.number >= d.first_number && d.asked[arrival.number - d.first_number].open)
      answered(d, arrival.number);
    else
      late(d, arrival.number);
    give_up_overtaken(d);
    fill(arrival.downloader);
  }

  void answered(Downloader& d, std::uint64_t number) {
    Downloader::Asked& asked = d.asked[number - d.first_number];
    asked.open = false;
    --d.under_way;
    ++d.came;
    d.newest_answered = std::max(d.newest_answered, number);
    d.window.received(now_, asked.at, asked.repeated);
  }

  // Handles a block that arrives after it was given up. It was requested again, so one of the two
  // transfers is wasted.
  void late(Downloader& d, std::uint64_t number) {
    ++d.spurious;
    if (number >= d.first_number) d.window.spurious(now_, d.asked[number - d.first_number].at);
  }

  void give_up_overtaken(Downloader& d) {
    std::uint32_t lost = 0;
    std::size_t i = 0;
    for (; d.first_number + i < d.newest_answered; ++i) {
      if (!d.asked[i].open) continue;
      if (now_ - d.asked[i].at < d.window.patience()) break;
      give_up(d, d.asked[i]);
      ++lost;
    }
    if (lost > 0) d.window.lost(now_, lost);
    while (!d.asked.empty() && !d.asked.front().open) {
      d.asked.pop_front();
      ++d.first_number;
    }
  }

  void give_up(Downloader& d, Downloader::Asked& asked) {
    asked.open = false;
    --d.under_way;
    ++d.repeats;
    ++d.to_repeat;
  }

  void wake(std::size_t i) {
    Downloader& d = downloaders_[i];
    if (now_ - d.heard >= d.window.timeout()) {
      ++d.silences;
      d.window.silent(now_);
      d.heard = now_;
      for (auto& asked : d.asked)
        if (asked.open) give_up(d, asked);
      fill(i);
    }
    wakes_.emplace(d.heard + d.window.timeout(), i);
  }

  Path path_;
  Random random_;
  Time now_{}, free_{};
  std::deque<Downloader> downloaders_;
  std::multimap<Time, Arrival> arrivals_;
  std::multimap<Time, std::size_t> wakes_;
  Duration worst_queue_{}, queue_sum_{};
  std::int64_t queued_ = 0;
};

// Feeds a window with answers that arrive after a constant round trip, without a path.
struct Answers {
  void operator()(RequestWindow& window, std::uint32_t blocks, Duration round_trip) {
    for (std::uint32_t i = 0; i < blocks; ++i) window.received(now += 1us, now - round_trip, false);
  }
  Time now{1s};
};

}  // namespace swarm::paths
