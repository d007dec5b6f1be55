// Whether peers reach the trackers: a master that is deaf to the group, interfaces and addresses
// that go and come.
#include "tests/lan/harness/bep15_requester.hpp"
#include "tests/lan/harness/stage.hpp"

namespace swarm::lan {
namespace {

constexpr std::uint16_t peers_port = 6969;

class Reach : public LanStage {
 protected:
  double of_group(unsigned host) { return metric(host, "swarm_tracker_group_datagrams_total"); }
  void await_group(unsigned host) {  // hears some more of it
    await_metric(host, "swarm_tracker_group_datagrams_total", of_group(host) + 100);
  }
};

// R27. It is heard by the others and hears them: only peers do not reach it.
TEST_F(Reach, AMasterThatIsDeafToTheGroupIsReplaced) {
  found();
  load();
  await_registrations();
  const auto& old = master();
  site().deafen(old.host(), peers_port);
  await_master_other_than(old);
  await_registrations();
  await_metric(old.host(), "swarm_tracker_deaf", 1);
  await_metric(old.host(), "swarm_tracker_deaf_hand_overs_total", 1);
  await_logged(old.host(), "hears nothing of what peers send to the group");
  site().heal();
  await_logged(old.host(), "hears again what peers send to the group");
  await_members();
  verdict();
}

TEST_F(Reach, AnInterfaceThatIsMadeAnewHearsTheGroupAgain) {
  found();
  load();
  await_registrations();
  const auto& victim = slave();
  await_group(victim.host());
  site().remake_interface(victim.host());
  await_logged(victim.host(), "it listens to the group again");
  await_group(victim.host());
  await_members();
  verdict();
}

TEST_F(Reach, AndSoDoesOneWhoseCableIsPluggedIn) {
  found();
  load();
  await_registrations();
  const auto& victim = slave();
  site().unplug(victim.host());
  await_registrations();
  site().plug(victim.host());
  await_group(victim.host());
  await_members();
  verdict();
}

TEST_F(Reach, AnAddressOfIPv6ThatComesLaterIsServed) {
  if (!Lan::has_ipv6()) GTEST_SKIP() << "no IPv6 here";
  site().remove_address6(1);
  found();
  site().add_address6(1);
  await_logged(1, "serves peers at [" + to_string(site().address6(1)) + "]:6969 too");
  Bep15Requester client(site(), peers_host, true);
  EXPECT_NE(client.connect({site().address6(1), peers_port}), ConnectionId{});
}

}  // namespace
}  // namespace swarm::lan
