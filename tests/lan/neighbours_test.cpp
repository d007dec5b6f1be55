// Instances with a wrong secret, two swarms in one group, and disks that are gone: what each side
// says of it.
#include <signal.h>

#include <fstream>
#include <regex>

#include "tests/lan/harness/stage.hpp"

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
  // One line of the log: datagrams from these addresses, in this order, were signed otherwise.
  void await_signed_otherwise(unsigned host, const std::vector<std::string>& from,
                              const std::string& conclusion) {
    std::string text = "datagrams?";
    for (const auto& address : from) text += " from " + address + ".*";
    const std::regex line(text + "signed with another secret than this instance's.*" + conclusion);
    eventually("`" + text + "` and `" + conclusion + "` in the log of " + t(host).name(), [&] {
      std::ifstream log(t(host).log());
      for (std::string one; std::getline(log, one);)
        if (std::regex_search(one, line)) return true;
      return false;
    });
  }
  std::string remarks(unsigned host) {
    std::string all;
    if (const auto status = t(host).status())
      for (const auto& remark : status->remarks) all += remark + "\n";
    return all;
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
    await_signed_otherwise(host, {at(3)}, "either the secret files differ");
  }
  await_logged(3, "hears 0 of 2 others");
  await_signed_otherwise(3, {at(1), at(2)}, "either the secret files differ");
  await_remark(1, " from " + at(3) + " in the last");
  await_remark(3, " from " + at(2) + " in the last");
}

TEST_F(WithNeighbours, TwoSwarmsInOneGroupAreToldOnBothSides) {
  found();
  for (const unsigned host : {4u, 5u, 6u}) start(host, other_secret);
  for (const unsigned host : {1u, 2u, 3u, 4u, 5u, 6u})
    await_signed_otherwise(host, {"127."}, "or another swarm is there");
}

TEST_F(WithNeighbours, AJoinerWithAWrongSecretIsToldOnBothSides) {
  found();
  Keys keys = joins;
  keys.insert(other_secret.begin(), other_secret.end());
  start(4, keys);
  await_logged(4,
               "nobody answers: is there a swarm with a master, is it reached "
               "(multicast-group, contact, firewall), and has it the same secret?");
  await_signed_otherwise(4, {at(1), at(2), at(3)}, "either the secret files differ");
  for (const unsigned host : {1u, 2u, 3u})
    await_signed_otherwise(host, {at(4)}, "either the secret files of the two sides differ");
}

// The same of both, for neither knows which is right.
TEST_F(WithNeighbours, AMemberThatIsGivenAnotherSecretIsToldOnBothSides) {
  found();
  power_off(3);
  start(3, other_secret);
  const std::string either = "either the secret of this host is wrong, or that of the other";
  for (const unsigned host : {1u, 2u})
    await_signed_otherwise(host, {at(3)}, "from the address of a member: " + either + ",");
  await_signed_otherwise(3, {at(1), at(2)}, "from the addresses of members: " + either + "s,");
  await_logged(3, "compare the secret files of all hosts; it is so with every other member");
}

TEST_F(WithNeighbours, ASecretThatIsPutRightIsNotToldAnyMore) {
  found();
  power_off(3);
  start(3, other_secret);
  for (const unsigned host : {1u, 2u}) await_remark(host, " from " + at(3) + " in the last");
  t(3).supervisor().signal(SIGTERM);
  EXPECT_EQ(t(3).wait_for_exit(), 0);
  start(3, {{"secret", t(1).keys().at("secret")}});
  const std::regex farewell("datagrams? from 127[.0-9]*:(?!7000 )");
  for (const unsigned host : {1u, 2u}) {
    std::string all;
    eventually("the secret of " + t(3).name() + " is right in the status of " + t(host).name(),
               [&] {
                 all = remarks(host);
                 EXPECT_FALSE(std::regex_search(all, farewell)) << all;
                 return all.find("another secret") == all.npos;
               });
  }
  await_members();
  EXPECT_EQ(remarks(3).find("another secret"), std::string::npos) << remarks(3);
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
