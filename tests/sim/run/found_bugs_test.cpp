// Bugs that the simulator found: each scenario and seed that showed one, kept for ever. What is
// understood of a bug also has a test at the component that had it.
#include <gtest/gtest.h>

#include "transport/sim/run/run.hpp"
#include "transport/sim/run/storm.hpp"
#include "transport/sim/scenario/scenario_reader.hpp"

namespace swarm::sim {
namespace {

void holds(const std::string& scenario, std::uint64_t seed) {
  const auto path = std::string(SWARM_SOURCE_DIR) + "/scenarios/" + scenario + ".yaml";
  const auto result = run(read_scenario(path), seed);
  if (result.failure) ADD_FAILURE() << result.failure->what << ": " << result.failure->text;
  EXPECT_TRUE(result.passed());
}

// Of `swarm-sim storm`.
void drawn_holds(std::uint64_t number, std::uint64_t seed) {
  const auto result = run(parse_scenario(drawn_storm(number, {}), "drawn.yaml"), seed);
  if (result.failure) ADD_FAILURE() << result.failure->what << ": " << result.failure->text;
}

// "stopped", late in a network that duplicates and reorders, undid a later registration
// (PeerInfoSender.ALateCopyOfARequestHasNoSecondEffect, PeerInfoRequester.WhatIsWantedNext...).
TEST(FoundBugs, ALateStopUndidALaterRegistration) {
  holds("storm", 133);
}

// A byte changed in a peer's datagram registered another content: UDP's checksum loses it instead.
TEST(FoundBugs, ADamagedRequestRegisteredAnotherContent) {
  holds("duplicated-and-reordered", 1);
}
TEST(FoundBugs, ADamagedRequestRegisteredAnotherContentInTheSoak) {
  holds("soak", 6);
}

// A peer due to expire kept a master awake that could not drain (R17Expiry.WaitsForTheEndOf...).
TEST(FoundBugs, AnExpiryDuringAHandOverSpun) {
  holds("storm-in-sync", 10237);
}
TEST(FoundBugs, AnExpiryDuringAHandOverSpunAgain) {
  holds("storm-in-sync", 10420);
}

// Two in-sync members fell silent: taking out the first waited for the second (R20).
TEST(FoundBugs, TwoSilentInSyncMembersStoppedTheSwarm) {
  holds("storm-in-sync", 4);
}

// Every block was asked for twice, so no round trip was known, so patience stayed too short
// (RequestWindow.WhatWasGivenUpTooEarly...).
TEST(FoundBugs, PatienceDidNotLearnThatThePathBecameLonger) {
  holds("lossy-peers", 100);
}

// A peer that was called, and calls nobody, never asked for the info dictionary.
TEST(FoundBugs, WhoWasOnlyCalledNeverAskedForTheInfo) {
  holds("storm-peers", 31);
}

// Trackers knew a wiped peer as a seeder, and named no seeders to it.
TEST(FoundBugs, AWipedSeederWasToldOfNobody) {
  holds("storm-peers", 47);
}

// The farewell that mends it, sent just before the next start, undid that start when it came late.
TEST(FoundBugs, ALateFarewellUndidTheNextStart) {
  holds("storm-peers", 17);
}

// So it did with a declaration, which leaves with it when there is a connection id.
TEST(FoundBugs, ALateFarewellUndidADeclaration) {
  holds("storm-peers", 2843698700);
}

// An owner that paused took away a chunk of which helpers were asked for all blocks.
TEST(FoundBugs, AChunkWasForgottenUnderThoseWhoHelped) {
  holds("small-content", 190);
}

// A peer that lived for a second at a time, and lacked one chunk, was given it by a slow source
// alone (SourcesThatAreIdleHelpASlowOneWithTheLastChunk).
TEST(FoundBugs, ALastChunkCameFromASlowSourceAlone) {
  const auto result =
      run(read_scenario(std::string(SWARM_SOURCE_DIR) + "/scenarios/storm-peers.yaml"), 2069715226);
  for (const auto& peer : result.peers)
    EXPECT_TRUE(peer.complete.has_value() || peer.peer != "half-2");
}

// A chunk that a poisoner had spoilt was asked of a silent source, and of nobody else
// (ASpoiltChunkIsNotLeftToASilentSource).
TEST(FoundBugs, ASpoiltChunkWasAskedOfASilentSourceAlone) {
  holds("storm-peers", 2069716598);
}

// Not a tracker's: what a master had said was no longer believed when its disk had been wiped.
TEST(FoundBugs, ALastAnswerOfAWipedMasterWasHeldForItsSlaves) {
  holds("storm-clients", 167);
}

// An announce of one who still lacked something, doubled and overtaken by its `completed`.
TEST(FoundBugs, ALateCopyMadeALeecherOfWhoHadCompleted) {
  holds("storm-clients", 1023);
}
TEST(FoundBugs, ALateCopyMadeALeecherOfWhoHadCompletedAgain) {
  holds("storm-clients", 1778);
}

// A slave with a quick clock never went back to its master's time: after an hour and a half it held
// good ids for too old.
TEST(FoundBugs, AQuickClockOutlivedTheIdsOfTheMasterBefore) {
  holds("clients-clocks-drift", 4);
}

// A keep-alive that came late, or renewed nothing, ended an election and left its slave without a
// timer (AlwaysATimer).
TEST(FoundBugs, LateKeepAlivesLeftNobodyToStand) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) holds("late-keep-alives", seed);
}

// PREVOTE and VOTE of a voter that the own CONFIG did not name yet were dropped (NewerVoters).
TEST(FoundBugs, TheNewestVoterWasNotHeard) {
  for (std::uint64_t seed = 4; seed <= 8; ++seed) holds("newest-voter-unknown", seed);
}

// Not a tracker's: of three voters one was removed 20 ms after another had lost its disk. The two
// that were left could only decide together.
TEST(FoundBugs, AVoterWasRemovedWhileTheDiskOfAnotherWasMissed) {
  holds("storm-joins", 2069715794);
}

// A "stopped" that had waited while its tracker stood still, and that tracker's clock, undid what
// the peer had registered since at another master (R18Kept.AFarewellThatWaited...).
TEST(FoundBugs, AFarewellOfBeforeAStandstillUndidALaterRegistration) {
  drawn_holds(655968975, 1);
}

}  // namespace
}  // namespace swarm::sim
