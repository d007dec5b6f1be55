#include "engine/consensus/log.hpp"

#include <gtest/gtest.h>

#include "engine/base/assert.hpp"
#include "tests/engine/consensus/members.hpp"

namespace swarm::test {
namespace {

void append(Log& log, const BlockPtr& b) {
  const auto config = config_in(*b);
  log.append(b, config ? &*config : nullptr);
}

// Blocks 1 (CONFIG of 3), 2, 3 of term 1; all durable, as after a start.
Log three_blocks() {
  db::TrackerImage image;
  image.log = {block(1, 1, voters(3)), block(2, 1), block(3, 1)};
  return Log(image);
}

TEST(Log, OfAFreshStoreIsEmpty) {
  const Log log(db::TrackerImage{});
  EXPECT_EQ(log.begin(), LogIndex{1});
  EXPECT_EQ(log.last(), LogIndex{});
  EXPECT_EQ(log.durable(), LogIndex{});
  EXPECT_EQ(log.last_term(), Term{});
  EXPECT_TRUE(log.config().members.empty());
}

TEST(Log, BeginsWithWhatTheDiskHas) {
  const Log log = three_blocks();
  EXPECT_EQ(log.last(), LogIndex{3});
  EXPECT_EQ(log.durable(), LogIndex{3});
  EXPECT_EQ(log.config_index(), LogIndex{1});
}

TEST(Log, HasNoGapsAndTermsDoNotDecrease) {
  Log log = three_blocks();
  EXPECT_THROW(append(log, block(5, 1)), AssertionFailed);
  EXPECT_THROW(append(log, block(3, 1)), AssertionFailed);
  append(log, block(4, 2));
  EXPECT_THROW(append(log, block(5, 1)), AssertionFailed);
}

TEST(Log, IsDurableOnlyAsFarAsTheDiskReported) {
  Log log = three_blocks();
  append(log, block(4, 1));
  log.ticketed(1);
  append(log, block(5, 1));
  log.ticketed(2);
  EXPECT_EQ(log.durable(), LogIndex{3});
  log.persisted(1);
  EXPECT_EQ(log.durable(), LogIndex{4});
  log.persisted(2);
  EXPECT_EQ(log.durable(), LogIndex{5});
}

TEST(Log, AReportCoversAllTicketsBeforeIt) {
  Log log = three_blocks();
  append(log, block(4, 1));
  log.ticketed(1);
  append(log, block(5, 1));
  log.ticketed(2);
  log.persisted(2);
  EXPECT_EQ(log.durable(), LogIndex{5});
}

TEST(Log, ATruncatedBlockDoesNotBecomeDurableByItsOldTicket) {
  Log log = three_blocks();
  append(log, block(4, 1));
  log.ticketed(1);
  log.truncate(LogIndex{4});
  append(log, block(4, 2));
  log.persisted(1);  // of the block that is gone
  EXPECT_EQ(log.durable(), LogIndex{3});
  log.ticketed(2);
  log.persisted(2);
  EXPECT_EQ(log.durable(), LogIndex{4});
  EXPECT_EQ(log.durable_term(), Term{2});
}

TEST(Log, ATruncationTakesDurableBack) {
  Log log = three_blocks();
  log.truncate(LogIndex{2});
  EXPECT_EQ(log.last(), LogIndex{1});
  EXPECT_EQ(log.durable(), LogIndex{1});
}

TEST(Log, TheLastConfigIsInForceAndATruncationUndoesIt) {
  Log log = three_blocks();
  append(log, block(4, 1, voters(4)));
  EXPECT_EQ(log.config().voters(), 4u);
  EXPECT_EQ(log.config_index(), LogIndex{4});
  log.truncate(LogIndex{4});
  EXPECT_EQ(log.config().voters(), 3u);
  EXPECT_EQ(log.config_index(), LogIndex{1});
}

TEST(Log, KnowsTheConfigAtAnIndex) {
  Log log = three_blocks();
  append(log, block(4, 1, voters(4)));
  append(log, block(5, 1));
  EXPECT_EQ(log.config_at(LogIndex{3}).config.voters(), 3u);
  EXPECT_EQ(log.config_at(LogIndex{4}).config.voters(), 4u);
  EXPECT_EQ(log.config_at(LogIndex{5}).index, LogIndex{4});
}

TEST(Log, DroppingItsHeadKeepsTermAndConfig) {
  Log log = three_blocks();
  append(log, block(4, 2));
  log.ticketed(1);
  log.persisted(1);
  log.drop_before(LogIndex{4});
  EXPECT_EQ(log.begin(), LogIndex{4});
  EXPECT_EQ(log.term_at(LogIndex{3}), Term{1});
  EXPECT_FALSE(log.knows_term(LogIndex{2}));
  EXPECT_THROW(log.term_at(LogIndex{2}), AssertionFailed);
  EXPECT_THROW(log.at(LogIndex{3}), AssertionFailed);
  EXPECT_EQ(log.config().voters(), 3u);
}

TEST(Log, DroppingItsHeadKeepsTheConfigThatWasInForceBefore) {
  Log log = three_blocks();
  append(log, block(4, 1, voters(4)));
  log.ticketed(1);
  log.persisted(1);
  log.drop_before(LogIndex{4});
  EXPECT_EQ(log.config_at(LogIndex{3}).config.voters(), 3u);
  EXPECT_THROW(log.config_at(LogIndex{2}), AssertionFailed);
}

TEST(Log, TruncatesOnlyWhatItHas) {
  Log log = three_blocks();
  EXPECT_THROW(log.truncate(LogIndex{4}), AssertionFailed);
  EXPECT_THROW(log.truncate(LogIndex{0}), AssertionFailed);
}

TEST(Log, ATicketIsGivenOnce) {
  Log log = three_blocks();
  log.ticketed(1);
  EXPECT_THROW(log.ticketed(1), AssertionFailed);
}

TEST(Log, DropsOnlyWhatIsDurable) {
  Log log = three_blocks();
  append(log, block(4, 1));
  EXPECT_THROW(log.drop_before(LogIndex{5}), AssertionFailed);
}

TEST(Log, BeginsAnewBehindASnapshot) {
  Log log = three_blocks();
  append(log, block(4, 1));
  log.ticketed(1);
  db::Snapshot s;
  s.applied = {LogIndex{50}, Term{7}, {}, PeerRowId{1}};
  s.config_index = LogIndex{40};
  s.config = voters(5);
  log.reset(s);
  EXPECT_EQ(log.begin(), LogIndex{51});
  EXPECT_EQ(log.last(), LogIndex{50});
  EXPECT_EQ(log.last_term(), Term{7});
  EXPECT_EQ(log.config().voters(), 5u);
  log.persisted(1);  // an old ticket says nothing about the new log
  EXPECT_EQ(log.durable(), LogIndex{50});
  append(log, block(51, 7));
}

}  // namespace
}  // namespace swarm::test
