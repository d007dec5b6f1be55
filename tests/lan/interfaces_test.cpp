// In a network of its own: an interface is made, deleted and made anew, and a socket follows it.
#include "transport/udp/net/interface_watch.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <vector>

#include "tests/lan/harness/network_namespace.hpp"
#include "tests/udp/run_until.hpp"
#include "transport/udp/net/datagram_socket.hpp"
#include "transport/udp/system/network_interfaces.hpp"

namespace swarm::udp {
namespace {

using Follow = DatagramSocket::Follow;
using lan::run_command;

constexpr std::uint32_t here = 0x0a4d0101, there = 0x0a4d0102, group = 0xefff0401;
constexpr std::uint16_t port = 6969;

class Interfaces : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "network namespaces need root";
  }
  // `own` is one end of a cable, `far` the other; both are in this network.
  static void plug_in(const lan::NetworkNamespace& network) {
    run_command({"ip", "link", "add", "own", "type", "veth", "peer", "name", "far"}, &network);
    run_command({"ip", "address", "add", "10.77.1.1/24", "dev", "own"}, &network);
    run_command({"ip", "link", "set", "own", "up"}, &network);
    run_command({"ip", "address", "add", "10.77.1.2/24", "dev", "far"}, &network);
    run_command({"ip", "link", "set", "far", "up"}, &network);
  }
  static void unplug(const lan::NetworkNamespace& network) {
    run_command({"ip", "link", "del", "own"}, &network);
  }
};

TEST_F(Interfaces, ChangesAreTold) {
  const lan::NetworkNamespace network;
  network.inside([&] {
    asio::io_context io;
    int told = 0;
    const InterfaceWatch watch(io, [&] { ++told; });
    plug_in(network);
    EXPECT_TRUE(run_until(io, [&] { return told > 0 && interface_with(here).has_value(); }));
    told = 0;
    unplug(network);
    EXPECT_TRUE(run_until(io, [&] { return told > 0 && !interface_with(here).has_value(); }));
  });
}

TEST_F(Interfaces, AGroupIsJoinedAgainOnAnInterfaceThatIsMadeAnew) {
  const lan::NetworkNamespace network;
  network.inside([&] {
    asio::io_context io;
    plug_in(network);
    auto socket = DatagramSocket::group(io, {group, port}, {here, 1});
    const auto joined = [&] {
      return run_until(io, [&] {
        auto sender = DatagramSocket::unicast(io, {here, 0}, {here, 1});
        const std::vector<std::uint8_t> text{7};
        sender.send(std::vector<DatagramSocket::Outgoing>{{{group, port}, text}});
        return !socket.receive().empty();
      });
    };
    EXPECT_TRUE(joined());
    EXPECT_EQ(socket.follow_interface(), Follow::nothing);
    for (int times = 0; times < 30; ++times) {  // more often than a socket may be in groups
      unplug(network);
      EXPECT_EQ(socket.follow_interface(), Follow::gone);
      plug_in(network);
      EXPECT_EQ(socket.follow_interface(), Follow::again);
    }
    EXPECT_TRUE(joined());
    EXPECT_EQ(socket.follow_interface(), Follow::nothing);
  });
}

TEST_F(Interfaces, WhatIsSentToAGroupLeavesThereAgain) {
  const lan::NetworkNamespace network;
  network.inside([&] {
    asio::io_context io;
    plug_in(network);
    auto sender = DatagramSocket::unicast(io, {here, 0}, {here, 1});
    unplug(network);
    plug_in(network);
    EXPECT_EQ(sender.follow_interface(), Follow::again);
    auto socket = DatagramSocket::group(io, {group, port}, {here, 1});
    EXPECT_TRUE(run_until(io, [&] {
      const std::vector<std::uint8_t> text{7};
      sender.send(std::vector<DatagramSocket::Outgoing>{{{group, port}, text}});
      return !socket.receive().empty();
    }));
  });
}

TEST_F(Interfaces, ACableThatIsInAgainIsACauseToJoinAgain) {
  const lan::NetworkNamespace network;
  network.inside([&] {
    asio::io_context io;
    plug_in(network);
    auto socket = DatagramSocket::group(io, {group, port}, {here, 1});
    EXPECT_TRUE(run_until(io, [&] { return interface_with(here)->running; }));
    socket.follow_interface();
    run_command({"ip", "link", "set", "far", "down"}, &network);
    EXPECT_TRUE(run_until(io, [&] { return !interface_with(here)->running; }));
    EXPECT_EQ(socket.follow_interface(), Follow::nothing);
    run_command({"ip", "link", "set", "far", "up"}, &network);
    EXPECT_TRUE(run_until(io, [&] { return interface_with(here)->running; }));
    EXPECT_EQ(socket.follow_interface(), Follow::again);
    EXPECT_EQ(socket.follow_interface(), Follow::nothing);
  });
}

}  // namespace
}  // namespace swarm::udp
