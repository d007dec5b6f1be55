// What the window does on a path, as properties over virtual time. Deterministic, so bounds are
// exact.
#include "engine/base/request_window.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "tests/engine/base/path_model.hpp"

namespace swarm::paths {
namespace {

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

}  // namespace
}  // namespace swarm::paths
