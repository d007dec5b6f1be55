// The configuration on this host: addresses, contacts, secrets and lists that it names.
#include "transport/udp/configuration/configuration.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/wire/secret.hpp"
#include "tests/udp/configuration/own_host.hpp"
#include "transport/udp/system/network_interfaces.hpp"

namespace swarm::udp::configurations {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

// ---- On this host

Texts resolved(Configuration& c) {
  return resolve(c);
}

std::string resolve_error(Configuration c) {
  try {
    resolve(c);
  } catch (const ConfigurationError& error) {
    return error.what();
  }
  return "none";
}

TEST(Configuration, AddressesAreThoseOfTheInterface) {
  auto c = on_loopback("cluster-port = 7001\npeers-port = 6970\n");
  EXPECT_THAT(resolved(c), IsEmpty());
  EXPECT_EQ(to_string(c.tracker.cluster_address), "127.0.0.2:7001");
  EXPECT_EQ(to_string(c.tracker.peers_address), "127.0.0.2:6970");
}

TEST(Configuration, EachChannelMayHaveAnAddressOfItsOwn) {
  auto c = on_loopback("cluster-address = 127.0.0.4\npeers-address = 127.0.0.5\n");
  resolve(c);
  EXPECT_EQ(to_string(c.tracker.cluster_address), "127.0.0.4:7000");
  EXPECT_EQ(to_string(c.tracker.peers_address), "127.0.0.5:6969");
}

TEST(Configuration, AnAddressOfAnotherHostIsRefusedAndTheKeyIsNamed) {
  EXPECT_THAT(resolve_error(on_loopback("cluster-address = 192.0.2.77\n")),
              AllOf(StartsWith("cluster-address: "), HasSubstr("192.0.2.77")));
  EXPECT_THAT(resolve_error(parse_configuration("interface = nowhere0", "a.conf")),
              AllOf(StartsWith("interface: "), HasSubstr("127.0.0.1")));
}

TEST(Configuration, BothChannelsCannotHaveOnePort) {
  EXPECT_THAT(resolve_error(on_loopback("peers-port = 7000\n")), StartsWith("peers-port: "));
  EXPECT_EQ(resolve_error(on_loopback("peers-port = 7000\npeers-address = 127.0.0.5\n")), "none");
}

TEST(Configuration, ContactsAreTheNamedOnesAndTheGroupButNotItself) {
  auto c = on_loopback("contact = 127.0.0.1, 127.0.0.2, 127.0.0.3:7003\n");
  resolve(c);
  EXPECT_THAT(c.tracker.contacts,
              ElementsAre(Endpoint{0x7f000001, 7000}, Endpoint{0x7f000003, 7003},
                          Endpoint{0xefff0001, 7000}));
  resolve(c);
  EXPECT_EQ(c.tracker.contacts.size(), 3u) << "a second look adds nothing";
}

TEST(Configuration, WithoutTheGroupAndContactsNobodyIsAsked) {
  auto c = on_loopback("multicast-group = none\n");
  EXPECT_THAT(resolved(c), ElementsAre(HasSubstr("asks nobody")));
  EXPECT_THAT(c.tracker.contacts, IsEmpty());
  auto named = on_loopback("multicast-group = none\ncontact = 127.0.0.3\n");
  EXPECT_THAT(resolved(named), IsEmpty());
}

TEST(Configuration, TheSecretIsTheFirstLineOfItsFile) {
  const OwnHost host;
  const auto file = host.write("secret", std::string(good_secret) + " \r\nsecond line\n");
  auto c = parse_configuration("interface = lo\nsecret-file = " + file, "a.conf");
  EXPECT_THAT(resolved(c), IsEmpty());
  EXPECT_EQ(c.tracker.swarm_secret, wire::secret_from_text(good_secret));
  auto other = on_loopback();
  resolve(other);
  EXPECT_EQ(other.tracker.swarm_secret, c.tracker.swarm_secret);
}

TEST(Configuration, ASecretThatIsNoneIsRefused) {
  const OwnHost host;
  const auto error = [](const std::string& file) {
    return resolve_error(parse_configuration("interface = lo\nsecret-file = " + file, "a.conf"));
  };
  EXPECT_THAT(error(host.path("none")),
              AllOf(StartsWith("secret-file: "), HasSubstr("no such file")));
  EXPECT_THAT(error(host.write("empty", "\n" + std::string(good_secret))), HasSubstr("is empty"));
  const auto shorter = error(host.write("short", "fifteen letters\n"));
  EXPECT_THAT(shorter, AllOf(HasSubstr("less than 16"), Not(HasSubstr("fifteen"))));
  EXPECT_EQ(error(host.write("good", "sixteen letters!\n")), "none");
}

TEST(Configuration, ASecretThatOthersMayReadIsWarnedOf) {
  const OwnHost host;
  const auto file = host.write("secret", good_secret, 0644);
  auto c = parse_configuration("interface = lo\nsecret-file = " + file, "a.conf");
  EXPECT_THAT(resolved(c), ElementsAre(HasSubstr("chmod o-r " + file)));
  ::chmod(file.c_str(), 0640);
  EXPECT_THAT(resolved(c), IsEmpty());

  const OwnHost open("interface = lo\nsecret = " + std::string(good_secret) + "\n");
  ::chmod(open.file().c_str(), 0644);
  auto inside = open.read();
  EXPECT_THAT(resolved(inside), ElementsAre(HasSubstr(open.file())));
}

TEST(Configuration, WithoutASecretThereIsLoopbackOnly) {
  auto c = parse_configuration("interface = lo", "a.conf");
  EXPECT_THAT(resolved(c), ElementsAre(HasSubstr("no secret")));
  EXPECT_EQ(c.tracker.swarm_secret, Secret{});
  for (const auto& there : network_interfaces()) {
    if (there.loopback || !there.up) continue;
    EXPECT_THAT(resolve_error(parse_configuration("interface = " + there.name, "a.conf")),
                AllOf(StartsWith("secret-file: "), HasSubstr("/dev/urandom")));
    return;
  }
  GTEST_SKIP() << "this host has a loopback only";
}

TEST(Configuration, SmallSwarmsAreToldWhatTheyAre) {  // R22
  auto one = on_loopback("bootstrap-expect = 1\n");
  EXPECT_THAT(resolved(one), ElementsAre(HasSubstr("alone")));
  auto two = on_loopback("bootstrap-expect = 2\n");
  EXPECT_THAT(resolved(two), ElementsAre(HasSubstr("death of either")));
  auto joins = on_loopback("bootstrap-expect = 2\nfirst-start = join\n");
  EXPECT_THAT(resolved(joins), IsEmpty());
}

TEST(Configuration, OpenStatusIsWarnedOf) {
  auto open = on_loopback("http-address = 0.0.0.0:6980\n");
  EXPECT_THAT(resolved(open), ElementsAre(HasSubstr("http-address")));
  auto none = on_loopback("http-address = none\n");
  EXPECT_THAT(resolved(none), IsEmpty());
}

// ---- IPv6, HTTP for clients, lists of contents

TEST(Configuration, Ipv6IsTheNamedAddressOrTheInterfacesOrNone) {
  auto c = on_loopback();
  EXPECT_THAT(resolved(c), IsEmpty());
  EXPECT_EQ(c.peers6, std::nullopt) << "the loopback's is not taken unasked";
  auto named = on_loopback("peers-address6 = ::1\npeers-port = 6970\n");
  EXPECT_THAT(resolved(named), IsEmpty());
  ASSERT_TRUE(named.peers6);
  EXPECT_EQ(to_string(*named.peers6), "[::1]:6970");
  auto none = on_loopback("peers-address6 = none\n");
  resolve(none);
  EXPECT_EQ(none.peers6, std::nullopt);
}

TEST(Configuration, AnIpv6AddressMustBeThisHosts) {
  EXPECT_EQ(resolve_error(on_loopback("peers-address6 = 2001:db8::77\n")),
            "peers-address6: 2001:db8::77 is no address of this host");
  for (const char* value : {"fe80::1", "ff02::1", "::", "192.0.2.1", "[::1]", "automatic"})
    EXPECT_THAT(file_error(std::string("peers-address6 = ") + value),
                StartsWith("a.conf:1: peers-address6: "))
        << value;
  EXPECT_THAT(file_error("peers-adress6 = none"), HasSubstr("did you mean `peers-address6`?"));
}

TEST(Configuration, HttpForClientsIsAListOfAddresses) {
  EXPECT_THAT(parse_configuration("", "").announce_http_addresses, IsEmpty());
  EXPECT_THAT(parse_configuration("announce-http-address = none", "").announce_http_addresses,
              IsEmpty());
  const auto c = parse_configuration(
      "announce-http-address = 127.0.0.1:80, [::1]:80\nannounce-http-address = 127.0.0.2:80\n",
      "a.conf");
  EXPECT_THAT(c.announce_http_addresses, ElementsAre("127.0.0.1:80", "[::1]:80", "127.0.0.2:80"));
  EXPECT_THAT(OwnHost("announce-http-address = 127.0.0.1:80")
                  .read({"--announce-http-address", "none"})
                  .announce_http_addresses,
              IsEmpty());
  EXPECT_THAT(file_error("announce-http-address = ::1:80"), HasSubstr("like [2001:db8::1]:6969"));
  EXPECT_THAT(file_error("announce-http-address = [::1]"), HasSubstr("like [2001:db8::1]:6969"));
  EXPECT_THAT(file_error("announce-http-address = 127.0.0.1:80, none"), HasSubstr("stands alone"));
}

TEST(Configuration, NamesOfHttpAreHostsWithoutPorts) {
  EXPECT_THAT(parse_configuration("", "").http_names, IsEmpty());
  EXPECT_THAT(parse_configuration("http-names = a.example, [2001:db8::1]\nhttp-names = 192.0.2.1\n",
                                  "a.conf")
                  .http_names,
              ElementsAre("a.example", "[2001:db8::1]", "192.0.2.1"));
  for (const std::string name :
       {"a.example:80", "[::1]:80", "::1", "a example", "http://a.example", "*.example", "a,"})
    EXPECT_THAT(file_error("http-names = " + name),
                AllOf(StartsWith("a.conf:1: http-names: "), HasSubstr("without a port")))
        << name;
}

TEST(Configuration, EachAddressOfHttpIsThisHostsAndServesOneThing) {
  EXPECT_EQ(resolve_error(on_loopback("announce-http-address = 127.0.0.9:80, [::1]:80, [::]:81\n")),
            "none");
  for (const std::string key : {"http-address", "announce-http-address"})
    EXPECT_EQ(resolve_error(on_loopback(key + " = 192.0.2.99:80\n")),
              key + ": 192.0.2.99 is no address of this host");
  EXPECT_EQ(resolve_error(on_loopback("announce-http-address = 127.0.0.1:6980\n")),
            "announce-http-address: 127.0.0.1:6980 is taken already, by http-address");
  EXPECT_EQ(resolve_error(on_loopback("announce-http-address = [::1]:80, [0:0::1]:80\n")),
            "announce-http-address: [0:0::1]:80 is taken already, by announce-http-address");
}

TEST(Configuration, AListOfContentsIsRead) {
  const OwnHost host;
  const auto file = host.write("list", one_hash + "\n");
  const auto allow = with_list("allow-list", file).tracker.contents_taken;
  ASSERT_NE(allow, nullptr);
  EXPECT_TRUE(allow->takes(hash_of(0x11)));
  EXPECT_FALSE(allow->takes(hash_of(0x22)));
  const auto deny = with_list("deny-list", file).tracker.contents_taken;
  ASSERT_NE(deny, nullptr);
  EXPECT_FALSE(deny->takes(hash_of(0x11)));
  EXPECT_TRUE(deny->takes(hash_of(0x22)));
  auto none = on_loopback();
  resolve(none);
  EXPECT_EQ(none.tracker.contents_taken, nullptr);
}

TEST(Configuration, AListThatIsWrongIsRefusedAndItsLineIsNamed) {
  const OwnHost host;
  const auto file = host.write("list", one_hash + "\nnone\n");
  EXPECT_EQ(resolve_error(on_loopback("deny-list = " + file)),
            file +
                ":2: `none` is no info-hash: character 1 is `n`, only 0-9 and a-f are "
                "hexadecimal digits");
  EXPECT_THAT(resolve_error(on_loopback("allow-list = " + host.path("missing"))),
              EndsWith("missing: there is no such file"));
  EXPECT_EQ(file_error("allow-list = /a\ndeny-list = /b\n"),
            "a.conf:2: deny-list: there is an allow-list too: leave one of them out");
}

TEST(Configuration, AnEmptyAllowListIsWarnedOf) {
  const OwnHost host;
  auto c = on_loopback("allow-list = " + host.write("list", "# later\n"));
  EXPECT_THAT(resolved(c), ElementsAre(HasSubstr("none is tracked")));
}

}  // namespace
}  // namespace swarm::udp::configurations
