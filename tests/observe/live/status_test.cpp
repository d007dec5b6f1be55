#include "observe/live/status.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

namespace swarm::observe {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

MemberReport member(std::uint32_t id) {
  MemberReport m;
  m.member.id = {id};
  m.member.cluster = {0x0a000000 + id, 7000};
  m.member.store = {0xa0 + id};
  m.member.standing = Standing::voter;
  m.member.in_sync = true;
  m.told.role = Role::slave;
  m.told.term = {7};
  m.told.commit = m.told.applied = m.told.last = {12345};
  m.told.peers = 1234;
  m.told.contents = 56;
  m.told.uptime = 4500ms;
  m.last_heard = 12ms;
  m.heard_from = m.member.cluster;
  return m;
}

// Member 1 of three tells; 2 is the master, 3 was never heard.
Status of_three() {
  Status s;
  s.name = "t1";
  s.version = "0.1.0";
  s.pid = 42;
  s.ready = true;
  s.cluster = {0x0f3a000000000001};
  s.member = {1};
  s.master = {2};
  s.role = Role::slave;
  s.term = {7};
  s.uptime = 4500ms;
  s.log_begin = {1};
  s.last = s.durable = s.commit = s.applied = s.rows_applied = {12345};
  s.contents = 56;
  s.peers = 1234;
  s.memory_bytes = 4096;
  s.group_heard = 77;
  s.members = {member(1), member(2), member(3)};
  s.members[0].self = true;
  s.members[0].last_heard = 0ns;
  s.members[1].told.role = Role::master;
  s.members[2].last_heard.reset();
  return s;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

TEST(Status, IsOneLineOfJsonInAFixedOrder) {
  Status s = of_three();
  s.members.resize(1);
  s.remarks = {"hears somebody"};
  EXPECT_EQ(status_json(s),
            R"({"name":"t1","version":"0.1.0","pid":42,"ready":true,"cluster":"0f3a000000000001",)"
            R"("member":1,"master":2,"role":"slave","term":7,"serving":false,"uptime_s":4.5,)"
            R"("log_begin":1,"last":12345,"durable":12345,"commit":12345,"applied":12345,)"
            R"("rows_applied":12345,"contents":56,"peers":1234,"memory_bytes":4096,"deaf":false,)"
            R"("group_heard":77,"full":false,"remarks":["hears somebody"],)"
            R"("members":[{"id":1,"address":"10.0.0.1:7000","store":"00000000000000a1",)"
            R"("standing":"voter","in_sync":true,"self":true,"two_processes":false,"ended":false,)"
            R"("role":"slave","term":7,)"
            R"("commit":12345,"applied":12345,"last":12345,"behind":0,"peers":1234,"contents":56,)"
            R"("uptime_s":4.5,"last_heard_s":0.0,"heard_from":"10.0.0.1:7000"}]})");
}

TEST(Status, WhatAMemberNeverToldIsNull) {
  const auto json = nlohmann::json::parse(status_json(of_three()))["members"][2];
  for (const char* key : {"role", "term", "commit", "applied", "last", "behind", "peers",
                          "contents", "uptime_s", "last_heard_s", "heard_from"})
    EXPECT_TRUE(json.at(key).is_null()) << key;
  EXPECT_EQ(json.at("address"), "10.0.0.3:7000");
  EXPECT_FALSE(read_status(status_json(of_three())).members[2].last_heard);
}

TEST(Status, IsReadBackAsItWasWritten) {
  Status s = of_three();
  s.term = {std::numeric_limits<std::uint64_t>::max()};
  s.cluster = {std::numeric_limits<std::uint64_t>::max()};
  s.uptime = 3'000'000'007us;
  s.name = "a \"name\" with \\ and \n and µ";
  s.full = s.serving = true;
  s.role = Role::removed;
  s.members[1].member.standing = Standing::learner;
  s.members[1].two_processes = s.members[2].two_processes = true;
  s.members[1].ended = true;
  s.members[1].member.cluster = {0xffffffff, 65535};
  const auto read = read_status(status_json(s));
  EXPECT_EQ(status_json(read), status_json(s));
  EXPECT_EQ(read.term, s.term);
  EXPECT_EQ(read.cluster, s.cluster);
  EXPECT_EQ(read.uptime, s.uptime);
  EXPECT_EQ(read.name, s.name);
  EXPECT_EQ(read.members[1].member.cluster, s.members[1].member.cluster);
  EXPECT_EQ(read.members[1].last_heard, 12ms);
  EXPECT_TRUE(read.members[1].two_processes && read.members[2].two_processes);
  EXPECT_TRUE(read.members[1].ended && !read.members[2].ended);
}

TEST(Status, ANameThatIsNoUtf8DoesNotCostTheRest) {
  Status s = of_three();
  s.name = "t\xff";
  EXPECT_EQ(read_status(status_json(s)).term, Term{7});
}

// One change of a good status each, and the key that the sentence must name.
TEST(Status, AnythingElseIsRefusedWithASentence) {
  const auto good = nlohmann::ordered_json::parse(status_json(of_three()));
  const std::vector<std::pair<std::string, nlohmann::ordered_json>> changes = {
      {"/name", 3},
      {"/ready", "yes"},
      {"/pid", -1},
      {"/pid", 1e300},
      {"/cluster", "0f3a"},
      {"/cluster", "0f3a00000000000g"},
      {"/cluster", "+f3a000000000001"},
      {"/member", 4294967296},
      {"/term", 1.5},
      {"/role", "king"},
      {"/uptime_s", -1},
      {"/uptime_s", 1e11},
      {"/members", nullptr},
      {"/members", nlohmann::ordered_json::object()},
      {"/members/0/address", "10.0.0.1"},
      {"/members/0/address", "10.0.0.256:7000"},
      {"/members/0/address", "10.0.0.1:65536"},
      {"/members/0/address", "10.0.0.1:7000 "},
      {"/members/0/address", ""},
      {"/members/0/standing", "slave"},
      {"/members/0/term", nullptr},
      {"/members/0/last_heard_s", "0"}};
  for (const auto& [where, value] : changes) {
    auto bad = good;
    bad[nlohmann::ordered_json::json_pointer(where)] = value;
    const auto key = where.substr(where.rfind('/') + 1);
    try {
      read_status(bad.dump());
      ADD_FAILURE() << where << " = " << value << " was taken";
    } catch (const std::runtime_error& error) {
      EXPECT_THAT(error.what(), HasSubstr('"' + key + '"'));
    }
  }
  for (const char* text : {"", "{}", "[]", "null", "{\"name\":", "7", "[[[["})
    EXPECT_THROW(read_status(text), std::runtime_error) << text;
}

TEST(Status, EveryMissingKeyIsNoticedAndFurtherOnesAreNot) {
  const auto good = nlohmann::ordered_json::parse(status_json(of_three()));
  for (const auto& [key, value] : good.items()) {
    if (key == "deaf" || key == "group_heard" || key == "remarks") continue;  // see below
    auto bad = good;
    bad.erase(key);
    EXPECT_THROW(read_status(bad.dump()), std::runtime_error) << key;
  }
  auto newer = good;
  newer["further"] = 1;
  EXPECT_EQ(status_json(read_status(newer.dump())), good.dump());
}

TEST(Status, WhatAnInstanceRemarksIsShownAsItIs) {
  Status s;
  s.remarks = {"waits for its swarm", "hears \x1b[31mother\nones"};
  const auto read = read_status(status_json(s));
  EXPECT_EQ(read.remarks, s.remarks);
  const auto lines = lines_of(status_table(read, false));
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[1], "waits for its swarm");
  EXPECT_EQ(lines[2], "hears ?[31mother?ones") << "no sentence moves a terminal's cursor";
  auto wrong = nlohmann::json::parse(status_json(s));
  wrong["remarks"] = {1};
  EXPECT_THROW(read_status(wrong.dump()), std::runtime_error);
}

// While an upgrade rolls, the program is newer than some of the instances.
TEST(Status, OfVersion010IsRead) {
  auto old = nlohmann::ordered_json::parse(status_json(of_three()));
  for (const char* key : {"deaf", "group_heard", "remarks"}) old.erase(key);
  for (auto& m : old["members"]) m.erase("heard_from");
  const auto status = read_status(old.dump());
  EXPECT_FALSE(status.deaf);
  EXPECT_EQ(status.members.size(), 3u);
  EXPECT_FALSE(status.members[0].moved());
}

TEST(StatusTable, HasALineForTheSwarmAndOneForEachMember) {
  EXPECT_EQ(status_table(of_three(), false),
            "swarm 0f3a000000000001 · term 7 · master 2 (10.0.0.2:7000) · 3 members, 3 voters · "
            "1,234 peers of 56 contents\n"
            "   ID  ADDRESS        ROLE    TERM  COMMIT  BEHIND  PEERS  LAST HEARD  UPTIME\n"
            "*   1  10.0.0.1:7000  slave      7  12,345       0  1,234           -   4.5 s\n"
            "    2  10.0.0.2:7000  master     7  12,345       0  1,234       12 ms   4.5 s\n"
            "    3  10.0.0.3:7000  silent     -       -       -      -       never       -\n");
}

TEST(StatusTable, AMemberNotHeardForASecondIsSilent) {
  Status s = of_three();
  s.members[1].last_heard = 1s;
  EXPECT_THAT(lines_of(status_table(s, false))[3], HasSubstr("master"));
  s.members[1].last_heard = 1s + 1ns;
  const auto line = lines_of(status_table(s, false))[4];  // after a remark: it was the majority
  EXPECT_THAT(line, HasSubstr("silent"));
  EXPECT_THAT(line, HasSubstr("12,345"));  // what it last told
}

TEST(StatusTable, ColoursTheSilentRedAndOnlyWhenAsked) {
  EXPECT_THAT(status_table(of_three(), false), Not(HasSubstr("\x1b")));
  const auto lines = lines_of(status_table(of_three(), true));
  EXPECT_THAT(lines[2], Not(HasSubstr("\x1b")));
  EXPECT_THAT(lines[3], StartsWith("\x1b[32m"));
  EXPECT_THAT(lines[4], StartsWith("\x1b[31m"));
  EXPECT_THAT(lines[4], testing::EndsWith("\x1b[0m"));
}

TEST(StatusTable, WhoHasNoSwarmSaysSo) {
  EXPECT_EQ(status_table(Status{}, false), "no swarm yet · this instance is a stranger\n");
}

TEST(StatusTable, WhoIsDeafOrHasMovedShowsIt) {
  Status s = of_three();
  s.deaf = true;
  s.members[1].heard_from = {0x0a000063, 7000};
  const auto table = status_table(s, false);
  EXPECT_THAT(table,
              HasSubstr("\ndeaf: nothing of what peers last sent to the group arrived here"));
  EXPECT_THAT(table, HasSubstr("moved: member 2 is at 10.0.0.99:7000, its swarm knows it at "
                               "10.0.0.2:7000"));
  EXPECT_THAT(lines_of(table).back(), HasSubstr("never"));
  EXPECT_THAT(table, HasSubstr("10.0.0.2:7000  moved"));
}

// Itself counts, and who was not heard for a second does not.
TEST(StatusTable, WhoHearsNoMajorityNamesThoseThatAreMissing) {
  Status s = of_three();
  EXPECT_THAT(status_table(s, false), Not(HasSubstr("no majority")));
  s.members[1].last_heard = 1001ms;
  EXPECT_THAT(
      status_table(s, false),
      HasSubstr("\nno majority: 1 of 3 voters is heard, this one counted, and 2 are needed; "
                "not heard: 2 (10.0.0.2:7000), 3 (10.0.0.3:7000)\n"));
  s.members[1].member.standing = s.members[2].member.standing = Standing::learner;
  EXPECT_THAT(status_table(s, false), Not(HasSubstr("no majority")));
  s = of_three();
  s.members.push_back(member(4));
  s.members[3].last_heard.reset();
  EXPECT_THAT(status_table(s, false), HasSubstr("no majority: 2 of 4 voters are heard, this one "
                                                "counted, and 3 are needed; not heard: 3 ("));
}

TEST(StatusTable, ACopiedDirectoryIsNoMove) {
  Status s = of_three();
  s.members[1].heard_from = {0x0a000063, 7000};
  EXPECT_THAT(status_table(s, false), HasSubstr("or a copy of its data directory is there"));
  s.members[1].two_processes = true;
  const auto table = status_table(s, false);
  EXPECT_THAT(table,
              HasSubstr("\ncopied: two processes were heard with the disk of member 2: its data "
                        "directory was copied"));
  EXPECT_THAT(table, HasSubstr("10.0.0.2:7000  copied"));
  EXPECT_THAT(table, Not(HasSubstr("moved")));
}

TEST(StatusTable, SaysWhatAnOperatorMustKnow) {
  Status s = of_three();
  s.master = {};
  s.ready = false;
  s.full = true;
  const auto table = status_table(s, false);
  EXPECT_THAT(table, HasSubstr("no master known"));
  EXPECT_THAT(table, HasSubstr("\nnot ready: this instance follows no master"));
  EXPECT_THAT(table, HasSubstr("\nfull: "));
  s.role = Role::removed;
  EXPECT_THAT(status_table(s, false), HasSubstr("takes no part any more: it was removed"));
}

// /readyz says no for several reasons.
TEST(StatusTable, WhoIsNotReadySaysWhy) {
  Status s = of_three();
  s.ready = false;
  s.role = Role::learner;
  EXPECT_THAT(status_table(s, false), HasSubstr("not ready: this instance is a learner"));
  s.role = Role::master;
  EXPECT_THAT(status_table(s, false),
              HasSubstr("not ready: this instance is the master, and waits"));
  s.serving = s.deaf = true;
  EXPECT_THAT(status_table(s, false), HasSubstr("not ready: this instance serves, and is deaf"));
  s.role = Role::slave;
  s.serving = s.deaf = false;
  s.members[0].heard_from = {0x0a000063, 7000};
  EXPECT_THAT(status_table(s, false), Not(HasSubstr("not ready")));
  EXPECT_THAT(status_table(s, false), HasSubstr("moved: member 1 is at 10.0.0.99:7000"));
}

TEST(StatusTable, AProcessThatHasEndedIsNotOnlySilent) {
  Status s = of_three();
  s.members[1].ended = true;
  const auto table = status_table(s, false);
  EXPECT_THAT(table, HasSubstr("10.0.0.2:7000  ended"));
  EXPECT_THAT(table, HasSubstr("10.0.0.3:7000  silent"));
  EXPECT_THAT(table, HasSubstr("no majority: 1 of 3 voters is heard"));
}

// A datagram of it came, and none that tells its state.
TEST(StatusTable, WhatAMemberHasNotToldYetIsNoNumber) {
  Status s = of_three();
  s.members[1] = {};
  s.members[1].member.id = {2};
  s.members[1].last_heard = 12ms;
  const auto lines = lines_of(status_table(s, false));
  EXPECT_THAT(lines[lines.size() - 2],
              testing::MatchesRegex(" +2 +[^ ]+ +- +- +- +- +- +12 ms +-"));
}

TEST(StatusTable, AnInstanceWithoutASwarmHasARoleAndNoNumber) {
  Status s;
  s.members.resize(1);
  s.members[0].self = true;
  s.members[0].last_heard = 0ns;
  EXPECT_THAT(lines_of(status_table(s, false)).back(),
              testing::MatchesRegex("\\* +- +[^ ]+ +stranger +0 .*"));
}

TEST(StatusTable, WhoHasNoVoteIsNotCounted) {
  Status s = of_three();
  s.members[0].member.standing = Standing::learner;
  EXPECT_THAT(status_table(s, false),
              HasSubstr("no majority: 1 of 2 voters is heard, and 2 are needed; not heard: 3"));
}

TEST(StatusTable, OneIsNotPlural) {
  Status s = of_three();
  s.members.resize(1);
  s.peers = s.contents = 1;
  EXPECT_THAT(status_table(s, false),
              HasSubstr("master 2 · 1 member, 1 voter · 1 peer of 1 content\n"));
}

TEST(StatusTable, TimesAreInTheUnitsThatAPersonWants) {
  const std::vector<std::pair<Duration, std::string>> times = {
      {0ns, "0 ms"},    {999ms, "999 ms"},    {9999ms, "9.9 s"},
      {59s, "59 s"},    {61s, "1 min 1 s"},   {2h + 5min, "2 h 5 min"},
      {49h, "2 d 1 h"}, {8760h, "365 d 0 h"}, {24h - 1ns, "23 h 59 min"}};
  for (const auto& [time, text] : times) {
    Status s = of_three();
    s.members[0].told.uptime = time;
    EXPECT_THAT(lines_of(status_table(s, false))[2], testing::EndsWith(' ' + text)) << text;
  }
}

}  // namespace
}  // namespace swarm::observe
