// Three or four hosts of a network, two hundred peers: whatever happens to a host, a cable or a
// disk, nothing that was acknowledged is lost and the databases agree in the end.
#include <memory>
#include <vector>

#include "tests/lan/harness/small_disk.hpp"
#include "tests/lan/harness/stage.hpp"

namespace swarm::lan {
namespace {

class OnHosts : public LanStage {
 protected:
  std::vector<std::unique_ptr<SmallDisk>> small_disks() {
    std::vector<std::unique_ptr<SmallDisk>> disks;
    for (const unsigned host : {1u, 2u, 3u})
      disks.push_back(std::make_unique<SmallDisk>(t(host).data()));
    return disks;
  }
};

TEST_F(OnHosts, TheMastersWorkerIsKilled) {
  found(long_promise);
  load();
  await_registrations();
  kill_the_masters_worker();
  await_registrations();
  await_members();
  verdict();
}

TEST_F(OnHosts, TheMastersHostLosesItsPower) {
  found();
  load();
  await_registrations();
  auto& old = master();
  old.kill();
  await_master_other_than(old);
  await_registrations();
  old.start();
  await_members();
  verdict();
}

TEST_F(OnHosts, TheMastersCableIsPulledAndPluggedIn) {
  found();
  load();
  await_registrations();
  const auto& old = master();
  site().unplug(old.host());
  await_master_other_than(old);
  await_registrations();
  site().plug(old.host());
  await_registrations();
  await_members();
  verdict();
}

// Peers still reach it, and it them: only the other trackers do not hear it any more.
TEST_F(OnHosts, TheMasterIsMute) {
  found();
  load();
  await_registrations();
  const auto& old = master();
  for (const unsigned host : {1u, 2u, 3u})
    if (host != old.host()) site().cut_one_way(old.host(), host);
  await_master_other_than(old);
  await_registrations();
  site().heal();
  await_members();
  verdict();
}

TEST_F(OnHosts, TheMasterIsDeaf) {
  found();
  load();
  await_registrations();
  const auto& old = master();
  for (const unsigned host : {1u, 2u, 3u})
    if (host != old.host()) site().cut_one_way(host, old.host());
  await_master_other_than(old);
  await_registrations();
  site().heal();
  await_members();
  verdict();
}

// It still believes itself the master when it goes on.
TEST_F(OnHosts, TheMasterIsPausedAndGoesOn) {
  found();
  load();
  await_registrations();
  auto& old = master();
  old.pause();
  await_master_other_than(old);
  await_registrations();
  old.resume();
  await_registrations();
  await_members();
  verdict();
}

TEST_F(OnHosts, OneAfterAnotherIsRestarted) {
  found();
  load();
  restart_one_after_another();
  verdict();
}

TEST_F(OnHosts, AFourthJoins) {
  found();
  load();
  await_registrations();
  start(4, {{"first-start", "join"}});
  await_members(4);
  await_registrations();
  verdict();
}

// R19: what it pulls waits behind the keep-alives, so the master stays.
TEST_F(OnHosts, AFourthJoinsOverALineOf20Mbit) {
  if (!program_exists("tc")) GTEST_SKIP() << "tc is not installed";
  found({{"log-keep", "64"}});
  load({}, 500us);
  await_registrations(8000);
  end_load();
  for (const unsigned host : {1u, 2u, 3u, 4u}) site().make_thin(host, 20);
  const Term before = master().status()->term;
  start(4, {{"first-start", "join"}, {"log-keep", "64"}});
  await_members(4);
  EXPECT_GE(metric(4, "swarm_tracker_snapshots_installed_total"), 1);
  EXPECT_EQ(master().status()->term, before) << "it was elected meanwhile";
  verdict();
}

// R22: with an empty disk it is a stranger, which replaces its old self.
TEST_F(OnHosts, AWipedMemberRejoins) {
  found({{"removal-silence", "1s"}});
  load();
  await_registrations();
  auto& wiped = slave();
  wiped.kill();
  wiped.wipe();
  start(wiped.host(), {{"first-start", "join"}});
  await_members();
  await_registrations();
  verdict();
}

TEST_F(OnHosts, AllAreKilledAtOnceAndStartedAgain) {
  found();
  load();
  await_registrations();
  for (const unsigned host : {1u, 2u, 3u}) t(host).kill();
  for (const unsigned host : {1u, 2u, 3u}) start(host);
  await_registrations();
  await_members();
  verdict();
}

// Its worker cannot go on, and starts again and again until it can.
TEST_F(OnHosts, ASlavesDiskIsFull) {
  const auto disks = small_disks();
  found();
  load();
  await_registrations();
  const auto& victim = slave();
  const auto worker = victim.worker();
  disks[victim.host() - 1]->fill();
  eventually("the end of the worker without a disk", [&] { return worker.ended(); });
  await_registrations();
  disks[victim.host() - 1]->clear();
  await_members();
  verdict();
}

TEST_F(OnHosts, TheMastersDiskIsFull) {
  const auto disks = small_disks();
  found();
  load();
  await_registrations();
  const auto& old = master();
  disks[old.host() - 1]->fill();
  await_master_other_than(old);
  await_registrations();
  disks[old.host() - 1]->clear();
  await_members();
  verdict();
}

// R21: whatever is cut, two halves never become two swarms.
TEST_F(OnHosts, TwoThatAreCutOffFromTheThirdFoundNothing) {
  site().cut(1, 3);
  site().cut(2, 3);
  for (const unsigned host : {1u, 2u, 3u}) start(host);
  for (const unsigned host : {1u, 2u})
    await_metric(host, "swarm_tracker_datagrams_received_total{channel=\"cluster\"}", 100);
  for (const unsigned host : {1u, 2u, 3u}) EXPECT_EQ(t(host).status()->role, Role::stranger);
  site().heal();
  await_members();
  load();
  await_registrations();
  verdict();
}

TEST_F(OnHosts, OneDatagramInTwentyIsLost) {
  found();
  site().lose(5);
  load();
  await_registrations(2000);
  site().heal();
  verdict();
}

}  // namespace
}  // namespace swarm::lan
