// Three real processes on this machine's loopback, two hundred peers: what a swarm must come
// through by itself.
#include <signal.h>

#include <fstream>
#include <iterator>
#include <sstream>

#include "tests/lan/harness/stage.hpp"
#include "transport/udp/tracker/operator_commands.hpp"

namespace swarm::lan {
namespace {

using OnLoopback = LoopbackStage;

const std::string heard_of_trackers = "swarm_tracker_datagrams_received_total{channel=\"cluster\"}";
const std::string refused_to_believe = "swarm_tracker_rejected_datagrams_total{reason=\"bad_mac\"}";
const std::string limit_is_reached = "swarm_tracker_full";

TEST_F(OnLoopback, TheMastersWorkerIsKilled) {
  found(long_promise);
  load();
  await_registrations();
  kill_the_masters_worker();
  await_registrations();
  verdict();
}

// What the file says now, or nothing of it; and so has the next worker.
TEST_F(OnLoopback, AReloadTakesOverWhatHasChanged) {
  const auto file = folder() / "t1.conf";
  const auto reload = [&](const std::string& text, const std::string& answer) {
    std::ofstream(file) << text;
    t(1).supervisor().signal(SIGHUP);
    await_logged(1, answer);
  };
  std::ofstream(file) << "max-contents = 1000\n";
  found({{"config", file.string()}});
  load();
  await_registrations();
  EXPECT_EQ(metric(1, limit_is_reached), 0);
  reload("max-contents = 1\n", "reloaded: max-contents: 1000 becomes 1");
  await_metric(1, limit_is_reached, 1);
  reload("max-contents = many\n", "not reloaded, the old configuration stays: ");
  EXPECT_EQ(metric(1, limit_is_reached), 1);
  const auto worker = t(1).worker();
  t(1).kill_worker();
  eventually("the end of the worker", [&] { return worker.ended(); });
  await_metric(1, limit_is_reached, 1);
}

TEST_F(OnLoopback, ANewcomerSaysNothingOfWhoWasThereBefore) {
  found();
  start(4, {{"first-start", "join"}});
  await_members(4);
  await_logged(4, "the swarm has 4 members");
  std::ifstream log(t(4).log());
  const std::string all((std::istreambuf_iterator<char>(log)), {});
  EXPECT_EQ(all.find("the swarm has 3 members"), std::string::npos) << all;
}

// Peers ask the master by its address, then.
TEST_F(OnLoopback, WithoutMulticastTheyFindEachOtherByTheirContacts) {
  Keys keys{{"multicast-group", "none"}, {"contact", ""}};
  for (const unsigned host : {1u, 2u, 3u})
    keys["contact"] += (host > 1 ? "," : "") + to_string(Endpoint{where().address(host), 7000});
  found(keys);
  load(master().peers_address());
  await_registrations();
  keys["first-start"] = "join";
  start(4, keys);
  await_members(4);
  await_registrations();
  verdict();
}

TEST_F(OnLoopback, TheMasterHandsOver) {
  found();
  load();
  await_registrations();
  hand_over();
  await_registrations();
  hand_over();
  await_registrations();
  verdict();
}

TEST_F(OnLoopback, OneAfterAnotherIsRestarted) {
  found();
  load();
  restart_one_after_another();
  verdict();
}

// R21: two of three are no swarm, however long they hear each other.
TEST_F(OnLoopback, TwoOfThreeFoundNothing) {
  start(1);
  start(2);
  for (const unsigned host : {1u, 2u}) await_metric(host, heard_of_trackers, 100);
  for (const unsigned host : {1u, 2u}) EXPECT_EQ(t(host).status()->role, Role::stranger);
}

TEST_F(OnLoopback, AStrangerWithAnotherSecretIsToldAndChangesNothing) {
  found();
  load();
  start(4, {{"secret", "another secret of the tests"}, {"first-start", "join"}});
  for (const unsigned host : {1u, 2u, 3u}) await_metric(host, refused_to_believe, 40);
  EXPECT_EQ(t(4).status()->role, Role::stranger);
  await_metric(4, refused_to_believe, 3);  // each of them has told it
  EXPECT_EQ(master().status()->members.size(), 3u);
  t(4).kill();
  await_registrations();
  verdict();
}

TEST_F(OnLoopback, AFourthJoinsAndLeavesAgain) {
  found();
  load();
  await_registrations();
  start(4, {{"first-start", "join"}});
  await_members(4);
  await_registrations();
  EXPECT_EQ(t(4).order("/leave").status, 200u);
  EXPECT_EQ(t(4).wait_for_exit(), 0);
  await_members(3);
  verdict();
}

TEST_F(OnLoopback, ASecondSignalEndsATrackerThatDoesNotStop) {
  start(1);
  t(1).pause();
  const auto supervisor = t(1).supervisor();
  eventually("the end of t1", [&] { return supervisor.signal(SIGTERM), supervisor.ended(); });
  EXPECT_EQ(t(1).wait_for_exit(), 128 + SIGTERM);
}

// Its supervisor waits twice as long after each end: so it is seen at the latest after some.
TEST_F(OnLoopback, WhileItsWorkerIsStartedAgainAnOperatorHearsWhy) {
  start(1, {{"bootstrap-expect", "1"}});
  await_members(1);
  udp::Configuration configuration;
  configuration.control_socket = t(1).keys().at("control-socket");
  std::string said;
  const auto code = [&] {
    std::ostringstream out, err;
    const int it_is = udp::status_command(configuration, {}, out, err);
    said = err.str();
    return it_is;
  };
  bool told = false;
  for (int kills = 0; kills < 8 && !told; ++kills) {
    const auto worker = t(1).worker();
    t(1).kill_worker();
    eventually("the end of the worker", [&] { return worker.ended(); });
    eventually("an answer of the next one, or why there is none", [&] {
      const int it_is = code();
      EXPECT_NE(it_is, 4) << said;
      told = it_is == 1 && said.find("the worker was ended by signal 9 (KILL)") != said.npos;
      return told || it_is == 0;
    });
  }
  EXPECT_TRUE(told) << said;
  await_members(1);
  t(1).kill();
  EXPECT_EQ(code(), 4) << "neither of the two runs: " << said;
}

}  // namespace
}  // namespace swarm::lan
