#include "transport/udp/tracker/health_monitor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace swarm::udp {
namespace {

using testing::AllOf;
using testing::HasSubstr;

HealthMonitor::Seen member() {
  HealthMonitor::Seen seen;
  seen.role = Role::slave;
  seen.own = seen.listed = {0x7f000001, 7000};
  return seen;
}

// What is said at each of `looks` looks; empty: nothing.
std::vector<std::string> said(HealthMonitor& monitor, const HealthMonitor::Seen& seen, int looks) {
  std::vector<std::string> all;
  for (int i = 0; i < looks; ++i) {
    std::string text;
    for (const auto& line : monitor.look(seen)) text += line.second;
    all.push_back(text);
  }
  return all;
}

TEST(HealthMonitor, AMemberInGoodStateSaysNothing) {
  HealthMonitor monitor;
  for (const auto& text : said(monitor, member(), 100)) EXPECT_EQ(text, "");
}

TEST(HealthMonitor, AStrangerSaysWhatItWaitsForLessAndLessOften) {
  HealthMonitor monitor;
  HealthMonitor::Seen seen;
  seen.expected = 3;
  seen.candidates = {{0x7f000002, 7000}};
  const auto texts = said(monitor, seen, 14);
  EXPECT_EQ(texts[0], "");
  EXPECT_THAT(texts[1], HasSubstr("hears 1 of 2 others"));
  for (const std::size_t quiet : {2u, 3u, 4u, 6u, 7u, 12u}) EXPECT_EQ(texts[quiet], "") << quiet;
  EXPECT_NE(texts[5], "");
  EXPECT_NE(texts[13], "");
}

TEST(HealthMonitor, WhoFoundsASwarmNamesWhomItHearsAndWhereToLook) {
  HealthMonitor monitor, other;
  HealthMonitor::Seen seen;
  seen.expected = 3;
  seen.candidates = {{0x7f000002, 7000}};
  EXPECT_THAT(
      said(monitor, seen, 2)[1],
      AllOf(HasSubstr("hears 1 of 2 others, at 127.0.0.2:7000; who is missing does not run, "
                      "or has not the same secret and bootstrap-expect")));
  seen.candidates.push_back({0x7f000003, 7000});
  EXPECT_THAT(
      said(other, seen, 2)[1],
      AllOf(HasSubstr("hears 2 of 2 others, at 127.0.0.2:7000, 127.0.0.3:7000; one of those "
                      "does not hear all yet: see whom its log names")));
}

TEST(HealthMonitor, OneOtherIsNoPlural) {
  HealthMonitor monitor;
  HealthMonitor::Seen seen;
  seen.expected = 2;
  EXPECT_THAT(said(monitor, seen, 2)[1], HasSubstr("hears 0 of 1 other; who is missing"));
}

TEST(HealthMonitor, AnotherSecretIsNamed) {
  HealthMonitor monitor;
  HealthMonitor::Seen seen;
  seen.first_start = FirstStart::join;
  seen.clock = Time{10s};
  seen.other_secret = {{{0x7f000002, 7000}, 91, Time{8s}, Time{9s}}};
  EXPECT_THAT(said(monitor, seen, 2)[1],
              HasSubstr("; 91 datagrams from 127.0.0.2:7000 in the last 2 s were signed with "
                        "another secret than this instance's: either the secret files differ"));
}

TEST(HealthMonitor, WhoAsksToJoinSaysWhomItHears) {
  HealthMonitor unheard, heard;
  HealthMonitor::Seen seen;
  seen.first_start = FirstStart::join;
  EXPECT_THAT(said(unheard, seen, 2)[1], HasSubstr("nobody answers: is there a swarm"));
  seen.swarm = {{0x7f000002, 7000}};
  EXPECT_THAT(said(heard, seen, 2)[1],
              AllOf(HasSubstr("a member of it is heard at 127.0.0.2:7000"),
                    HasSubstr("without the disks of a majority there is no master")));
}

TEST(HealthMonitor, AMemberThatMovedSaysSo) {
  HealthMonitor monitor;
  auto seen = member();
  seen.own.ip = 0x7f000021;
  EXPECT_THAT(said(monitor, seen, 2)[1],
              testing::AllOf(HasSubstr("knows it at 127.0.0.1:7000"),
                             HasSubstr("or runs on a copy of a member's data directory")));
}

TEST(HealthMonitor, EachLongerStallIsToldOnce) {
  HealthMonitor monitor;
  auto seen = member();
  seen.longest_lateness = 199ms;
  EXPECT_EQ(said(monitor, seen, 1)[0], "");
  seen.longest_lateness = 2100ms;
  const auto texts = said(monitor, seen, 2);
  EXPECT_THAT(texts[0], HasSubstr("stood still for 2100 ms"));
  EXPECT_EQ(texts[1], "");
}

TEST(HealthMonitor, FullnessIsToldAgainAfterItWasOver) {
  HealthMonitor monitor;
  auto seen = member();
  seen.full = true;
  EXPECT_THAT(said(monitor, seen, 2)[1], HasSubstr("is full"));
  said(monitor, member(), 1);
  EXPECT_THAT(said(monitor, seen, 2)[1], HasSubstr("is full"));
}

TEST(HealthMonitor, ADeafMemberSaysSo) {
  HealthMonitor monitor;
  auto seen = member();
  seen.deaf = true;
  EXPECT_THAT(said(monitor, seen, 2)[1], HasSubstr("nothing of what peers last sent to the group"));
}

TEST(HealthMonitor, ATimeOfDayThatLeavesTheClockBehindIsTold) {
  HealthMonitor monitor;
  auto seen = member();
  const auto look = [&](Duration passes, Duration wall_passes) {
    seen.clock += passes;
    seen.wall += wall_passes;
    return said(monitor, seen, 1)[0];
  };
  EXPECT_EQ(look(1s, 1h), "");  // the first look
  EXPECT_EQ(look(1s, 1s), "");
  EXPECT_EQ(look(1s, 1500ms), "");  // NTP
  EXPECT_THAT(look(1s, 31s), HasSubstr("went forward by 30s"));
  EXPECT_EQ(look(1s, 1s), "");
  EXPECT_THAT(look(1s, -59s), HasSubstr("went back by 60s"));
}

}  // namespace
}  // namespace swarm::udp
