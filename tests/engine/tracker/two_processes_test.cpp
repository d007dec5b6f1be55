// R31: two processes with one store, as of a data directory that was copied.
#include <gtest/gtest.h>

#include <set>

#include "engine/consensus/evidence.hpp"
#include "tests/engine/tracker/solo_tracker.hpp"
#include "tests/engine/tracker/witness_words.hpp"

namespace swarm::test {
namespace {

TEST(R31TwoProcesses, ThatTakeTurnsAreTold) {
  SoloTracker t;
  for (int i = 0; i < 5; ++i)
    for (const std::uint64_t boot : {50u, 51u}) status(t, 2, boot, 1);
  t.pass(3s);
  for (const std::uint64_t boot : {50u, 51u}) status(t, 2, boot, 1);
  EXPECT_TRUE(t.events<event::DisksDiffer>().empty()) << "a restart, and datagrams that came late";
  status(t, 2, 50, 1);
  ASSERT_EQ(t.events<event::DisksDiffer>().size(), 1u);
  EXPECT_EQ(t.events<event::DisksDiffer>()[0].what, Differ::two_processes);
  for (const std::uint64_t boot : {51u, 50u, 51u}) status(t, 2, boot, 1);
  EXPECT_EQ(t.events<event::DisksDiffer>().size(), 1u);
}

struct TwoProcessesOfMember2 : testing::Test {
  TwoProcessesOfMember2() {
    status(t, 2, 50, 1);
    t.pass(3s);
    for (int i = 0; i < 4; ++i)
      for (const std::uint64_t boot : {51u, 50u}) status(t, 2, boot, 1);
    t.forget();
  }
  std::uint64_t asked() {
    t.forget();
    t.pass(101ms);
    const auto all = said(t, 2, What::ask_alive);
    EXPECT_FALSE(all.empty());
    return all.empty() ? 0 : all.back().nonce;
  }
  void answer(std::uint64_t boot, std::uint64_t nonce) {
    t.hear(of_boot(t, 2, boot), say(What::alive, 0, 0, nonce), address_of(2));
  }
  void alone(Duration time) {
    for (Duration passed{}; passed < time; passed += 100ms) {
      t.pass(100ms);
      status(t, 2, 50, 1);
    }
  }
  void take_turns(Duration time) {
    for (Duration passed{}; passed < time; passed += 100ms) {
      t.pass(100ms);
      for (const std::uint64_t boot : {51u, 50u}) status(t, 2, boot, 1);
    }
  }
  bool told() {
    t.forget();
    t.pass(101ms);
    return !said(t, 2, What::two_alive).empty();
  }
  SoloTracker t;
};

TEST_F(TwoProcessesOfMember2, AreProvenByAnswersInTurn) {
  answer(50, asked());
  answer(51, asked());
  EXPECT_FALSE(told()) << "a restart would do that";
  answer(50, asked());
  ASSERT_TRUE(told());
  std::set<std::uint64_t> both;
  for (const auto& m : said(t, 2, What::two_alive)) both.insert(m.value);
  EXPECT_EQ(both, (std::set<std::uint64_t>{50, 51}));
  t.forget();
  for (const std::uint64_t boot : {50u, 51u})
    t.hear(of_boot(t, 2, boot), say(What::ask_two_alive, 0, 0, 7 + boot), address_of(2));
  const auto again = said(t, 2, What::two_alive);
  ASSERT_EQ(again.size(), 2u);
  EXPECT_EQ(again[0].value, 51u);
  EXPECT_EQ(again[0].nonce, 57u);
  EXPECT_EQ(again[1].value, 50u);
}

TEST_F(TwoProcessesOfMember2, RecordedAnswersProveNothing) {
  const auto first = asked();
  answer(50, first);
  const auto second = asked();
  EXPECT_NE(first, second);
  answer(51, second);
  answer(50, first);
  answer(50, second);
  asked();
  answer(50, 0);
  EXPECT_FALSE(told());
}

TEST_F(TwoProcessesOfMember2, ProcessesOneAfterTheOtherAreNone) {
  for (const std::uint64_t boot : {50u, 51u, 52u, 53u}) {
    status(t, 2, boot, 1);
    answer(boot, asked());
  }
  EXPECT_FALSE(told());
}

// As after restarts whose last datagrams came late: one process lives, and nothing points to
// another any more.
TEST_F(TwoProcessesOfMember2, TheQuestionEndsWhenNothingPointsToASecondOne) {
  for (int i = 0; i < 150; ++i) {
    status(t, 2, 50, 1);
    t.pass(100ms);
  }
  t.forget();
  for (int i = 0; i < 20; ++i) {
    status(t, 2, 50, 1);
    t.pass(100ms);
  }
  EXPECT_TRUE(said(t, 2, What::ask_alive).empty());
  status(t, 2, 51, 1);
  answer(51, asked());
  status(t, 2, 50, 1);
  answer(50, asked());
  answer(51, asked());
  EXPECT_TRUE(told()) << "it is asked again when something does";
}

TEST_F(TwoProcessesOfMember2, TheQuestionGoesOnAsLongAsTheyTakeTurns) {
  for (int i = 0; i < 150; ++i) {
    status(t, 2, i % 2 == 0 ? 51 : 50, 1);
    t.pass(100ms);
  }
  asked();
}

TEST_F(TwoProcessesOfMember2, AreReportedUntilOneAloneWasHeardForTenSeconds) {
  const auto reported = [this] { return t.members().at(1).two_processes; };
  EXPECT_TRUE(reported());
  EXPECT_FALSE(t.members().at(2).two_processes);
  for (int i = 0; i < 98; ++i) {
    t.pass(100ms);
    status(t, 2, 50, 1);
  }
  EXPECT_TRUE(reported());
  for (int i = 0; i < 3; ++i) {
    t.pass(100ms);
    status(t, 2, 50, 1);
  }
  EXPECT_FALSE(reported());
  take_turns(3s);
  EXPECT_TRUE(reported()) << "and again when the other one lives";
}

// As those of a process that has ended, which a slow network, or the certificate of a death that is
// told late, brings after ten seconds.
TEST_F(TwoProcessesOfMember2, ALateDatagramOfOneThatWasSettledIsNoSecondProcess) {
  const auto reported = [this] { return t.members().at(1).two_processes; };
  for (int round = 0; round < 3; ++round) {
    alone(11s);
    ASSERT_FALSE(reported());
    for (int i = 0; i < 4; ++i)
      for (const std::uint64_t boot : {51u, 50u}) status(t, 2, boot, 1);
    EXPECT_FALSE(reported()) << round;
    alone(5s);
    EXPECT_FALSE(reported()) << round;
  }
}

TEST_F(TwoProcessesOfMember2, OneThatWasSettledAndAnswersIsOne) {
  const auto reported = [this] { return t.members().at(1).two_processes; };
  alone(11s);
  ASSERT_FALSE(reported());
  for (const std::uint64_t boot : {51u, 50u, 51u}) {
    status(t, 2, boot, 1);
    answer(boot, asked());
  }
  EXPECT_TRUE(reported()) << "at once";
}

// Of several restarts one each: no two of them lived at one time.
TEST(R31TwoProcesses, LateDatagramsOfRestartsThatLieApartAreNotCountedTogether) {
  SoloTracker t;
  for (std::uint64_t boot = 50; boot < 56; ++boot) {
    for (int i = 0; i < 150; ++i) {
      t.pass(100ms);
      status(t, 2, boot, 1);
    }
    status(t, 2, boot + 1, 1);
    status(t, 2, boot, 1);
  }
  EXPECT_TRUE(t.events<event::DisksDiffer>().empty());
}

// Whatever is started with that disk next was copied.
TEST_F(TwoProcessesOfMember2, AreReportedForGoodWhenBothHaveEnded) {
  t.pass(60s);
  EXPECT_TRUE(t.members().at(1).two_processes);
}

TEST_F(TwoProcessesOfMember2, WhoIsNotSuspectedIsNotAsked) {
  status(t, 3, 60, 1);
  t.pass(101ms);
  EXPECT_TRUE(said(t, 3, What::ask_alive).empty());
  t.forget();
  t.hear(3, 1, say(What::ask_two_alive, 0, 0, 9));
  EXPECT_TRUE(said(t, 3, What::two_alive).empty());
}

TEST(R31TwoProcesses, OfTheOwnDiskAreReportedForTenSeconds) {
  SoloTracker t;
  t.pass(3s);
  const auto reported = [&t] { return t.members().at(0).two_processes; };
  const auto own = [&t] {
    auto header = t.header(1, 1);
    header.store = t.store();
    header.boot = BootId{77};
    t.hear(header, wire::Status{}, address_of(1));
  };
  own();
  EXPECT_FALSE(reported());
  own();
  own();
  EXPECT_TRUE(reported());
  t.pass(11s);
  EXPECT_FALSE(reported());
  for (int i = 0; i < 5; ++i) own();
  EXPECT_FALSE(reported()) << "they are late";
  for (int i = 0; i < 30; ++i) {
    t.pass(100ms);
    own();
  }
  EXPECT_TRUE(reported()) << "it lives";
  EXPECT_EQ(t.events<event::DisksDiffer>().size(), 1u) << "its host tells it from then on";
}

TEST(R31TwoProcesses, OneThatIsAskedAnswersWithItsBoot) {
  SoloTracker t;
  t.hear(2, 1, say(What::ask_alive, 0, 0, 4711));
  ASSERT_EQ(said(t, 2, What::alive).size(), 1u);
  EXPECT_EQ(said(t, 2, What::alive)[0].nonce, 4711u);
}

TEST(R31TwoProcesses, OneThatIsToldOfAnotherEndsWhenItIsRepeated) {
  SoloTracker t;
  t.hear(2, 1, say(What::two_alive, 0, t.boot_id().value));
  EXPECT_TRUE(said(t, 2, What::ask_two_alive).empty()) << "that is the own";
  t.hear(2, 1, say(What::two_alive, 0, 99));
  const auto asked = said(t, 2, What::ask_two_alive);
  ASSERT_EQ(asked.size(), 1u);
  t.hear(2, 1, say(What::two_alive, 0, 99, asked[0].nonce + 1));
  EXPECT_TRUE(t.events<event::Refused>().empty());
  t.hear(2, 1, say(What::two_alive, 0, 99, asked[0].nonce));
  takes_no_part(t, Why::two_processes);
}

TEST(R31TwoProcesses, AMasterHandsOverFirst) {
  SoloTracker t;
  t.serve(2);
  t.forget();
  t.hear(2, t.view().term.value, say(What::two_alive, 0, 99));
  const auto asked = said(t, 2, What::ask_two_alive);
  ASSERT_EQ(asked.size(), 1u);
  t.hear(2, t.view().term.value, say(What::two_alive, 0, 99, asked[0].nonce));
  EXPECT_EQ(t.events<event::HandOver>().size(), 1u);
  EXPECT_TRUE(t.events<event::Refused>().empty());
}

TEST(R31TwoProcesses, OnesOwnDiskElsewhereIsTold) {
  SoloTracker t;
  auto header = t.header(1, 1);
  header.store = t.store();
  for (int i = 0; i < 5; ++i) t.hear(header, wire::Status{}, address_of(1));
  EXPECT_TRUE(t.events<event::DisksDiffer>().empty()) << "of the process before";
  t.pass(3s);
  for (int i = 0; i < 5; ++i) t.hear(header, wire::Status{}, address_of(1));
  ASSERT_EQ(t.events<event::DisksDiffer>().size(), 1u);
  EXPECT_EQ(t.events<event::DisksDiffer>()[0].member, self);
}

}  // namespace
}  // namespace swarm::test
