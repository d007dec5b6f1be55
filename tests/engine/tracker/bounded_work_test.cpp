// No step and no transaction grows with the table, nor with what has waited: rows are counted.
#include <gtest/gtest.h>

#include "engine/base/random.hpp"
#include "engine/tracker/answering/expiry.hpp"
#include "tests/engine/tracker/solo_tracker.hpp"

namespace swarm::test {
namespace {

// What a step is for, what each kind of work may do of it when the others have used that up, and
// what a commit makes to do, which is bounded by what may be under way.
constexpr std::size_t most_work = 3 * Outbox::most_work;

constexpr std::uint32_t peers = 100, contents = 100;

Endpoint peer(std::uint32_t n) {
  return {0x0a010000 + n, 6881};
}
InfoHash numbered(std::uint32_t n) {
  InfoHash hash;
  for (std::size_t i = 0; i < 4; ++i) hash.bytes[i] = static_cast<std::uint8_t>(n >> (8 * i));
  return hash;
}

// A log behind block 1: as many operations in a block as fit.
class LogMaker {
 public:
  void add(const Operation& operation) {
    if (open_.size() + wire::encoded_size(operation) > Block::most) close();
    wire::encode(operation, open_);
    std::vector<db::RowChange> rows;
    table_.apply(operation, Time{}, rows);
  }
  void close() {
    if (open_.empty()) return;
    blocks_.push_back(std::make_shared<Block>(
        Block{LogIndex{last() + 1}, Term{1}, SwarmTime{}, std::exchange(open_, {})}));
  }
  // An EXPIRE as members of the version before made it, in a block with others.
  static LogMaker with_large_expire() {
    LogMaker log;
    for (std::uint32_t p = 0; p < peers; ++p)
      for (std::uint32_t c = 0; c < contents; ++c)
        log.add(Register{numbered(c), peer(p), PeerState::seeder, c % 7 == 0});
    log.close();
    Expire expire;
    for (std::uint32_t p = 0; p < peers - 2; ++p) expire.peers.push_back(peer(p));
    log.add(Register{numbered(1), peer(999), PeerState::leecher});
    log.add(expire);
    log.add(Register{numbered(2), peer(0), PeerState::leecher});
    log.close();
    return log;
  }
  std::uint64_t last() const { return 1 + blocks_.size(); }
  const std::vector<BlockPtr>& blocks() const { return blocks_; }
  const SwarmTable& table() const { return table_; }  // that it leads to

 private:
  std::vector<std::uint8_t> open_;
  std::vector<BlockPtr> blocks_;
  SwarmTable table_{1};
};

TEST(BoundedWork, ALongLogIsAppliedInPartsAndWrittenInParts) {
  const auto log = LogMaker::with_large_expire();
  SoloTracker t({.log = log.blocks()});
  t.keep_alive(2, 1, log.last(), 1, log.last());
  EXPECT_LT(t.view().applied, t.view().commit);
  t.pass(20ms);
  EXPECT_EQ(t.view().applied, LogIndex{log.last()});
  EXPECT_EQ(t.view().rows_applied, LogIndex{log.last()});
  EXPECT_EQ(t.tracker().table().digest(), log.table().digest());
  EXPECT_LE(t.most_work(), most_work);
  EXPECT_LE(t.most_rows_written(), db::most_rows_per_transaction);
}

TEST(BoundedWork, ABlockCountsAsAppliedWhenAllOfItIs) {
  const auto log = LogMaker::with_large_expire();
  SoloTracker t({.log = log.blocks()});
  t.keep_alive(2, 1, log.last(), 1, log.last() - 1);
  t.pass(10ms);
  ASSERT_EQ(t.view().applied, LogIndex{log.last() - 1});
  t.forget();
  t.keep_alive(2, 1, log.last(), 1, log.last());
  for (int part = 0; part < 5; ++part) {  // each registration is a row, and now and then two
    EXPECT_EQ(t.view().applied, LogIndex{log.last() - 1}) << part;
    EXPECT_TRUE(t.events<event::BlockApplied>().empty());
    EXPECT_NE(t.tracker().table().digest(), log.table().digest());
    t.wake();
  }
  t.pass(5ms);
  const auto applied = t.events<event::BlockApplied>();
  ASSERT_EQ(applied.size(), 1U);
  EXPECT_EQ(applied[0].table_digest, log.table().digest());
}

// R15: rows, their index and the place within the block are of one transaction.
TEST(BoundedWork, ARestartWithinABlockGoesOnFromThere) {
  const auto log = LogMaker::with_large_expire();
  for (const int parts : {1, 2, 3, 5, 9, 14, 18, 19, 20, 21, 22, 24}) {
    SoloTracker t({.log = log.blocks()});
    t.keep_alive(2, 1, log.last(), 1, log.last() - 1);
    t.pass(10ms);
    t.keep_alive(2, 1, log.last(), 1, log.last());
    for (int part = 1; part < parts; ++part) t.wake();
    t.skip(5ms);
    t.hold_log();
    t.wake();  // one more part, and the rows of all of them
    t.sync_log();
    t.restart();
    t.hold_log(false);
    const bool within = t.tracker_db().applied().position > 0;
    EXPECT_EQ(within, t.view().applied < LogIndex{log.last()}) << parts;
    EXPECT_EQ(within, t.tracker().table().digest() != log.table().digest()) << parts;
    t.forget();
    t.wake();  // STATUS, with the digest of a table that holds whole blocks only (R30)
    const auto said = t.said_to<wire::Witness>(2);
    EXPECT_EQ(said.size(), within ? 0U : 1U) << parts;
    t.keep_alive(2, 1, log.last(), 1, log.last());
    t.pass(20ms);
    EXPECT_EQ(t.view().rows_applied, LogIndex{log.last()});
    EXPECT_EQ(t.tracker().table().digest(), log.table().digest()) << parts;
    SwarmTable rows(1);
    rows.load(t.tracker_db().load().tables);
    EXPECT_EQ(rows.digest(), log.table().digest()) << parts;
  }
}

TEST(BoundedWork, ACrashWithinABlockLosesNoMoreThanTheRowsThatWereNotWritten) {
  const auto log = LogMaker::with_large_expire();
  SoloTracker t({.log = log.blocks()});
  t.keep_alive(2, 1, log.last(), 1, log.last());
  Random random(1);
  for (int crash = 0; crash < 12; ++crash) {
    t.hold_log();
    for (std::uint64_t n = random.below(8); n > 0; --n) {
      t.skip(5ms);
      t.wake();
      if (n > 2) t.sync_log();
    }
    t.restart();
    t.hold_log(false);
    t.keep_alive(2, 1, log.last(), 1, log.last());
  }
  t.pass(50ms);
  EXPECT_EQ(t.tracker().table().digest(), log.table().digest());
}

// A snapshot is of whole blocks.
TEST(BoundedWork, AMasterOffersNoSnapshotWithinABlock) {
  const auto log = LogMaker::with_large_expire();
  TrackerSettings settings;
  settings.log_keep = 16;
  SoloTracker t({.log = log.blocks(), .settings = settings});
  t.keep_alive(2, 1, log.last(), 1, log.last() - 1);
  t.pass(20ms);
  t.win();
  t.forget();
  t.ready(2, t.view().last.value);
  ASSERT_LT(t.view().applied, LogIndex{log.last()});
  const auto fetch = [&] {
    t.hear(3, t.view().term.value, wire::Fetch{LogIndex{1}, 1});
    return t.said_to<wire::SnapshotMeta>(3).size();
  };
  EXPECT_EQ(fetch(), 0U);
  EXPECT_FALSE(t.view().serving);  // the NOOP is behind that block
  t.pass_as_master(20ms);
  EXPECT_TRUE(t.view().serving);
  EXPECT_GE(t.view().applied, LogIndex{log.last()});
  EXPECT_EQ(fetch(), 0U);  // it is being made
  t.pass_as_master(20ms);
  EXPECT_EQ(fetch(), 1U);
}

// An election of a second with 60,000 requests: answered in slices, in their order.
TEST(BoundedWork, KeptRequestsAreAnsweredInSlices) {
  SoloTracker t;
  constexpr std::uint32_t requests = 20'000;
  for (std::uint32_t n = 0; n < requests; ++n)
    t.hear_peer(peer(n % 7), wire::ConnectRequest{TransactionId{n}});
  t.serve();
  EXPECT_LT(t.replies().size(), 1000U);
  t.hear_peer(peer(9), wire::ConnectRequest{TransactionId{requests}});  // answered at once
  EXPECT_LT(t.replies().size(), 1000U);
  t.pass(1ms);
  std::vector<std::uint32_t> order;
  for (const auto& answer : t.replied<wire::ConnectResponse>())
    order.push_back(answer.transaction.value);
  ASSERT_EQ(order.size(), requests + 1);
  std::erase(order, requests);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
  EXPECT_LE(t.most_work(), 512U);
}

TEST(BoundedWork, WhatIsLeftOfKeptRequestsGoesOnWhenTheLeaseIsBack) {
  SoloTracker t;
  constexpr std::uint32_t requests = 5'000;
  for (std::uint32_t n = 0; n < requests; ++n)
    t.hear_peer(peer(1), wire::ConnectRequest{TransactionId{n}});
  t.serve();
  const auto before = t.replies().size();
  EXPECT_LT(before, requests);
  t.skip(45ms);  // the lease runs out between two slices
  t.wake();
  EXPECT_EQ(t.replies().size(), before);
  EXPECT_FALSE(t.said<wire::KeepAlive>().empty());
  EXPECT_GE(t.said<wire::KeepAlive>().back().state.oldest_unanswered_us, 45'000U);
  t.ready(2, t.view().last.value);
  t.pass(1ms);
  EXPECT_EQ(t.replies().size(), requests);
}

// What one client announces for many contents expires in parts, a commit each.
TEST(BoundedWork, LargePeersExpireByBoundedBlocks) {
  LogMaker log;
  constexpr std::uint32_t large = 12, many = 1000;
  for (std::uint32_t p = 0; p < large; ++p)
    for (std::uint32_t c = 0; c < many; ++c)
      log.add(Register{numbered(c), peer(p), PeerState::seeder});
  log.close();
  TrackerSettings settings;
  settings.announce_interval = 100ms;
  settings.client_interval = settings.longest_interval = settings.announce_interval;
  SoloTracker t({.log = log.blocks(), .settings = settings});
  t.keep_alive(2, 1, log.last(), 1, log.last());
  t.pass(20ms);
  ASSERT_EQ(t.tracker().table().registrations(), large * many);
  t.serve();
  std::size_t most_removed = 0;
  for (int n = 0; n < 60'000 && t.tracker().table().registrations() > 0; ++n) {
    const auto before = t.tracker().table().registrations();
    t.pass(1ms);
    t.ready(2, t.view().last.value);
    most_removed = std::max(most_removed, before - t.tracker().table().registrations());
  }
  EXPECT_EQ(t.tracker().table().registrations(), 0U);
  EXPECT_EQ(t.events<event::PeerExpired>().size(), large);
  EXPECT_LE(most_removed, Expiry::steps_under_way * (Expiry::at_once + 64));
  EXPECT_LE(t.most_work(), most_work);
}

// A batch of requests that change much, its commit and its answers: more than one step is for.
TEST(BoundedWork, WhatAStepDoesForSeveralReasonsIsBoundedTogether) {
  SoloTracker t;
  t.serve();
  constexpr std::uint32_t clients = 64;
  for (std::uint32_t n = 0; n < clients; ++n)
    t.hear_peer(peer(n), wire::ConnectRequest{TransactionId{n}});
  std::vector<Endpoint> from;
  std::vector<std::vector<std::uint8_t>> requests;
  for (const auto& reply : t.replies()) {
    wire::ScrapeRequest told{std::get<wire::ConnectResponse>(reply.response).connection, {}, {}};
    for (std::uint32_t c = 0; c < wire::most_hashes; ++c)
      told.contents.push_back(numbered(c + 100 * reply.to.ip.v4()));
    const auto datagram = wire::encode(wire::Request(told));
    const Bytes bytes = datagram.bytes();
    from.push_back(reply.to);
    requests.emplace_back(bytes.begin(), bytes.end());
  }
  ASSERT_EQ(requests.size(), clients);
  t.forget();
  t.hear_clients({Channel::peers, {}, true}, from, requests);
  for (int n = 0; n < 200 && t.replies().size() < clients; ++n) {
    t.pass(100us);
    t.ready(2, t.view().last.value);
  }
  EXPECT_EQ(t.replies().size(), clients);
  EXPECT_EQ(t.tracker().table().registrations(), clients * wire::most_hashes);
  EXPECT_LE(t.most_work(), most_work);
  EXPECT_GT(t.most_work(), Outbox::most_work / 2);
}

// Its quorum is gone, thousands wait for a commit: they go back among what is kept, in slices.
TEST(BoundedWork, AMasterThatStepsDownTakesBackInSlicesWhatWaits) {
  SoloTracker t;
  t.serve();
  constexpr std::uint32_t clients = 5'000;
  for (std::uint32_t n = 0; n < clients; ++n)
    t.hear_peer(peer(n), wire::ConnectRequest{TransactionId{n}});
  const auto connected = t.replies();
  ASSERT_EQ(connected.size(), clients);
  t.forget();
  for (const auto& reply : connected) {
    const auto& answer = std::get<wire::ConnectResponse>(reply.response);
    wire::AnnounceRequest announce;
    announce.connection = answer.connection;
    announce.transaction = answer.transaction;
    announce.info_hash = numbered(1);
    announce.event = wire::AnnounceEvent::started;
    announce.port = 6881;
    t.hear_peer(reply.to, announce);
  }
  ASSERT_EQ(t.replies().size(), 0U);
  t.hear(3, t.view().term.value + 1, wire::KeepAlive{t.master_state(2, 2, 2)});
  EXPECT_FALSE(t.view().role == Role::master);
  EXPECT_LE(t.most_work(), most_work);
  t.pass(1ms);
  t.serve();
  for (int n = 0; n < 2'000 && t.replies().size() < clients; ++n) {
    t.pass(100us);
    t.ready(2, t.view().last.value);
  }
  EXPECT_EQ(t.replies().size(), clients);
  EXPECT_LE(t.most_work(), most_work);
}

// The log tells whose downloads were counted; its oldest block matters as much as its last.
TEST(BoundedWork, AStartRemembersTheDownloadsOfALongLogInSlices) {
  using enum wire::AnnounceEvent;
  constexpr std::uint32_t downloads = 20'000;
  LogMaker log;
  for (std::uint32_t p = 0; p < downloads; ++p)
    log.add(Register{numbered(1), peer(p), PeerState::seeder, true});
  log.close();
  SoloTracker t({.log = log.blocks()});
  t.keep_alive(2, 1, log.last(), 1, log.last());
  while (t.view().applied < LogIndex{log.last()}) t.wake();
  t.serve();
  const auto counted = [&] { return t.tracker().table().counts(numbered(1)).completed; };
  ASSERT_EQ(counted(), downloads);
  std::uint32_t transaction = 0;
  for (const auto& client : {peer(0), peer(downloads / 2), peer(downloads - 1)}) {
    t.hear_peer(client, wire::ConnectRequest{{++transaction}});
    const auto connection = t.replied<wire::ConnectResponse>().back().connection;
    for (const auto event : {stopped, started, completed}) {
      wire::AnnounceRequest announce{connection, {++transaction}, numbered(1), {}};
      announce.event = event;
      announce.port = client.port;
      t.hear_peer(client, announce);
      t.ready(2, t.view().last.value);
    }
    EXPECT_EQ(t.tracker().table().find(numbered(1), client), PeerState::seeder);
  }
  EXPECT_EQ(counted(), downloads);
  EXPECT_LE(t.most_work(), most_work);
}

// Who was away for a while comes back by the log as long as that is shorter than a snapshot.
TEST(BoundedWork, OfALargeTableMoreOfTheLogIsKept) {
  LogMaker log;
  for (std::uint32_t p = 0; p < peers; ++p)
    for (std::uint32_t c = 0; c < contents; ++c)
      log.add(Register{numbered(c), peer(p), PeerState::seeder});
  log.close();
  TrackerSettings settings;
  settings.log_keep = 16;
  SoloTracker t({.log = log.blocks(), .settings = settings});
  for (int n = 0; n < 50; ++n) {
    t.keep_alive(2, 1, log.last(), 1, log.last());
    t.pass(10ms);
  }
  ASSERT_EQ(t.view().rows_applied, LogIndex{log.last()});
  const auto kept = log.last() - t.view().log_begin.value + 1;
  EXPECT_GE(kept, peers * contents / 128);
  EXPECT_LE(kept, peers * contents / 128 + 16);
}

}  // namespace
}  // namespace swarm::test
