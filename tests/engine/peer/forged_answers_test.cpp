// Answers of trackers that somebody forged without having seen the request.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/peer/requester_room.hpp"

namespace swarm::requesters {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

constexpr int few = 63, many = 64;  // guesses

std::vector<Endpoint> strangers_of(const Endpoint& asked) {
  return {{asked.ip, 6970}, {0x0a000063, asked.port}, {0x0a000063, 1}, {Ip{}, 0}};
}

TEST(ForgedAnswers, OnlyTheTrackerThatWasAskedMayAnswer) {
  Room room;
  const Endpoint asked{0x0a000001, 6969};
  room.settings.trackers = asked;
  const auto connect = std::get<ConnectRequest>(room.join(1).at(0));
  const auto answered = ConnectResponse{connect.transaction, {77}};
  for (const Endpoint& stranger : strangers_of(asked)) {
    EXPECT_THAT(room.reply_from(stranger, answered), IsEmpty());
    EXPECT_EQ(all<event::Rejected>(room.events).at(0).reason, Reject::unexpected);
  }
  const auto request = announce(room.reply_from(asked, answered));
  EXPECT_EQ(request.connection, ConnectionId{77});
  for (const Endpoint& stranger : strangers_of(asked)) {
    room.reply_from(stranger, AnnounceResponse{request.transaction, 300, {}});
    room.reply_from(stranger,
                    ErrorResponse{request.transaction, error_number(ClientError::bad_connection)});
    EXPECT_FALSE(room.peer.idle());
    EXPECT_THAT(all<event::PeerError>(room.events), IsEmpty());
  }
  room.reply_from(asked, AnnounceResponse{request.transaction, 300, {}});
  EXPECT_TRUE(room.peer.idle());
}

TEST(ForgedAnswers, ARequestToTheGroupIsAnsweredByAnyTracker) {
  Room room;
  const auto connect = std::get<ConnectRequest>(room.join(1).at(0));
  const auto answered = ConnectResponse{connect.transaction, {77}};
  for (const Endpoint& stranger : {Endpoint{group.ip, group.port}, Endpoint{0xefff0001, 6969}})
    EXPECT_THAT(room.reply_from(stranger, answered), IsEmpty());
  EXPECT_THAT(room.reply_from({0x0a000001, 6970}, answered), SizeIs(1));
}

// What guesses are like: answers of every kind with an id that is not the request's.
void guess(Room& room, TransactionId right, int guesses) {
  for (std::uint32_t i = 1; i <= static_cast<std::uint32_t>(guesses); ++i) {
    switch (i % 4) {
      case 0:
        room.reply(ConnectResponse{right + i, {666}});
        break;
      case 1:
        room.reply(AnnounceResponse{right + i, 1, {}});
        break;
      case 2:
        room.reply(ScrapeResponse{right + i});
        break;
      default:
        room.reply(ErrorResponse{right + i, error_number(ClientError::bad_connection)});
    }
    EXPECT_THAT(room.events, IsEmpty());
  }
}

TEST(ForgedAnswers, AfterManyGuessesTheNextRetransmissionHasAnotherId) {
  Room room;
  const auto first = announce(room.connect(room.join(1)));
  guess(room, first.transaction, few);
  EXPECT_EQ(announce(room.wait()).transaction, first.transaction);
  guess(room, first.transaction, many - few);
  const auto second = announce(room.wait());
  EXPECT_NE(second.transaction, first.transaction);
  EXPECT_EQ(all<event::Rejected>(room.events).at(0).reason, Reject::unexpected);
  EXPECT_EQ(second.info_hash, first.info_hash);
  EXPECT_EQ(second.event, first.event);
  room.reply(AnnounceResponse{first.transaction, 300, {}});
  EXPECT_FALSE(room.peer.idle());
  EXPECT_EQ(announce(room.wait()).transaction, second.transaction);  // counted from zero again
  room.reply(AnnounceResponse{second.transaction, 300, {}});
  EXPECT_TRUE(room.peer.idle());
}

TEST(ForgedAnswers, AConnectAndADeclarationHaveOtherIdsToo) {
  Room room;
  const auto first = std::get<ConnectRequest>(room.join(1).at(0));
  guess(room, first.transaction, many);
  const auto second = std::get<ConnectRequest>(room.wait().at(0));
  EXPECT_NE(second.transaction, first.transaction);
  EXPECT_THAT(room.reply(ConnectResponse{first.transaction, {666}}), IsEmpty());
  const auto request = announce(room.reply(ConnectResponse{second.transaction, {77}}));
  EXPECT_EQ(request.connection, ConnectionId{77});
  room.reply(AnnounceResponse{request.transaction, 300, {}});

  const auto scrape = std::get<ScrapeRequest>(room.declare({content(2)}).at(0));
  guess(room, scrape.transaction, many);
  const auto again = std::get<ScrapeRequest>(room.wait().at(0));
  EXPECT_NE(again.transaction, scrape.transaction);
  EXPECT_EQ(again.contents, scrape.contents);
}

// A flood of guesses must not keep the right answer out.
TEST(ForgedAnswers, TheRightAnswerCountsAmongGuesses) {
  Room room;
  const auto request = announce(room.connect(room.join(1)));
  guess(room, request.transaction, 100 * many);
  room.reply(AnnounceResponse{request.transaction, 300, {}});
  EXPECT_TRUE(room.peer.idle());
  EXPECT_THAT(all<event::PeerRegistered>(room.events), SizeIs(1));
}

TEST(ForgedAnswers, GuessesBeforeARequestDoNotCountAgainstIt) {
  Room room;
  room.joined(30);
  guess(room, {1000}, 2 * many);
  const auto request = announce(room.wait());
  EXPECT_EQ(announce(room.wait()).transaction, request.transaction);
}

}  // namespace
}  // namespace swarm::requesters
