// What the window does on a path, as properties over virtual time: a bottleneck with a queue,
// propagation that may vary per datagram, and loss by chance. Deterministic, so bounds are exact.
#include "engine/base/request_window.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/random.hpp"

namespace swarm {
namespace {

constexpr std::uint64_t bits_per_block = (1408 + 18 + 28 + 38) * 8;  // with all headers
constexpr std::uint32_t most_at_once = 44;  // blocks that a downloader waits for to ask again
constexpr std::uint32_t unlimited = 1'000'000;

struct Path {
  std::uint64_t bits_per_second = 0;
  Duration round_trip{};   // propagation, both ways
  Duration jitter{};       // of each block, on top of it
  Duration queue = 100ms;  // what the bottleneck holds; more is lost
  std::uint32_t lost_per_mille = 0;

  Duration spacing() const {
    return Duration(static_cast<std::int64_t>(bits_per_block * 1'000'000'000 / bits_per_second));
  }
};

// A downloader of an endless content over one bottleneck; the uploader answers at once.
struct Downloader {
  explicit Downloader(RequestWindow w) : window(w) {}
  struct Asked {
    Time at;
    bool repeated;
    bool open = true;
  };
  RequestWindow window;
  std::uint64_t first_number = 0;  // of `asked`
  std::deque<Asked> asked;         // by number, in order of time
  std::uint32_t under_way = 0;
  std::uint32_t to_repeat = 0;
  std::uint64_t newest_answered = 0;
  Time heard{};
  std::uint64_t came = 0, repeats = 0, spurious = 0, silences = 0;
};

class Model {
 public:
  Model(const Path& path, std::uint64_t seed = 1) : path_(path), random_(seed) {}

  // Another downloader, which begins at once.
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

  // Blocks that came in `duration`, over those that the path bears, in per mille.
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

  // Of the bottleneck, since the last call.
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

  // Given up, and asked again meanwhile: one of the two is for nothing.
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

Path lan(std::uint64_t gigabits, Duration round_trip) {
  return {gigabits * 1'000'000'000, round_trip};
}
Path slow(std::uint64_t megabits, Duration round_trip) {
  return {megabits * 1'000'000, round_trip};
}
Path lossy(Path path, std::uint32_t per_mille) {
  path.lost_per_mille = per_mille;
  return path;
}

std::string text(const Path& path) {
  return std::to_string(path.bits_per_second / 1'000'000) + " Mbit/s, " +
         std::to_string(path.round_trip / 1us) + " us, " + std::to_string(path.lost_per_mille) +
         " per mille lost";
}

const std::vector<Path>& lans() {
  static const std::vector<Path> paths = {lan(1, 50us), lan(1, 300us), lan(10, 100us),
                                          lan(40, 300us)};
  return paths;
}

// A window's own view, without a path: answers after a constant round trip.
struct Answers {
  void operator()(RequestWindow& window, std::uint32_t blocks, Duration round_trip) {
    for (std::uint32_t i = 0; i < blocks; ++i) window.received(now += 1us, now - round_trip, false);
  }
  Time now{1s};
};

// --- On a LAN

TEST(RequestWindow, ReachesTheRateOfALanWithinTensOfRoundTrips) {
  for (const auto& path : lans()) {
    Model model(path);
    model.add(RequestWindow(unlimited));
    model.run(20 * path.round_trip);
    EXPECT_GE(model.share(20 * path.round_trip), 950u) << text(path);
    EXPECT_GE(model.share(200ms), 990u) << text(path);
    EXPECT_EQ(model[0].repeats, 0u) << text(path);
  }
}

TEST(RequestWindow, KeepsTheQueueNearItsTarget) {
  for (const auto& path : lans())
    for (const bool yield : {false, true}) {
      Model model(path);
      model.add(RequestWindow(unlimited, yield));
      model.run(100ms);
      EXPECT_LE(model.worst_queue(), yield ? 3ms : 12ms) << text(path);
      model.mean_queue();
      model.run(600ms);
      const Duration queue = model.mean_queue(), target = yield ? 1ms : 5ms;
      EXPECT_GE(queue, target / 2) << text(path);
      EXPECT_LE(queue, target * 3 / 2) << text(path);
      EXPECT_LE(model.worst_queue(), target * 5 / 2) << text(path);
    }
}

TEST(RequestWindow, BearsLossByChance) {
  for (const auto& path : lans()) {
    for (const auto& [per_mille, least_share] : {std::pair{10u, 950u}, std::pair{50u, 850u}}) {
      Model model(lossy(path, per_mille));
      model.add(RequestWindow(unlimited));
      model.run(100ms);
      EXPECT_GE(model.share(600ms), least_share) << text(lossy(path, per_mille));
      EXPECT_EQ(model[0].spurious, 0u) << text(lossy(path, per_mille));
    }
  }
}

TEST(RequestWindow, DoesNotTakeOvertakingForLoss) {
  Path path{1'000'000'000, 100us};
  path.jitter = 200us;  // of 12 us from one block to the next
  for (const auto bits : {1'000'000'000ull, 10'000'000'000ull}) {
    path.bits_per_second = bits;
    Model model(path);
    model.add(RequestWindow(unlimited));
    model.run(20ms);
    EXPECT_GE(model.share(1s), 980u);
    EXPECT_LE(model[0].repeats * 100, model[0].came);
  }
}

// A queue of 2 ms cannot hold the target of 5 ms: what is too much for it is lost.
TEST(RequestWindow, LearnsThatAQueueIsShort) {
  Path path = lan(1, 50us);
  path.queue = 2ms;
  Model model(path);
  model.add(RequestWindow(unlimited));
  model.run(500ms);
  const std::uint64_t repeats = model[0].repeats, came = model[0].came;
  EXPECT_GE(model.share(3s), 980u);
  EXPECT_LE((model[0].repeats - repeats) * 50, model[0].came - came);
}

// --- Over a slow uplink

TEST(RequestWindow, DoesNotFillTheQueueOfASlowUplink) {
  for (const std::uint64_t megabits : {1u, 3u, 10u})
    for (const Duration round_trip : {Duration(1ms), Duration(20ms)}) {
      const Path path = slow(megabits, round_trip);
      Model model(path);
      model.add(RequestWindow(unlimited));
      model.run(5s);
      model.mean_queue();
      EXPECT_GE(model.share(30s), 950u) << text(path);
      EXPECT_LE(model.mean_queue(), 50ms) << text(path);  // four blocks at 1 Mbit/s are 48 ms
      EXPECT_LE(model.worst_queue(), 95ms) << text(path);
      EXPECT_EQ(model[0].repeats, 0u) << text(path);
    }
}

TEST(RequestWindow, FillsALongPath) {
  Model model(slow(100, 50ms));
  model.add(RequestWindow(unlimited));
  model.run(2s);
  EXPECT_GE(model.share(20s), 900u);
}

// --- Together

struct Sharing {
  Path path;
  int windows;
  Duration apart, settle;
  bool yield = false;
};

TEST(RequestWindow, WindowsThatShareAPathBecomeEqual) {
  Path short_queue = lan(1, 200us);
  short_queue.queue = 500us;
  for (const Sharing& sharing :
       {Sharing{lan(1, 200us), 4, 500ms, 3s}, Sharing{lan(1, 200us), 8, 300ms, 10s},
        Sharing{lan(5, 200us), 4, 100ms, 8s}, Sharing{lan(1, 200us), 3, 500ms, 3s, true},
        Sharing{short_queue, 4, 100ms, 3s}, Sharing{slow(10, 20ms), 3, 3s, 20s}}) {
    Model model(sharing.path);
    for (int i = 0; i < sharing.windows; ++i) {
      model.add(RequestWindow(unlimited, sharing.yield));
      model.run(sharing.apart);
    }
    model.run(sharing.settle);
    model.mean_queue();
    const auto shares = model.shares(5s);
    const auto [least, most] = std::minmax_element(shares.begin(), shares.end());
    const std::string what = std::to_string(sharing.windows) + " at " + text(sharing.path);
    EXPECT_LE(*most, 3 * *least) << what;
    EXPECT_GE(std::accumulate(shares.begin(), shares.end(), 0ull), 950u) << what;
    EXPECT_LE(model.mean_queue(), 15ms) << what;
  }
}

TEST(RequestWindow, OneThatYieldsLeavesThePathToOneThatDoesNot) {
  Model model(lan(1, 200us));
  model.add(RequestWindow(unlimited, true));
  model.run(1s);
  model.add(RequestWindow(unlimited));
  model.run(2s);
  const auto shares = model.shares(2s);
  EXPECT_LE(shares[0], 100u);
  EXPECT_GE(shares[1], 850u);
}

TEST(RequestWindow, OneThatYieldsTakesALossForTheTrafficOfOthers) {
  Answers answers;
  RequestWindow quick(unlimited), yielding(unlimited, true);
  for (auto* window : {&quick, &yielding}) {
    answers(*window, 1000, 100us);
    const std::uint32_t before = window->size();
    window->lost(answers.now, 1);
    answers(*window, 200, 100us);
    EXPECT_EQ(window->size() < before, window == &yielding);
  }
}

// --- Its bounds

TEST(RequestWindow, IsNeverMoreThanItMayBeNorLessThanFour) {
  Answers answers;
  RequestWindow window(100);
  EXPECT_EQ(window.size(), RequestWindow::least);
  answers(window, 5000, 100us);
  EXPECT_EQ(window.size(), 100u);
  window.set_most(50);
  EXPECT_EQ(window.size(), 50u);
  answers(window, 5000, 100us);
  EXPECT_EQ(window.size(), 50u);
  window.set_most(70);
  answers(window, 5000, 100us);
  EXPECT_EQ(window.size(), 70u);
  for (int i = 0; i < 10; ++i) window.silent(answers.now += 1s);
  EXPECT_EQ(window.size(), RequestWindow::least);
  window.set_most(1);
  EXPECT_EQ(window.size(), RequestWindow::least);
}

TEST(RequestWindow, ManyLossesShrinkItByAsMuch) {
  Answers answers;
  RequestWindow window(200);
  answers(window, 5000, 100us);
  ASSERT_EQ(window.size(), 200u);
  answers(window, 100, 100us);
  window.lost(answers.now, 300);
  answers(window, 200, 100us);
  EXPECT_LT(window.size(), 160u);
  EXPECT_GE(window.size(), 60u);
}

TEST(RequestWindow, DoesNotGrowWhenItIsNotUsedUp) {
  Answers answers;
  RequestWindow fresh(unlimited), steady(40);
  answers(steady, 1000, 100us);
  ASSERT_EQ(steady.size(), 40u);  // it is in steady growth from here on
  steady.set_most(unlimited);
  for (int i = 0; i < 1000; ++i)  // one at a time
    for (auto* window : {&fresh, &steady}) {
      answers.now += 300us;
      window->received(answers.now, answers.now - 200us, false);
    }
  EXPECT_LE(fresh.size(), 2 * RequestWindow::least);
  EXPECT_LE(steady.size(), 40u);
}

TEST(RequestWindow, SilenceHalvesIt) {
  Answers answers;
  RequestWindow window(64);
  answers(window, 5000, 100us);
  ASSERT_EQ(window.size(), 64u);
  window.silent(answers.now += 20ms);
  EXPECT_EQ(window.size(), 32u);
}

// --- How long it waits

TEST(RequestWindow, TimeoutDoublesWithEachSilenceUpToTwoSeconds) {
  Answers answers;
  RequestWindow window(64);
  EXPECT_EQ(window.timeout(), 100ms);  // before the first answer
  answers(window, 100, 100us);
  EXPECT_EQ(window.timeout(), 20ms);
  for (const Duration timeout : {40ms, 80ms, 160ms, 320ms, 640ms, 1280ms, 2000ms, 2000ms}) {
    window.silent(answers.now += timeout);
    EXPECT_EQ(window.timeout(), timeout);
  }
  answers(window, 1, 100us);
  EXPECT_EQ(window.timeout(), 20ms);
}

TEST(RequestWindow, TimeoutIsMoreThanALongRoundTrip) {
  Answers answers;
  RequestWindow window(64);
  answers(window, 100, 150ms);
  EXPECT_GT(window.timeout(), 150ms);
  EXPECT_LT(window.timeout(), 300ms);
}

TEST(RequestWindow, PatienceFollowsTheRoundTripsAndHowTheyVary) {
  Answers answers;
  RequestWindow steady(64), varying(64);
  EXPECT_EQ(steady.round_trip(), Duration{});
  EXPECT_EQ(steady.patience(), 100ms);
  for (int i = 0; i < 100; ++i) {
    answers(steady, 1, 400us);
    answers(varying, 1, i % 2 == 0 ? 200us : 600us);
  }
  EXPECT_NEAR(static_cast<double>(steady.round_trip() / 1us), 400, 10);
  EXPECT_GT(steady.patience(), 400us);
  EXPECT_LT(steady.patience(), 600us);
  EXPECT_GT(varying.patience(), 600us);
  EXPECT_LT(varying.patience(), 2ms);
}

TEST(RequestWindow, ASuddenlyShorterRoundTripIsNoReasonForPatience) {
  Answers answers;
  RequestWindow window(64);
  answers(window, 100, 10ms);
  const Duration before = window.patience();
  answers(window, 1, 100us);
  EXPECT_LE(window.patience(), before);
}

TEST(RequestWindow, WhatWasGivenUpTooEarlyLengthensPatienceOncePerRound) {
  Answers answers;
  RequestWindow window(64);
  answers(window, 100, 400us);
  const Duration before = window.patience();
  window.spurious(answers.now, answers.now - 400us);
  const Duration once = window.patience();
  EXPECT_GT(once, before);
  for (int i = 0; i < 100; ++i) window.spurious(answers.now, answers.now - 400us);
  EXPECT_LE(window.patience(), once);
  for (int i = 0; i < 1000; ++i) {
    answers(window, 500, 400us);
    window.spurious(answers.now, answers.now - 400us);
  }
  EXPECT_GT(window.patience(), once);
  EXPECT_LE(window.patience(), 60ms);
}

TEST(RequestWindow, ARepeatedBlockTellsNothingOfTheRoundTrip) {
  Answers answers;
  RequestWindow window(64);
  answers(window, 100, 400us);
  const Duration before = window.round_trip();
  window.received(answers.now, answers.now - 300ms, true);
  EXPECT_EQ(window.round_trip(), before);
}

}  // namespace
}  // namespace swarm
