#include "observe/live/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "observe/live/trace.hpp"
#include "tests/engine/db/temporary_directory.hpp"

namespace swarm::observe {
namespace {

using testing::HasSubstr;

Status of_two() {
  Status s;
  s.name = "t1";
  s.version = "0.1.0";
  s.role = Role::master;
  s.term = {7};
  s.uptime = 1500ms;
  s.commit = {99};
  s.members.resize(3);
  for (std::uint32_t i = 0; i < 3; ++i) s.members[i].member.id = {i + 1};
  s.members[0].self = true;
  s.members[0].last_heard = 0ns;
  s.members[1].last_heard = 20ms;
  s.members[1].behind = 4;
  s.members[1].member.standing = Standing::voter;
  return s;
}

template <std::size_t... I>
std::vector<Event> every_kind(std::index_sequence<I...>) {
  return {Event(std::in_place_index<I>)...};
}
std::vector<Event> every_kind() {
  return every_kind(std::make_index_sequence<std::variant_size_v<Event>>());
}

// Each sample by its name and labels, as it stands in the text.
std::map<std::string, std::string> samples_of(const std::string& text) {
  std::map<std::string, std::string> samples;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with('#')) continue;
    const auto blank = line.rfind(' ');
    EXPECT_TRUE(samples.emplace(line.substr(0, blank), line.substr(blank + 1)).second)
        << line << " is there twice";
  }
  return samples;
}

TEST(Metrics, EachHasAHelpAndATypeAndStandsInOnePlace) {
  std::istringstream in(Metrics().text(of_two(), {}));
  const std::regex sample(
      R"re(([a-z_]+)(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? \+?[0-9a-zA-Z.+-]+)re");
  std::string name, type;
  std::set<std::string> names;
  for (std::string line; std::getline(in, line);) {
    std::smatch match;
    if (line.starts_with("# HELP ")) {
      name = line.substr(7, line.find(' ', 7) - 7);
      EXPECT_TRUE(names.insert(name).second) << name << " is there twice";
      EXPECT_TRUE(line.ends_with('.')) << line;
      ASSERT_TRUE(std::getline(in, line));
      ASSERT_TRUE(line.starts_with("# TYPE " + name + ' ')) << line;
      type = line.substr(line.rfind(' ') + 1);
      EXPECT_TRUE(type == "counter" || type == "gauge") << line;
      EXPECT_EQ(type == "counter", name.ends_with("_total")) << line;
      EXPECT_TRUE(name.starts_with("swarm_tracker_") || name.starts_with("process_")) << line;
    } else {
      ASSERT_TRUE(std::regex_match(line, match, sample)) << line;
      EXPECT_EQ(match[1], name) << line;
    }
  }
  EXPECT_GT(names.size(), 40u);
}

TEST(Metrics, PromtoolFindsNothing) {
  if (std::system("command -v promtool >/dev/null") != 0)
    GTEST_SKIP() << "promtool is not installed (package prometheus)";
  const TemporaryDirectory folder;
  Status status = of_two();
  status.name = "a \"name\" with \\ and \n";
  std::ofstream(folder / "metrics") << Metrics().text(status, {});
  const auto command =
      "promtool check metrics < " + folder / "metrics" + " > " + folder / "found" + " 2>&1";
  EXPECT_EQ(std::system(command.c_str()), 0);
  std::stringstream found;
  found << std::ifstream(folder / "found").rdbuf();
  EXPECT_EQ(found.str(), "");
}

TEST(Metrics, SaysWhatTheInstanceIs) {
  const auto samples = samples_of(Metrics().text(of_two(), {}));
  const auto at = [&](const char* name) { return samples.at(name); };
  EXPECT_EQ(at(R"(swarm_tracker_info{version="0.1.0",name="t1"})"), "1");
  EXPECT_EQ(at(R"(swarm_tracker_role{role="master"})"), "1");
  EXPECT_EQ(at(R"(swarm_tracker_role{role="slave"})"), "0");
  EXPECT_EQ(at("swarm_tracker_uptime_seconds"), "1.5");
  EXPECT_EQ(at("swarm_tracker_members"), "3");
  EXPECT_EQ(at("swarm_tracker_voters"), "1");
  EXPECT_EQ(at(R"(swarm_tracker_log_index{kind="commit"})"), "99");
  EXPECT_EQ(at(R"(swarm_tracker_member_behind_blocks{member="2"})"), "4");
  EXPECT_EQ(at(R"(swarm_tracker_member_last_heard_seconds{member="2"})"), "0.02");
}

// An alert on "not heard for 10 s" must see it; and nobody waits to hear himself.
TEST(Metrics, AMemberNeverHeardIsInfinitelyLongSilent) {
  const auto samples = samples_of(Metrics().text(of_two(), {}));
  EXPECT_EQ(samples.at(R"(swarm_tracker_member_last_heard_seconds{member="3"})"), "+Inf");
  EXPECT_FALSE(samples.contains(R"(swarm_tracker_member_last_heard_seconds{member="1"})"));
  EXPECT_FALSE(samples.contains(R"(swarm_tracker_member_behind_blocks{member="3"})"));
}

TEST(Metrics, LabelsAreEscaped) {
  Status status = of_two();
  status.name = "\"\\\n";
  EXPECT_THAT(Metrics().text(status, {}), HasSubstr(R"(name="\"\\\n"})"));
}

TEST(Metrics, EventsAreCountedByWhatTheySay) {
  Metrics metrics;
  metrics.event(event::Answered{Term{1}, {}, 1});
  metrics.event(event::Answered{Term{1}, {}, 1});
  metrics.event(event::Answered{Term{1}, {}, 3, Dialect::http});
  metrics.event(event::Rejected{Reject::bad_mac});
  metrics.event(event::MasterSuspected{{}, {}, Cause::silence});
  metrics.event(event::ElectionStarted{{}, Cause::certificate});
  metrics.event(event::SteppedDown{{}, Cause::stopping});
  metrics.event(event::KeptAnswered{5});
  metrics.event(event::KeptAnswered{6});
  metrics.event(event::NotStored{});
  const auto samples = samples_of(metrics.text(of_two(), {}));
  const std::map<std::string, std::string> expected = {
      {R"(swarm_tracker_answers_total{action="announce"})", "2"},
      {R"(swarm_tracker_answers_total{action="error"})", "1"},
      {R"(swarm_tracker_answers_by_dialect_total{dialect="seed"})", "2"},
      {R"(swarm_tracker_answers_by_dialect_total{dialect="http"})", "1"},
      {R"(swarm_tracker_rejected_datagrams_total{reason="bad_mac"})", "1"},
      {R"(swarm_tracker_masters_suspected_total{cause="silence"})", "1"},
      {R"(swarm_tracker_elections_started_total{cause="certificate"})", "1"},
      {R"(swarm_tracker_stepped_down_total{cause="stopping"})", "1"},
      {"swarm_tracker_kept_requests_answered_total", "11"},
      {"swarm_tracker_registrations_not_stored_total", "1"}};
  for (const auto& [name, value] : samples) {
    const auto found = expected.find(name);
    if (name.find("_total") == name.npos) continue;
    EXPECT_EQ(value, found != expected.end() ? found->second : "0") << name;
  }
  for (const auto& [name, value] : expected) EXPECT_TRUE(samples.contains(name)) << name;
}

TEST(Metrics, WhoIsDeafOrHasMoved) {
  auto status = of_two();
  const auto before = samples_of(Metrics().text(status, {}));
  EXPECT_EQ(before.at("swarm_tracker_deaf"), "0");
  EXPECT_EQ(before.at("swarm_tracker_moved"), "0");
  status.deaf = true;
  status.group_heard = 5;
  for (auto& member : status.members) {
    member.last_heard = 0ns;
    member.heard_from = {0x0a000063, 7000};
  }
  const auto after = samples_of(Metrics().text(status, {}));
  EXPECT_EQ(after.at("swarm_tracker_deaf"), "1");
  EXPECT_EQ(after.at("swarm_tracker_moved"), "1");
  EXPECT_EQ(after.at("swarm_tracker_group_datagrams_total"), "5");
}

// One of each: every counter of events stands at one, and none belongs to two kinds.
TEST(Metrics, EveryKindOfEventIsTaken) {
  Metrics metrics;
  for (const auto& event : every_kind()) metrics.event(event);
  for (const auto& event : every_kind()) metrics.event(event);
  const auto samples = samples_of(metrics.text(of_two(), {}));
  for (const char* name :
       {"elections_won", "hand_overs", "blocks_committed", "log_truncations", "member_changes",
        "snapshots_sent", "snapshots_installed", "peers_expired", "registrations_expired",
        "registrations_not_stored", "deaf_hand_overs", "clock_went_back", "disk_slow"})
    EXPECT_EQ(samples.at("swarm_tracker_" + std::string(name) + "_total"), "2") << name;
}

TEST(Metrics, EveryReasonCauseAndActionHasItsCounter) {
  const auto text = Metrics().text(of_two(), {});
  for (int i = 0; i < static_cast<int>(Reject::count); ++i)
    EXPECT_THAT(text, HasSubstr("reason=\"" + std::string(name_of(static_cast<Reject>(i))) + '"'));
  for (int i = 0; i <= static_cast<int>(Cause::stopping); ++i)
    EXPECT_THAT(text, HasSubstr("cause=\"" + std::string(name_of(static_cast<Cause>(i))) + '"'));
  for (const char* action : {"connect", "announce", "scrape", "error"})
    EXPECT_THAT(text, HasSubstr("action=\"" + std::string(action) + '"'));
}

TEST(Metrics, WhatTheHostCountsIsTold) {
  HostCounts host;
  host.cluster = {1, 2, 3, 4, 5, 6, 7};
  host.peers.received = 18'000'000'000'000'000'000u;
  host.http = {21, 22, 23, 24};
  host.denied = 25;
  host.log = {10, 11, 12, 13ms, 14s};
  host.ballot.commits = 15;
  host.answers_too_late = 16;
  host.steps = 17;
  host.longest_lateness = 18us;
  host.longest_step = {26us, 27us, 28us, 29us};
  host.cpu = 19s;
  host.resident_bytes = 20;
  const auto samples = samples_of(Metrics().text(of_two(), host));
  const std::map<std::string, std::string> expected = {
      {R"(swarm_tracker_datagrams_received_total{channel="cluster"})", "1"},
      {R"(swarm_tracker_received_bytes_total{channel="cluster"})", "2"},
      {R"(swarm_tracker_datagrams_sent_total{channel="cluster"})", "3"},
      {R"(swarm_tracker_sent_bytes_total{channel="cluster"})", "4"},
      {R"(swarm_tracker_receive_overflows_total{channel="cluster"})", "5"},
      {R"(swarm_tracker_send_dropped_total{channel="cluster"})", "6"},
      {R"(swarm_tracker_truncated_datagrams_total{channel="cluster"})", "7"},
      {R"(swarm_tracker_datagrams_received_total{channel="peers"})", "18000000000000000000"},
      {R"(swarm_tracker_disk_tickets_total{disk="log"})", "10"},
      {R"(swarm_tracker_disk_commits_total{disk="log"})", "11"},
      {R"(swarm_tracker_disk_checkpoints_total{disk="log"})", "12"},
      {R"(swarm_tracker_disk_commit_seconds_max{disk="log"})", "0.013"},
      {R"(swarm_tracker_disk_commit_seconds_total{disk="log"})", "14"},
      {R"(swarm_tracker_disk_commits_total{disk="ballot"})", "15"},
      {"swarm_tracker_http_connections_total", "21"},
      {"swarm_tracker_http_requests_total", "22"},
      {"swarm_tracker_http_made_room_total", "23"},
      {"swarm_tracker_http_unanswered_total", "24"},
      {R"(swarm_tracker_listed_contents{list="allow"})", "0"},
      {R"(swarm_tracker_listed_contents{list="deny"})", "25"},
      {"swarm_tracker_answers_too_late_total", "16"},
      {"swarm_tracker_steps_total", "17"},
      {"swarm_tracker_event_loop_lateness_seconds_max", "1.8e-05"},
      {R"(swarm_tracker_step_cpu_seconds_max{kind="datagrams"})", "2.6e-05"},
      {R"(swarm_tracker_step_cpu_seconds_max{kind="timer"})", "2.7e-05"},
      {R"(swarm_tracker_step_cpu_seconds_max{kind="disk"})", "2.8e-05"},
      {R"(swarm_tracker_step_cpu_seconds_max{kind="other"})", "2.9e-05"},
      {"process_cpu_seconds_total", "19"},
      {"process_resident_memory_bytes", "20"}};
  for (const auto& [name, value] : expected) EXPECT_EQ(samples.at(name), value) << name;
}

}  // namespace
}  // namespace swarm::observe
