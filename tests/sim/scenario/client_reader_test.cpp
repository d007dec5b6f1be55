#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sim/scenario/scenario_texts.hpp"
#include "transport/sim/scenario/scenario_names.hpp"
#include "transport/sim/scenario/scenario_reader.hpp"

namespace swarm::sim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;
using texts::complaint;

TEST(ClientReader, ReadsTheWholeSection) {
  const Scenario s = parse_scenario(R"(
duration: 60s
clients:
  count: 60
  kinds: [aria2, transmission]
  arrive: 1s..20s
  trackers: rotated
  completes: 2s..5s
  stays: 30s
timeline: [{ at: 5s, kill: master }]
expect:
  - { answered: all, within: 20s }
  - { after: kill, answered: aria2, within: 18s }
  - { always: all }
  - { sometimes: clients_turned }
)",
                                    "x.yaml");
  const ClientModel& clients = s.clients;
  EXPECT_EQ(clients.count, 60u);
  EXPECT_THAT(clients.kinds, ElementsAre("aria2", "transmission"));
  EXPECT_EQ(clients.arrive.high, 20s);
  EXPECT_EQ(clients.trackers, ClientModel::Trackers::rotated);
  EXPECT_EQ(clients.completes->low, 2s);
  EXPECT_EQ(clients.stays->high, 30s);
  EXPECT_EQ(to_text(s.expect[0]), "all clients: answered within 20s");
  EXPECT_EQ(to_text(s.expect[1]), "after kill: aria2 clients: answered within 18s");
}

TEST(ClientReader, OneKindNeedsNoListSoThatASweepCanVaryIt) {
  Scenario s = parse_scenario("clients: { count: 1, kinds: aria2 }", "x.yaml");
  EXPECT_THAT(s.clients.kinds, ElementsAre("aria2"));
  set_key(s, "clients.kinds", "rtorrent");
  set_key(s, "clients.trackers", "one");
  EXPECT_THAT(s.clients.kinds, ElementsAre("rtorrent"));
  EXPECT_EQ(s.clients.trackers, ClientModel::Trackers::one);
}

TEST(ClientReader, EachDefaultCanBeWritten) {
  Scenario s = parse_scenario(
      "duration: 60s\nclients: { count: 1, kinds: all, arrive: 500ms..1500ms, trackers: in-order, "
      "completes: never, stays: forever }",
      "x.yaml");
  EXPECT_TRUE(s.clients.kinds.empty());
  EXPECT_FALSE(s.clients.completes);
  EXPECT_FALSE(s.clients.stays);
  for (const auto& [key, value] :
       {std::pair("kinds", "lftp"), std::pair("stays", "20s"), std::pair("completes", "10s")})
    set_key(s, "clients." + std::string(key), value);
  EXPECT_EQ(s.clients.completes->low, 10s);
  for (const auto& [key, value] :
       {std::pair("kinds", "all"), std::pair("stays", "forever"), std::pair("completes", "never")})
    set_key(s, "clients." + std::string(key), value);
  EXPECT_TRUE(s.clients.kinds.empty());
  EXPECT_FALSE(s.clients.completes);
  EXPECT_FALSE(s.clients.stays);
}

TEST(ClientReader, NobodyCompletesAfterAllHaveLeft) {
  const auto with = [](const std::string& lives) {
    return complaint("duration: 60s\nclients: { count: 1, " + lives + " }");
  };
  EXPECT_EQ(with("completes: 20s..30s, stays: 10s..20s"),
            "x.yaml:2:33: nobody completes: the first would after 20s, the last leave after 20s");
  EXPECT_EQ(with("completes: 19s..30s, stays: 10s..20s"), "");
  EXPECT_EQ(with("completes: 50s, stays: forever"), "");
}

TEST(ClientReader, WhatMakesNoSenseIsRefusedAtItsPlace) {
  EXPECT_EQ(complaint("clients: { kinds: aria2 }"),
            "x.yaml:1:10: clients: the key `count` is missing");
  EXPECT_THAT(complaint("clients: { count: 1, kinds: [aria3] }"),
              StartsWith("x.yaml:1:30: clients.kinds: unknown word `aria3`, did you mean `aria2`"));
  EXPECT_THAT(complaint("clients: { count: 1, kinds: [] }"), HasSubstr("no kind of client"));
  EXPECT_THAT(complaint("clients: { count: 1, trackers: two }"), HasSubstr("unknown word `two`"));
  EXPECT_THAT(complaint("clients: { count: 1, kinds: [all] }"), HasSubstr("unknown word `all`"));
  EXPECT_THAT(complaint("clients: { count: 1, completes: nver }"),
              HasSubstr("; or the word `never`"));
  EXPECT_THAT(complaint("clients: { count: 1, stays: never }"),
              HasSubstr("; or the word `forever`"));
  EXPECT_THAT(complaint("clients: { count: 1, arrive: 11s }"),
              StartsWith("x.yaml:1:30: clients may arrive at 11s, after the end of the run (10s)"));
}

TEST(ClientReader, AnExpectationNeedsItsClientsAndItsTime) {
  EXPECT_THAT(complaint("expect: [{ answered: all, within: 1s }]"),
              HasSubstr("`answered` is said of `clients`, there are none"));
  EXPECT_THAT(complaint("expect: [{ always: clients_hear_no_error }]"),
              HasSubstr("is said of `clients`, there are none"));
  const std::string some = "clients: { count: 2, kinds: [aria2, lftp], arrive: 5s }\n";
  EXPECT_THAT(complaint(some + "expect: [{ answered: aria, within: 1s }]"),
              HasSubstr("there are no clients `aria`, did you mean `aria2`"));
  EXPECT_THAT(complaint(some + "expect: [{ answered: lftp }]"), HasSubstr("add `within: 60s`"));
  EXPECT_THAT(complaint(some + "expect: [{ answered: lftp, within: 6s }]"),
              HasSubstr("this may need until 11s, but the run ends at 10s"));
}

TEST(ClientReader, WithoutClientsAllLeavesTheirInvariantsOut) {
  const Scenario s = parse_scenario("expect: [{ always: all }]", "x.yaml");
  for (const auto& e : s.expect) EXPECT_FALSE(is_of_clients(e.name));
}

}  // namespace
}  // namespace swarm::sim
