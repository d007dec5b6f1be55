// The Peer Info Sender and unmodified clients (BEP 15, HTTP), beside the seed's peers.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "engine/tracker/connection_id.hpp"
#include "engine/tracker/peer_info_sender.hpp"
#include "engine/wire/bep15.hpp"

namespace swarm {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using wire::AnnounceEvent;
namespace bep15 = wire::bep15;

constexpr auto leecher = PeerState::leecher;
constexpr auto seeder = PeerState::seeder;
constexpr auto none = AnnounceEvent::none;
constexpr auto started = AnnounceEvent::started;
constexpr auto completed = AnnounceEvent::completed;
constexpr auto stopped = AnnounceEvent::stopped;

constexpr Endpoint alice{0x0a000001, 6881};
constexpr Endpoint bob{0x0a000002, 6881};

Endpoint v6(std::uint8_t n, std::uint16_t port = 6881) {
  return {Ip::v6({0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, n}), port};
}

InfoHash content(std::uint8_t n) {
  InfoHash hash;
  hash.bytes.fill(static_cast<std::uint8_t>('a' + n));  // which HTTP takes as it is
  return hash;
}

struct Log : Proposer {
  LogIndex propose(const Operation& operation) override {
    operations.push_back(operation);
    return ++last;
  }
  std::vector<Operation> operations;
  LogIndex last{100};
};

struct Relayed : RelayedAnswers {
  void answer_relayed(const Asker& asker, Bytes answer) override {
    answers.emplace_back(asker, std::vector<std::uint8_t>(answer.begin(), answer.end()));
  }
  std::vector<std::pair<Asker, std::vector<std::uint8_t>>> answers;
};

struct Sent {
  Channel channel;
  Endpoint to;
  std::vector<std::uint8_t> bytes;
};

// A client of the seed's dialect, or of BEP 15: each encodes its own requests.
std::vector<std::uint8_t> bytes_of(const bep15::Request& request) {
  std::vector<std::uint8_t> bytes;
  encode(request, bytes);
  return bytes;
}
std::vector<std::uint8_t> bytes_of(const wire::Request& request) {
  const auto datagram = encode(request);
  return {datagram.bytes().begin(), datagram.bytes().end()};
}

std::vector<std::uint8_t> bytes_of(const std::string& target) {
  return {target.begin(), target.end()};
}
std::string text_of(const Sent& sent) {
  return {sent.bytes.begin(), sent.bytes.end()};
}

struct Room {
  explicit Room(TrackerSettings s = {}) : settings(s), sender(settings, table, relayed, 7) {
    secret.fill(9);
    sender.set_secrets(secret, {});
    sender.set_swarm_time({600'000'000}, Time{});
    ids.set_secrets(secret, {});
  }

  Time time() const { return Time(now); }
  ConnectionId id_of(const Endpoint& peer) const {
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
    return ids.make(peer.ip, {600'000'000 + static_cast<std::uint64_t>(us)});
  }
  bep15::AnnounceRequest announce(const Endpoint& from, AnnounceEvent event,
                                  std::uint32_t transaction, std::uint64_t left = 1000,
                                  std::uint8_t c = 1) const {
    bep15::AnnounceRequest request{id_of(from), {transaction}, content(c), {}};
    request.event = event;
    request.left = left;
    request.port = from.port;
    return request;
  }
  bep15::ScrapeRequest scrape(const Endpoint& from, std::initializer_list<std::uint8_t> c) const {
    bep15::ScrapeRequest request{id_of(from), {1}, {}};
    for (const auto n : c) request.contents.push_back(content(n));
    return request;
  }
  wire::AnnounceRequest seed_announce(const Endpoint& from, std::uint32_t transaction) const {
    wire::AnnounceRequest request{id_of(from), {transaction}, content(1), {}};
    request.num_want = 50;
    request.port = from.port;
    return request;
  }

  std::vector<Sent> sent() {
    std::vector<Sent> all;
    for (std::size_t i = 0; i < out.datagrams(); ++i) {
      const auto datagram = out.datagram(i);
      all.push_back(
          {datagram.channel, datagram.to, {datagram.bytes.begin(), datagram.bytes.end()}});
    }
    events = out.events();
    out.clear();
    return all;
  }
  template <class R>
  std::vector<Sent> serve(const Endpoint& from, const R& request) {
    sender.serve(time(), {from, time()}, bytes_of(request), term, log, out);
    return sent();
  }
  template <class R>
  std::vector<Sent> serve_late(const Endpoint& from, Duration arrived, const R& request) {
    sender.serve(time(), {from, Time(arrived), Channel::peers, {2}, 77}, bytes_of(request), term,
                 log, out);
    return sent();
  }
  // Over HTTP.
  std::string about(std::uint8_t c) const {
    return fmt::format("info_hash={}&peer_id=-XX0000-000000000000&port=6881",
                       std::string(20, static_cast<char>('a' + c)));
  }
  std::vector<Sent> ask(const Endpoint& from, const std::string& target) {
    sender.serve(time(), {from, time(), Channel::http}, bytes_of(target), term, log, out);
    return sent();
  }
  template <class R>
  void keep(const Endpoint& from, const R& request) {
    sender.keep(time(), {from, time()}, bytes_of(request));
  }
  void apply(const Operation& operation) {
    std::vector<db::RowChange> rows;
    table.apply(operation, time(), rows);
    sender.applied(time(), operation);
  }
  std::vector<Endpoint> step_down() {  // who asked this tracker alone
    std::vector<Endpoint> alone;
    Outbox end;
    EXPECT_TRUE(sender.stepped_down(time()).empty());
    EXPECT_FALSE(sender.take_back(
        time(), end, [&](const StoredRequest& r) { alone.push_back(r.asker().client); }));
    return alone;
  }
  std::vector<Sent> commit() {
    for (; applied < log.operations.size(); ++applied) apply(log.operations[applied]);
    sender.committed(time(), log.last, term, out);
    return sent();
  }
  std::vector<Sent> take_over() {
    term = term + 1;
    sender.begin_serving(time());
    sender.serve_kept(time(), {}, term, log, out);
    return sent();
  }
  void registered(const Endpoint& peer, PeerState state = leecher, std::uint8_t c = 1) {
    apply(Register{content(c), peer, state});
  }

  TrackerSettings settings;
  SwarmTable table{1};
  Relayed relayed;
  PeerInfoSender sender;
  Secret secret{};
  ConnectionIds ids;
  Log log;
  Outbox out;
  std::vector<Event> events;
  std::size_t applied = 0;
  Term term{3};
  Duration now{};
};

// The only answer, which is of this kind.
template <class R>
R only(const std::vector<Sent>& sent) {
  EXPECT_EQ(sent.size(), 1U);
  if (sent.empty()) return R{};
  const auto response = bep15::decode_response(sent[0].bytes, !sent[0].to.ip.is_v4());
  EXPECT_TRUE(response && std::holds_alternative<R>(*response));
  return response && std::holds_alternative<R>(*response) ? std::get<R>(*response) : R{};
}
std::string error_of(const std::vector<Sent>& sent) {
  return only<bep15::ErrorResponse>(sent).text;
}
std::string seed_error_of(const std::vector<Sent>& sent) {
  EXPECT_EQ(sent.size(), 1U);
  const auto response = wire::decode_response(sent.at(0).bytes);
  const auto* error = response ? std::get_if<wire::ErrorResponse>(&*response) : nullptr;
  std::string text;
  for (int shift = 56; error && shift >= 0; shift -= 8)
    text += static_cast<char>(error->text >> shift);
  return text;
}
std::vector<Endpoint> peers_of(const std::vector<Sent>& sent) {
  const auto response = only<bep15::AnnounceResponse>(sent);
  return {response.peers.begin(), response.peers.end()};
}

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

// Downloads that are counted. Each call is one announce, answered after its commit.
struct DownloadRoom : Room {
  void says(const Endpoint& client, AnnounceEvent event, std::uint64_t left) {
    serve(client, announce(client, event, ++transaction, left));
    commit();
  }
  void downloads(const Endpoint& client) {
    says(client, started, 1000);
    says(client, completed, 0);
  }
  std::uint32_t counted(bool ipv6 = false) const {
    return table.counts(content(1), ipv6).completed;
  }
  std::uint32_t transaction = 0;
};

TEST(CountedDownloads, WhoWasNoLeecherHereIsNotCounted) {
  DownloadRoom room;
  room.says(alice, completed, 0);
  EXPECT_EQ(room.table.find(content(1), alice), seeder);
  EXPECT_EQ(room.counted(), 0U);
  room.downloads(bob);
  EXPECT_EQ(room.counted(), 1U);
}

TEST(CountedDownloads, OneAddressCountsOnceWhateverItsPorts) {
  DownloadRoom room;
  room.registered(bob);
  for (std::uint16_t port = 1; port <= 20; ++port) room.downloads({alice.ip, port});
  EXPECT_EQ(room.counted(), 1U);
}

TEST(CountedDownloads, OneAddressCountsOnceWhenItsPortsCompleteInOneBlock) {
  DownloadRoom room;
  for (std::uint16_t port = 1; port <= 20; ++port) room.says({alice.ip, port}, started, 1000);
  for (std::uint16_t port = 1; port <= 20; ++port) {
    const Endpoint client{alice.ip, port};
    room.serve(client, room.announce(client, completed, ++room.transaction, 0));
  }
  room.commit();
  EXPECT_EQ(room.counted(), 1U);
}

TEST(CountedDownloads, OneAddressCountsOnceHoweverOftenItComesAndGoes) {
  DownloadRoom room;
  room.registered(bob);
  for (int i = 0; i < 20; ++i) {
    room.downloads(alice);
    room.now += 15s;
    if (i % 2 == 0) room.says(alice, stopped, 0);
  }
  EXPECT_EQ(room.counted(), 1U);
}

TEST(CountedDownloads, AfterALifetimeOneAddressCountsAgain) {
  DownloadRoom room;
  room.registered(bob);
  const Duration lifetime = room.settings.lifetime();
  room.downloads(alice);
  room.says(alice, stopped, 0);
  room.now = lifetime - 1s;
  room.downloads(alice);
  room.says(alice, stopped, 0);
  EXPECT_EQ(room.counted(), 1U);
  room.now = lifetime + 1s;
  room.downloads(alice);
  EXPECT_EQ(room.counted(), 2U);
}

TEST(CountedDownloads, EachContentAndEachAddressCountsAlone) {
  DownloadRoom room;
  room.downloads(alice);
  room.downloads(bob);
  EXPECT_EQ(room.counted(), 2U);
  room.serve(alice, room.announce(alice, started, 50, 1000, 2));
  room.commit();
  room.serve(alice, room.announce(alice, completed, 51, 0, 2));
  room.commit();
  EXPECT_EQ(room.table.counts(content(2)).completed, 1U);
}

TEST(CountedDownloads, Of64BitsOfAnIpv6NetworkOneCounts) {
  DownloadRoom room;
  for (std::uint8_t n = 1; n <= 20; ++n) room.downloads(v6(n));
  EXPECT_EQ(room.counted(true), 1U);
}

TEST(CountedDownloads, R18ANewMasterKnowsWhomTheOldOneHasCounted) {
  DownloadRoom room;
  room.registered(bob);
  room.registered(alice);
  room.apply(Register{content(1), alice, seeder, true});
  room.apply(Remove{content(1), alice});
  room.now = 2s;
  room.take_over();
  room.downloads(alice);
  EXPECT_EQ(room.table.find(content(1), alice), seeder);
  EXPECT_EQ(room.counted(), 1U);
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

// Contents that are not taken.

TEST(ContentsTaken, AnotherContentIsAnErrorInEachDialectAndIsNotStored) {
  TrackerSettings settings;
  settings.contents_taken =
      std::make_shared<ContentList>(ContentList::Kind::allow, std::vector{content(2)});
  Room room(settings);
  room.registered(bob, seeder);  // from before the list
  EXPECT_EQ(error_of(room.serve(alice, room.announce(alice, started, 5))),
            "content is not tracked here");
  EXPECT_EQ(seed_error_of(room.serve(bob, room.seed_announce(bob, 6))), "not here");
  EXPECT_THAT(text_of(room.ask(alice, "/announce?" + room.about(1)).at(0)),
              HasSubstr("content is not tracked here"));
  EXPECT_THAT(room.log.operations, IsEmpty());
  room.serve(alice, room.announce(alice, started, 7, 1000, 2));
  EXPECT_THAT(room.log.operations, SizeIs(1));
}

TEST(ContentsTaken, AScrapeOfAnotherOneIsZeros) {
  TrackerSettings settings;
  settings.contents_taken =
      std::make_shared<ContentList>(ContentList::Kind::deny, std::vector{content(1)});
  Room room(settings);
  room.registered(bob, seeder, 1);
  room.registered(bob, seeder, 2);
  const auto swarms = only<bep15::ScrapeResponse>(room.serve(alice, room.scrape(alice, {1, 2})));
  EXPECT_THAT(swarms.swarms.items(),
              ElementsAre(bep15::SwarmCounts{}, bep15::SwarmCounts{1, 0, 0}));
}

TEST(ContentsTaken, WhoStopsAnotherOneIsTakenOut) {
  TrackerSettings settings;
  settings.contents_taken =
      std::make_shared<ContentList>(ContentList::Kind::deny, std::vector{content(1)});
  Room room(settings);
  room.registered(alice);  // from before the list
  room.registered(bob, seeder);
  room.serve(alice, room.announce(alice, stopped, 5));
  auto answer = only<bep15::AnnounceResponse>(room.commit());
  EXPECT_EQ(answer.seeders, 0U);
  EXPECT_FALSE(room.table.find(content(1), alice));
  only<bep15::AnnounceResponse>(room.serve(alice, room.announce(alice, stopped, 6)));
  EXPECT_THAT(text_of(room.ask(alice, "/announce?" + room.about(1) + "&event=stopped").at(0)),
              testing::Not(HasSubstr("not tracked")));
}

TEST(ContentsTaken, OfWhatASeedsPeerTellsTheRestIsRegistered) {
  TrackerSettings settings;
  settings.contents_taken =
      std::make_shared<ContentList>(ContentList::Kind::deny, std::vector{content(1)});
  Room room(settings);
  wire::ScrapeRequest tell{room.id_of(alice), {5}, {}};
  for (const int c : {1, 2}) tell.contents.push_back(content(static_cast<std::uint8_t>(c)));
  EXPECT_THAT(room.serve(alice, tell), IsEmpty());
  EXPECT_THAT(room.log.operations, ElementsAre(Operation(Register{content(2), alice, seeder})));
  EXPECT_EQ(seed_error_of(room.commit()), "not here");
}

TEST(ContentsTaken, AReloadTakesANewListOver) {
  Room room;
  room.registered(alice);
  EXPECT_THAT(peers_of(room.serve(alice, room.announce(alice, none, 5))), IsEmpty());
  auto settings = room.settings;
  settings.contents_taken =
      std::make_shared<ContentList>(ContentList::Kind::allow, std::vector<InfoHash>{});
  room.sender.reload(room.time(), settings);
  EXPECT_EQ(error_of(room.serve(alice, room.announce(alice, none, 6))),
            "content is not tracked here");
}

TEST(ContentsTaken, WhatIsNotTakenAnyMoreIsForgottenThoughItsPeersAnnounceIt) {
  Room room;
  room.registered(alice, seeder);
  room.registered(alice, seeder, 2);
  auto settings = room.settings;
  settings.contents_taken =
      std::make_shared<ContentList>(ContentList::Kind::deny, std::vector{content(1)});
  room.sender.reload(room.time(), settings);
  const Duration end = 2 * settings.lifetime();
  for (std::uint32_t n = 1; room.now < end; ++n) {
    room.now = room.sender.next_expiry().time_since_epoch();
    room.serve(alice, room.announce(alice, none, n, 0, 1));
    room.serve(alice, room.announce(alice, none, n + 1'000'000, 0, 2));
    room.sender.expire(room.time(), room.log, room.out);
    room.sent();
    room.commit();
  }
  EXPECT_EQ(room.table.find(content(1), alice), std::nullopt);
  EXPECT_EQ(room.table.find(content(2), alice), seeder);
}

// R18: late requests.

TEST(Bep15Clients, R18ASuccessorAnswersWhatWasKeptOfBothDialects) {
  Room room;
  room.registered(alice);
  room.keep(alice, room.announce(alice, completed, 5, 0));
  room.keep(bob, room.seed_announce(bob, 6));
  room.sender.prepare_takeover(room.time(), {}, room.log);
  EXPECT_THAT(room.log.operations,
              ElementsAre(Operation(Register{content(1), bob, leecher})));  // alice just came
  EXPECT_THAT(room.commit(), IsEmpty());
  EXPECT_THAT(room.take_over(), SizeIs(1));
  EXPECT_THAT(room.commit(), SizeIs(1));
  EXPECT_EQ(room.table.find(content(1), alice), seeder);
}

TEST(Bep15Clients, R18OnlyTheAnnounceIsKeptNotItsOptions) {
  Room room;
  auto bytes = bytes_of(room.announce(alice, started, 5));
  bytes.resize(1500, 7);
  room.sender.keep(room.time(), {alice, room.time()}, bytes);
  room.keep(alice, room.announce(alice, started, 5));  // and so that is its copy
  room.take_over();
  EXPECT_THAT(room.log.operations, SizeIs(1));
  EXPECT_THAT(room.commit(), SizeIs(1));
}

TEST(Bep15Clients, R18ARequestThatComesLateUndoesNothingThatHappenedSinceItWasAsked) {
  Room room;
  room.now = 5s;
  room.registered(alice);
  room.now = 6s;
  room.serve_late(alice, 4s, room.announce(alice, stopped, 5));  // from before it was registered
  EXPECT_THAT(room.log.operations, IsEmpty());
  ASSERT_THAT(room.relayed.answers, SizeIs(1));
  EXPECT_THAT(room.relayed.answers.back().second, IsEmpty());  // the slave need not ask again
  room.serve_late(alice, 5500ms, room.announce(alice, stopped, 6));
  EXPECT_THAT(room.log.operations, SizeIs(1));
}

TEST(Bep15Clients, R18WhatChangedBeforeTheTableWasLoadedCountsAsChangedLater) {
  Room room;
  room.now = 1s;
  room.registered(alice, seeder);
  room.now = 6s;
  room.sender.loaded(room.time());  // of a snapshot, that may know more of alice
  room.now = 7s;
  room.serve_late(alice, 4s, room.announce(alice, none, 5, 1000));
  EXPECT_THAT(room.log.operations, IsEmpty());
  room.serve_late(bob, 6500ms, room.announce(bob, started, 6));
  EXPECT_THAT(room.log.operations, SizeIs(1));
}

TEST(Bep15Clients, R18NorWhatIsProposedAndNotYetInTheLog) {
  Room room;
  room.now = 2s;
  room.serve(alice, room.announce(alice, started, 5));
  room.serve_late(alice, 1s, room.announce(alice, stopped, 4));
  EXPECT_THAT(room.log.operations, SizeIs(1));
  room.serve_late(bob, 1s, room.announce(bob, started, 4));  // its later one came by itself
  room.serve_late(bob, 1s, room.announce(bob, completed, 5, 0));
  EXPECT_THAT(room.log.operations, SizeIs(3));
}

TEST(Bep15Clients, R18WhatWasProposedHereIsAsOldAsItsRequest) {
  Room room;
  room.registered(alice);
  room.now = 5s;
  room.serve_late(alice, 2s, room.announce(alice, stopped, 4));
  EXPECT_THAT(room.commit(), IsEmpty());
  room.serve_late(alice, 4s, room.announce(alice, started, 5));
  EXPECT_THAT(room.commit(), IsEmpty());
  EXPECT_EQ(room.table.find(content(1), alice), leecher);
  room.serve_late(alice, 3s, room.announce(alice, stopped, 6));  // older than what is so
  EXPECT_THAT(room.log.operations, SizeIs(2));
}

TEST(Bep15Clients, R18NorWhatWasAskedSinceAndChangedNothing) {
  Room room;
  room.registered(bob);
  room.now = 5s;
  room.serve_late(alice, 4s, room.announce(alice, stopped, 5));  // it never was here
  room.serve_late(bob, 4s, room.announce(bob, started, 5));      // it still is
  room.serve_late(alice, 3s, room.announce(alice, started, 4));
  room.serve_late(bob, 3s, room.announce(bob, stopped, 4));
  EXPECT_THAT(room.log.operations, IsEmpty());
  ASSERT_THAT(room.relayed.answers, SizeIs(4));
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(room.relayed.answers[i].second.empty(), i >= 2);
  room.serve_late(alice, 4500ms, room.announce(alice, started, 6));
  EXPECT_THAT(room.log.operations, SizeIs(1));
}

// Requests that a slave relays.

TEST(Bep15Clients, ARelayedRequestIsAnsweredThroughItsSlave) {
  Room room;
  room.now = 1s;
  const auto request = room.announce(alice, started, 5);
  EXPECT_THAT(room.serve_late(alice, 1s, request), IsEmpty());
  EXPECT_EQ(room.sender.oldest_unanswered(room.time()), 0ns);  // the slave would repeat it
  room.serve_late(alice, 1s, request);                         // as it does here
  EXPECT_THAT(room.commit(), IsEmpty());
  ASSERT_THAT(room.relayed.answers, SizeIs(1));
  EXPECT_EQ(room.relayed.answers[0].first.slave, MemberId{2});
  EXPECT_EQ(room.relayed.answers[0].first.relay, 77U);
  room.serve_late(alice, 1s, request);  // the answer was lost
  EXPECT_THAT(room.relayed.answers, SizeIs(2));
  EXPECT_THAT(room.log.operations, SizeIs(1));
}

TEST(Bep15Clients, WhoAsksTwoTrackersIsAnsweredByBoth) {
  Room room;
  const auto request = room.announce(alice, started, 5);
  room.serve(alice, request);
  room.serve_late(alice, 0s, request);
  EXPECT_THAT(room.log.operations, SizeIs(1));
  EXPECT_THAT(room.commit(), SizeIs(1));
  EXPECT_THAT(room.relayed.answers, SizeIs(1));
}

TEST(Bep15Clients, R23WhatAskedThisMasterAloneIsToBePassedOnWhenMastershipEnds) {
  Room room;
  room.serve(alice, room.announce(alice, started, 5));
  const auto asked_alone = room.step_down();
  ASSERT_THAT(asked_alone, SizeIs(1));
  EXPECT_EQ(asked_alone[0], alice);
  EXPECT_FALSE(room.sender.waiting());
  EXPECT_EQ(room.sender.kept(), 0U);
}

TEST(Bep15Clients, R18WhatASlaveRelayedIsNotKeptWhenMastershipEnds) {
  Room room;
  room.serve_late(alice, 0s, room.announce(alice, started, 5));
  EXPECT_TRUE(room.sender.waiting());
  EXPECT_THAT(room.step_down(), IsEmpty());
  EXPECT_FALSE(room.sender.waiting());
  EXPECT_EQ(room.sender.kept(), 0U);
}

}  // namespace
}  // namespace swarm
