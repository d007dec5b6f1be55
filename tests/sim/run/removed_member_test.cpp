// R22 in the simulator: who was taken out while it was down hears of it, whoever is left.
#include <gtest/gtest.h>

#include "transport/sim/actors/cluster.hpp"
#include "transport/sim/scenario/scenario_reader.hpp"
#include "transport/sim/world/world.hpp"

namespace swarm::sim {
namespace {

Scenario three_and_two_on_standby() {
  return parse_scenario("swarm: { trackers: 3, standby: 2 }\ntracker: { stabilisation: 0s }",
                        "removed-member.yaml");
}

// t3 goes down, and is taken out when t4 has taken its place.
struct RemovedWhileDown : testing::Test {
  RemovedWhileDown() {
    cluster.start_all();
    run(2s);
    cluster.crash(3, std::nullopt);
    run(1s);
    cluster.start(4);
    run(2s);
    take_out(3);
  }
  void run(Duration time) { world.run_until(world.now() + time); }
  void take_out(std::uint32_t tracker) {
    ASSERT_TRUE(cluster.remove(tracker));
    run(1s);
  }
  Role role_of(std::uint32_t tracker) { return cluster.tracker(tracker)->view().role; }

  Scenario scenario = three_and_two_on_standby();
  World world{7, scenario.network, scenario.disk, scenario.cpu};
  Cluster cluster{scenario, 7, world};
};

// Its CONFIG names t1 and t2, which are slaves of t4 now.
TEST_F(RemovedWhileDown, IsToldBySlavesWhenItDoesNotKnowTheMaster) {
  const auto master = cluster.master();
  ASSERT_TRUE(master == 1 || master == 2);
  cluster.crash(3 - master, std::nullopt);
  run(1s);
  ASSERT_TRUE(cluster.hand_over(master));
  run(1s);
  cluster.start(3 - master);
  run(1s);
  ASSERT_EQ(cluster.master(), 4u);
  cluster.start(3);
  run(300ms);
  EXPECT_EQ(role_of(3), Role::removed);
}

// Nobody whom its CONFIG names is a member any more, and none of them is up.
TEST_F(RemovedWhileDown, IsToldByItsContactsWhenAllThatItKnewAreGone) {
  cluster.start(5);
  run(2s);
  const auto master = cluster.master();
  if (master != 1) {
    ASSERT_TRUE(cluster.hand_over(master));
  }
  run(1s);
  ASSERT_EQ(cluster.master(), 1u);
  take_out(2);
  cluster.crash(2, std::nullopt);
  cluster.crash(1, std::nullopt);
  run(2s);
  ASSERT_GE(cluster.master(), 4u);
  take_out(1);
  cluster.start(3);
  run(3s);
  EXPECT_EQ(role_of(3), Role::removed);
}

}  // namespace
}  // namespace swarm::sim
