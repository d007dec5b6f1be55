// The simulated network: what happens by chance, and how chance is drawn.
#include "transport/sim/world/network.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/sim/world/network_room.hpp"

namespace swarm::sim::network_room {
namespace {

TEST_F(NetworkTest, EachCopyOfAMulticastHasItsOwnFate) {
  auto model = plain();
  model.loss = {500'000, 500'000};
  use(model);
  for (const std::uint32_t member : {0u, 1u, 2u}) network->join(HostId{member}, group);
  for (int i = 0; i < 200; ++i) send(3, group, std::to_string(i));
  auto heard = run();
  std::map<std::string, int> copies;
  for (const auto& [host, datagrams] : heard)
    for (const auto& datagram : datagrams) ++copies[datagram.text];
  std::map<int, int> with;
  for (const auto& [text, number] : copies) ++with[number];
  EXPECT_GT(with[1], 40);
  EXPECT_GT(with[2], 40);
  EXPECT_GT(with[3], 10);
}

TEST_F(NetworkTest, LossIsAsOftenAsTheModelSays) {
  auto model = plain();
  model.loss = {200'000, 200'000};
  use(model);
  for (int i = 0; i < 10'000; ++i) send(0, peers(1));
  const auto heard = run().at(1).size();
  EXPECT_EQ(heard + counters().lost, 10'000u);
  EXPECT_NEAR(static_cast<double>(counters().lost), 2000, 150);
}

TEST_F(NetworkTest, ARangeIsDrawnOncePerSeed) {
  auto model = plain();
  model.loss = {0, 1'000'000};
  const auto lost = [this] {
    const auto before = counters().lost;
    for (int i = 0; i < 2000; ++i) send(0, peers(1));
    run();
    return static_cast<double>(counters().lost - before);
  };
  double least = 2000, most = 0;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    use(model, 2, seed);
    const double first = lost();
    network->set_model(model);
    EXPECT_NEAR(lost(), first, 100) << seed;
    least = std::min(least, first);
    most = std::max(most, first);
  }
  EXPECT_GT(most - least, 400);
}

TEST_F(NetworkTest, ABurstLosesAllOfItsLinkForItsLength) {
  auto model = plain();
  model.burst = 1'000'000;
  model.burst_length = {10ms, 10ms, std::nullopt};
  use(model);
  send(0, peers(1));
  model.burst = 0;
  network->set_model(model);
  now = TrueTime(9ms);
  send(0, peers(1));
  send(0, peers(2));  // another link
  EXPECT_EQ(counters().lost_in_burst, 2u);
  now = TrueTime(10ms);
  send(0, peers(1));
  const auto heard = run();
  EXPECT_EQ(heard.at(1).size(), 1u);
  EXPECT_EQ(heard.at(2).size(), 1u);
}

TEST_F(NetworkTest, ADuplicateIsTheSameDatagramTwice) {
  auto model = plain();
  model.latency = {1ms, 2ms, std::nullopt};
  model.duplicate = always();
  use(model);
  send(0, peers(1), "once");
  const auto heard = run().at(1);
  ASSERT_EQ(heard.size(), 2u);
  EXPECT_EQ(heard[0].text, "once");
  EXPECT_EQ(heard[1].text, "once");
  EXPECT_NE(heard[0].at, heard[1].at);
  EXPECT_EQ(counters().duplicated, 1u);
}

TEST_F(NetworkTest, CorruptionChangesOneByteBetweenTrackers) {
  auto model = plain();
  model.corrupt = always();
  use(model);
  const std::string text = "abcdefghij";
  std::map<std::size_t, int> places;
  for (int i = 0; i < 400; ++i) {
    send(0, cluster(1), text);
    for (const auto& [host, heard] : run()) {
      ASSERT_EQ(heard.at(0).text.size(), text.size());
      std::size_t changed = 0;
      for (std::size_t at = 0; at < text.size(); ++at)
        if (heard[0].text[at] != text[at]) ++changed, ++places[at];
      EXPECT_EQ(changed, 1u);
    }
  }
  EXPECT_EQ(places.size(), text.size());
  EXPECT_EQ(counters().corrupted, 400u);
}

TEST_F(NetworkTest, CorruptionLosesThePeersDatagrams) {  // as UDP's checksum does
  auto model = plain();
  model.corrupt = always();
  use(model);
  network->join(HostId{1}, group);
  network->join(HostId{2}, group);
  send(0, group);
  send(0, peers(1));
  EXPECT_TRUE(run().empty());
  EXPECT_EQ(counters().corrupted, 3u);
}

TEST_F(NetworkTest, ReorderingLetsLaterOnesOvertake) {
  auto model = plain();
  model.reorder = {100'000, 100'000};
  model.reorder_by = 5ms;
  use(model);
  for (int i = 0; i < 100; ++i) {
    send(0, peers(1), std::to_string(1000 + i));
    now += 10us;
  }
  const auto heard = run().at(1);
  ASSERT_EQ(heard.size(), 100u);
  EXPECT_FALSE(std::is_sorted(heard.begin(), heard.end(),
                              [](const auto& a, const auto& b) { return a.text < b.text; }));
  EXPECT_GT(counters().reordered, 0u);
  EXPECT_LE(heard.back().at, TrueTime(1ms + 1ms + 5ms));
}

// The reason for keyed randomness: one datagram more, or one loss more, changes no other link.
TEST_F(NetworkTest, WhatHappensOnOneLinkChangesNoOther) {
  NetworkModel model;
  model.loss = model.duplicate = model.reorder = {200'000, 200'000};
  model.burst = 10'000;
  model.bandwidth = 0;
  const auto history = [&](bool more) {
    now = TrueTime{};
    use(model, 6);
    for (std::uint32_t i = 0; i < 6; i += 2) network->join(HostId{i}, group);
    for (int i = 0; i < 300; ++i) {
      for (std::uint32_t from = 0; from < 4; ++from)
        for (std::uint32_t to = 0; to < 4; ++to)
          if (from != to) send(from, peers(to), std::to_string(from) + "#" + std::to_string(i));
      send(5, group, "5#" + std::to_string(i));
      if (more && i % 7 == 0) send(0, peers(1), "0+");
      now += 1ms;
    }
    std::map<std::string, std::vector<TrueTime>> arrivals;
    for (const auto& [host, heard] : run())
      for (const auto& datagram : heard)
        arrivals[datagram.text + ">" + std::to_string(host)].push_back(datagram.at);
    return arrivals;
  };
  auto before = history(false);
  auto after = history(true);
  std::size_t changed = 0;
  const auto of_that_link = [](const auto& entry) {
    return entry.first.starts_with("0") && entry.first.ends_with(">1");
  };
  for (const auto& entry : before)
    if (of_that_link(entry)) changed += after[entry.first] != entry.second;
  EXPECT_GT(changed, 0u);
  std::erase_if(before, of_that_link);
  std::erase_if(after, of_that_link);
  EXPECT_EQ(before, after);
}

TEST(KeyedRandom, UniformDelayStaysWithinItsBoundsAndReachesThem) {
  const DelayDraw draw(Delay{100ns, 103ns, std::nullopt});
  std::map<Duration, int> seen;
  for (std::uint64_t i = 0; i < 4000; ++i) ++seen[draw(mix(i))];
  EXPECT_EQ(seen.size(), 4u);
  EXPECT_EQ(seen.begin()->first, 100ns);
  EXPECT_EQ(seen.rbegin()->first, 103ns);
  for (const auto& [delay, number] : seen) EXPECT_NEAR(number, 1000, 150);
}

TEST(KeyedRandom, ExponentialDelayHasItsMeanAndQuantiles) {
  const DelayDraw draw(Delay{100us, 100s, 300us});
  constexpr std::uint64_t n = 200'000;
  Duration sum{};
  std::uint64_t above_median = 0, above_99 = 0, above_9999 = 0;
  for (std::uint64_t i = 0; i < n; ++i) {
    const Duration delay = draw(mix(i));
    EXPECT_GE(delay, 100us);
    sum += delay;
    above_median += delay > 100us + 138'629ns;  // ln 2 of 200 us
    above_99 += delay > 100us + 921'034ns;      // ln 100
    above_9999 += delay > 100us + 1'842'068ns;  // ln 10,000: behind the table
  }
  EXPECT_NEAR(static_cast<double>(sum.count()) / n, 300'000, 2000);
  EXPECT_NEAR(static_cast<double>(above_median) / n, 0.5, 0.005);
  EXPECT_NEAR(static_cast<double>(above_99) / n, 0.01, 0.001);
  EXPECT_NEAR(static_cast<double>(above_9999) / n, 0.0001, 0.0001);
  EXPECT_GT(above_9999, 0u);
}

TEST(KeyedRandom, ExponentialDelayIsCutAtItsMaximum) {
  const DelayDraw draw(Delay{100us, 400us, 300us});
  Duration most{};
  for (std::uint64_t i = 0; i < 1000; ++i) most = std::max(most, draw(mix(i)));
  EXPECT_EQ(most, 400us);
}

TEST(KeyedRandom, AllBuildsDrawTheSame) {
  const Draws draws(42, 7, 3);
  EXPECT_EQ(draws.word(Purpose::latency), 4163334053096617021u);
  EXPECT_EQ(exponential(draws.word(Purpose::latency)), 4291431u);
}

}  // namespace
}  // namespace swarm::sim::network_room
