#include "transport/udp/net/address_watch.hpp"

#include <gtest/gtest.h>

#include <set>

namespace swarm::udp {
namespace {

constexpr std::uint32_t old_one = 0x0a000005, new_one = 0x0a000009;

struct Host {
  std::set<std::uint32_t> own{old_one};
  std::optional<std::uint32_t> chosen = old_one;
  int looks = 0;
  Time now{Duration(100s)};
  unsigned interface = 2;
  AddressWatch watch{[this](const Ip& ip) -> std::optional<unsigned> {
                       ++looks;
                       return own.contains(ip.v4()) ? std::optional(interface) : std::nullopt;
                     },
                     [this] { return chosen; }};

  Host() { watch.bound_to(Ip(old_one)); }
  AddressWatch::Change after(Duration time, std::uint32_t bound = old_one) {
    now += time;
    return watch.look(now, Ip(bound));
  }
};

TEST(AddressWatch, AnAddressThatStaysIsNoChange) {
  Host host;
  host.chosen = new_one;  // another one may come to be the first choice
  for (int i = 0; i < 10; ++i) {
    const auto change = host.after(1s);
    EXPECT_FALSE(change.lost || change.next);
  }
}

TEST(AddressWatch, LooksOnceASecond) {
  Host host;
  for (int i = 0; i < 50; ++i) host.after(200ms);
  EXPECT_EQ(host.looks, 11) << "and once when it was bound to";
}

TEST(AddressWatch, ALostOneIsToldOnceAndTheNextUntilItIsTaken) {
  Host host;
  host.after(1s);
  host.own.clear();
  host.chosen.reset();
  auto change = host.after(1s);
  EXPECT_TRUE(change.lost);
  EXPECT_FALSE(change.next);
  change = host.after(1s);
  EXPECT_FALSE(change.lost || change.next);
  host.own = {new_one};
  host.chosen = new_one;
  for (int i = 0; i < 2; ++i) {  // binding may fail
    change = host.after(1s);
    EXPECT_FALSE(change.lost);
    EXPECT_EQ(change.next, new_one);
  }
  host.watch.bound_to(Ip(new_one));
  change = host.after(1s, new_one);
  EXPECT_FALSE(change.lost || change.next);
}

// It was gone for less than a second: nobody saw it without its address.
TEST(AddressWatch, TheSameAddressOnAnInterfaceMadeAnewIsLostAndBack) {
  Host host;
  host.interface = 3;
  const auto change = host.after(1s);
  EXPECT_TRUE(change.lost);
  EXPECT_EQ(change.next, old_one);
  host.watch.bound_to(Ip(old_one));
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(host.after(1s).lost);
}

TEST(AddressWatch, TheSameAddressMayComeBackOnAnotherInterface) {
  Host host;
  host.own.clear();
  host.chosen.reset();
  EXPECT_TRUE(host.after(1s).lost);
  host.own = {old_one};
  host.chosen = old_one;
  EXPECT_EQ(host.after(1s).next, old_one);
}

}  // namespace
}  // namespace swarm::udp
