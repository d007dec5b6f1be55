// Assertions of the consensus look at its own indices, terms and roles, never at bytes that a
// member sends. Here members send anything, under the right secret: agreement may break, which the
// checks of the group may notice, but no assertion of the engine ends a member.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/base/assert.hpp"
#include "tests/engine/base/words.hpp"
#include "tests/engine/consensus/group.hpp"

namespace swarm::test {
namespace {

class Forger {
 public:
  Forger(Group& group, std::uint64_t seed) : group_(group), random_(seed) {}

  void something_is_forged() {
    const Place as = some_place(), to = some_place();
    if (as == to || !group_.runs(as) || !group_.runs(to)) return;
    view_ = group_.view(to);
    config_ = group_.config(to);
    group_.forge(as, to, random_.below(3) == 0 ? term() : view_.term, body(to));
  }
  void something_happens() {
    const Place at = some_place();
    switch (random_.below(40)) {
      case 0:
        group_.disk(at).hold_log = random_.below(2) == 0;
        break;
      case 1:
        if (group_.runs(at))
          group_.crash(at);
        else
          group_.restart(at);
        break;
      case 2:
        if (const Place master = group_.master()) group_.hand_over(master);
        break;
      case 3:
      case 4:
        if (const Place master = group_.master()) group_.add(master, 1);
        break;
      default:
        break;
    }
    group_.pass(random_.between(0ns, 10ms));
  }

 private:
  Place some_place() { return 1 + static_cast<Place>(random_.below(5)); }
  // A number at, around or far from this one.
  std::uint64_t near(std::uint64_t value) {
    switch (random_.below(7)) {
      case 0:
        return 0;
      case 1:
        return value + 1;
      case 2:
        return value > 0 ? value - 1 : 0;
      case 3:
        return value + random_.below(100);
      case 4:
        return INT64_MAX;
      case 5:
        return random_.next();
      default:
        return value;
    }
  }
  std::uint32_t near32(std::uint32_t value) { return static_cast<std::uint32_t>(near(value)); }
  std::uint8_t below(std::uint64_t limit) {
    return static_cast<std::uint8_t>(random_.below(limit));
  }
  LogIndex index() { return {near(random_.below(2) == 0 ? view_.last.value : view_.commit.value)}; }
  Term term() { return {near(view_.term.value) % 1000}; }
  MemberId member() { return {below(7)}; }
  std::uint64_t echo() {
    const auto now = static_cast<std::uint64_t>(group_.now().time_since_epoch().count());
    return random_.below(2) == 0 ? near(now) : now - random_.below(100'000'000);
  }

  wire::MasterState state() {
    wire::MasterState s;
    s.time_sent = echo();
    s.commit = index();
    s.last = index();
    s.last_term = term();
    s.config_index = index();
    s.quorum_age_us = near32(1000);
    s.oldest_unanswered_us = near32(1000);
    s.swarm_time_us = near(1'000'000) & INT64_MAX;
    for (auto n = below(5); n > 0; --n) s.successors.add(member());
    return s;
  }
  wire::Acknowledgement acknowledgement() {
    return {echo(), near32(50'000), index(), index(), index(), near32(1000), random_.next()};
  }
  wire::Status status() {
    wire::Status s;
    s.role = below(6);
    s.master = member();
    s.last = index();
    s.durable = index();
    s.applied = index();
    s.commit = index();
    return s;
  }
  wire::Vote vote() {
    wire::Vote v;
    v.last = index();
    v.last_term = term();
    v.flag = below(3);
    v.former = member();
    v.former_boot = BootId{1000 * random_.below(6) + 1};
    v.time_sent = echo();
    return v;
  }
  Bytes operations() {
    switch (random_.below(4)) {
      case 0:
        operations_ = add(1);
        break;
      case 1:
        operations_ = encoded(Noop{});
        break;
      case 2: {
        auto config = config_;
        if (random_.below(2) == 0 && !config.members.empty()) config.members.pop_back();
        config.next_id = MemberId{near32(config.next_id.value)};
        operations_ = encoded(config);
        break;
      }
      default:
        operations_.resize(random_.below(40));
        for (auto& byte : operations_) byte = below(256);
    }
    return operations_;
  }
  wire::Body body(Place to) {
    const BootId boot{1000 * std::uint64_t{to} + 1};
    switch (random_.below(20)) {
      case 0:
        return wire::KeepAlive{state()};
      case 1:
        return wire::KeepAliveAck{acknowledgement()};
      case 2:
        return wire::Ready{acknowledgement()};
      case 3:
        return status();
      case 4:
        return wire::PreVote{term(), index(), term()};
      case 5:
        return wire::PreVoteReply{term(), below(2), near32(1000)};
      case 6:
        return vote();
      case 7:
        return wire::VoteReply{below(2), boot, echo(), near32(50'000)};
      case 8:
        return wire::Prepare{state(), index(), term(), term(), near(1000), operations()};
      case 9:
        return wire::Prepare{state(),         view_.last + 1, view_.term,
                             view_.last_term, near(1000),     operations()};
      case 10:
        return wire::BlockMessage{index(), term(), term(), near(1000), operations()};
      case 11:
        return wire::Fetch{index(), random_.next()};
      case 12:
        return wire::HandOver{index(), index(), near32(1000)};
      case 13:
        return wire::SnapshotMeta{random_.below(3), index(), term(), near(3000), random_.next()};
      case 14:
        return wire::SnapshotGet{random_.below(3), near32(3), random_.next()};
      case 15:
        return wire::SnapshotData{random_.below(3), near32(3), operations()};
      case 16:
        return wire::Order{below(2), member()};
      case 17:
        return wire::Hearing{near(100), below(2)};
      case 18:
        return wire::Witness{below(11), index(), near(1000), random_.next()};
      default:
        return wire::JoinReply{below(2), cluster_id, member(), store_of(to)};
    }
  }

  Group& group_;
  test::Words random_;
  TrackerView view_;
  Config config_;
  std::vector<std::uint8_t> operations_;
};

TEST(Forged, MessagesOfMembersReachNoAssertion) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    Group::Options options;
    options.settings.log_keep = 8;
    options.seed = seed;
    Group group(options);
    group.found(5);
    Forger forger(group, seed);
    try {
      for (int i = 0; i < 300; ++i) {
        forger.something_is_forged();
        forger.something_happens();
      }
    } catch (const AssertionFailed& failure) {
      const std::string by_the_group = "group.cpp";
      EXPECT_EQ(std::string(failure.what()).substr(0, by_the_group.size()), by_the_group)
          << "seed " << seed << ": " << failure.what();
    }
  }
}

// ---- Sequences that chance does not find

struct ForgedSequences : testing::Test {
  ForgedSequences() { group.found(3); }

  wire::MasterState state(LogIndex last, Term last_term, std::uint64_t swarm_time_us = 1000) {
    wire::MasterState s;
    s.time_sent = static_cast<std::uint64_t>(group.now().time_since_epoch().count());
    s.commit = s.last = last;
    s.last_term = last_term;
    s.swarm_time_us = swarm_time_us;
    return s;
  }

  Group group;
};

// The disk takes long for the snapshot of a liar, and the master falls meanwhile. The member that
// installs it stands only afterwards: the log of a master is never replaced.
TEST_F(ForgedSequences, AMemberThatInstallsASnapshotDoesNotStand) {
  const auto view = group.view(2);
  const Term term = view.term + 1;
  group.disk(2).hold_log = true;
  db::Snapshot snapshot;
  snapshot.applied = {LogIndex{50}, view.term, SwarmTime{1000}, PeerRowId{5}};
  snapshot.config_index = LogIndex{1};
  snapshot.config = group.config(2);
  const auto bytes = wire::encode_snapshot(snapshot);
  group.forge(3, 2, term, wire::KeepAlive{state(LogIndex{50}, term)});
  group.forge(
      3, 2, term,
      wire::SnapshotMeta{7, LogIndex{50}, view.term, bytes.size(), wire::hash_bytes(bytes)});
  group.forge(3, 2, term, wire::SnapshotData{7, 0, bytes});
  group.crash(1);
  group.lose_all([](Place from, Place, const wire::Message& m) {
    return from == 3 && (std::holds_alternative<wire::PreVote>(m.body) ||
                         std::holds_alternative<wire::Vote>(m.body));
  });
  group.pass(1s);
  EXPECT_EQ(group.view(2).role, Role::slave);
  EXPECT_EQ(group.view(2).term, term);  // it has asked nobody for a vote
}

TEST_F(ForgedSequences, NobodyJoinsOnceTheLastIdIsGiven) {
  const auto view = group.view(2);
  const Term term = view.term + 1;
  auto config = group.config(2);
  config.next_id = MemberId{UINT32_MAX};
  const auto operations = encoded(config);
  const LogIndex at = view.last + 1;
  for (const Place to : {1u, 2u})
    group.forge(3, to, term,
                wire::Prepare{state(at, term), at, term, view.last_term, 1000, operations});
  group.pass(1s);
  ASSERT_NE(group.master(), 0u);
  ASSERT_EQ(group.config(group.master()).next_id, MemberId{UINT32_MAX});
  group.start(4, FirstStart::join);
  group.pass(2s);
  ASSERT_NE(group.master(), 0u);
  EXPECT_EQ(group.config(group.master()).members.size(), 3u);
}

// In nanoseconds the leap is more than a Duration has.
TEST_F(ForgedSequences, ASwarmTimeOfTheFarFutureIsAStandstillOfADay) {
  const auto view = group.view(2);
  group.forge(1, 2, view.term, wire::KeepAlive{state(view.last, view.last_term)});
  auto far = state(view.last, view.last_term, INT64_MAX);
  ++far.time_sent;
  group.forge(1, 2, view.term, wire::KeepAlive{far});
  EXPECT_EQ(group.service(2).stood_still(), 24h);
  group.pass(100ms);
  EXPECT_EQ(group.view(2).term, view.term);
}

}  // namespace
}  // namespace swarm::test
