// What becomes of the files of a simulated data directory, and the words of scenarios for it.
#include "transport/sim/actors/directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "transport/sim/run/campaign.hpp"
#include "transport/sim/scenario/scenario_reader.hpp"

namespace swarm::sim {
namespace {

using testing::HasSubstr;
using File = Directory::File;

class DirectoryTest : public testing::Test {
 protected:
  Directory::Found start() {
    return directory_.open([this] { return ++random_; });
  }
  std::string refusal() {
    try {
      start();
      return "none";
    } catch (const db::Damaged& damage) {
      return damage.what();
    }
  }
  void vote(std::uint64_t term) {
    db::Ballot ballot;
    ballot.store = StoreId{77};
    ballot.cluster = ClusterId{7};
    ballot.member = MemberId{2};
    ballot.term = Term{term};
    directory_.ballot_of_host()->write(ballot);
  }
  void append(std::uint64_t first, std::uint64_t last) {
    const auto log = directory_.log_of_host();
    for (; first <= last; ++first) {
      db::TrackerWrite write;
      write.append = {std::make_shared<const Block>(Block{{first}, {1}, {first}, {4, 4}})};
      const db::TrackerWrite* group[] = {&write};
      log->write(group);
    }
  }
  void member_with(std::uint64_t blocks) {
    start();
    vote(1);
    append(1, blocks);
  }

  Directory directory_;
  std::uint64_t random_ = 100;
};

TEST_F(DirectoryTest, WhatIsThereIsThereAgain) {
  member_with(20);
  for (int i = 0; i < 2; ++i) {
    const auto found = start();
    EXPECT_EQ(found.image.log.size(), 20u);
    EXPECT_EQ(found.ballot->term, Term{1});
  }
}

TEST_F(DirectoryTest, AFirstStartThatWasCutShortBeginsAgain) {
  start();
  EXPECT_EQ(refusal(), "none");
  EXPECT_FALSE(start().ballot);
}

TEST_F(DirectoryTest, ALostFileIsNoticed) {
  member_with(20);
  const auto whole = directory_.copy();
  directory_.lose(File::log);
  EXPECT_THAT(refusal(), HasSubstr("tracker.db is new, or of version 0.1.0, and ballot.db is not"));
  directory_.put_back(whole, File::all);
  EXPECT_EQ(refusal(), "none");
  directory_.lose(File::ballot);
  EXPECT_THAT(refusal(), HasSubstr("ballot.db is missing or empty"));
}

TEST_F(DirectoryTest, AnOlderLogIsNoticedAfterAStartAndAfterAVote) {
  member_with(20);
  const auto older = directory_.copy();
  append(21, 30);
  vote(2);
  const auto later = directory_.copy();
  directory_.put_back(older, File::log);
  EXPECT_THAT(refusal(), HasSubstr("ends at block 20 and has reached block 30"));
  directory_.put_back(later, File::all);
  start();
  directory_.put_back(later, File::log);
  EXPECT_THAT(refusal(), HasSubstr("tracker.db is older than ballot.db"));
}

// Only the other members know (R28).
TEST_F(DirectoryTest, ACutOfTheLogAfterTheLastVoteIsNot) {
  member_with(20);
  const auto older = directory_.copy();
  append(21, 30);
  directory_.put_back(older, File::log);
  EXPECT_EQ(start().image.log.size(), 20u);
}

TEST_F(DirectoryTest, AnOlderBallotIsNoticedOnceTheLogIsWritten) {
  member_with(20);
  const auto older = directory_.copy();
  EXPECT_TRUE(directory_.is_noticed(older, File::ballot)) << "it is not older";
  vote(2);
  EXPECT_FALSE(directory_.is_noticed(older, File::ballot));
  append(21, 21);
  EXPECT_TRUE(directory_.is_noticed(older, File::ballot));
  directory_.put_back(older, File::ballot);
  EXPECT_THAT(refusal(), HasSubstr("ballot.db is older than tracker.db"));
}

TEST_F(DirectoryTest, BothOfOneTimeBelongTogether) {
  member_with(20);
  const auto older = directory_.copy();
  append(21, 30);
  vote(9);
  directory_.put_back(older, File::all);
  const auto found = start();
  EXPECT_EQ(found.image.log.size(), 20u);
  EXPECT_EQ(found.ballot->term, Term{1});
}

// ---- The words

std::string complaint(const std::string& action) {
  try {
    parse_scenario("duration: 20s\nswarm: { trackers: 3, standby: 1 }\ntimeline:\n  - { at: 1s, " +
                       action + " }\n",
                   "x.yaml");
    return "";
  } catch (const ScenarioError& error) {
    return error.what();
  }
}

TEST(FilesInScenarios, AreRead) {
  const auto s = parse_scenario(R"(
swarm: { trackers: 3, standby: 1, rejoin: true }
timeline:
  - { at: 1s, copy: all }
  - { at: 2s, files: { of: t2, older: log }, for: 300ms }
  - { at: 2s, name: litter, files: { of: any-slave, lost: ballot } }
  - { at: 3s, clone: { of: master, on: t4 } }
)",
                                "x.yaml");
  EXPECT_TRUE(s.swarm.rejoin);
  EXPECT_EQ(to_text(s.timeline[0]), "copy all at 1s");
  EXPECT_EQ(to_text(s.timeline[1]), "files of t2, older log at 2s for 300ms");
  EXPECT_EQ(to_text(s.timeline[2]), "litter: files of any-slave, lost ballot at 2s");
  EXPECT_EQ(to_text(s.timeline[3]), "clone of master on t4 at 3s");
}

TEST(FilesInScenarios, WhatMakesNoSenseIsRefused) {
  EXPECT_EQ(complaint("files: { of: t1, lost: log }"), "");
  EXPECT_THAT(complaint("files: { of: t1 }"), HasSubstr("either `lost: log` or `older: all`"));
  EXPECT_THAT(complaint("files: { lost: log }"), HasSubstr("add `of`"));
  EXPECT_THAT(complaint("files: { of: t1, lost: all }"), HasSubstr("unknown word `all`"));
  EXPECT_THAT(complaint("files: { of: t1, older: all }"), HasSubstr("no `copy` comes before"));
  EXPECT_THAT(complaint("files: { of: rest, lost: log }"), HasSubstr("cannot be said of"));
  EXPECT_THAT(complaint("copy: t1, for: 1s"), HasSubstr("takes no `for`"));
  EXPECT_EQ(complaint("clone: { of: t1 }"),
            "x.yaml:4:22: timeline.clone: a clone needs both: { of: any-slave, on: t4 }; `on` "
            "names a tracker on standby, where it goes");
  for (const auto* const half : {"clone: t1", "clone: { on: t4 }"})
    EXPECT_THAT(complaint(half), HasSubstr("a clone needs both: { of: any-slave, on: t4 }"));
  EXPECT_THAT(complaint("clone: { of: all, on: t4 }"), HasSubstr("cannot be said of `all`"));
  EXPECT_THAT(complaint("clone: { of: t1, on: t3 }"), HasSubstr("`on` a tracker on standby"));
  EXPECT_THAT(complaint("clone: { of: t1, on: any-slave }"),
              HasSubstr("`on` a tracker on standby"));
}

// As one writes it who does not know the words yet.
TEST(FilesInScenarios, RefusalsSayWhatThereIs) {
  EXPECT_THAT(complaint("files: { of: t1, older: }"),
              HasSubstr("there is no value, known are log, ballot, all"));
  EXPECT_THAT(complaint("files: { of: t1, lost: tables }"), HasSubstr("known are log, ballot"));
  EXPECT_THAT(complaint("files: { of: t1, lost: log, older: log }"),
              HasSubstr("there are lost: log, ballot and older: log, ballot, all"));
  EXPECT_THAT(complaint("files: { of: t1, older: bllot }"), HasSubstr("did you mean `ballot`?"));
  EXPECT_THAT(complaint("files: t1"), HasSubstr("{ of: t2, lost: log }"));
  EXPECT_THAT(complaint("disk: t1"), HasSubstr("{ of: master, hang: true }"));
  EXPECT_THAT(complaint("clock: t1"), HasSubstr("{ of: master, by: -2s }"));
  EXPECT_THAT(complaint("cut: t1"), HasSubstr("{ from: master, to: all-slaves }"));
}

TEST(FilesInScenarios, AnOlderCopyIsOfTheSameTracker) {
  const auto older = [](const std::string& copied, const std::string& of) {
    return complaint("copy: " + copied + " }\n  - { at: 2s, files: { of: " + of + ", older: all }");
  };
  EXPECT_EQ(older("t1", "t2"),
            "x.yaml:5:5: there is nothing older of t2: no `copy` of it comes before this");
  EXPECT_EQ(older("t2", "t2"), "");
  EXPECT_EQ(older("all", "t2"), "");
  EXPECT_EQ(older("any-slave", "t2"), "") << "it may be t2";
  EXPECT_EQ(older("t1", "master"), "") << "it may be t1";
}

TEST(FilesInScenarios, AClonePicksATrackerThatWasNeverStarted) {
  const auto clone_after = [](const std::string& what) {
    return complaint(what + " }\n  - { at: 2s..3s, clone: { of: t1, on: t4 }");
  };
  for (const auto* const start : {"start: t4", "start: all"})
    EXPECT_EQ(clone_after(start),
              "x.yaml:5:40: t4 is no longer on standby: a `start` comes before this `clone`");
  EXPECT_EQ(clone_after("start: t3"), "");
  EXPECT_EQ(complaint("clone: { of: t1, on: t4 } }\n  - { at: 1s, start: t4"), "")
      << "at the same time, and after it";
}

// ---- What the swarm makes of it

RunResult result_of(const std::string& rest) {
  const auto scenario = parse_scenario("name: x\nduration: 12s\n" + rest, "x.yaml");
  CampaignOptions options;
  options.seed = 1;
  options.runs = 1;
  return run_campaign(scenario, options).runs.at(0);
}

// A master whose directory was copied hands over before it ends, and both end.
TEST(FilesInScenarios, BothProcessesOfAMastersDirectoryEnd) {
  const auto result = result_of(R"(
swarm: { trackers: 3, standby: 1, peers: 5 }
timeline:
  - { at: 3s, clone: { of: master, on: t4 } }
expect:
  - { always: all }
)");
  ASSERT_FALSE(result.failure) << result.failure->text;
  EXPECT_EQ(result.sometimes.at("directories_refused"), 2u);
  EXPECT_GE(result.sometimes.at("hand_overs"), 1u);
}

TEST(FilesInScenarios, WhatIsExpectedAfterOneThatCannotBeIsNotAsked) {
  // The copy may come first, and the start last: in this run they do not.
  for (const std::string action :
       {"files: { of: t2, older: all }, for: 100ms", "clone: { of: t2, on: t4 }"}) {
    const auto result = result_of(R"(
swarm: { trackers: 3, standby: 1, peers: 5 }
timeline:
  - { at: 2999ms..11s, name: later, copy: t2 }
  - { at: 2s..3001ms, start: t4 }
  - { at: 3s, )" + action + R"(, name: it }
expect:
  - { after: it, same_master: 1s }
)");
    ASSERT_EQ(result.not_happened.size(), 1u) << action;
    EXPECT_NE(result.verdicts.at(0).held, Held::yes) << action;
    EXPECT_EQ(result.sometimes.at("directories_refused"), 0u) << action;
  }
}

// Refused at the start and again after it: it stays down, and the others go on.
TEST(FilesInScenarios, ARefusedOneStaysDown) {
  const auto result = result_of(R"(
swarm: { trackers: 3, peers: 5 }
timeline:
  - { at: 3s, files: { of: t2, lost: log }, for: 100ms }
  - { at: 6s, start: t2 }
  - { at: 9s, name: late, heal: all }
expect:
  - { after: late, first_answer: 100ms }
  - { always: all }
)");
  ASSERT_FALSE(result.failure) << result.failure->text;
  EXPECT_EQ(result.sometimes.at("directories_refused"), 2u);
}

// The proof of the others is on its disk: alone it takes no part either.
TEST(FilesInScenarios, ARefusalOutlivesThoseWhoHaveSeenIt) {
  const auto result = result_of(R"(
swarm: { trackers: 3, peers: 20, contents: 6, arrive_within: 4s }
tracker: { first_start: init, stabilisation: 0s }
timeline:
  - { at: 2s, copy: t3 }
  - { at: 4s, files: { of: t3, older: all }, for: 100ms }
  - { at: 6s, crash: t1 }
  - { at: 6s, crash: t2 }
  - { at: 7s, start: t3 }
expect:
  - { always: all }
)");
  ASSERT_FALSE(result.failure) << result.failure->text;
  EXPECT_EQ(result.sometimes.at("directories_refused"), 2u);
}

}  // namespace
}  // namespace swarm::sim
