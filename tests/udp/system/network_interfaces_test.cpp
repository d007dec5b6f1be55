#include "transport/udp/system/network_interfaces.hpp"

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
  EXPECT_THAT(
      error_of("", {lo, eth0, eth1}),
      AllOf(HasSubstr("one with --interface;"), HasSubstr("eth0 192.0.2.1, eth1 198.51.100.1")));
}

TEST(NetworkInterfaces, ALoopbackAloneIsNotTakenUnasked) {
  EXPECT_THAT(error_of("", {lo}), HasSubstr("`--interface lo`"));
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

std::string with_head(std::string_view lines) {
  std::string text(head);
  text.append(lines);
  return text;
}

TEST(NetworkInterfaces, TheDefaultRouteIsTheOneOfTheLowestMetric) {
  const std::string routes = with_head(
      "wlan0\t00000000\t010200C0\t0003\t0\t0\t600\t00000000\t0\t0\t0\n"
      "eth0\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
      "eth1\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n");
  EXPECT_EQ(default_route_interface(routes), "eth0");
}

TEST(NetworkInterfaces, ARouteThatIsNotUpOrRefusesIsNone) {
  EXPECT_EQ(default_route_interface(
                with_head("eth0\t00000000\t010200C0\t0002\t0\t0\t0\t00000000\t0\t0\t0\n")),
            "");
  EXPECT_EQ(default_route_interface(
                with_head("lo\t00000000\t00000000\t0201\t0\t0\t0\t00000000\t0\t0\t0\n")),
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

// --- IPv6

constexpr std::string_view if_inet6 =
    "fe800000000000000042c0fffea80001 04 40 20 80     eth0\n"
    "fd000000000000000000000000000007 04 40 00 80     eth0\n"
    "20010db8000000000000000000000009 04 40 00 80     eth0\n"
    "20010db8000000000000000000000003 04 40 00 01     eth0\n"
    "20010db8000000000000000000000002 04 40 00 20     eth0\n"
    "20010db8000000000000000000000001 04 40 00 40     eth0\n"
    "20010db800010000000000000000000a 05 40 00 80     eth1\n"
    "00000000000000000000000000000001 01 80 10 80       lo\n";

std::vector<std::string> texts(const std::vector<Address6>& addresses) {
  constexpr const char* states[] = {"good", "passing", "not ready"};
  std::vector<std::string> all;
  for (const auto& address : addresses)
    all.push_back(address_text(address.ip) + ' ' + states[static_cast<int>(address.state)]);
  return all;
}

TEST(NetworkInterfaces, Ipv6AddressesAreThoseThatATorrentCouldName) {
  EXPECT_THAT(texts(addresses6("eth0", if_inet6)),
              testing::ElementsAre("2001:db8::1 not ready", "2001:db8::2 passing",
                                   "2001:db8::3 passing", "2001:db8::9 good", "fd00::7 good"));
  EXPECT_THAT(texts(addresses6("eth1", if_inet6)), testing::ElementsAre("2001:db8:1::a good"));
  EXPECT_THAT(texts(addresses6("lo", if_inet6)), testing::IsEmpty());
  EXPECT_THAT(texts(addresses6("eth0", "")), testing::IsEmpty());
  EXPECT_THAT(texts(addresses6("eth0", "fd00 04 40 00 80 eth0\nnonsense\n")), testing::IsEmpty());
}

TEST(NetworkInterfaces, Ipv6AddressesAreWrittenWithoutBrackets) {
  EXPECT_EQ(address_text(parse_address6("2001:db8::1").value()), "2001:db8::1");
  for (const char* text : {"", "192.0.2.1", "::ffff:192.0.2.1", "[::1]", "fe80::1%eth0", "host"})
    EXPECT_FALSE(parse_address6(text)) << text;
  EXPECT_TRUE(is_link_local(parse_address6("fe80::1").value()));
  EXPECT_TRUE(is_link_local(parse_address6("febf::1").value()));
  EXPECT_FALSE(is_link_local(parse_address6("fec0::1").value()));
  EXPECT_TRUE(is_loopback(parse_address6("::1").value()));
  EXPECT_FALSE(is_loopback(parse_address6("::2").value()));
}

TEST(NetworkInterfaces, AnEndpointOfEitherFamilyHasItsPort) {
  EXPECT_EQ(parse_endpoint_of_either("192.0.2.1:80"), (Endpoint{0xc0000201, 80}));
  EXPECT_EQ(to_string(parse_endpoint_of_either("[2001:db8::1]:80").value()), "[2001:db8::1]:80");
  for (const char* text :
       {"[::1]", "::1:80", "[::1]80", "[::1]:0", "[192.0.2.1]:80", "[::1:80", ""})
    EXPECT_FALSE(parse_endpoint_of_either(text)) << text;
}

}  // namespace
}  // namespace swarm::udp
