// A host that hears what others send, and that forges source addresses.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/sim/world/network_room.hpp"
#include "transport/sim/world/network.hpp"

namespace swarm::sim::network_room {
namespace {

class TapTest : public NetworkTest, public Tap {
 protected:
  TapTest() {
    auto model = plain();
    model.loss = always();
    use(model);
    network->tap(HostId{3}, this);
  }
  void heard(HostId from, const Endpoint& source, const Endpoint& to, Bytes bytes,
             TrueTime at) override {
    EXPECT_EQ(source.ip, Ip(ip(from.value)));
    EXPECT_GE(at, now);
    leaves = at;
    told.push_back(std::to_string(from.value) + " > " + to_string(to) + " " +
                   std::string(bytes.begin(), bytes.end()));
  }
  std::vector<std::string> told;
  TrueTime leaves;
};

TEST_F(TapTest, HearsEveryDatagramEvenIfItIsLost) {
  network->join(HostId{1}, group);
  send(0, peers(1), "unicast");
  send(1, group, "multicast");
  EXPECT_TRUE(run().empty());
  EXPECT_EQ(told, (std::vector<std::string>{"0 > 10.0.0.2:6969 unicast",
                                            "1 > 239.0.0.1:6969 multicast"}));
}

TEST_F(TapTest, HearsNeitherItselfNorWhatAHostSendsToItself) {
  send(3, peers(0));
  send(1, peers(1));
  EXPECT_TRUE(told.empty());
}

TEST_F(TapTest, HearsNoHostThatIsCutOffFromIt) {
  network->isolate(HostId{0});
  send(0, peers(1));
  network->rejoin(HostId{0});
  network->isolate(HostId{3});
  send(0, peers(1));
  EXPECT_TRUE(told.empty());
  network->rejoin(HostId{3});
  send(0, peers(1));
  EXPECT_EQ(told.size(), 1u);
}

TEST_F(TapTest, HearsNothingThatTheNicDropped) {
  auto model = plain();
  model.bandwidth = 8000;  // a byte in a millisecond
  model.queue = 100ms;
  network->set_model(model);
  for (int i = 0; i < 5; ++i) send(0, peers(1), std::string(34, 'x'));  // 100 ms with its overhead
  EXPECT_EQ(told.size(), 2u);
  EXPECT_EQ(counters().sender_overflow, 3u);
  EXPECT_EQ(leaves, TrueTime(200ms));
}

TEST_F(NetworkTest, AForgedDatagramHasTheSourceAddressThatItsSenderChose) {
  use(plain());
  network->send_as(HostId{3}, cluster(0), cluster(1), {}, now);
  network->send_as(HostId{3}, cluster(1), cluster(1), {}, now);  // even the receiver's own
  const auto heard = run();
  ASSERT_EQ(heard.size(), 1u);
  ASSERT_EQ(heard.at(1).size(), 2u);
  EXPECT_EQ(heard.at(1)[0].arrival.from, cluster(0));
  EXPECT_EQ(heard.at(1)[1].arrival.from, cluster(1));
  EXPECT_EQ(heard.at(1)[1].at, TrueTime(1ms));
}

TEST_F(NetworkTest, AForgedDatagramTravelsOnTheLinkOfTheHostThatSendsIt) {
  use(plain());
  network->cut(HostId{0}, HostId{1});
  network->send_as(HostId{3}, cluster(0), cluster(1), {}, now);
  EXPECT_EQ(run().size(), 1u);
  network->isolate(HostId{3});
  network->send_as(HostId{3}, cluster(0), cluster(1), {}, now);
  EXPECT_TRUE(run().empty());
}

}  // namespace
}  // namespace swarm::sim::network_room
