#include "transport/udp/network_interfaces.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace swarm::udp {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::uint32_t ip(std::string_view text) {
  return parse_address(text).value();
}

const NetworkInterface lo{"lo", ip("127.0.0.1"), true, true, false};
const NetworkInterface eth0{"eth0", ip("192.0.2.1"), false, true, true};
const NetworkInterface eth0_second{"eth0", ip("192.0.2.9"), false, true, true};
const NetworkInterface eth1{"eth1", ip("198.51.100.1"), false, true, true};
const NetworkInterface down{"eth2", ip("203.0.113.1"), false, false, true};

std::string error_of(std::string_view wanted, const std::vector<NetworkInterface>& there,
                     std::string_view route = "") {
  try {
    choose_interface(wanted, there, route);
  } catch (const InterfaceError& error) {
    return error.what();
  }
  return "none";
}

TEST(NetworkInterfaces, TheLoopbackOfThisHostIsFound) {
  const auto own = choose_interface("127.0.0.1");
  EXPECT_EQ(own.ip, 0x7f000001u);
  EXPECT_TRUE(own.loopback);
  EXPECT_TRUE(own.up);
  EXPECT_FALSE(own.name.empty());
}

TEST(NetworkInterfaces, AllOfItsNetIsTheLoopbacks) {
  const auto chosen = choose_interface("127.0.0.3", {lo, eth0}, "eth0");
  EXPECT_EQ(chosen.name, "lo");
  EXPECT_EQ(chosen.ip, ip("127.0.0.3"));
}

TEST(NetworkInterfaces, ANameGivesItsFirstAddressAnAddressItself) {
  EXPECT_EQ(choose_interface("eth0", {lo, eth0, eth0_second}, "").ip, eth0.ip);
  EXPECT_EQ(choose_interface("192.0.2.9", {lo, eth0, eth0_second}, "").ip, eth0_second.ip);
}

TEST(NetworkInterfaces, WithoutANameTheDefaultRouteDecides) {
  EXPECT_EQ(choose_interface("", {lo, eth0, eth1}, "eth1").name, "eth1");
}

TEST(NetworkInterfaces, WithoutARouteTheOnlyOneServes) {
  EXPECT_EQ(choose_interface("", {lo, eth1}, "").name, "eth1");
  EXPECT_EQ(choose_interface("", {lo, eth1, down}, "").name, "eth1");
  EXPECT_EQ(choose_interface("", {lo, eth1, down}, "eth2").name, "eth1") << "the route is down";
  EXPECT_EQ(choose_interface("", {lo, eth1}, "tun0").name, "eth1") << "the route has no address";
}

TEST(NetworkInterfaces, SeveralWithoutARouteAreListedAndTheKeyIsNamed) {
  EXPECT_THAT(error_of("", {lo, eth0, eth1}),
              AllOf(HasSubstr("`interface`"), HasSubstr("eth0 192.0.2.1, eth1 198.51.100.1")));
}

TEST(NetworkInterfaces, ALoopbackAloneIsNotTakenUnasked) {
  EXPECT_THAT(error_of("", {lo}), HasSubstr("`interface = lo`"));
  EXPECT_THAT(error_of("", {}), HasSubstr("none"));
}

TEST(NetworkInterfaces, WhatIsNotThereIsRefusedWithWhatIs) {
  EXPECT_THAT(error_of("eth7", {lo, eth0}),
              AllOf(HasSubstr("`eth7`"), HasSubstr("lo 127.0.0.1, eth0 192.0.2.1")));
  EXPECT_THAT(error_of("10.0.0.1", {lo, eth0}),
              AllOf(HasSubstr("10.0.0.1"), HasSubstr("eth0 192.0.2.1")));
  EXPECT_THAT(error_of("eth2", {lo, down}), HasSubstr("down"));
  EXPECT_THAT(error_of("203.0.113.1", {lo, down}), HasSubstr("down"));
}

constexpr std::string_view head =
    "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n";

TEST(NetworkInterfaces, TheDefaultRouteIsTheOneOfTheLowestMetric) {
  const std::string routes = std::string(head) +
                             "wlan0\t00000000\t010200C0\t0003\t0\t0\t600\t00000000\t0\t0\t0\n"
                             "eth0\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
                             "eth1\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n";
  EXPECT_EQ(default_route_interface(routes), "eth0");
}

TEST(NetworkInterfaces, ARouteThatIsNotUpOrRefusesIsNone) {
  EXPECT_EQ(default_route_interface(std::string(head) +
                                    "eth0\t00000000\t010200C0\t0002\t0\t0\t0\t00000000\t0\t0\t0\n"),
            "");
  EXPECT_EQ(default_route_interface(std::string(head) +
                                    "lo\t00000000\t00000000\t0201\t0\t0\t0\t00000000\t0\t0\t0\n"),
            "");
  EXPECT_EQ(default_route_interface(head), "");
  EXPECT_EQ(default_route_interface(""), "");
}

TEST(NetworkInterfaces, AddressesAreDottedQuadsOnly) {
  EXPECT_EQ(ip("192.0.2.1"), 0xc0000201u);
  EXPECT_EQ(address_text(0xc0000201u), "192.0.2.1");
  for (const char* text : {"", "192.0.2", "192.0.2.256", "192.0.2.1 ", "0x7f000001", "::1", "host"})
    EXPECT_FALSE(parse_address(text)) << text;
  EXPECT_THAT(parse_address("tracker-2").error(), HasSubstr("names are not looked up"));
  EXPECT_FALSE(parse_address(std::string_view("192.0.2.1\0x", 11)));
}

TEST(NetworkInterfaces, EndpointsHaveAPortOrADefault) {
  EXPECT_EQ(parse_endpoint("192.0.2.1:7001", 7000), (Endpoint{0xc0000201, 7001}));
  EXPECT_EQ(parse_endpoint("192.0.2.1", 7000), (Endpoint{0xc0000201, 7000}));
  EXPECT_THAT(parse_endpoint("192.0.2.1").error(), HasSubstr("no port"));
  for (const char* text : {"192.0.2.1:", "192.0.2.1:0", "192.0.2.1:65536", "192.0.2.1:1x", ":7"})
    EXPECT_FALSE(parse_endpoint(text, 7000)) << text;
}

}  // namespace
}  // namespace swarm::udp
