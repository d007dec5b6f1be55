// The Peer Info Sender and unmodified clients (BEP 15, HTTP), beside the seed's peers.
#include <set>

#include "tests/engine/tracker/answering/dialect_room.hpp"

namespace swarm::dialects {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// Connections and errors.

TEST(Bep15Clients, AConnectIsAnsweredAtOnceWithAnIdThatIsGood) {
  Room room;
  const auto sent = room.serve(alice, bep15::ConnectRequest{{5}});
  EXPECT_EQ(only<bep15::ConnectResponse>(sent), (bep15::ConnectResponse{{5}, room.id_of(alice)}));
  EXPECT_EQ(sent[0].to, alice);
  EXPECT_EQ(std::get<event::Answered>(room.events.at(0)).dialect, Dialect::bep15);
}

// Two announces at the longest interval that is told: an answer may have been lost.
TEST(Bep15Clients, AnIdIsGoodForElevenMinutesWhileASeedsPeerHasTwo) {
  Room room;
  room.registered(alice);
  room.now = 59s;
  const auto request = room.announce(alice, none, 5);
  const auto seeds = room.seed_announce(alice, 5);
  room.now += 660s;
  EXPECT_THAT(peers_of(room.serve(alice, request)), IsEmpty());
  const auto refused = room.serve(alice, seeds);
  ASSERT_THAT(refused, SizeIs(1));
  EXPECT_TRUE(
      std::holds_alternative<wire::ErrorResponse>(wire::decode_response(refused[0].bytes).value()));
  room.now = 721s;
  EXPECT_EQ(error_of(room.serve(alice, request)), "connection id is not good");
  EXPECT_THAT(room.log.operations, IsEmpty());
}

TEST(Bep15Clients, PortZeroIsToldOfPeersAndNotRegistered) {
  Room room;
  room.registered(bob);
  for (const auto event : {started, none, completed}) {
    auto request = room.announce(alice, event, 5);
    request.port = 0;
    EXPECT_THAT(peers_of(room.serve(alice, request)), ElementsAre(bob));
  }
  EXPECT_THAT(room.log.operations, IsEmpty());
}

TEST(Bep15Clients, PortZeroWithNothingLeftIsToldOfNoSeeders) {
  Room room;
  room.registered(bob, seeder);
  auto request = room.announce(alice, none, 5, 0);
  request.port = 0;
  EXPECT_THAT(peers_of(room.serve(alice, request)), IsEmpty());
  EXPECT_THAT(room.log.operations, IsEmpty());
}

TEST(Bep15Clients, TheIpFieldIsNeitherBelievedNorAnError) {
  Room room;
  auto request = room.announce(alice, started, 5);
  request.ip = bob.ip.v4();
  room.serve(alice, request);
  EXPECT_EQ(std::get<Register>(room.log.operations.at(0)).peer, alice);
}

TEST(Bep15Clients, AnErrorIsNotLargerThanItsRequest) {
  Room room;
  auto request = room.scrape(alice, {1});
  request.connection = {};
  const auto sent = room.serve(alice, request);
  EXPECT_EQ(error_of(sent), "connection id is not good");
  EXPECT_LE(sent[0].bytes.size(), bytes_of(request).size());
  auto of_nothing = bytes_of(request);
  of_nothing.resize(16);
  room.now = 1s;
  room.sender.serve(room.time(), {alice, room.time()}, of_nothing, room.term, room.log, room.out);
  const auto answer = room.sent();
  ASSERT_THAT(answer, SizeIs(1));
  EXPECT_LE(answer[0].bytes.size(), 16U);
}

TEST(Bep15Clients, ErrorsAreLimitedToOnePerSecondAndSource) {
  Room room;
  auto request = room.announce(alice, started, 5);
  request.connection = {};
  std::size_t errors = 0;
  for (std::uint16_t i = 0; i < 100; ++i)
    errors += room.serve({alice.ip, static_cast<std::uint16_t>(1000 + i)}, request).size();
  EXPECT_EQ(errors, 1U);
  EXPECT_THAT(room.serve(bob, request), SizeIs(1));
  room.now = 1s;
  EXPECT_THAT(room.serve(alice, request), SizeIs(1));
}

TEST(Bep15Clients, TheSeedsDialectIsNotSpokenOverIpv6) {
  Room room;
  EXPECT_THAT(room.serve(v6(1), room.seed_announce(v6(1), 5)), IsEmpty());
  EXPECT_EQ(std::get<event::Rejected>(room.events.at(0)).reason, Reject::not_for_me);
  room.keep(v6(1), room.seed_announce(v6(1), 5));
  EXPECT_EQ(room.sender.kept(), 0U);
}

// R16 and R17: what an announce changes.

TEST(Bep15Clients, R16ARegistrationIsAnsweredWhenItsBlockIsCommitted) {
  Room room;
  EXPECT_THAT(room.serve(alice, room.announce(alice, started, 5)), IsEmpty());
  EXPECT_THAT(room.log.operations, ElementsAre(Operation(Register{content(1), alice, leecher})));
  const auto response = only<bep15::AnnounceResponse>(room.commit());
  EXPECT_EQ(response.transaction, TransactionId{5});
  EXPECT_EQ(response.leechers, 1U);
  EXPECT_EQ(response.seeders, 0U);
}

TEST(Bep15Clients, NothingLeftIsASeederWhateverTheEvent) {
  Room room;
  room.serve(alice, room.announce(alice, started, 5, 0));
  EXPECT_THAT(room.log.operations, ElementsAre(Operation(Register{content(1), alice, seeder})));
}

TEST(Bep15Clients, WhoLacksSomethingAgainIsALeecherAgain) {
  Room room;
  room.registered(alice, seeder);
  room.now += 10s;
  room.serve(alice, room.announce(alice, none, 5, 1000));
  EXPECT_THAT(room.log.operations, ElementsAre(Operation(Register{content(1), alice, leecher})));
}

// A datagram comes twice, the second time after what was said since.
TEST(Bep15Clients, ALateCopyDoesNotMakeALeecherOfWhoHasJustCompleted) {
  Room room;
  room.registered(alice);
  const auto before = room.announce(alice, none, 5, 1000);
  room.serve(alice, before);
  room.serve(alice, room.announce(alice, completed, 6, 0));
  room.commit();
  const auto operations = room.log.operations.size();
  EXPECT_THAT(room.serve(alice, before), SizeIs(1));  // answered, and that is all
  EXPECT_EQ(room.log.operations.size(), operations);
}

// Of a client whose transaction numbers are not random, a request and its opposite.
TEST(Bep15Clients, AnEqualRequestAfterItsOppositeIsNotConfirmedBeforeItIsCarriedOut) {
  Room room;
  const auto start = room.announce(alice, started, 5);
  room.serve(alice, start);
  EXPECT_THAT(room.commit(), SizeIs(1));
  room.now = 300ms;
  room.serve(alice, room.announce(alice, stopped, 5));
  EXPECT_THAT(room.commit(), SizeIs(1));
  room.now = 600ms;
  EXPECT_THAT(room.serve(alice, start), IsEmpty());  // the first one's copy, for all that is known
  EXPECT_THAT(room.commit(), IsEmpty());
  room.now = 1301ms;
  EXPECT_THAT(room.serve(alice, start), IsEmpty());
  EXPECT_THAT(room.commit(), SizeIs(1));
  EXPECT_EQ(room.table.find(content(1), alice), leecher);
}

TEST(Bep15Clients, ACompletedDownloadIsCountedOnce) {
  Room room;
  room.registered(alice);
  room.serve(alice, room.announce(alice, completed, 5, 0));
  EXPECT_THAT(room.log.operations,
              ElementsAre(Operation(Register{content(1), alice, seeder, true})));
  room.commit();
  EXPECT_THAT(room.serve(alice, room.announce(alice, completed, 6, 0)), SizeIs(1));
  EXPECT_THAT(room.log.operations, SizeIs(1));
}

TEST(Bep15Clients, CompletedWithSomethingLeftIsALeecher) {
  Room room;
  room.serve(alice, room.announce(alice, completed, 5, 1));
  room.commit();
  EXPECT_EQ(room.table.find(content(1), alice), leecher);
  EXPECT_EQ(room.table.counts(content(1)).completed, 0U);
}
TEST(Bep15Clients, StoppedRemovesAndTellsNoPeers) {
  Room room;
  room.registered(alice);
  room.registered(bob);
  room.serve(alice, room.announce(alice, stopped, 5));
  EXPECT_THAT(room.log.operations, ElementsAre(Operation(Remove{content(1), alice})));
  EXPECT_THAT(peers_of(room.commit()), IsEmpty());
}

TEST(Bep15Clients, R17ARefreshIsAnsweredAtOnce) {
  Room room;
  room.registered(alice);
  room.registered(bob, seeder);
  const auto sent = room.serve(alice, room.announce(alice, none, 5));
  const auto response = only<bep15::AnnounceResponse>(sent);
  EXPECT_EQ(response.leechers, 1U);
  EXPECT_EQ(response.seeders, 1U);
  EXPECT_THAT(peers_of(sent), ElementsAre(bob));
  EXPECT_THAT(room.log.operations, IsEmpty());
}

TEST(Bep15Clients, ACopyOfWhatWaitsIsAnsweredOnceAnotherRequestOfThatNumberToo) {
  Room room;
  const auto request = room.announce(alice, started, 5);
  room.serve(alice, request);
  room.serve(alice, request);
  room.serve(alice, room.announce(alice, started, 5, 1000, 2));  // there are constant "randoms"
  EXPECT_THAT(room.commit(), SizeIs(2));
}

TEST(Bep15Clients, AnAnswerHoldsAsManyPeersAsFit) {
  Room room;
  for (std::uint16_t port = 1; port <= 200; ++port) room.registered({bob.ip, port});
  room.registered(alice);
  auto request = room.announce(alice, none, 5);
  EXPECT_THAT(peers_of(room.serve(alice, request)), SizeIs(50));
  request.num_want = 200;
  EXPECT_THAT(peers_of(room.serve(alice, request)), SizeIs(bep15::most_peers));
  request.num_want = 0;
  EXPECT_THAT(peers_of(room.serve(alice, request)), IsEmpty());
}

TEST(Bep15Clients, WhoStartsAndSaysItLacksNothingIsToldOfSeedersAllTheSame) {
  Room room;
  room.registered(alice, seeder);
  room.registered(bob, seeder);
  EXPECT_THAT(peers_of(room.serve(alice, room.announce(alice, started, 5, 0))), ElementsAre(bob));
  EXPECT_THAT(peers_of(room.serve(alice, room.announce(alice, none, 6, 0))), IsEmpty());
}

TEST(Bep15Clients, AScrapeIsAQuestionAndChangesNothing) {
  Room room;
  room.registered(alice);
  room.registered(bob, seeder, 2);
  const auto response =
      only<bep15::ScrapeResponse>(room.serve(alice, room.scrape(alice, {3, 2, 1})));
  EXPECT_THAT(
      response.swarms.items(),
      ElementsAre(bep15::SwarmCounts{}, bep15::SwarmCounts{1, 0, 0}, bep15::SwarmCounts{0, 0, 1}));
  EXPECT_THAT(room.log.operations, IsEmpty());
}

TEST(Bep15Clients, BothDialectsShareASwarmEachAnsweredInItsOwn) {
  Room room;
  room.serve(alice, room.seed_announce(alice, 5));
  room.serve(bob, room.announce(bob, started, 6));
  const auto sent = room.commit();
  ASSERT_THAT(sent, SizeIs(2));
  const auto to_alice = wire::decode_response(sent[0].bytes).value();
  EXPECT_THAT(std::get<wire::AnnounceResponse>(to_alice).peers.items(), ElementsAre(bob));
  EXPECT_THAT(peers_of({sent[1]}), ElementsAre(alice));
  EXPECT_EQ(std::get<event::Answered>(room.events.at(0)).dialect, Dialect::seed);
  EXPECT_EQ(std::get<event::Answered>(room.events.at(1)).dialect, Dialect::bep15);
}

TEST(Bep15Clients, AnIntervalIsLongerByUpToATenthSoThatLoadSpreads) {
  Room room;
  room.registered(alice);
  std::set<std::uint32_t> told;
  for (std::uint32_t i = 0; i < 200; ++i) {
    const auto sent = room.serve(alice, room.announce(alice, none, i));
    told.insert(only<bep15::AnnounceResponse>(sent).interval);
  }
  EXPECT_GE(*told.begin(), 300U);
  EXPECT_LE(*told.rbegin(), 330U);
  EXPECT_GT(told.size(), 20U);
}

// IPv6 (BEP 7, 15).

TEST(Bep15Clients, OverIpv6PeersOfThatFamilyAreTold) {
  Room room;
  room.registered(alice, seeder);
  room.registered(v6(1), seeder);
  room.registered(v6(2));
  const auto sent = room.serve(v6(2), room.announce(v6(2), none, 5));
  EXPECT_THAT(peers_of(sent), ElementsAre(v6(1)));
  EXPECT_EQ(only<bep15::AnnounceResponse>(sent).seeders, 1U);
  EXPECT_THAT(room.serve(bob, room.announce(bob, started, 6)), IsEmpty());
  EXPECT_THAT(peers_of(room.commit()), ElementsAre(alice));
  const auto swarms = only<bep15::ScrapeResponse>(room.serve(v6(2), room.scrape(v6(2), {1})));
  EXPECT_THAT(swarms.swarms.items(), ElementsAre(bep15::SwarmCounts{1, 0, 1}));
}

TEST(Bep15Clients, AnAnswerOverIpv6HoldsAsManyPeersAsFit) {
  Room room;
  for (std::uint16_t port = 1; port <= 100; ++port) room.registered(v6(1, port));
  room.registered(v6(2));
  auto request = room.announce(v6(2), none, 5);
  request.num_want = 200;
  const auto sent = room.serve(v6(2), request);
  EXPECT_THAT(peers_of(sent), SizeIs(bep15::most_peers6));
}

// HTTP.

TEST(HttpClients, AnAnnounceIsRegisteredAndAnsweredInBencode) {
  Room room;
  room.registered(bob, seeder);
  EXPECT_THAT(room.ask(alice, "/announce?" + room.about(1) + "&left=10&event=started"), IsEmpty());
  EXPECT_THAT(room.log.operations, ElementsAre(Operation(Register{content(1), alice, leecher})));
  const auto sent = room.commit();
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(sent[0].to, alice);
  EXPECT_EQ(sent[0].channel, Channel::http);
  const auto text = text_of(sent[0]);
  EXPECT_THAT(text, HasSubstr("8:completei1e10:downloadedi0e10:incompletei1e"));
  EXPECT_THAT(text, HasSubstr(std::string("5:peers6:\x0a\0\0\x02\x1a\xe1", 15)));
  EXPECT_EQ(std::get<event::Answered>(room.events.at(0)).dialect, Dialect::http);
}

TEST(HttpClients, ACopyOfWhatWaitsIsAnsweredOnce) {
  Room room;
  const auto target = "/announce?" + room.about(1) + "&left=10";
  room.ask(alice, target);
  room.ask(alice, target);
  room.ask(alice, target + "&numwant=5");  // another question
  EXPECT_THAT(room.log.operations, SizeIs(1));
  EXPECT_THAT(room.commit(), SizeIs(2));
}

TEST(HttpClients, WhoDoesNotSayWhatIsLeftKeepsItsState) {
  Room room;
  room.registered(alice, seeder);
  EXPECT_THAT(room.ask(alice, "/announce?" + room.about(1)), SizeIs(1));
  EXPECT_THAT(room.log.operations, IsEmpty());
}

// As in BEP 15: WebTorrent with a magnet link alone needs them, be it that it says 0 or nothing.
TEST(HttpClients, WhoStartsAndSaysItLacksNothingIsToldOfSeedersAllTheSame) {
  for (const std::string left : {"&left=0", "&left=", ""}) {
    Room room;
    room.registered(alice, seeder);
    room.registered(bob, seeder);
    const std::string of_bob("5:peers6:\x0a\0\0\x02\x1a\xe1", 15);
    const auto told = [&](const std::string& more) {
      const auto sent = room.ask(alice, "/announce?" + room.about(1) + left + more);
      return sent.empty() ? "nothing" : text_of(sent[0]);
    };
    EXPECT_THAT(told("&event=started"), HasSubstr(of_bob)) << left;
    EXPECT_THAT(told(""), HasSubstr("5:peers0:")) << left;
  }
}

TEST(HttpClients, PortZeroIsToldOfPeersAndNotRegistered) {
  Room room;
  room.registered(bob);
  const std::string about = "/announce?info_hash=" + std::string(20, 'b') +
                            "&peer_id=-XX0000-000000000000&port=0&left=10&event=started";
  const auto sent = room.ask(alice, about);
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_THAT(text_of(sent[0]), HasSubstr(std::string("5:peers6:\x0a\0\0\x02\x1a\xe1", 15)));
  EXPECT_THAT(room.log.operations, IsEmpty());
}

TEST(HttpClients, CompletedIsCountedWhenNothingIsLeftOrNotSaid) {
  for (const auto& [left, counted] : {std::pair{"", 1U}, {"&left=0", 1U}, {"&left=1", 0U}}) {
    Room room;
    room.registered(alice);
    room.ask(alice, "/announce?" + room.about(1) + "&event=completed" + left);
    room.commit();
    EXPECT_EQ(room.table.counts(content(1)).completed, counted) << left;
    EXPECT_EQ(room.table.find(content(1), alice), counted == 0 ? leecher : seeder) << left;
  }
}

TEST(HttpClients, AScrapeIsAnsweredWithCounts) {
  Room room;
  room.registered(alice);
  const auto sent = room.ask(alice, "/scrape?" + room.about(1));
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_THAT(text_of(sent[0]), HasSubstr("d8:completei0e10:downloadedi0e10:incompletei1ee"));
}

TEST(HttpClients, EachErrorIsAnsweredWithAFailureReason) {
  Room room;
  for (int i = 0; i < 20; ++i) {
    const auto sent = room.ask(alice, "/announce?port=1");
    ASSERT_THAT(sent, SizeIs(1));
    EXPECT_THAT(text_of(sent[0]), HasSubstr("14:failure reason20:info_hash is missing"));
  }
}

TEST(HttpClients, R18TheirRequestsAreKeptToo) {
  Room room;
  const auto target = "/announce?" + room.about(1) + "&left=0";
  room.sender.keep(room.time(), {alice, room.time(), Channel::http}, bytes_of(target));
  room.take_over();
  EXPECT_THAT(room.log.operations, ElementsAre(Operation(Register{content(1), alice, seeder})));
  const auto sent = room.commit();
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(sent[0].channel, Channel::http);
}

}  // namespace
}  // namespace swarm::dialects
