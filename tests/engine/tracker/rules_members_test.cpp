// R20 to R22 of the cluster protocol, one or more tests each, and the pitfalls that go with them.
#include <gtest/gtest.h>

#include "tests/engine/tracker/solo_tracker.hpp"

namespace swarm::test {
namespace {

constexpr auto welcome = static_cast<std::uint8_t>(wire::JoinStatus::welcome);
constexpr auto swarm_exists = static_cast<std::uint8_t>(wire::JoinStatus::swarm_exists);
constexpr auto removed = static_cast<std::uint8_t>(wire::JoinStatus::removed);

// The CONFIGs that a master has put into its log.
std::vector<Config> proposed(const SoloTracker& t) {
  std::vector<Config> configs;
  LogIndex last;
  for (const auto& p : t.said<wire::Prepare>()) {
    const auto operations = wire::decode_operations(p.operations);
    if (p.index <= last || operations->empty()) continue;
    last = p.index;
    if (const auto* config = std::get_if<Config>(&operations->front())) configs.push_back(*config);
  }
  return configs;
}

bool remove(SoloTracker& t, std::uint32_t n) {
  bool taken = false;
  t.act([&](Tracker& tracker, Time now, Outbox& out) {
    taken = tracker.remove(now, MemberId{n}, out);
  });
  return taken;
}

// A store that wants to join from the address of member n.
void join(SoloTracker& t, std::uint64_t store, std::uint32_t n) {
  const wire::Header header{{}, {}, {}, BootId{store}, StoreId{store}, {}};
  t.hear(header, wire::Join{address_of(n)}, address_of(n));
}

// Gets a vote as soon as it has caught up.
SoloTracker::Options with_quick_voters() {
  SoloTracker::Options options;
  options.settings.stabilisation = 0s;
  return options;
}

// ---- R20: changes of membership

TEST(R20Members, AnEntryIsInForceFromItsAppend) {
  SoloTracker t;
  t.keep_alive(2, 1);
  Config four = voters(4);
  t.prepare(2, 1, block(2, 1, four), 1);
  EXPECT_EQ(t.view().voters, 4u);
  EXPECT_LT(t.view().commit, LogIndex{2});
}

TEST(R20Members, ATruncationUndoesIt) {
  SoloTracker t({.term = 2, .log = {block(2, 2, voters(4))}});
  ASSERT_EQ(t.view().voters, 4u);
  t.prepare(2, 3, block(2, 3), 1);
  EXPECT_EQ(t.view().voters, 3u);
}

TEST(R20Members, ATruncatedPromotionMakesALearnerOfIt) {
  Config config = voters(3);
  config.members[0].standing = Standing::learner;
  SoloTracker t({.term = 2, .log = {block(2, 2, voters(3))}, .config = config});
  ASSERT_EQ(t.view().role, Role::slave);
  t.prepare(2, 3, block(2, 3), 1);
  EXPECT_EQ(t.view().role, Role::learner);
}

TEST(R20Members, TheLastEntryIsInForceAfterARestart) {
  SoloTracker t;
  t.prepare(2, 1, block(2, 1, voters(4)), 1);
  t.restart();
  EXPECT_EQ(t.view().voters, 4u);
}

TEST(R20Members, NoneChangesBeforeACommitInTheOwnTerm) {
  SoloTracker t({.members = 4});
  t.win({2, 3});
  EXPECT_TRUE(remove(t, 4));  // taken, carried out later
  t.pass(30ms);
  EXPECT_TRUE(proposed(t).empty());
  t.ready(2, t.view().last.value);
  t.ready(3, t.view().last.value);
  for (int i = 0; i < 120; ++i) {
    t.pass(1ms);
    t.ready(2, t.view().last.value);
    t.ready(3, t.view().last.value);
  }
  ASSERT_EQ(proposed(t).size(), 1u);
  EXPECT_EQ(proposed(t)[0].voters(), 3u);
}

TEST(R20Members, TheNextChangeWaitsForTheCommitOfTheOneBefore) {
  SoloTracker t({.members = 5});
  t.win({2, 3});
  const auto noop = t.view().last.value;
  t.ready(2, noop);
  t.ready(3, noop);
  EXPECT_TRUE(remove(t, 4));
  EXPECT_TRUE(remove(t, 5));
  for (int i = 0; i < 150; ++i) {  // heard, but nothing new is durable
    t.pass(2ms);
    t.ready(2, noop);
    t.ready(3, noop);
  }
  ASSERT_EQ(proposed(t).size(), 1u);
  EXPECT_EQ(t.view().members, 4u);
  t.ready(2, noop + 1);
  t.ready(3, noop + 1);
  for (int i = 0; i < 60; ++i) {
    t.pass(2ms);
    t.ready(2, noop + 1);
    t.ready(3, noop + 1);
  }
  EXPECT_EQ(t.view().members, 3u);
}

TEST(R20Members, TheMasterDoesNotRemoveItself) {
  SoloTracker t;
  t.serve();
  EXPECT_FALSE(remove(t, 1));
  EXPECT_FALSE(remove(t, 9));
}

// Of three, one is dead: a CONFIG of a living one and a dead one would never be committed.
TEST(R20Members, ALivingVoterIsNotRemovedWhileAnotherIsDead) {
  SoloTracker t;
  t.serve();
  t.pass_as_master(100ms);
  EXPECT_FALSE(remove(t, 2));
  const auto order = static_cast<std::uint8_t>(wire::Order::What::remove);
  t.hear(2, t.view().term.value, wire::Order{order, MemberId{2}});
  t.pass_as_master(300ms);
  EXPECT_EQ(t.view().members, 3u);
  EXPECT_TRUE(remove(t, 3));  // the dead one
  t.pass_as_master(300ms);
  EXPECT_EQ(t.view().members, 2u);
  EXPECT_TRUE(t.view().serving);
  EXPECT_TRUE(remove(t, 2));  // then the other: a swarm of one
  t.pass_as_master(300ms);
  EXPECT_EQ(t.view().members, 1u);
}

TEST(R20Members, ALivingVoterIsRemovedOnceTheOthersAreAQuorumAgain) {
  SoloTracker t;
  t.serve();
  t.pass_as_master(100ms);
  EXPECT_FALSE(remove(t, 2));
  t.ready(3, t.view().last.value);
  EXPECT_TRUE(remove(t, 2));
  EXPECT_EQ(t.view().members, 2u);
}

// It was taken while 3 was alive, and waits for the commit of another CONFIG.
TEST(R20Members, ARemovalThatWaitsIsLookedAtAgain) {
  Config config = voters(3);
  config.members.push_back(learner(4));
  config.next_id = MemberId{5};
  SoloTracker t({.config = config});
  t.serve();
  const auto before = t.view().last.value;
  t.ready(3, before);
  EXPECT_TRUE(remove(t, 4));
  EXPECT_TRUE(remove(t, 2));
  for (int i = 0; i < 100; ++i) {
    t.pass(1ms);
    t.ready(2, before);
  }
  t.pass_as_master(300ms);  // 3 is silent
  EXPECT_EQ(t.view().members, 3u);
  EXPECT_TRUE(t.tracker().config().find(MemberId{2}));
  for (int i = 0; i < 200; ++i) {
    t.pass_as_master(1ms);
    t.ready(3, t.view().last.value);
  }
  EXPECT_FALSE(t.tracker().config().find(MemberId{2}));
}

TEST(R20Members, ALearnerCanAlwaysBeSpared) {
  Config config = voters(3);
  config.members.push_back(learner(4));
  config.next_id = MemberId{5};
  SoloTracker t({.config = config});
  t.serve();
  EXPECT_TRUE(remove(t, 4));
  EXPECT_EQ(t.view().members, 3u);
}

TEST(R20Members, ANewcomerBecomesALearnerFirstAndIsPromotedWhenItHasCaughtUp) {
  SoloTracker t(with_quick_voters());
  t.serve();
  join(t, 104, 4);
  t.pass_as_master(150ms);
  ASSERT_EQ(t.view().members, 4u);
  EXPECT_EQ(t.tracker().config().find(MemberId{4})->standing, Standing::learner);
  EXPECT_EQ(t.view().voters, 3u);
  t.pass_as_master(1s);  // it is silent
  EXPECT_EQ(t.view().voters, 3u);
  for (int i = 0; i < 150; ++i) {
    t.pass_as_master(1ms);
    t.ready(4, t.view().last.value);
  }
  EXPECT_EQ(t.view().voters, 4u);
}

TEST(R20Members, ALearnerFarBehindIsNotPromoted) {
  auto options = with_quick_voters();
  options.settings.window = 1;
  SoloTracker t(std::move(options));
  t.serve();
  join(t, 104, 4);
  t.pass_as_master(150ms);
  for (int i = 0; i < 150; ++i) {
    t.pass_as_master(1ms);
    t.ready(4, 1);
  }
  EXPECT_EQ(t.view().voters, 3u);
}

TEST(R20Members, ANewcomerIsWelcomeOnlyWhenItsEntryIsCommitted) {
  SoloTracker t;
  t.serve();
  const auto before = t.view().last.value;
  join(t, 104, 4);
  for (int i = 0; i < 150 && t.view().members == 3; ++i) {
    t.pass(1ms);
    t.ready(2, before);
  }
  ASSERT_EQ(t.view().members, 4u);
  join(t, 104, 4);
  EXPECT_TRUE(t.said<wire::JoinReply>().empty());  // the entry may be lost, and its id another's
  t.ready(2, t.view().last.value);
  join(t, 104, 4);
  ASSERT_EQ(t.said<wire::JoinReply>().size(), 1u);
  EXPECT_EQ(t.said<wire::JoinReply>()[0].status, welcome);
  EXPECT_EQ(t.said<wire::JoinReply>()[0].member, MemberId{4});
  EXPECT_EQ(t.said<wire::JoinReply>()[0].store, StoreId{104});
}

TEST(R20Members, AStrangersWordsCountForNothing) {
  SoloTracker t;
  t.serve();
  t.hear(4, t.view().term.value + 5, wire::Status{});
  EXPECT_EQ(t.view().role, Role::master);
  EXPECT_EQ(t.rejected(Reject::not_a_member), 1u);
}

// ---- R22: disks that come and go

TEST(R22Stores, AWipedDiskReplacesItsPredecessorInFourSteps) {
  SoloTracker t(with_quick_voters());
  t.serve();
  std::vector<std::uint32_t> members, voting;
  for (int i = 0; i < 1200; ++i) {  // member 3 is silent, its new disk asks to join
    if (i % 5 == 0) join(t, 203, 3);
    t.pass_as_master(10ms);
    if (t.view().members == 3 && t.tracker().config().find(MemberId{4}))
      t.ready(2, t.view().last.value);
    if (members.empty() || members.back() != t.view().members || voting.back() != t.view().voters) {
      members.push_back(t.view().members);
      voting.push_back(t.view().voters);
    }
    if (t.tracker().config().find(MemberId{4})) {
      auto header = t.header(4, t.view().term.value);
      header.store = StoreId{203};
      t.hear(header, wire::Ready{t.acknowledgement(t.view().last.value)}, address_of(3));
    }
  }
  EXPECT_EQ(members, (std::vector<std::uint32_t>{3, 2, 3, 3}));
  EXPECT_EQ(voting, (std::vector<std::uint32_t>{3, 2, 2, 3}));
  EXPECT_EQ(t.tracker().config().find(MemberId{3}), nullptr);  // ids are not used again
}

TEST(R22Stores, TheOldStoreIsNotRemovedBeforeTenSecondsOfSilence) {
  SoloTracker t;
  t.serve();
  for (int i = 0; i < 99; ++i) {
    join(t, 203, 3);
    t.pass_as_master(100ms);
  }
  EXPECT_TRUE(t.tracker().config().find(MemberId{3}));
}

TEST(R22Stores, NorWhileItIsHeard) {
  SoloTracker t;
  t.serve();
  for (int i = 0; i < 150; ++i) {
    join(t, 203, 3);
    t.hear(3, t.view().term.value, wire::Status{});
    t.pass_as_master(100ms);
  }
  EXPECT_TRUE(t.tracker().config().find(MemberId{3}));
}

TEST(R22Stores, AnOldDiskIsTold) {
  Config config = voters(3);
  config.members[2].id = MemberId{4};  // 3 was replaced
  config.members[2].store = StoreId{203};
  config.next_id = MemberId{5};
  SoloTracker t({.config = config});
  t.serve();
  t.hear(3, 1, wire::Status{});
  const auto told = t.said<wire::JoinReply>();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].status, removed);
  EXPECT_EQ(told[0].store, store_of(3));
}

Config without_old_disk_3() {
  Config config = voters(3);
  config.members[2].id = MemberId{4};  // 3 was replaced
  config.members[2].store = StoreId{203};
  config.next_id = MemberId{5};
  return config;
}

// It came back after the master had changed to one that it does not know, and that does not know
// it.
TEST(R22Stores, AnOldDiskIsToldByASlaveToo) {
  SoloTracker t({.config = without_old_disk_3()});
  t.keep_alive(2, 1, 1, 1, 1);
  ASSERT_EQ(t.view().commit, LogIndex{1});
  t.hear(3, 1, wire::Status{});
  const auto told = t.said_to<wire::JoinReply>(3);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].status, removed);
  EXPECT_EQ(told[0].store, store_of(3));
}

TEST(R22Stores, ASlaveSaysSoOnlyOfAnIdThatACommittedConfigHadGiven) {
  SoloTracker t({.config = without_old_disk_3()});
  t.hear(3, 1, wire::Status{});
  EXPECT_TRUE(t.said<wire::JoinReply>().empty()) << "that CONFIG may yet be truncated";
  t.keep_alive(2, 1, 1, 1, 1);
  t.hear(5, 1, wire::Status{});
  EXPECT_TRUE(t.said<wire::JoinReply>().empty()) << "it may be of a later CONFIG";
  auto other_disk = t.header(2, 1);
  other_disk.store = StoreId{202};
  t.hear(other_disk, wire::Status{}, address_of(2));
  EXPECT_TRUE(t.said<wire::JoinReply>().empty()) << "only a master judges a store";
}

// All that it knew may be gone, too.
TEST(R22Stores, WhoHearsNoMemberTellsItsContactsThatItIsThere) {
  TrackerSettings settings;
  settings.contacts = {address_of(9)};
  SoloTracker t({.settings = settings});
  for (int i = 0; i < 30; ++i) {
    t.keep_alive(2, 1);
    t.pass(100ms);
  }
  EXPECT_TRUE(t.said_to<wire::Status>(9).empty());
  t.pass(2s);
  EXPECT_GE(t.said_to<wire::Status>(9).size(), 5u);
}

TEST(R22Stores, WhoIsToldSoTakesNoPartAnyMore) {
  SoloTracker t;
  t.keep_alive(2, 3);
  t.hear(2, 3, wire::JoinReply{removed, cluster_id, self, store_of(1)});
  EXPECT_EQ(t.view().role, Role::removed);
  ASSERT_EQ(t.events<event::Refused>().size(), 1u);
  EXPECT_EQ(t.events<event::Refused>()[0].why, event::Refused::Why::removed);
  t.forget();
  t.pass(2s);
  t.vote(2, 9, 9, 9);
  EXPECT_TRUE(t.sent<wire::Vote>().empty() && t.sent<wire::VoteReply>().empty() &&
              t.sent<wire::PreVote>().empty() && t.sent<wire::Status>().empty());
}

TEST(R22Stores, AnOldTermOrAnotherStoreIsNotBelieved) {
  SoloTracker t({.term = 3});
  t.hear(2, 2, wire::JoinReply{removed, cluster_id, self, store_of(1)});
  t.hear(2, 3, wire::JoinReply{removed, cluster_id, self, store_of(2)});
  t.hear(2, 3, wire::JoinReply{removed, ClusterId{8}, self, store_of(1)});
  EXPECT_NE(t.view().role, Role::removed);
}

TEST(R22Stores, OfTwoMembersEitherDeathStopsTheAnswers) {
  SoloTracker t({.members = 2});
  t.serve();
  ASSERT_TRUE(t.view().serving);
  t.pass(70ms);
  EXPECT_NE(t.view().role, Role::master);
  t.pass(2s);
  EXPECT_NE(t.view().role, Role::master);
}

// ---- R21: the first start

SoloTracker::Options fresh(FirstStart how, std::uint32_t expect = 3) {
  TrackerSettings settings;
  settings.first_start = how;
  settings.bootstrap_expect = expect;
  settings.contacts = {address_of(2), address_of(3)};
  return {.settings = settings, .fresh = true};
}
wire::Header stranger(std::uint64_t store) {
  return {{}, {}, {}, BootId{store}, StoreId{store}, {}};
}
void hello(SoloTracker& t, std::uint64_t store, std::uint32_t n, std::uint32_t expect = 3) {
  t.hear(stranger(store), wire::Hello{expect, address_of(n)}, address_of(n));
}
// Smaller and greater than any store that a tracker draws in these tests.
constexpr std::uint64_t small = 2, great = UINT64_MAX - 1;

db::Genesis genesis_with(StoreId own, std::uint64_t cluster = 55) {
  db::Genesis genesis;
  genesis.cluster = ClusterId{cluster};
  genesis.members = {{MemberId{1}, own, Standing::voter, true, address_of(1)},
                     {MemberId{2}, StoreId{small}, Standing::voter, true, address_of(2)},
                     {MemberId{3}, StoreId{great}, Standing::voter, true, address_of(3)}};
  return genesis;
}

TEST(R21FirstStart, SaysHelloOnlyOnceItsIdentityIsDurable) {
  auto options = fresh(FirstStart::bootstrap);
  SoloTracker t(options);
  EXPECT_TRUE(t.ballot_db().load());
  t.pass(60ms);
  ASSERT_FALSE(t.said<wire::Hello>().empty());
  EXPECT_EQ(t.sent<wire::Hello>()[0].message.header.store, t.ballot_db().load()->store);
  EXPECT_EQ(t.said<wire::Hello>()[0].expect, 3u);
}

TEST(R21FirstStart, SaysNothingBeforeItsIdentityIsDurable) {
  for (const auto how : {FirstStart::bootstrap, FirstStart::join, FirstStart::init}) {
    auto options = fresh(how);
    options.hold_ballot = true;
    SoloTracker t(options);
    EXPECT_EQ(t.ballots_pending(), 1u);
    hello(t, great, 2);
    hello(t, great - 1, 3);
    t.hear(stranger(small), wire::GenesisOffer{genesis_with(t.store())}, address_of(2));
    t.pass(500ms);
    EXPECT_EQ(t.datagrams(), 0u);
    EXPECT_EQ(t.ballots_pending(), 1u);  // bound to nothing
    t.sync_ballot();
    t.hold_ballot(false);
    t.pass(150ms);
    EXPECT_GT(t.datagrams() + t.view().last.value, 0u);
    EXPECT_EQ(t.ballot_db().load()->store, t.store());
  }
}

TEST(R21FirstStart, TooFewCandidatesFoundNothing) {
  SoloTracker t(fresh(FirstStart::bootstrap));
  for (int i = 0; i < 100; ++i) {
    hello(t, great, 2);
    t.pass(50ms);
  }
  EXPECT_TRUE(t.said<wire::GenesisOffer>().empty());
  EXPECT_EQ(t.view().role, Role::stranger);
}

TEST(R21FirstStart, SaysWhomItHears) {
  SoloTracker t(fresh(FirstStart::bootstrap));
  EXPECT_TRUE(t.tracker().candidates().empty());
  hello(t, great, 2);
  EXPECT_EQ(t.tracker().candidates(), std::vector<Endpoint>{address_of(2)});
  t.pass(2s);
  EXPECT_TRUE(t.tracker().candidates().empty()) << "that was long ago";
}

TEST(R21FirstStart, ACandidateWithAnotherNumberIsNone) {
  SoloTracker t(fresh(FirstStart::bootstrap));
  hello(t, great, 2, 5);
  hello(t, great - 1, 3);
  t.pass(200ms);
  EXPECT_TRUE(t.said<wire::GenesisOffer>().empty());
}

TEST(R21FirstStart, MoreCandidatesThanExpectedAreRefused) {
  SoloTracker t(fresh(FirstStart::bootstrap));
  for (std::uint64_t n = 0; n < 3; ++n) hello(t, great - n, static_cast<std::uint32_t>(n + 2));
  t.pass(100ms);
  ASSERT_EQ(t.events<event::Refused>().size(), 1u);
  EXPECT_EQ(t.events<event::Refused>()[0].why, event::Refused::Why::too_many_candidates);
  EXPECT_TRUE(t.said<wire::GenesisOffer>().empty());
}

TEST(R21FirstStart, TheProposerIsBoundDurablyBeforeItOffers) {
  SoloTracker t(fresh(FirstStart::bootstrap));
  t.hold_ballot();
  hello(t, great, 2);
  hello(t, great - 1, 3);
  t.pass(100ms);
  EXPECT_TRUE(t.said<wire::GenesisOffer>().empty());
  EXPECT_EQ(t.ballots_pending(), 1u);
  t.sync_ballot();
  EXPECT_EQ(t.said<wire::GenesisOffer>().size(), 2u);
  EXPECT_TRUE(t.ballot_db().load()->genesis);
}

TEST(R21FirstStart, OnlyTheSmallestStoreProposes) {
  SoloTracker t(fresh(FirstStart::bootstrap));
  hello(t, small, 2);
  hello(t, great, 3);
  t.pass(500ms);
  EXPECT_TRUE(t.said<wire::GenesisOffer>().empty());
}

TEST(R21FirstStart, IsBoundDurablyBeforeItSaysSo) {
  SoloTracker t(fresh(FirstStart::bootstrap));
  t.hold_ballot();
  t.hear(stranger(small), wire::GenesisOffer{genesis_with(t.store())}, address_of(2));
  EXPECT_TRUE(t.said<wire::GenesisAck>().empty());
  t.sync_ballot();
  ASSERT_FALSE(t.said<wire::GenesisAck>().empty());
  EXPECT_EQ(t.said<wire::GenesisAck>()[0].bound, ClusterId{55});
}

TEST(R21FirstStart, IsBoundToOneFoundingEverAcrossRestarts) {
  SoloTracker t(fresh(FirstStart::bootstrap));
  t.hear(stranger(small), wire::GenesisOffer{genesis_with(t.store(), 55)}, address_of(2));
  t.restart();
  t.forget();
  t.hear(stranger(great), wire::GenesisOffer{genesis_with(t.store(), 66)}, address_of(3));
  EXPECT_EQ(t.ballot_db().load()->genesis->cluster, ClusterId{55});
  for (const auto& ack : t.said<wire::GenesisAck>()) EXPECT_EQ(ack.bound, ClusterId{55});
  t.hear(stranger(small), wire::GenesisAck{ClusterId{66}}, address_of(2));
  t.hear(stranger(great), wire::GenesisAck{ClusterId{66}}, address_of(3));
  EXPECT_EQ(t.view().role, Role::stranger);
}

TEST(R21FirstStart, AnOfferThatDoesNotNameItIsRefused) {
  SoloTracker t(fresh(FirstStart::bootstrap));
  t.hear(stranger(small), wire::GenesisOffer{genesis_with(StoreId{12345})}, address_of(2));
  EXPECT_FALSE(t.ballot_db().load()->genesis);
}

TEST(R21FirstStart, AnOfferOfAnotherNumberIsRefused) {
  SoloTracker t(fresh(FirstStart::bootstrap, 5));
  t.hear(stranger(small), wire::GenesisOffer{genesis_with(t.store())}, address_of(2));
  EXPECT_FALSE(t.ballot_db().load()->genesis);
}

TEST(R21FirstStart, EntryOneExistsOnceAllAreBound) {
  SoloTracker t(fresh(FirstStart::bootstrap));
  t.hear(stranger(small), wire::GenesisOffer{genesis_with(t.store())}, address_of(2));
  t.hear(stranger(small), wire::GenesisAck{ClusterId{55}}, address_of(2));
  t.hear(stranger(small), wire::GenesisAck{ClusterId{55}}, address_of(2));  // the same one twice
  t.hear(stranger(99), wire::GenesisAck{ClusterId{55}}, address_of(3));     // none of the three
  EXPECT_EQ(t.view().last, LogIndex{});
  t.hear(stranger(great), wire::GenesisAck{ClusterId{55}}, address_of(3));
  EXPECT_EQ(t.view().last, LogIndex{1});
  EXPECT_EQ(t.view().voters, 3u);
  EXPECT_EQ(t.view().member, MemberId{1});
  EXPECT_EQ(t.view().role, Role::slave);
}

TEST(R21FirstStart, AMemberOfTheSwarmThatItIsBoundToTellsThatAllAreBound) {
  SoloTracker t(fresh(FirstStart::bootstrap));
  t.hear(stranger(small), wire::GenesisOffer{genesis_with(t.store())}, address_of(2));
  const wire::Header header{ClusterId{55}, MemberId{2}, {}, BootId{2}, StoreId{small}, Term{1}};
  t.hear(header, wire::Status{}, address_of(2));
  EXPECT_EQ(t.view().role, Role::slave);
}

TEST(R21FirstStart, GoesOnAfterARestartOfABoundStore) {
  SoloTracker t(fresh(FirstStart::bootstrap));
  t.hear(stranger(small), wire::GenesisOffer{genesis_with(t.store())}, address_of(2));
  t.restart();
  t.hear(stranger(small), wire::GenesisAck{ClusterId{55}}, address_of(2));
  t.hear(stranger(great), wire::GenesisAck{ClusterId{55}}, address_of(3));
  EXPECT_EQ(t.view().last, LogIndex{1});
}

TEST(R21FirstStart, GoesOnWhenTheCrashCameBetweenBallotAndEntryOne) {
  SoloTracker t(fresh(FirstStart::bootstrap));
  t.hear(stranger(small), wire::GenesisOffer{genesis_with(t.store())}, address_of(2));
  t.hear(stranger(small), wire::GenesisAck{ClusterId{55}}, address_of(2));
  t.hold_log();
  t.hear(stranger(great), wire::GenesisAck{ClusterId{55}}, address_of(3));
  t.restart();  // the log's disk had not reported
  t.hold_log(false);
  EXPECT_EQ(t.view().member, MemberId{1});
  EXPECT_EQ(t.view().last, LogIndex{1});
  EXPECT_EQ(t.view().role, Role::slave);
}

// Else a crash would leave a log to a store that belongs to nobody, and would found again upon it.
TEST(R21FirstStart, EntryOneIsWrittenAfterTheBallotThatSaysWhoseItIs) {
  SoloTracker t(fresh(FirstStart::bootstrap));
  t.hear(stranger(small), wire::GenesisOffer{genesis_with(t.store())}, address_of(2));
  t.hear(stranger(small), wire::GenesisAck{ClusterId{55}}, address_of(2));
  t.hold_ballot();
  t.hear(stranger(great), wire::GenesisAck{ClusterId{55}}, address_of(3));
  EXPECT_TRUE(t.tracker_db().load().log.empty());
  t.restart();
  t.hold_ballot(false);
  EXPECT_EQ(t.view().role, Role::stranger);
  t.hear(stranger(small), wire::GenesisAck{ClusterId{55}}, address_of(2));
  t.hear(stranger(great), wire::GenesisAck{ClusterId{55}}, address_of(3));
  EXPECT_EQ(t.view().role, Role::slave);
  EXPECT_EQ(t.view().durable, LogIndex{1});
  EXPECT_EQ(t.tracker_db().load().log.size(), 1u);
}

// Meanwhile it applies what its swarm commits: all of that is written in the end.
TEST(R21FirstStart, WhatIsAppliedBeforeTheBallotIsDurableIsWrittenAfterIt) {
  SoloTracker t(fresh(FirstStart::bootstrap));
  t.hear(stranger(small), wire::GenesisOffer{genesis_with(t.store())}, address_of(2));
  t.hear(stranger(small), wire::GenesisAck{ClusterId{55}}, address_of(2));
  t.hold_ballot();
  t.hear(stranger(great), wire::GenesisAck{ClusterId{55}}, address_of(3));
  const wire::Header master{ClusterId{55}, MemberId{2}, {}, BootId{2}, StoreId{small}, Term{1}};
  for (std::uint8_t i = 2; i <= 4; ++i) {
    const auto b = block(i, 1, Register{content(i), {0x0a010000U + i, 6881}, PeerState::leecher});
    t.hear(master,
           wire::Prepare{t.master_state(i, 1, i), b->index, b->term, Term{1}, 0, b->operations},
           address_of(2));
    t.pass(20ms);
  }
  EXPECT_EQ(t.view().applied, LogIndex{4});
  EXPECT_TRUE(t.tracker_db().load().log.empty());
  t.sync_ballot();
  t.hold_ballot(false);
  t.pass(100ms);
  EXPECT_EQ(t.view().rows_applied, LogIndex{4});
  EXPECT_EQ(t.tracker_db().load().tables.contents.size(), 3u);
}

TEST(R21FirstStart, InitFoundsAloneAndServes) {
  SoloTracker t(fresh(FirstStart::init));
  t.pass(500ms);
  EXPECT_EQ(t.view().voters, 1u);
  EXPECT_TRUE(t.view().serving);
}

TEST(R21FirstStart, InitGoesOnAfterARestart) {
  SoloTracker t(fresh(FirstStart::init));
  t.hold_ballot();
  t.pass(100ms);
  ASSERT_TRUE(t.ballots_pending() > 0);
  t.hold_log();
  t.sync_ballot();  // bound; what it leads to is lost
  t.restart();
  t.hold_ballot(false);
  t.hold_log(false);
  t.pass(1s);
  EXPECT_TRUE(t.view().serving);
}

TEST(R21FirstStart, AFormedSwarmUnderThisSecretIsRefused) {
  SoloTracker t(fresh(FirstStart::bootstrap));
  t.hear(2, 1, wire::JoinReply{swarm_exists, cluster_id, {}, t.store()});
  ASSERT_EQ(t.events<event::Refused>().size(), 1u);
  EXPECT_EQ(t.events<event::Refused>()[0].why, event::Refused::Why::swarm_exists);
}

TEST(R21FirstStart, AFormedSwarmSaysSo) {
  SoloTracker t;
  hello(t, 500, 9);
  ASSERT_EQ(t.said<wire::JoinReply>().size(), 1u);
  EXPECT_EQ(t.said<wire::JoinReply>()[0].status, swarm_exists);
  EXPECT_EQ(t.said<wire::JoinReply>()[0].store, StoreId{500});
}

TEST(R21FirstStart, WhoJoinsIsALearnerThatFetchesAll) {
  SoloTracker t(fresh(FirstStart::join));
  t.pass(60ms);
  ASSERT_FALSE(t.said<wire::Join>().empty());
  EXPECT_TRUE(t.said<wire::Hello>().empty());
  t.hear(2, 4, wire::JoinReply{welcome, cluster_id, MemberId{4}, t.store()});
  EXPECT_EQ(t.view().role, Role::learner);
  EXPECT_EQ(t.view().member, MemberId{4});
  t.keep_alive(2, 4, 9, 4, 9);
  t.pass(5ms);
  ASSERT_FALSE(t.said<wire::Fetch>().empty());
  EXPECT_EQ(t.said<wire::Fetch>()[0].first, LogIndex{1});
}

TEST(R21FirstStart, WhoJoinsBelievesNoWelcomeForAnotherStore) {
  SoloTracker t(fresh(FirstStart::join));
  t.hear(2, 4, wire::JoinReply{welcome, cluster_id, MemberId{4}, StoreId{9}});
  EXPECT_EQ(t.view().role, Role::stranger);
}

TEST(R21FirstStart, AJoiningStoreTakesNoPartInAFounding) {
  SoloTracker t(fresh(FirstStart::join));
  t.hear(stranger(small), wire::GenesisOffer{genesis_with(t.store())}, address_of(2));
  EXPECT_FALSE(t.ballot_db().load()->genesis);
}

// ---- R21, with the group among the contacts: everyone hears it, and some hear it twice

constexpr Endpoint group{0xefff0001, 7000};

TEST(R21Multicast, TheSameHelloTwiceIsOneCandidate) {
  SoloTracker t(fresh(FirstStart::bootstrap));
  for (int i = 0; i < 3; ++i) {  // by the group and by its own address
    hello(t, great, 2);
    hello(t, great, 2);
  }
  t.pass(100ms);
  EXPECT_TRUE(t.events<event::Refused>().empty());
  EXPECT_TRUE(t.said<wire::GenesisOffer>().empty());
  hello(t, great - 1, 3);
  t.pass(100ms);
  ASSERT_FALSE(t.said<wire::GenesisOffer>().empty());
  EXPECT_EQ(t.said<wire::GenesisOffer>()[0].genesis.members.size(), 3u);
}

TEST(R21Multicast, ItsOwnCopyIsNoCandidate) {
  auto options = fresh(FirstStart::bootstrap, 2);
  options.settings.contacts = {group};
  SoloTracker t(options);
  for (int i = 0; i < 5; ++i) {
    t.pass(50ms);
    for (const auto& s : t.sent<wire::Hello>()) {
      EXPECT_EQ(s.to, group);
      t.hear(s.message.header, s.message.body, address_of(1));
    }
    t.forget();
  }
  EXPECT_GT(t.rejected(Reject::not_for_me), 0u);
  EXPECT_TRUE(t.said<wire::GenesisOffer>().empty());
  EXPECT_FALSE(t.ballot_db().load()->genesis);
}

TEST(R21Multicast, OnlyTheMasterAnswersAJoin) {
  SoloTracker slave;
  slave.keep_alive(2, 1);
  join(slave, 104, 4);
  slave.pass(300ms);
  EXPECT_TRUE(slave.said<wire::JoinReply>().empty());
  SoloTracker other(fresh(FirstStart::bootstrap));  // nor does who is in no swarm itself
  join(other, 104, 4);
  other.pass(300ms);
  EXPECT_TRUE(other.said<wire::JoinReply>().empty());
  EXPECT_TRUE(other.said<wire::GenesisOffer>().empty());
}

TEST(R21Multicast, TheSameJoinTwiceIsOneMember) {
  SoloTracker t;
  t.serve();
  for (int i = 0; i < 20; ++i) {
    join(t, 104, 4);
    join(t, 104, 4);
    t.pass_as_master(10ms);
  }
  EXPECT_EQ(t.view().members, 4u);
}

TEST(R21Multicast, ASecondWelcomeChangesNothing) {
  SoloTracker t(fresh(FirstStart::join));
  t.hear(2, 4, wire::JoinReply{welcome, cluster_id, MemberId{4}, t.store()});
  t.hear(2, 4, wire::JoinReply{welcome, cluster_id, MemberId{4}, t.store()});
  EXPECT_EQ(t.events<event::Founded>().size(), 1u);
  EXPECT_EQ(t.view().member, MemberId{4});
}

TEST(R21Multicast, AnswersOfAllMembersAreOneRefusal) {
  SoloTracker t(fresh(FirstStart::bootstrap));
  for (const std::uint32_t n : {2, 3, 4, 5})
    t.hear(n, 1, wire::JoinReply{swarm_exists, cluster_id, {}, t.store()});
  ASSERT_EQ(t.events<event::Refused>().size(), 1u);
  EXPECT_EQ(t.events<event::Refused>()[0].why, event::Refused::Why::swarm_exists);
  t.forget();
  t.pass(1s);
  EXPECT_TRUE(t.sent<wire::Hello>().empty());
}

// A founder's HELLO that was late: the swarm has formed meanwhile, with this store in it.
TEST(R21Multicast, ABoundFounderIsNotRefused) {
  SoloTracker t(fresh(FirstStart::bootstrap));
  t.hear(stranger(small), wire::GenesisOffer{genesis_with(t.store())}, address_of(2));
  t.hear(2, 1, wire::JoinReply{swarm_exists, ClusterId{55}, {}, t.store()});
  EXPECT_TRUE(t.events<event::Refused>().empty());
  t.hear(stranger(small), wire::GenesisAck{ClusterId{55}}, address_of(2));
  t.hear(stranger(great), wire::GenesisAck{ClusterId{55}}, address_of(3));
  EXPECT_EQ(t.view().role, Role::slave);
}

TEST(R22Stores, WhoIsRemovedSoonAfterItJoinedIsNotTakenInAgain) {
  SoloTracker t;
  t.serve();
  join(t, 104, 4);
  t.pass_as_master(150ms);
  ASSERT_EQ(t.view().members, 4u);
  EXPECT_TRUE(remove(t, 4));
  t.pass_as_master(1s);
  EXPECT_EQ(t.view().members, 3u);
}

TEST(R22Stores, NobodyIsToldThatItIsRemovedBeforeThatIsCommitted) {
  SoloTracker t;
  t.serve();
  const auto before = t.view().last.value;
  t.act([](Tracker& k, Time now, Outbox& out) { k.remove(now, MemberId{3}, out); });
  ASSERT_EQ(t.view().last.value, before + 1);
  t.forget();
  t.hear(3, t.view().term.value, wire::Status{});
  EXPECT_TRUE(t.said<wire::JoinReply>().empty());  // the entry may yet be truncated
  t.ready(2, before + 1);
  t.hear(3, t.view().term.value, wire::Status{});
  EXPECT_EQ(t.said<wire::JoinReply>().size(), 1u);
}

}  // namespace
}  // namespace swarm::test
