// R27: who does not hear what peers send to the group. One tracker, and what others say that they
// have heard.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <utility>
#include <vector>

#include "tests/engine/tracker/solo_tracker.hpp"

namespace swarm::test {
namespace {

// Members 2, 3, ... are there, acknowledge a master, and tell what they have heard of the group.
struct Others {
  SoloTracker& t;
  std::vector<std::uint32_t> ids{2, 3};
  std::map<std::uint32_t, std::uint64_t> heard{};
  std::set<std::uint32_t> deaf{};

  void tell() {
    for (const auto id : ids)
      t.hear(id, t.view().term.value, wire::Hearing{heard[id], deaf.contains(id)});
  }
  // `news`: what each of them hears in a tenth of a second; `own`: what this one does.
  void live(Duration d, const std::map<std::uint32_t, std::uint64_t>& news, unsigned own = 0) {
    for (Duration passed = 0ns; passed < d; passed += 100ms) {
      for (int i = 0; i < 10; ++i) {
        t.pass(10ms);
        for (const auto id : ids)
          if (t.view().role == Role::master)
            t.ready(id, t.view().last.value);
          else
            t.hear(id, t.view().term.value, wire::Status{});
      }
      for (unsigned i = 0; i < own; ++i) hear_group();
      for (const auto& [id, count] : news) heard[id] += count;
      tell();
    }
  }
  void hear_group() {
    t.hear_client({Channel::peers, {0x0a010001, 6881}, true}, std::vector<std::uint8_t>{1});
  }
};

TEST(R27DeafToTheGroup, AMasterHandsOverToOneThatHears) {
  SoloTracker t;
  t.serve();
  Others others{t};
  others.tell();
  t.forget();
  others.live(3s, {{2, 1}, {3, 1}});
  EXPECT_EQ(t.events<event::GroupUnheard>().size(), 1u);
  EXPECT_EQ(t.events<event::DeafHandOver>().size(), 1u);
  ASSERT_FALSE(t.sent<wire::HandOver>().empty());
  EXPECT_EQ(t.sent<wire::HandOver>()[0].to, address_of(2));
  EXPECT_TRUE(t.view().deaf);
}

TEST(R27DeafToTheGroup, NotBeforeItHasLastedForSoLong) {
  SoloTracker::Options options;
  options.settings.deaf_after = 5s;
  SoloTracker t(std::move(options));
  t.serve();
  Others others{t};
  others.tell();
  others.live(4500ms, {{2, 5}, {3, 5}});
  EXPECT_FALSE(t.view().deaf);
  others.live(1s, {{2, 5}, {3, 5}});
  EXPECT_TRUE(t.view().deaf);
}

TEST(R27DeafToTheGroup, WhoIsDeafTooIsNotTakenAndIsNamedBehind) {
  SoloTracker t;
  t.serve();
  Others others{t};
  others.deaf = {2};
  others.tell();
  t.forget();
  others.live(12s, {{3, 1}});
  ASSERT_FALSE(t.sent<wire::HandOver>().empty());
  EXPECT_EQ(t.sent<wire::HandOver>()[0].to, address_of(3));
  ASSERT_FALSE(t.said<wire::KeepAlive>().empty());
  EXPECT_EQ(t.said<wire::KeepAlive>()[5].state.successors.ids[0], MemberId{3});
}

TEST(R27DeafToTheGroup, WhenAllAreDeafTheMasterStays) {
  SoloTracker t;
  t.serve();
  Others others{t};
  others.tell();
  others.live(60s, {});
  EXPECT_FALSE(t.view().deaf);
  EXPECT_EQ(t.view().role, Role::master);
  EXPECT_TRUE(t.sent<wire::HandOver>().empty());
}

TEST(R27DeafToTheGroup, ABurstThatOnlyItMissedDeposesNobody) {
  SoloTracker t;
  t.serve();
  Others others{t};
  others.tell();
  others.live(100ms, {{2, 1000}, {3, 1000}});
  others.live(20s, {});
  EXPECT_FALSE(t.view().deaf);
  others.live(300ms, {{2, 1}, {3, 1}}, 1);
  others.live(100ms, {{2, 1000}, {3, 1000}});
  others.live(20s, {});
  EXPECT_TRUE(t.events<event::GroupUnheard>().empty());
  EXPECT_EQ(t.view().role, Role::master);
}

TEST(R27DeafToTheGroup, LossByChanceMakesNobodyDeaf) {
  SoloTracker t;
  t.serve();
  Others others{t};
  others.tell();
  others.live(30s, {{2, 10}, {3, 9}}, 4);
  EXPECT_TRUE(t.events<event::GroupUnheard>().empty());
}

TEST(R27DeafToTheGroup, WhatOneTrackerAloneHasHeardIsNoGroup) {
  SoloTracker t;
  t.serve();
  Others others{t};
  others.tell();
  others.live(9s, {{3, 10}});
  EXPECT_TRUE(t.events<event::GroupUnheard>().empty());
}

TEST(R27DeafToTheGroup, OneWitnessIsEnoughWhereThereIsOneOther) {
  SoloTracker t;
  t.serve();
  Others others{t, {2}};
  others.tell();
  others.live(3s, {{2, 1}});
  EXPECT_EQ(t.events<event::DeafHandOver>().size(), 1u);
}

TEST(R27DeafToTheGroup, WhatIsSentToOneTrackerAloneDoesNotCount) {
  SoloTracker t;
  t.serve();
  for (int i = 0; i < 100; ++i)
    t.hear_client({Channel::peers, {0x0a010001, 6881}, false}, std::vector<std::uint8_t>{1});
  EXPECT_EQ(t.view().group_heard, 0u);
  t.forget();
  t.pass(40ms);
  EXPECT_TRUE(t.said<wire::Hearing>().empty());
}

TEST(R27DeafToTheGroup, WhatIsHeardOfTheGroupIsToldWithStatus) {
  SoloTracker t;
  t.serve();
  Others others{t};
  for (int i = 0; i < 7; ++i) others.hear_group();
  t.forget();
  others.live(1s, {});
  const auto told = t.said_to<wire::Hearing>(2);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].heard, 7u);
  EXPECT_EQ(told[0].deaf, 0u);
}

TEST(R27DeafToTheGroup, ASlaveFindsOutToo) {
  SoloTracker t;
  Others others{t};
  t.hear(2, 1, wire::Status{});
  others.tell();
  others.live(3s, {{2, 1}, {3, 1}});
  EXPECT_TRUE(t.view().deaf);
  EXPECT_TRUE(t.events<event::DeafHandOver>().empty());
  const auto told = t.said<wire::Hearing>();
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(told.back().deaf, 1u);
  others.live(1s, {{2, 1}, {3, 1}}, 1);
  EXPECT_FALSE(t.view().deaf);
  EXPECT_EQ(t.events<event::GroupHeard>().size(), 1u);
  EXPECT_EQ(t.said<wire::Hearing>().back().deaf, 0u);
}

TEST(R27DeafToTheGroup, AWitnessThatIsGoneIsNone) {
  SoloTracker t;
  Others others{t};
  t.hear(2, 1, wire::Status{});
  others.tell();
  others.live(3s, {{2, 1}, {3, 1}});
  ASSERT_TRUE(t.view().deaf);
  t.pass(1s);
  EXPECT_FALSE(t.view().deaf);
}

TEST(R27DeafToTheGroup, AProcessThatStartedAnewIsCountedAnew) {
  SoloTracker t;
  t.serve();
  Others others{t};
  others.heard = {{2, 1'000'000}, {3, 1'000'000}};
  others.tell();
  others.live(2s, {{2, 1}, {3, 1}}, 1);
  auto header = t.header(2, t.view().term.value);
  for (std::uint64_t boot = 1; boot < 20; ++boot) {  // its counts are of other lives
    header.boot = BootId{5000 + boot};
    t.hear(header, wire::Hearing{boot * 1000, 0}, address_of(2));
    others.ids = {3};
    others.live(100ms, {});
  }
  EXPECT_TRUE(t.events<event::GroupUnheard>().empty());
}

TEST(R27DeafToTheGroup, AMasterThatWasHandedOverToRestsFirst) {
  SoloTracker t;
  t.keep_alive(2, 1);
  t.hear(2, 1, wire::HandOver{LogIndex{1}, LogIndex{1}, 0});
  t.vote_reply(2, t.view().term.value);
  ASSERT_EQ(t.view().role, Role::master);
  t.ready(2, t.view().last.value);
  Others others{t};
  others.tell();
  others.live(20s, {{2, 1}, {3, 1}});
  EXPECT_TRUE(t.view().deaf);
  EXPECT_TRUE(t.events<event::DeafHandOver>().empty());
  others.live(15s, {{2, 1}, {3, 1}});
  EXPECT_EQ(t.events<event::DeafHandOver>().size(), 1u);
}

// ---- A clock that goes back

TEST(R16AClockThatWentBack, NoLeaseHoldsUntilWhatIsSentAfterItIsAcknowledged) {
  SoloTracker t;
  t.serve();
  ASSERT_LT(t.now(), t.view().lease_until);
  t.pass(5ms);
  t.act([](Tracker& tracker, Time now, Outbox& out) { tracker.clock_went_back(now, 10s, out); });
  EXPECT_GE(t.now(), t.view().lease_until);
  EXPECT_EQ(t.events<event::ClockWentBack>().size(), 1u);
  t.ready(2, t.view().last.value, 3000);  // of what was sent before
  EXPECT_GE(t.now(), t.view().lease_until);
  EXPECT_EQ(t.view().role, Role::master);
  t.pass(1ms);
  t.ready(2, t.view().last.value, 500);
  EXPECT_LT(t.now(), t.view().lease_until);
  EXPECT_EQ(t.view().role, Role::master);
}

TEST(R16AClockThatWentBack, ASlavesPromiseStands) {
  SoloTracker t;
  t.keep_alive(2, 1);
  const Time until = t.view().promise_until;
  t.act([](Tracker& tracker, Time now, Outbox& out) { tracker.clock_went_back(now, 10s, out); });
  EXPECT_EQ(t.view().promise_until, until);
}

}  // namespace
}  // namespace swarm::test
