// What a caller owes to the ports of the consensus (Replica, Mastership): a call that breaks it
// ends the process with a sentence, before it does harm.
#include <gtest/gtest.h>

#include <functional>
#include <utility>
#include <vector>

#include "engine/base/assert.hpp"
#include "tests/engine/base/words.hpp"
#include "tests/engine/consensus/counted_nonces.hpp"
#include "tests/engine/consensus/group.hpp"
#include "tests/engine/links/plain_links.hpp"

namespace swarm::test {
namespace {

// One replica, and what it asks its host for.
struct Alone {
  explicit Alone(db::Ballot ballot = {}, std::vector<BlockPtr> log = {}) {
    image.log = std::move(log);
    if (!ballot.store) ballot.store = store_of(1);
    out.set_nonces(&nonces);
    replica = std::make_unique<Replica>(
        Replica::Start{{}, image, ballot, false, boot_of(1), draw_of(1)}, links, counter, service);
  }
  void act(Time now, const std::function<void(Replica&)>& f) {
    const Replica::Step step(*replica, now, out);
    f(*replica);
  }

  db::TrackerImage image;
  Counter counter;
  RememberingService service;
  CountedNonces nonces;
  PlainLinks links{wire::Seal({}, wire::Cipher::siphash)};
  Outbox out;
  std::unique_ptr<Replica> replica;
};

TEST(Ports, EachCallComesWithinAStep) {
  Alone alone;
  alone.act(Time(1s), [](Replica& r) { r.start(); });
  const std::vector<std::function<void(Replica&)>> calls{
      [](Replica& r) { r.start(); },
      [](Replica& r) { r.receive(address_of(2), wire::Message{}); },
      [](Replica& r) { r.wake(); },
      [](Replica& r) {
        r.persisted({Disk::log, 1});
      },
      [](Replica& r) { r.clock_went_back(1s); },
      [](Replica& r) { r.heard_group(); },
      [](Replica& r) { r.hand_over(); },
      [](Replica& r) { r.remove(MemberId{2}); },
      [](Replica& r) { r.stop(); },
      [](Replica& r) { r.leave(); },
      [](Replica& r) { r.first_start(FirstStart::init); }};
  for (std::size_t i = 0; i < calls.size(); ++i)
    EXPECT_THROW(calls[i](*alone.replica), AssertionFailed) << i;
}

TEST(Ports, AStepBeginsAfterTheOneBefore) {
  Alone alone;
  const Replica::Step step(*alone.replica, Time(1s), alone.out);
  EXPECT_THROW(Replica::Step(*alone.replica, Time(1s), alone.out), AssertionFailed);
}

TEST(Ports, TimeNeverGoesBack) {
  Alone alone;
  alone.act(Time(2s), [](Replica& r) { r.start(); });
  EXPECT_THROW(alone.act(Time(1s), [](Replica& r) { r.wake(); }), AssertionFailed);
}

TEST(Ports, AReplicaIsStartedOnce) {
  Group group;
  group.found(1);
  EXPECT_THROW(group.act(1, [](Replica& r) { r.start(); }), AssertionFailed);
}

TEST(Ports, TheDisksReportOnlyWhatTheyWereGiven) {
  for (const Disk disk : {Disk::log, Disk::ballot}) {
    Group group;
    group.found(1);
    EXPECT_THROW(group.act(1,
                           [disk](Replica& r) {
                             r.persisted({disk, 1'000'000});
                           }),
                 AssertionFailed);
  }
}

TEST(Ports, OnlyAMasterProposesAndWhatFitsABlock) {
  const auto propose = [](Place n, const std::vector<std::uint8_t>& operation) {
    Group group;
    group.found(3);
    group.act(n, [&](Replica& r) { r.mastership().propose(operation); });
  };
  EXPECT_NO_THROW(propose(1, add(1)));
  EXPECT_THROW(propose(2, add(1)), AssertionFailed);
  EXPECT_THROW(propose(1, {}), AssertionFailed);
  EXPECT_THROW(propose(1, std::vector<std::uint8_t>(Block::most + 1, add_kind)), AssertionFailed);
}

TEST(Ports, AConfigChangesOneMemberAndTakesNoIdBack) {
  const auto propose = [](const std::function<void(Config&)>& change) {
    Group group;
    group.found(5);
    bool taken = false;
    group.act(1, [&](Replica& r) {
      Config config = r.config();
      change(config);
      taken = r.mastership().propose_config(config);
    });
    return taken;
  };
  EXPECT_TRUE(propose([](Config& c) { c.members.pop_back(); }));
  EXPECT_THROW(propose([](Config& c) { c.members.resize(3); }), AssertionFailed);
  EXPECT_THROW(propose([](Config& c) { c.next_id = MemberId{5}; }), AssertionFailed);
}

TEST(Ports, AConfigStandsAloneInItsBlock) {
  Group group;
  group.found(3);
  group.act(1, [](Replica& r) {
    r.mastership().propose(add(1));
    Config config = r.config();
    config.members.pop_back();
    EXPECT_TRUE(r.mastership().propose_config(config));
    r.mastership().propose(add(2));
  });
  ASSERT_TRUE(group.pass_until([&] { return group.value(2) == 3; }));
  EXPECT_EQ(group.config(2).members.size(), 2u);
}

// R0: the ballot may be older than the log, for the two are written apart.
TEST(Ports, AProcessStartsInTheTermOfItsLog) {
  db::Ballot ballot;
  ballot.store = store_of(1);
  ballot.cluster = cluster_id;
  ballot.member = MemberId{1};
  ballot.term = Term{2};
  Alone alone(ballot, {block(1, 1, voters(3)), block(2, 4)});
  alone.act(Time(1s), [](Replica& r) { r.start(); });
  EXPECT_EQ(alone.replica->view().term, Term{4});
}

}  // namespace
}  // namespace swarm::test
