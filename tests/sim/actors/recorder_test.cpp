// What the recorder hears, and what it plays, when, to whom and as whom.
#include "transport/sim/actors/recorder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "engine/wire/bep15.hpp"
#include "engine/wire/cluster_protocol.hpp"
#include "engine/wire/seed_protocol.hpp"
#include "transport/sim/scenario/scenario_reader.hpp"

namespace swarm::sim {
namespace {

using testing::AnyOf;
using testing::ElementsAre;
using testing::IsEmpty;

// Five trackers with a peer and a recorder. Tests send datagrams that begin with `mark`, and look
// at those that arrive: first the sent one, then those that were played.
class RecorderTest : public testing::Test, public Observer {
 protected:
  struct Arrived {
    std::string at;  // the tracker
    Endpoint from;
    std::string text;
    Duration time{};
  };
  static constexpr const char* mark = "\x7fmark";
  static constexpr std::size_t mark_size = 5;

  void begin(const std::string& recorder, const std::string& timeline = "") {
    scenario_ = parse_scenario(
        "duration: 60s\nswarm: { trackers: 5 }\nrecorder: " + recorder + "\n" + timeline, "x.yaml");
    world_ = std::make_unique<World>(1, scenario_.network, scenario_.disk);
    cluster_ = std::make_unique<Cluster>(scenario_, 1, *world_);
    peer_ = world_->add_host({.ip = 0x0a010000, .peers_port = 6969});
    recorder_ = std::make_unique<Recorder>(scenario_, 1, *world_, *cluster_);
    world_->observe(this);
    cluster_->start_all();
    go(2s);
  }
  void go(Duration time) { world_->run_until(world_->now() + time); }
  void receiving(HostId host, const Arrival& arrival, Bytes datagram, TrueTime now) override {
    const std::string text(datagram.begin(), datagram.end());
    if (text.find(mark) != std::string::npos)
      arrived_.push_back({world_->name(host), arrival.from, text, now - sent_});
  }
  // Sends from the host to an address, and returns what arrives within `time`.
  std::vector<Arrived> send(HostId from, const Endpoint& to, const std::string& text = mark,
                            Channel channel = Channel::peers, Duration time = 5s) {
    arrived_.clear();
    sent_ = world_->now();
    Outbox out;
    out.send(channel, to, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
    world_->inject(from, out);
    go(time);
    return arrived_;
  }
  // From t1 to t2.
  std::vector<Arrived> send_in_cluster(const std::string& rest = std::string(50, 'x')) {
    return send(tracker(1), of_cluster(2), std::string("TSWM\x01\x63") + mark + rest,
                Channel::cluster);
  }
  HostId tracker(std::uint32_t number) const { return cluster_->host(number); }
  Endpoint of_cluster(std::uint32_t number) const {
    return world_->address(tracker(number), Channel::cluster);
  }
  Endpoint of_peer() const { return world_->address(peer_, Channel::peers); }

  Scenario scenario_;
  std::unique_ptr<World> world_;
  std::unique_ptr<Cluster> cluster_;
  HostId peer_;
  std::unique_ptr<Recorder> recorder_;
  TrueTime sent_;
  std::vector<Arrived> arrived_;
};

constexpr auto all = "at_most: 1000000/s, plays: 100%";

std::string model(const std::string& rest) {
  return std::string("{ ") + all + ", " + rest + " }";
}

TEST_F(RecorderTest, PlaysADatagramOnceAfterEachDelay) {
  begin(model("after: [10ms, 2s..3s]"));
  const auto arrived = send(peer_, peers_address(3));
  ASSERT_EQ(arrived.size(), 3u);
  for (const auto& one : arrived) {
    EXPECT_EQ(one.at, "t3");
    EXPECT_EQ(one.from, of_peer());
    EXPECT_EQ(one.text, mark);
  }
  EXPECT_GE(arrived[1].time, 10ms);
  EXPECT_LT(arrived[1].time, 12ms);
  EXPECT_GE(arrived[2].time, 2s);
  EXPECT_LT(arrived[2].time, 3002ms);
}

TEST_F(RecorderTest, KeepsADatagramUntilItsLastPlaying) {
  begin("{ plays: 100%, hears: multicast, after: [100ms, 2s] }");
  go(3s);
  EXPECT_EQ(recorder_->record().size(), 0u);
  send(peer_, multicast_group, mark, Channel::peers, 1s);
  EXPECT_EQ(recorder_->record().size(), 1u);
  go(2s);
  EXPECT_EQ(recorder_->record().size(), 0u);
}

TEST_F(RecorderTest, KeepsNoMoreThanItMay) {
  begin("{ plays: 100%, after: 50s, keeps: 10 }");
  go(5s);
  EXPECT_EQ(recorder_->record().size(), 10u);
  EXPECT_GT(recorder_->recorded(), 1000u);
}

TEST_F(RecorderTest, PlaysToTheGroupWhatWasSentToTheGroup) {
  begin(model("hears: multicast, after: 1s"));
  EXPECT_EQ(send(peer_, multicast_group).size(), 10u);
}

TEST_F(RecorderTest, HearsOnlyMulticastsIfItIsNotOnThePath) {
  begin(model("hears: multicast, after: 1s"));
  EXPECT_EQ(send(peer_, peers_address(3)).size(), 1u);
  EXPECT_EQ(send_in_cluster().size(), 1u);
}

TEST_F(RecorderTest, HearsTheShareOfTheUnicasts) {
  begin(model("hears: 30%, after: 10ms"));
  std::size_t played = 0;
  for (int i = 0; i < 300; ++i)
    played += send(peer_, peers_address(3), mark, Channel::peers, 20ms).size() - 1;
  EXPECT_GT(played, 60u);
  EXPECT_LT(played, 120u);
}

TEST_F(RecorderTest, HearsNothingBetweenPeers) {
  begin("{ plays: 100%, hears: all, after: 1s }");
  const auto other = world_->address(peer_, Channel::peers);
  const auto before = recorder_->recorded();
  world_->network().send(peer_, Channel::peers, {0x0a020000, other.port}, {}, world_->now());
  EXPECT_EQ(recorder_->recorded(), before);
  world_->network().send(peer_, Channel::peers, peers_address(1), {}, world_->now());
  EXPECT_EQ(recorder_->recorded(), before + 1);
}

TEST_F(RecorderTest, HearsNothingOfAHostThatIsCutOff) {
  begin(model("after: 1s"));
  world_->network().isolate(peer_);
  const auto before = recorder_->recorded();
  world_->network().send(peer_, Channel::peers, peers_address(1), {}, world_->now());
  EXPECT_EQ(recorder_->recorded(), before);
}

TEST_F(RecorderTest, PlaysAsItself) {
  begin(model("after: 1s, as: own"));
  const auto arrived = send(peer_, peers_address(3));
  ASSERT_EQ(arrived.size(), 2u);
  EXPECT_EQ(arrived[0].from, of_peer());
  EXPECT_EQ(to_string(arrived[1].from), "10.254.0.1:6969");
}

TEST_F(RecorderTest, PlaysAsAnotherTracker) {
  begin(model("after: 1s, as: other"));
  const auto arrived = send_in_cluster();
  ASSERT_EQ(arrived.size(), 2u);
  EXPECT_EQ(arrived[0].from, of_cluster(1));
  EXPECT_EQ(arrived[1].at, "t2");
  EXPECT_THAT(arrived[1].from, AnyOf(of_cluster(2), of_cluster(3), of_cluster(4), of_cluster(5)));
}

TEST_F(RecorderTest, PlaysToAnotherTracker) {
  begin(model("after: 1s, to: other"));
  const auto arrived = send_in_cluster();
  ASSERT_EQ(arrived.size(), 2u);
  EXPECT_EQ(arrived[1].from, of_cluster(1));
  EXPECT_THAT(arrived[1].at, AnyOf("t1", "t3", "t4", "t5"));
}

TEST_F(RecorderTest, PlaysToTheSender) {
  begin(model("after: 1s, to: sender"));
  const auto arrived = send_in_cluster();
  ASSERT_EQ(arrived.size(), 2u);
  EXPECT_EQ(arrived[1].at, "t1");
}

TEST_F(RecorderTest, DrawsFromAListEachTime) {
  begin(model("after: 10ms, as: [original, own, other], to: [original, other, sender]"));
  std::map<std::string, int> froms, tos;
  for (int i = 0; i < 60; ++i) {
    const auto arrived =
        send(tracker(1), of_cluster(2), std::string("TSWM\x01\x63") + mark, Channel::cluster, 30ms);
    ASSERT_EQ(arrived.size(), 2u);
    ++froms[to_string(arrived[1].from)];
    ++tos[arrived[1].at];
  }
  EXPECT_GT(froms["10.254.0.1:6969"], 5);
  EXPECT_GT(froms["10.0.0.1:7000"], 5);
  EXPECT_GT(froms["10.0.0.3:7000"], 0);
  EXPECT_GT(tos["t1"], 5);
  EXPECT_GT(tos["t2"], 5);
  EXPECT_GT(tos["t3"], 0);
}

TEST_F(RecorderTest, DamagesWhatTrackersSayInThreeWays) {
  begin(model("after: 10ms, damage: 100%"));
  std::size_t cut = 0, changed = 0, spliced = 0, whole = 0;
  const std::string sent = std::string("TSWM\x01\x63") + mark + std::string(400, 'x');
  for (int i = 0; i < 60; ++i) {
    const auto arrived = send(tracker(1), of_cluster(2), sent, Channel::cluster, 30ms);
    for (std::size_t n = 1; n < arrived.size(); ++n) {
      const auto& text = arrived[n].text;
      if (text == sent) {  // the begin of another message with the end of this one
        ++whole;
        continue;
      }
      const auto same = std::mismatch(text.begin(), text.end(), sent.begin(), sent.end());
      const bool ends = same.first == text.end();
      const bool one = !ends && text.size() == sent.size() &&
                       std::equal(same.first + 1, text.end(), same.second + 1);
      cut += ends, changed += one, spliced += !ends && !one;
    }
  }
  EXPECT_LT(whole, 5u);
  EXPECT_GT(cut, 5u);
  EXPECT_GT(changed, 5u);
  EXPECT_GT(spliced, 0u);
  EXPECT_EQ(send(peer_, peers_address(2), mark + std::string(50, 'x')).at(1).text,
            mark + std::string(50, 'x'));
}

TEST_F(RecorderTest, PlaysNoMoreInASecondThanItMay) {
  begin("{ plays: 100%, after: 0..10ms, at_most: 20/s }");
  const auto before = recorder_->played();
  go(10s);
  const auto played = recorder_->played() - before;
  EXPECT_GE(played, 180u);
  EXPECT_LE(played, 220u);
}

TEST_F(RecorderTest, WhatIsHushedPlaysNothing) {
  begin(model("after: 10ms"));
  recorder_->hush();
  EXPECT_EQ(send(peer_, peers_address(2)).size(), 1u);
}

// Their copies would undo what the peer has said since.
TEST_F(RecorderTest, PlaysNoFarewellAndNoLeecherOfBep15) {
  begin(model("after: 10ms"));
  const auto recorded = [&](Bytes bytes) {
    const auto before = recorder_->recorded();
    world_->network().send(peer_, Channel::peers, peers_address(1), bytes, world_->now());
    return recorder_->recorded() - before;
  };
  wire::AnnounceRequest announce;
  announce.event = wire::AnnounceEvent::started;
  announce.port = 6969;
  EXPECT_EQ(recorded(wire::encode(announce).bytes()), 1u);
  announce.event = wire::AnnounceEvent::stopped;
  EXPECT_EQ(recorded(wire::encode(announce).bytes()), 0u);

  wire::bep15::AnnounceRequest client;
  client.port = 6969;
  std::vector<std::uint8_t> bytes;
  const auto of_client = [&] {
    wire::bep15::encode(wire::bep15::Request(client), bytes);
    return recorded(bytes);
  };
  EXPECT_EQ(of_client(), 1u);
  client.left = 1;
  EXPECT_EQ(of_client(), 0u);
  client.left = 0;
  client.event = wire::AnnounceEvent::stopped;
  EXPECT_EQ(of_client(), 0u);
}

// --- the action `replay` -----------------------------------------------------------------------

constexpr auto replays = R"(timeline:
  - { at: 50s, replay: { what: UNVERIFIED, every: 100ms }, for: 1s }
  - { at: 50s, replay: { what: UNVERIFIED, which: first, from: t1, to: t2 } }
  - { at: 50s, replay: { what: KA, from: master } }
)";

class ReplayTest : public RecorderTest {
 protected:
  const Action& action(std::size_t n) const { return scenario_.timeline.at(n); }
  // Sends an UNVERIFIED from the tracker, which ends with the text.
  void unverified(std::uint32_t from, const std::string& text) {
    send(tracker(from), of_cluster(5), std::string("TSWM\x01\x1b") + mark + text, Channel::cluster,
         10ms);
  }
  std::vector<Arrived> played(std::size_t n, std::vector<std::uint32_t> to, Duration lasting) {
    arrived_.clear();
    sent_ = world_->now();
    recorder_->replay(action(n), std::move(to), lasting);
    go(lasting + 2s);
    return arrived_;
  }
};

TEST_F(ReplayTest, KnowsWhatItHasHeard) {
  begin("{ plays: 0% }", replays);
  EXPECT_FALSE(recorder_->has(action(0)));
  unverified(2, "of t2");
  EXPECT_TRUE(recorder_->has(action(0)));
  EXPECT_FALSE(recorder_->has(action(1)));
  EXPECT_TRUE(recorder_->has(action(2)));
}

TEST_F(ReplayTest, PlaysTheLastMessageToAllOthersOverAndOver) {
  begin("{ plays: 0% }", replays);
  unverified(1, "older");
  unverified(2, "newer");
  const auto arrived = played(0, {}, 1s);
  ASSERT_EQ(arrived.size(), 4u * 10);
  for (const auto& one : arrived) {
    EXPECT_NE(one.at, "t2");
    EXPECT_EQ(one.from, of_cluster(2));
    EXPECT_EQ(one.text.substr(6 + mark_size), "newer");
  }
  EXPECT_LT(arrived.back().time, 1s);
}

TEST_F(ReplayTest, PlaysTheFirstMessageOfATrackerOnceToWhomItSays) {
  begin("{ plays: 0% }", replays);
  unverified(2, "of another");
  unverified(1, "older");
  unverified(1, "newer");
  const auto arrived = played(1, {2}, 0s);
  ASSERT_EQ(arrived.size(), 1u);
  EXPECT_EQ(arrived[0].at, "t2");
  EXPECT_EQ(arrived[0].text.substr(6 + mark_size), "older");
}

TEST_F(ReplayTest, TheMasterIsTheLastOneThatWasHeardEvenIfItIsDead) {
  begin("{ plays: 0% }", replays);
  const auto master = cluster_->master();
  ASSERT_NE(master, 0u);
  std::uint32_t others = 0;
  struct Keys : Observer {
    std::map<std::string, int> from;
    void receiving(HostId, const Arrival& arrival, Bytes bytes, TrueTime) override {
      if (wire::claims_to_be<wire::KeepAlive>(bytes)) ++from[to_string(arrival.from.ip)];
    }
  } keys;
  cluster_->crash(master, std::nullopt);
  go(2ms);
  world_->observe(&keys);
  ASSERT_TRUE(recorder_->has(action(2)));
  recorder_->replay(action(2), {}, 0s);
  go(1ms);
  for (const auto& [ip, count] : keys.from) others += static_cast<std::uint32_t>(count);
  EXPECT_EQ(others, 4u);
  EXPECT_EQ(keys.from[to_string(of_cluster(master).ip)], 4);
}

}  // namespace
}  // namespace swarm::sim
