#include "transport/sim/world/network.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace swarm::sim {
namespace {

constexpr std::uint16_t cluster_port = 7000;
constexpr std::uint16_t peers_port = 6969;
constexpr Endpoint group{0xef00'0001, peers_port};

// Without latency's chance, loss or limits: a test adds the one thing that it is about.
NetworkModel plain() {
  NetworkModel model;
  model.latency = {1ms, 1ms, std::nullopt};
  model.bandwidth = 0;
  return model;
}
Range<Ppm> always() {
  return {1'000'000, 1'000'000};
}

struct Heard {
  TrueTime at;
  std::string text;
  Arrival arrival;
};

// Hosts 0, 1, 2, ... at 10.0.0.1 and up, and their event loop without nodes.
class NetworkTest : public testing::Test {
 protected:
  void use(const NetworkModel& model, std::uint32_t hosts = 4, std::uint64_t seed = 1) {
    network = std::make_unique<Network>(seed, model, queue);
    for (std::uint32_t i = 0; i < hosts; ++i) network->add_host(ip(i), cluster_port, peers_port);
  }
  static std::uint32_t ip(std::uint32_t host) { return 0x0a00'0001 + host; }
  static Endpoint peers(std::uint32_t host) { return {ip(host), peers_port}; }
  static Endpoint cluster(std::uint32_t host) { return {ip(host), cluster_port}; }
  void send(std::uint32_t from, const Endpoint& to, const std::string& text = "hello") {
    const Bytes bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
    network->send(HostId{from}, Channel::peers, to, bytes, now);
  }
  // Lets everything arrive.
  std::map<std::uint32_t, std::vector<Heard>> run() {
    std::map<std::uint32_t, std::vector<Heard>> heard;
    while (!queue.empty()) {
      const QueuedEvent event = queue.pop();
      now = event.at;
      if (event.kind() == EventKind::arrival &&
          !network->arrive(HostId{event.host}, event.reference, now))
        continue;
      const auto& header = network->pool().header(event.reference);
      const Bytes bytes = network->pool().bytes(event.reference);
      heard[event.host].push_back({now,
                                   std::string(bytes.begin(), bytes.end()),
                                   {header.channel, header.from, header.multicast}});
      network->pool().drop(event.reference);
    }
    return heard;
  }
  const NetworkCounters& counters() const { return network->counters(); }

  EventQueue queue;
  std::unique_ptr<Network> network;
  TrueTime now{};
};

TEST_F(NetworkTest, ADatagramArrivesWholeAfterItsLatency) {
  use(plain());
  send(0, cluster(1), "prepare");
  const auto heard = run().at(1);
  ASSERT_EQ(heard.size(), 1u);
  EXPECT_EQ(heard[0].text, "prepare");
  EXPECT_EQ(heard[0].at, TrueTime(1ms));
  EXPECT_EQ(heard[0].arrival.channel, Channel::cluster);
  EXPECT_EQ(heard[0].arrival.from, peers(0));
  EXPECT_FALSE(heard[0].arrival.multicast);
}

TEST_F(NetworkTest, AnyLengthThatUdpAllowsArrives) {
  use(plain());
  for (const std::size_t size : {0, 1, 88, 89, 200, 474, 475, 1200, 1500, 65'507}) {
    send(0, peers(1), std::string(size, 'x'));
    EXPECT_EQ(run().at(1).at(0).text.size(), size);
  }
}

TEST_F(NetworkTest, NobodyHasTheAddressOrListensOnThePort) {
  use(plain());
  send(0, {0x01020304, peers_port});
  send(0, {group.ip, 1});
  send(0, {ip(1), 1});
  EXPECT_TRUE(run().empty());
  EXPECT_EQ(counters().no_route, 2u);
  EXPECT_EQ(counters().no_listener, 1u);
}

TEST_F(NetworkTest, HostsAreFoundWhereverTheirAddressesLie) {
  use(plain(), 0);
  std::vector<std::uint32_t> addresses;
  for (std::uint32_t i = 0; i < 50; ++i) addresses.push_back(0x0a00'0001 + i);
  for (std::uint32_t i = 0; i < 70; ++i) addresses.push_back(0x0b00'0001 + i);
  for (std::uint32_t i = 0; i < 50; ++i) addresses.push_back(0x0c00'0001 + i * 65'537);
  for (const auto address : addresses) network->add_host(address, cluster_port, peers_port);
  for (std::uint32_t i = 0; i < addresses.size(); ++i) {
    EXPECT_EQ(network->find(addresses[i]), HostId{i});
    EXPECT_EQ(network->address(HostId{i}, Channel::cluster),
              (Endpoint{addresses[i], cluster_port}));
  }
  EXPECT_FALSE(network->find(0x0b00'0000));
  EXPECT_FALSE(network->find(0x0b00'0001 + 70));
}

TEST_F(NetworkTest, OwnAddressIsHeardWithoutFault) {
  auto model = plain();
  model.loss = always();
  use(model);
  network->isolate(HostId{0});
  send(0, peers(0));
  EXPECT_EQ(run().at(0).size(), 1u);
}

TEST_F(NetworkTest, AMulticastReachesEveryMemberButItsSender) {
  use(plain());
  for (const std::uint32_t member : {0u, 1u, 2u}) network->join(HostId{member}, group);
  network->join(HostId{1}, group);  // twice is once
  send(3, group);
  auto heard = run();
  EXPECT_EQ(heard.size(), 3u);
  EXPECT_EQ(heard.at(1).size(), 1u);
  EXPECT_TRUE(heard.at(1)[0].arrival.multicast);
  EXPECT_EQ(heard.at(1)[0].arrival.channel, Channel::peers);
  send(0, group);
  heard = run();
  EXPECT_EQ(heard.size(), 2u);
  EXPECT_EQ(heard.count(0), 0u);
  EXPECT_EQ(counters().sent, 5u);
}

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

TEST_F(NetworkTest, ACutIsOneWay) {
  use(plain());
  network->cut(HostId{0}, HostId{1});
  EXPECT_FALSE(network->hears(HostId{1}, HostId{0}));
  EXPECT_TRUE(network->hears(HostId{0}, HostId{1}));
  send(0, peers(1));
  send(0, peers(2));
  send(1, peers(0));
  const auto heard = run();
  EXPECT_EQ(heard.count(1), 0u);
  EXPECT_EQ(heard.at(2).size(), 1u);
  EXPECT_EQ(heard.at(0).size(), 1u);
  EXPECT_EQ(counters().cut, 1u);
}

TEST_F(NetworkTest, HealingOneCutLeavesTheOthers) {
  use(plain());
  const HostId from[] = {HostId{0}};
  const HostId to[] = {HostId{1}, HostId{2}};
  network->cut(from, to);
  network->heal(HostId{0}, HostId{1});
  EXPECT_TRUE(network->hears(HostId{1}, HostId{0}));
  EXPECT_FALSE(network->hears(HostId{2}, HostId{0}));
  network->heal(from, to);
  EXPECT_TRUE(network->hears(HostId{2}, HostId{0}));
}

TEST_F(NetworkTest, APartitionSplitsItsGroupsAndNobodyElse) {
  use(plain(), 5);
  network->partition({{HostId{0}, HostId{1}}, {HostId{2}, HostId{3}}});
  EXPECT_TRUE(network->hears(HostId{0}, HostId{1}));
  EXPECT_FALSE(network->hears(HostId{0}, HostId{2}));
  EXPECT_FALSE(network->hears(HostId{3}, HostId{1}));
  for (std::uint32_t i = 0; i < 4; ++i) {
    EXPECT_TRUE(network->hears(HostId{i}, HostId{4}));
    EXPECT_TRUE(network->hears(HostId{4}, HostId{i}));
  }
  network->partition({{HostId{0}}, {HostId{1}}});  // replaces the one before
  EXPECT_TRUE(network->hears(HostId{0}, HostId{2}));
  network->heal_partition();
  EXPECT_TRUE(network->hears(HostId{0}, HostId{1}));
}

TEST_F(NetworkTest, AnIsolatedHostHearsAndIsHeardByNobody) {
  use(plain());
  network->isolate(HostId{2});
  for (const std::uint32_t other : {0u, 1u, 3u}) {
    EXPECT_FALSE(network->hears(HostId{2}, HostId{other}));
    EXPECT_FALSE(network->hears(HostId{other}, HostId{2}));
  }
  network->rejoin(HostId{2});
  EXPECT_TRUE(network->hears(HostId{2}, HostId{0}));
}

// Peers are the hosts without a cluster channel.
TEST_F(NetworkTest, PeersAreCutFromAHostByTheGroupOrAltogether) {
  use(plain(), 3);
  network->add_host(ip(3), 0, peers_port);
  for (const std::uint32_t host : {0u, 1u}) network->join(HostId{host}, group);
  const auto heard_by = [&](std::uint32_t host) {
    send(3, group, "group");
    send(3, peers(host), "alone");
    auto heard = run();
    std::string text;
    for (const auto& one : heard[host]) text += one.text + " ";
    return text;
  };
  network->cut(HostId{0}, Network::OfPeers::group_to);
  EXPECT_EQ(heard_by(0), "alone ");
  EXPECT_EQ(heard_by(1), "group alone ");
  network->heal(HostId{0}, Network::OfPeers::group_to);
  EXPECT_EQ(heard_by(0), "group alone ");
  network->cut(HostId{0}, Network::OfPeers::all_to);
  EXPECT_EQ(heard_by(0), "");
  send(2, peers(0), "a tracker");
  EXPECT_EQ(run()[0].size(), 1u);
  network->cut(HostId{1}, Network::OfPeers::from);
  send(1, peers(3));
  send(1, peers(2));
  const auto heard = run();
  EXPECT_FALSE(heard.contains(3));
  EXPECT_TRUE(heard.contains(2));
  network->heal();
  EXPECT_EQ(heard_by(0), "group alone ");
}

TEST_F(NetworkTest, HealTakesEverythingBack) {
  use(plain());
  network->cut(HostId{0}, HostId{1});
  network->partition({{HostId{0}}, {HostId{2}}});
  network->isolate(HostId{3});
  network->heal();
  for (std::uint32_t a = 0; a < 4; ++a)
    for (std::uint32_t b = 0; b < 4; ++b) EXPECT_TRUE(network->hears(HostId{a}, HostId{b}));
}

TEST_F(NetworkTest, WhatIsUnderWayWhenTheCutComesArrives) {
  use(plain());
  send(0, peers(1));
  network->isolate(HostId{1});
  EXPECT_EQ(run().at(1).size(), 1u);
}

// 934 bytes and 66 of frames at 8 Mbit/s: a millisecond each.
TEST_F(NetworkTest, ASendersNicIsAQueueThatOverflows) {
  auto model = plain();
  model.bandwidth = 8'000'000;
  model.queue = 10ms;
  use(model);
  for (int i = 0; i < 20; ++i)
    send(0, peers(static_cast<std::uint32_t>(1 + i % 2)), std::string(934, 'x'));
  const auto heard = run();
  EXPECT_EQ(counters().sender_overflow, 9u);  // one in the wire, ten milliseconds of queue
  EXPECT_EQ(heard.at(1).size() + heard.at(2).size(), 11u);
  EXPECT_EQ(heard.at(1)[0].at, TrueTime(2ms));
  EXPECT_EQ(heard.at(2)[0].at, TrueTime(3ms));
  EXPECT_EQ(heard.at(1)[1].at, TrueTime(4ms));
}

TEST_F(NetworkTest, AReceiversNicIsAQueueThatOverflows) {
  auto model = plain();
  model.bandwidth = 8'000'000;
  model.queue = 10ms;
  use(model, 21);
  for (std::uint32_t i = 1; i <= 20; ++i) send(i, peers(0), std::string(934, 'x'));
  const auto heard = run().at(0);
  EXPECT_EQ(heard.size(), 11u);
  EXPECT_EQ(counters().receiver_overflow, 9u);
  for (std::size_t i = 0; i < heard.size(); ++i)
    EXPECT_EQ(heard[i].at, TrueTime(2ms + static_cast<int>(i) * 1ms));
}

TEST_F(NetworkTest, AMulticastTakesItsSendersNicOnce) {
  auto model = plain();
  model.bandwidth = 8'000'000;
  use(model);
  for (const std::uint32_t member : {0u, 1u, 2u}) network->join(HostId{member}, group);
  send(3, group, std::string(934, 'x'));
  for (const auto& [host, heard] : run()) EXPECT_EQ(heard.at(0).at, TrueTime(2ms));
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

TEST_F(NetworkTest, TheModelMayChangeInMidRun) {
  use(plain());
  auto model = plain();
  model.loss = always();
  network->set_model(model);
  send(0, peers(1));
  network->set_model(plain());
  send(0, peers(1));
  EXPECT_EQ(run().at(1).size(), 1u);
}

TEST_F(NetworkTest, DatagramsGiveTheirMemoryBack) {
  use(plain());
  for (int i = 0; i < 1000; ++i) send(0, peers(1), std::string(100, 'x'));
  run();
  const std::size_t before = network->memory();
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 1000; ++i) send(0, peers(1), std::string(100, 'x'));
    run();
  }
  EXPECT_EQ(network->memory(), before);
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
}  // namespace swarm::sim
