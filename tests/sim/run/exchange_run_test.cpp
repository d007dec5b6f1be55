// Whole runs with peers that exchange contents: what is expected can fail, and what must hold is
// looked at.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "engine/wire/peer_protocol.hpp"
#include "observe/plots/peer_data.hpp"
#include "transport/sim/checks/exchange_checkers.hpp"
#include "transport/sim/program/report.hpp"
#include "transport/sim/run/campaign.hpp"
#include "transport/sim/run/run.hpp"
#include "transport/sim/scenario/scenario_reader.hpp"

namespace swarm::sim {
namespace {

using testing::HasSubstr;

// A megabyte, a seed and a fetcher; `more` is YAML behind it.
Scenario scenario(const std::string& seed, const std::string& fetchers, const std::string& more) {
  return parse_scenario(R"(
duration: 15s
exchange:
  contents: [{ name: film, size: 1MiB, chunk_size: 64KiB }]
  peers:
    - { name: seed, has: all, )" +
                            seed + R"( }
    - { name: fetchers, )" + fetchers +
                            R"( }
)" + more,
                        "exchange.yaml");
}

const PeerOutcome& peer(const RunResult& result, const std::string& name) {
  for (const auto& one : result.peers)
    if (one.peer == name) return one;
  throw std::runtime_error("there is no peer " + name);
}

TEST(ExchangeRun, AFetcherCompletesAndEachByteComesOnce) {
  const auto result = run(scenario("uplink: 100Mbit/s", "arrive: 1s", R"(
expect:
  - { complete: fetchers, within: 5s }
  - { uploads: seed, at_most: 1 }
  - { downloads: fetchers, at_most: 1 }
  - { always: all }
)"),
                          1);
  EXPECT_TRUE(result.passed());
  EXPECT_EQ(peer(result, "fetchers").received, 1u << 20);
  EXPECT_EQ(peer(result, "seed").sent, 1u << 20);
  EXPECT_GT(*peer(result, "fetchers").complete, 1s + 80ms);  // 8 Mbit at 100 Mbit/s
}

TEST(ExchangeRun, TheSameSeedGivesTheSameBytes) {
  const auto one = scenario("uplink: 50Mbit/s", "count: 5, arrive: 1s..2s", "");
  std::ostringstream first, second;
  RunOptions a, b;
  a.trace = &first, b.trace = &second;
  EXPECT_EQ(run(one, 5, a).fingerprint, run(one, 5, b).fingerprint);
  EXPECT_THAT(first.str(), HasSubstr("content_complete"));
  EXPECT_EQ(first.str(), second.str());
  EXPECT_NE(run(one, 6).fingerprint, run(one, 5).fingerprint);
}

TEST(ExchangeRun, WhoCannotBeCompleteFailsTheExpectationAndSaysWhatIsNowhere) {
  const auto result = run(scenario("uplink: 1Mbit/s, leave: at 3s", "arrive: 1s",
                                   "expect: [{ complete: fetchers, within: 8s }, { always: all }]"),
                          1);
  ASSERT_FALSE(result.failure);
  EXPECT_EQ(result.verdicts[0].held, Held::no);
  EXPECT_THAT(result.verdicts[0].text, HasSubstr("of 16 chunks"));
  EXPECT_THAT(result.verdicts[0].text, HasSubstr("at nobody who is up"));
}

TEST(ExchangeRun, TooSlowIsSaidWithItsTime) {
  const auto result = run(
      scenario("uplink: 4Mbit/s", "arrive: 1s", "expect: [{ complete: fetchers, within: 1s }]"), 1);
  EXPECT_EQ(result.verdicts[0].held, Held::no);
  EXPECT_THAT(result.verdicts[0].text, HasSubstr("fetchers took 2."));
}

TEST(ExchangeRun, TooMuchIsSaidWithItsFactor) {
  const auto result = run(scenario("uplink: 100Mbit/s", "count: 3, arrive: 1s..2s", R"(
network: { loss: 10% }
expect: [{ uploads: seed, at_most: 0.5 }, { downloads: fetchers, at_most: 0.9 }]
)"),
                          1);
  EXPECT_EQ(result.verdicts[0].held, Held::no);
  EXPECT_EQ(result.verdicts[1].held, Held::no);
  EXPECT_THAT(result.verdicts[0].text, HasSubstr("seed sent "));
}

TEST(ExchangeRun, WhoHasLeftIsNotAskedAndWhoComesBackIs) {
  const auto gone = run(scenario("uplink: 1Mbit/s", "arrive: 1s, leave: after 2s",
                                 "expect: [{ complete: fetchers, within: 8s }]"),
                        1);
  EXPECT_EQ(gone.verdicts[0].held, Held::not_asked);
  EXPECT_TRUE(peer(gone, "fetchers").gone);
  const auto back = run(scenario("uplink: 8Mbit/s", "arrive: 1s, leave: after 700ms, return: 300ms",
                                 "expect: [{ complete: fetchers, within: 8s }]"),
                        1);
  EXPECT_EQ(back.verdicts[0].held, Held::yes);
  EXPECT_GT(peer(back, "fetchers").starts, 1u);
}

// One that sends a block every 20 ms takes a second for the last chunk. Nothing else wakes the
// sources that have nothing to do.
TEST(ExchangeRun, SourcesThatAreIdleHelpASlowOneWithTheLastChunk) {
  const auto last_chunk = parse_scenario(R"(
duration: 5s
exchange:
  contents: [{ name: film, size: 1MiB, chunk_size: 64KiB }]
  peers:
    - { name: seed, count: 2, has: all }
    - { name: mute, count: 3, behaviour: silent }
    - { name: fetcher, has: chunks 0..14, arrive: 1s }
expect:
  - { complete: fetcher, within: 1200ms }
  - { always: all }
)",
                                         "last_chunk.yaml");
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const auto result = run(last_chunk, seed);
    EXPECT_TRUE(result.passed()) << seed;
    EXPECT_LT(peer(result, "fetcher").complete.value_or(5s), 1200ms) << seed;
  }
}

TEST(ExchangeRun, AKilledFetcherGoesOnFromWhatItsDiskHolds) {
  const auto result = run(scenario("uplink: 4Mbit/s", "arrive: 1s", R"(
timeline: [{ at: 2s, kill: fetchers, for: 500ms }]
expect:
  - { after: kill, complete: fetchers, within: 5s }
  - { downloads: fetchers, at_most: 1.2 }
  - { always: all }
)"),
                          1);
  EXPECT_TRUE(result.passed());
  EXPECT_EQ(peer(result, "fetchers").starts, 2u);
  EXPECT_GT(peer(result, "fetchers").received, 1u << 20);  // what was under way came twice
}

TEST(ExchangeRun, WhatCannotBeDoneToAPeerIsTold) {
  const auto result = run(scenario("uplink: 4Mbit/s", "arrive: 5s",
                                   "timeline: [{ at: 2s, kill: fetchers }, { at: 3s, damage: "
                                   "fetchers }]"),
                          1);
  ASSERT_EQ(result.not_happened.size(), 2u);
  EXPECT_EQ(result.not_happened[0].why, "fetchers was down");
  EXPECT_EQ(result.not_happened[1].why, "fetchers had no chunk");
}

TEST(ExchangeRun, AWipedPeerBeginsAnew) {
  const auto result = run(scenario("uplink: 4Mbit/s", "arrive: 1s",
                                   "timeline: [{ at: 2s, wipe: fetchers, for: 100ms }]\n"
                                   "expect: [{ after: wipe, complete: fetchers, within: 8s }]"),
                          1);
  EXPECT_EQ(result.verdicts[0].held, Held::yes);
  EXPECT_GT(peer(result, "fetchers").received, (1u << 20) + (1u << 18));
}

TEST(ExchangeRun, ThePlotsReadPeersCsv) {
  CampaignOptions options;
  options.runs = 2;
  const auto one = scenario("uplink: 100Mbit/s", "count: 3, arrive: 1s..2s", "");
  const auto campaign = run_campaign(one, options);
  std::istringstream csv(peers_csv(campaign));
  const auto peers = observe::read_peers(csv, "peers.csv");
  ASSERT_EQ(peers.size(), 8u);
  EXPECT_EQ(peers[0].peer, "seed");
  EXPECT_FALSE(peers[0].fetches());
  EXPECT_EQ(observe::download_curve("all", peers).values.size(), 6u);
  EXPECT_THAT(table(one, campaign, false), HasSubstr("fetchers                6"));
  EXPECT_THAT(summary_json(one, campaign, 1), HasSubstr("\"sent_times\""));
}

// --- the checkers, against peers that do what must not be done ----------------------------------

class ExchangeCheckersTest : public testing::Test {
 protected:
  ExchangeCheckersTest()
      : scenario_(sim::scenario("arrive: 1s", "arrive: 1s", "")),
        world_(1, scenario_.network),
        crowd_(scenario_, 1, world_),
        checkers_(crowd_) {
    seed_ = crowd_.host(0), fetcher_ = crowd_.host(1);
    handshake();
  }

  const VirtualContent& film() const { return crowd_.contents()[0]; }
  static std::vector<std::uint8_t> encoded(const wire::PeerMessage& message) {
    std::vector<std::uint8_t> bytes;
    wire::encode(message, bytes);
    return bytes;
  }
  void sends(HostId from, const Endpoint& to, const wire::PeerMessage& message) {
    Outbox out;
    out.send(Channel::peers, to, encoded(message));
    checkers_.stepped(from, 1, out);
  }
  void receives(HostId host, const Endpoint& from, const wire::PeerMessage& message) {
    checkers_.receiving(host, {Channel::peers, from, false}, encoded(message));
  }
  Endpoint address(HostId host) const { return world_.address(host, Channel::peers); }
  // The fetcher grants 10 to the seed, and the seed 20 to the fetcher, which has shown it.
  void handshake() {
    sends(fetcher_, address(seed_), wire::peer::Hello{{0}, film().hash(), {1}, {10}});
    receives(seed_, address(fetcher_), wire::peer::Hello{{0}, film().hash(), {1}, {10}});
    sends(seed_, address(fetcher_), wire::peer::Welcome{{10}, {2}, {20}});
    receives(fetcher_, address(seed_), wire::peer::Welcome{{10}, {2}, {20}});
    sends(fetcher_, address(seed_), wire::peer::Hello{{20}, film().hash(), {1}, {10}});
    receives(seed_, address(fetcher_), wire::peer::Hello{{20}, film().hash(), {1}, {10}});
  }
  std::string failure(HostId from, const Endpoint& to, const wire::PeerMessage& message) {
    try {
      sends(from, to, message);
      return "";
    } catch (const CheckFailed& failed) {
      return failed.name;
    }
  }

  Scenario scenario_;
  World world_;
  ExchangeCrowd crowd_;
  ExchangeCheckers checkers_;
  HostId seed_, fetcher_;
};

TEST_F(ExchangeCheckersTest, TheSeedMaySendWhatTheContentIs) {
  const auto bytes = Bytes(*film().chunk(3)).first(wire::block_size);
  EXPECT_EQ(failure(seed_, address(fetcher_), wire::peer::Block{{10}, 3, 0, bytes}), "");
  EXPECT_EQ(failure(seed_, address(fetcher_), wire::peer::Have{{10}, 16, {}}), "");
  EXPECT_EQ(checkers_.sent(0), wire::block_size);
}

TEST_F(ExchangeCheckersTest, SendsOnlyTheSource) {
  const auto bytes = Bytes(*film().chunk(4)).first(wire::block_size);
  EXPECT_EQ(failure(seed_, address(fetcher_), wire::peer::Block{{10}, 3, 0, bytes}),
            "sends_only_the_source");
}

TEST_F(ExchangeCheckersTest, WhoHasNothingMayNotSendOrSayThatItHas) {
  const auto bytes = Bytes(*film().chunk(3)).first(wire::block_size);
  EXPECT_EQ(failure(fetcher_, address(seed_), wire::peer::Block{{20}, 3, 0, bytes}),
            "chunk_rows_are_true");
  EXPECT_EQ(failure(fetcher_, address(seed_), wire::peer::Have{{20}, 1, {}}),
            "chunk_rows_are_true");
  const std::uint8_t bit = 0x10;
  EXPECT_EQ(failure(fetcher_, address(seed_), wire::peer::Bits{{20}, 0, 0, Bytes(&bit, 1)}),
            "chunk_rows_are_true");
  wire::peer::Have have{{20}, 0, {}};
  have.chunks.push_back(3);
  EXPECT_EQ(failure(fetcher_, address(seed_), have), "chunk_rows_are_true");
}

TEST_F(ExchangeCheckersTest, NothingLargerGoesToWhoHasNotShownItsToken) {
  const Endpoint stranger{0x01020304, 5};
  const wire::peer::Hello hello{{0}, film().hash(), {1}, {77}};
  EXPECT_EQ(failure(seed_, stranger, wire::peer::Welcome{{77}, {2}, {30}}), "never_amplifies");
  receives(seed_, stranger, hello);
  EXPECT_EQ(failure(seed_, stranger, wire::peer::Welcome{{77}, {2}, {30}}), "");
  receives(seed_, stranger, hello);
  const std::vector<std::uint8_t> bits(100);
  EXPECT_EQ(failure(seed_, stranger, wire::peer::Bits{{77}, 0, 0, bits}), "never_amplifies");
  // Another one's token shows nothing.
  receives(seed_, stranger, wire::peer::Ask{{20}, 0});
  EXPECT_EQ(failure(seed_, stranger, wire::peer::Bits{{77}, 0, 0, bits}), "never_amplifies");
  receives(seed_, stranger, wire::peer::Ask{{30}, 0});
  EXPECT_EQ(failure(seed_, stranger, wire::peer::Bits{{77}, 0, 0, bits}), "");
}

TEST_F(ExchangeCheckersTest, ATokenEndsWithTheProcessThatGrantedIt) {
  const std::vector<std::uint8_t> bits(100);
  EXPECT_EQ(failure(seed_, address(fetcher_), wire::peer::Bits{{10}, 0, 0, bits}), "");
  checkers_.stepped(seed_, 2, Outbox());
  EXPECT_EQ(failure(seed_, address(fetcher_), wire::peer::Bits{{10}, 0, 0, bits}), "");
  Outbox out;
  out.send(Channel::peers, address(fetcher_), encoded(wire::peer::Bits{{10}, 0, 0, bits}));
  EXPECT_THROW(checkers_.stepped(seed_, 3, out), CheckFailed);
}

TEST_F(ExchangeCheckersTest, CompleteIsTheSource) {
  Outbox out;
  out.event(event::ContentComplete{film().hash()});
  EXPECT_NO_THROW(checkers_.stepped(seed_, 1, out));
  try {
    checkers_.stepped(fetcher_, 1, out);
    FAIL() << "it has nothing";
  } catch (const CheckFailed& failed) {
    EXPECT_EQ(failed.name, "complete_is_the_source");
    EXPECT_THAT(failed.what(), HasSubstr("fetchers says that it is complete"));
  }
}

}  // namespace
}  // namespace swarm::sim
