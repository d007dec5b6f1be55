// What lasts ends when its time is over, unless it has been done anew since.
#include "transport/sim/director/director.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "transport/sim/scenario/scenario_reader.hpp"

namespace swarm::sim {
namespace {

class DirectorTest : public testing::Test {
 protected:
  // `timeline`: actions, one a line.
  void begin(const std::string& timeline, bool started = false) {
    begin_scenario("swarm: { trackers: 3 }\ntimeline:\n" + timeline, started);
  }
  void begin_scenario(const std::string& rest, bool started = true) {
    scenario_ = parse_scenario("name: x\nduration: 20s\n" + rest, "x.yaml");
    world_ = std::make_unique<World>(1, scenario_.network, scenario_.disk);
    cluster_ = std::make_unique<Cluster>(scenario_, 1, *world_);
    director_ = std::make_unique<Director>(scenario_, 1, *world_, *cluster_,
                                           [this](const auto& fault) { told_.push_back(fault); });
    director_->schedule();
    if (started) cluster_->start_all();
  }
  void go(Duration until) { world_->run_until(TrueTime(until)); }
  bool hears(std::uint32_t to, std::uint32_t from) const {
    return world_->network().hears(cluster_->host(to), cluster_->host(from));
  }
  // How long the disk would take now.
  Duration sync(std::uint32_t tracker) {
    auto& disk = world_->disk(cluster_->host(tracker));
    disk.crash();
    disk.add(Outbox::BallotWrite{});
    return disk.begin(Disk::ballot)->delay;
  }
  HostState state(std::uint32_t tracker) const { return world_->state(cluster_->host(tracker)); }
  std::uint32_t voters() {
    const auto master = cluster_->master();
    return master == 0 ? 0 : cluster_->tracker(master)->view().voters;
  }

  Scenario scenario_;
  std::unique_ptr<World> world_;
  std::unique_ptr<Cluster> cluster_;
  std::unique_ptr<Director> director_;
  std::vector<Director::Fault> told_;
};

TEST_F(DirectorTest, TheEndOfAnIsolationDoesNotEndANewerOne) {
  begin(R"(
  - { at: 2s, isolate: t2, for: 4s }
  - { at: 3s, heal: all }
  - { at: 4s, isolate: t2 }
)");
  go(3500ms);
  EXPECT_TRUE(hears(1, 2));
  EXPECT_TRUE(director_->healthy());
  go(7s);
  EXPECT_FALSE(hears(1, 2));
  EXPECT_FALSE(director_->healthy());
}

TEST_F(DirectorTest, AnIsolationThatIsDoneAnewLastsUntilTheNewEnd) {
  begin(R"(
  - { at: 2s, isolate: t2, for: 2s }
  - { at: 3s, isolate: t2, for: 6s }
)");
  go(5s);
  EXPECT_FALSE(hears(1, 2));
  go(10s);
  EXPECT_TRUE(hears(1, 2));
  EXPECT_TRUE(director_->healthy());
}

TEST_F(DirectorTest, TheEndOfACutDoesNotEndANewerOneOfTheSamePair) {
  begin(R"(
  - { at: 2s, cut: { from: t1, to: all }, for: 4s }
  - { at: 3s, heal: all }
  - { at: 4s, cut: { from: t1, to: t2 } }
)");
  go(7s);
  EXPECT_FALSE(hears(2, 1));
  EXPECT_TRUE(hears(3, 1));
  EXPECT_FALSE(director_->healthy());
}

TEST_F(DirectorTest, ACutEndsWithoutThePairThatIsCutLonger) {
  begin(R"(
  - { at: 2s, cut: { from: t1, to: rest }, for: 2s }
  - { at: 3s, cut: { from: t1, to: t2 }, for: 6s }
)");
  go(5s);
  EXPECT_FALSE(hears(2, 1));
  EXPECT_TRUE(hears(3, 1));
  go(10s);
  EXPECT_TRUE(hears(2, 1));
  EXPECT_TRUE(director_->healthy());
}

TEST_F(DirectorTest, AnEndAfterAHealingDoesNotHideANewerFault) {
  begin(R"(
  - { at: 2s, isolate: t3, for: 4s }
  - { at: 3s, heal: all }
  - { at: 4s, cut: { from: t1, to: t2 } }
)");
  go(7s);
  EXPECT_FALSE(director_->healthy());
}

TEST_F(DirectorTest, TheEndOfASlowDiskDoesNotEndANewerOne) {
  begin(R"(
  - { at: 2s, disk: { of: t2, sync: 300ms }, for: 1s }
  - { at: 2500ms, disk: { of: t2, sync: 400ms }, for: 6s }
)");
  go(2100ms);
  EXPECT_EQ(sync(2), 300ms);
  go(4s);
  EXPECT_EQ(sync(2), 400ms);
  go(9s);
  EXPECT_LE(sync(2), 500us);
}

TEST_F(DirectorTest, TheEndOfAHangDoesNotEndANewerOne) {
  begin(R"(
  - { at: 2s, disk: { of: t2, hang: true }, for: 1s }
  - { at: 2500ms, disk: { of: t2, hang: true }, for: 6s }
)");
  go(4s);
  EXPECT_TRUE(world_->disk(cluster_->host(2)).hangs());
  EXPECT_FALSE(director_->healthy());
  go(9s);
  EXPECT_FALSE(world_->disk(cluster_->host(2)).hangs());
  EXPECT_TRUE(director_->healthy());
  EXPECT_EQ(director_->disks_hung(), 2u);
}

TEST_F(DirectorTest, TheEndOfAPauseDoesNotEndANewerOne) {
  begin(R"(
  - { at: 1s, pause: t2, for: 4s }
  - { at: 2s, start: t2 }
  - { at: 3s, pause: t2, for: 6s }
)",
        true);
  go(6s);
  EXPECT_EQ(state(2), HostState::paused);
  go(10s);
  EXPECT_EQ(state(2), HostState::up);
}

TEST_F(DirectorTest, ARestartThatIsNotNeededDoesNotEndAPause) {
  begin(R"(
  - { at: 1s, kill: t2, for: 4s }
  - { at: 2s, start: t2 }
  - { at: 3s, pause: t2, for: 6s }
)",
        true);
  go(6s);
  EXPECT_EQ(state(2), HostState::paused);
}

// --- what cannot happen ------------------------------------------------------------------------

TEST_F(DirectorTest, ToldIsOnlyWhatCanHappen) {
  begin(R"(
  - { at: 2s, crash: t2 }
  - { at: 3s, kill: t2 }
  - { at: 4s, pause: t2, for: 1s }
  - { at: 5s, start: t2 }
  - { at: 6s, start: t2 }
)",
        true);
  go(10s);
  ASSERT_EQ(told_.size(), 2u);
  const auto not_happened = director_->not_happened();
  ASSERT_EQ(not_happened.size(), 3u);
  EXPECT_EQ(not_happened[0].action, to_text(scenario_.timeline[1]));
  EXPECT_EQ(not_happened[0].why, "t2 was down");
  EXPECT_EQ(not_happened[1].why, "t2 was down");
  EXPECT_EQ(not_happened[2].why, "t2 was up already");
}

TEST_F(DirectorTest, OnlyTheMasterHandsOver) {
  begin(R"(
  - { at: 2s, name: t1, hand-over: t1 }
  - { at: 2s, name: t2, hand-over: t2 }
  - { at: 2s, name: t3, hand-over: t3 }
)",
        true);
  go(3s);
  EXPECT_EQ(told_.size(), 1u);
  EXPECT_EQ(director_->not_happened().size(), 2u);
  for (const auto& one : director_->not_happened())
    EXPECT_NE(one.why.find("was not the master"), std::string::npos) << one.why;
}

TEST_F(DirectorTest, ARoleThatNobodyHasIsTold) {
  begin(R"(
  - { at: 1s, crash: majority }
  - { at: 2s, kill: master }
  - { at: 18s, pause: master, for: 1s }
)",
        true);
  go(3s);
  EXPECT_EQ(director_->not_happened().size(), 1u);  // waits for one
  go(20s);
  const auto not_happened = director_->not_happened();
  ASSERT_EQ(not_happened.size(), 2u);
  EXPECT_EQ(not_happened[0].why, "nobody had that role within 5s");
  EXPECT_EQ(not_happened[1].why, "nobody had that role before the end");
}

TEST_F(DirectorTest, ARemovalThatTheMasterRefusesIsTold) {
  begin("  - { at: 2s, remove: t1 }\n  - { at: 2s, remove: t2 }\n  - { at: 2s, remove: t3 }\n",
        true);
  go(3s);
  EXPECT_FALSE(director_->not_happened().empty());  // one of them is the master
}

TEST_F(DirectorTest, OneThatLeavesIsTakenOutAndStaysDown) {
  begin("  - { at: 2s, leave: any-slave }\n  - { at: 4s, leave: master }\n", true);
  go(3s);
  EXPECT_EQ(voters(), 2u);
  go(7s);
  EXPECT_EQ(voters(), 1u);
  std::uint32_t up = 0;
  for (std::uint32_t t = 1; t <= cluster_->size(); ++t) up += cluster_->up(t);
  EXPECT_EQ(up, 1u);
  EXPECT_TRUE(director_->not_happened().empty());
}

TEST_F(DirectorTest, RandomStartsAndRemovalsMoveMembersBetweenSwarmAndStandby) {
  begin_scenario(R"(
swarm: { trackers: 3, standby: 2 }
tracker: { stabilisation: 0s }
random:
  every: { start: 500ms, remove: 500ms }
  during: 2s..18s
  most_down: 0
)");
  std::set<std::size_t> sizes;
  for (Duration t = 1s; t < 18s; t += 50ms) {
    go(t);
    if (const auto master = cluster_->master(); master > 0)
      sizes.insert(cluster_->tracker(master)->config().members.size());
  }
  EXPECT_EQ(*sizes.begin(), 3u) << "no fewer than founders";
  EXPECT_GE(*sizes.rbegin(), 4u);
  std::map<std::string, std::set<std::uint32_t>> hit;
  for (const auto& fault : told_) hit[fault.kind].insert(fault.trackers.at(0));
  EXPECT_GE(hit["start"].size(), 2u);
  EXPECT_GE(hit["remove"].size(), 1u);
  // Whoever is out is down, wiped, and is let in as a new store when its turn comes.
  go(20s);
  std::uint32_t up = 0;
  for (std::uint32_t t = 1; t <= cluster_->size(); ++t) up += cluster_->up(t);
  EXPECT_EQ(up, voters());
}

TEST_F(DirectorTest, ARandomNetworkLastsAndEnds) {
  begin_scenario(R"(
swarm: { trackers: 3 }
random:
  every: { network: 3s }
  network: { latency: 3s }
  for: 1s
  during: 1s..18s
)",
                 false);
  go(20s);
  ASSERT_FALSE(told_.empty());
  for (const auto& fault : told_) {
    EXPECT_EQ(fault.kind, "network");
    EXPECT_TRUE(fault.trackers.empty());
    EXPECT_LE(*fault.lasting, 1s);
  }
}

// A worker that ends by itself is started again by a supervisor that backs off as the real one.
TEST_F(DirectorTest, WhoExitsIsBackAtOnceWhenItHasLivedForLonger) {
  begin_scenario(R"(
swarm: { trackers: 3 }
tracker: { sync_hand_over: 1s, sync_exit: 2s }
timeline:
  - { at: 6s, disk: { of: t2, hang: true }, for: 9s }
  - { at: 6100ms, hand-over: master }
)");
  struct Supervised : Observer {
    explicit Supervised(Cluster& c) : cluster(c) {}
    void exited(HostId host, Node& node, const std::string&, TrueTime) override {
      cluster.exited(cluster.tracker_of(host), static_cast<Tracker&>(node));
    }
    Cluster& cluster;
  } supervised(*cluster_);
  world_->observe(&supervised);
  std::vector<Duration> ends;
  cluster_->on_end = [&](std::uint32_t tracker, bool) {
    if (tracker == 2) ends.push_back(world_->now().time_since_epoch());
  };
  go(6s);
  std::vector<Duration> starts;
  for (Duration t = 6s; t < 15s; t += 1ms) {
    const auto before = world_->starts(cluster_->host(2));
    go(t);
    if (world_->starts(cluster_->host(2)) > before) starts.push_back(t);
  }
  ASSERT_GE(ends.size(), 2u);
  ASSERT_GE(starts.size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_GE(starts[i] - ends[i], 125ms);
    EXPECT_LE(starts[i] - ends[i], 251ms);
  }
}

TEST_F(DirectorTest, TheOnlyVoterThatWouldLeaveIsTold) {
  begin(
      "  - { at: 2s, leave: any-slave }\n  - { at: 3s, leave: master }\n"
      "  - { at: 5s, leave: master }\n",
      true);
  go(6s);
  ASSERT_EQ(director_->not_happened().size(), 1u);
  EXPECT_NE(director_->not_happened()[0].why.find("only voter"), std::string::npos);
}

}  // namespace
}  // namespace swarm::sim
