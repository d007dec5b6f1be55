// Instances with a wrong secret, two swarms in one group, and disks that are gone: what each side
// says of it.
#include <signal.h>

#include "tests/lan/stage.hpp"

namespace swarm::lan {
namespace {

constexpr int refused = 3;

class WithNeighbours : public LoopbackStage {
 protected:
  static inline const Keys other_secret{{"secret", "another secret of the tests"}};
  static inline const Keys joins{{"first-start", "join"}};

  std::string at(unsigned host) const { return to_string(Endpoint{where().address(host), 7000}); }
  void power_off(unsigned host) { t(host).kill(); }
  // As in the log, so in the status.
  void await_remark(unsigned host, const std::string& words) {
    eventually("`" + words + "` in the status of " + t(host).name(), [&] {
      const auto status = t(host).status();
      if (!status) return false;
      for (const auto& remark : status->remarks)
        if (remark.find(words) != remark.npos) return true;
      return false;
    });
  }
  void wipe(unsigned host) {
    power_off(host);
    t(host).wipe();
  }
};

TEST_F(WithNeighbours, AFirstStartWithAWrongSecretIsToldOnBothSides) {
  start(1);
  start(2);
  start(3, other_secret);
  for (const unsigned host : {1u, 2u}) {
    await_logged(host, "hears 1 of 2 others");
    await_logged(host, "datagrams came that another secret has signed, lately from " + at(3));
  }
  await_logged(3, "hears 0 of 2 others");
  await_remark(1, "lately from " + at(3));
  await_remark(3, "lately from " + at(1) + ", " + at(2));
  await_logged(3, "datagrams came that another secret has signed, lately from " + at(1) + ", " +
                      at(2) + ": compare the secrets");
}

TEST_F(WithNeighbours, TwoSwarmsInOneGroupAreTold) {
  found();
  for (const unsigned host : {4u, 5u, 6u}) start(host, other_secret);
  for (const unsigned host : {1u, 2u, 3u}) {
    await_logged(host, "hears instances that have another secret, at 127.");
    await_logged(host,
                 ": either their secret is wrong, or they are another swarm; two swarms in one "
                 "network need different groups or ports");
  }
}

TEST_F(WithNeighbours, AJoinerWithAWrongSecretIsToldOnBothSides) {
  found();
  Keys keys = joins;
  keys.insert(other_secret.begin(), other_secret.end());
  start(4, keys);
  await_logged(4,
               "nobody answers: is there a swarm with a master, is it reached "
               "(multicast-group, contact, firewall), and has it the same secret?");
  for (const unsigned host : {1u, 2u, 3u})
    await_logged(host, "hears instances that have another secret, at " + at(4));
}

TEST_F(WithNeighbours, AMemberThatIsGivenAnotherSecretIsToldOnBothSides) {
  found();
  power_off(3);
  start(3, other_secret);
  for (const unsigned host : {1u, 2u})
    await_logged(host, "its secret is not that of other members, at " + at(3) +
                           ": they do not hear each other; compare the secrets of all hosts\n");
  await_logged(3, "its secret is not that of other members, at " + at(1) + ", " + at(2) +
                      ": they do not hear each other; compare the secrets of all hosts, that of "
                      "this one first: all others differ");
}

TEST_F(WithNeighbours, AMajorityThatIsWipedIsToldByThoseThatAskToJoinAndByTheOneThatIsLeft) {
  found();
  for (const unsigned host : {2u, 3u}) wipe(host);
  for (const unsigned host : {2u, 3u}) start(host, joins);
  await_logged(1, "members 2 (" + at(2) + "), 3 (" + at(3) +
                      "): there are instances with empty "
                      "disks now, and without those disks there is no majority of the 3 voters");
  await_remark(1, "there is no majority of the 3 voters");
  for (const unsigned host : {2u, 3u}) await_remark(host, "a member of it is heard at " + at(1));
  for (const unsigned host : {2u, 3u})
    await_logged(host, "a member of it is heard at " + at(1) +
                           ", and no master has taken this "
                           "instance in yet");
}

TEST_F(WithNeighbours, OneThatIsWipedAndStartedAsAtFirstIsToldByTheOthers) {
  found();
  wipe(3);
  start(3);
  EXPECT_EQ(t(3).wait_for_exit(), refused);
  for (const unsigned host : {1u, 2u})
    await_logged(host, "member 3 (" + at(3) +
                           "): there is an instance with an empty disk now; "
                           "with `first-start = join` it is taken in anew");
  await_logged(3, "there is a swarm under this secret already");
}

}  // namespace
}  // namespace swarm::lan
