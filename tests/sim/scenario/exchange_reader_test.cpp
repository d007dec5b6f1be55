#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "transport/sim/scenario/scenario_reader.hpp"

namespace swarm::sim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

constexpr auto whole = R"(
duration: 60s
exchange:
  contents:
    - { name: film, size: 16MiB, chunk_size: 64KiB }
    - { name: note, size: 1000B }
  disk: { rate: 800Mbit/s, sync: 1ms }
  peers:
    - name: seed
      has: all
      uplink: 100Mbit/s
      upload_limit: 80Mbit/s
      slots: 4
      leave: when-copied
    - name: leechers
      count: 100
      contents: [film]
      has: chunks 0..9
      knows: hash
      arrive: 1s..3s
      leave: when-complete + 5s..6s
      goodbye: false
      return: 2s
      downlink: 50Mbit/s
      receive_buffer: 1MiB
      yield: true
    - { name: few, has: 25%, leave: after 10s }
    - { name: liar, behaviour: poisoner, leave: at 20s..30s }
timeline:
  - { at: 5s, kill: leechers-7, for: 1s }
  - { at: 6s, damage: seed }
  - { at: 7s, pause: liar, for: 1s }
expect:
  - { complete: leechers, within: 30s }
  - { after: kill, complete: leechers, within: 20s }
  - { uploads: seed, at_most: 2.5 }
  - { downloads: leechers, at_most: 1.02 }
  - { always: all }
)";

std::string complaint(std::string text) {
  try {
    parse_scenario(text, "x.yaml");
    return "";
  } catch (const ScenarioError& error) {
    return error.what();
  }
}

// `whole` with one thing changed.
std::string complaint_of(const std::string& from, const std::string& to) {
  std::string text = whole;
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return complaint(text.replace(at, from.size(), to));
}

TEST(ExchangeReader, ReadsContentsAndGroups) {
  const ExchangeModel model = parse_scenario(whole, "x.yaml").exchange;
  ASSERT_EQ(model.contents.size(), 2u);
  EXPECT_EQ(model.contents[0].size, 16u << 20);
  EXPECT_EQ(model.contents[0].chunk_size, 64u << 10);
  EXPECT_EQ(model.contents[1].chunk_size, 256u << 10);
  EXPECT_EQ(model.store_rate, 800'000'000u);
  ASSERT_EQ(model.peers.size(), 4u);
  const PeerGroup& seed = model.peers[0];
  EXPECT_EQ(seed.has.kind, InitialChunks::Kind::all);
  EXPECT_EQ(seed.upload_limit, 80'000'000u);
  EXPECT_EQ(seed.slots, 4u);
  EXPECT_EQ(seed.leave.kind, Leaving::Kind::when_copied);
  const PeerGroup& leechers = model.peers[1];
  EXPECT_EQ(leechers.count, 100u);
  EXPECT_THAT(leechers.contents, ElementsAre("film"));
  EXPECT_EQ(leechers.has.range.high, 9u);
  EXPECT_TRUE(leechers.by_hash && leechers.yield && !leechers.goodbye);
  EXPECT_EQ(leechers.leave.kind, Leaving::Kind::when_complete);
  EXPECT_EQ(leechers.leave.time.high, 6s);
  EXPECT_EQ(leechers.comes_back->low, 2s);
  EXPECT_EQ(leechers.receive_buffer, 1u << 20);
  EXPECT_EQ(model.peers[2].has.share, 250'000u);
  EXPECT_EQ(model.peers[3].behaviour, PeerBehaviour::poisoner);
}

TEST(ExchangeReader, TimelineAndExpectationsNamePeers) {
  const Scenario s = parse_scenario(whole, "x.yaml");
  EXPECT_EQ(to_text(s.timeline[0]), "kill leechers-7 at 5s for 1s");
  EXPECT_EQ(to_text(s.timeline[1]), "damage seed at 6s");
  EXPECT_EQ(to_text(s.expect[0]), "leechers: complete within 30s");
  EXPECT_EQ(to_text(s.expect[1]), "after kill: leechers: complete within 20s");
  EXPECT_EQ(to_text(s.expect[2]), "seed: each uploads at most 2.5 times the content");
  EXPECT_EQ(s.expect[3].times, 1020u);
}

TEST(ExchangeReader, AllInvariantsAreThoseOfTheExchangeTooOnlyWhereThereIsOne) {
  const auto count = [](const std::string& text) {
    return parse_scenario(text, "x.yaml").expect.size();
  };
  const auto known = invariant_names().size() - 3;  // without those of clients
  EXPECT_EQ(count(whole), 4 + known);
  EXPECT_EQ(count("expect: [{ always: all }]"), known - 4);
  EXPECT_THAT(complaint("expect: [{ always: never_amplifies }]"), HasSubstr("there is none"));
}

TEST(ExchangeReader, RefusesWithAPlaceAndASuggestion) {
  EXPECT_EQ(complaint(whole), "");
  EXPECT_THAT(complaint_of("uplink: 100Mbit/s", "up_link: 100Mbit/s"),
              testing::AllOf(StartsWith("x.yaml:11:7: "), HasSubstr("did you mean `uplink`")));
  EXPECT_THAT(complaint_of("has: all", "has: most"), HasSubstr("none of none, all, 50%"));
  EXPECT_THAT(complaint_of("has: chunks 0..9", "has: chunks 9..0"), HasSubstr("before the first"));
  EXPECT_THAT(complaint_of("has: chunks 0..9", "has: chunks 0..256"),
              HasSubstr("film has the chunks 0..255"));
  EXPECT_THAT(complaint_of("knows: hash", "knows: hsh"), HasSubstr("did you mean `hash`"));
  EXPECT_THAT(complaint_of("leave: after 10s", "leave: after"), HasSubstr("none of never"));
  EXPECT_THAT(complaint_of("leave: after 10s", "leave: after ten"), HasSubstr("ten"));
  EXPECT_THAT(complaint_of("contents: [film]", "contents: [flim]"),
              HasSubstr("did you mean `film`"));
  EXPECT_THAT(complaint_of("size: 1000B", "chunk_size: 1KiB"), HasSubstr("`size` is missing"));
  EXPECT_THAT(complaint_of("size: 1000B", "size: 1TB"), HasSubstr("at most 1GiB"));
  EXPECT_THAT(complaint_of("chunk_size: 64KiB", "chunk_size: 64B"), HasSubstr("1KiB..64MiB"));
  EXPECT_THAT(complaint_of("arrive: 1s..3s", "arrive: 1s..3min"), HasSubstr("after the end"));
  EXPECT_THAT(complaint_of("behaviour: poisoner", "behaviour: silent, has: all"),
              HasSubstr("leave `has` out"));
}

TEST(ExchangeReader, NamesAreOfNobodyElse) {
  EXPECT_THAT(complaint_of("name: few", "name: seed"), HasSubstr("there is a `seed` already"));
  EXPECT_THAT(complaint_of("name: few", "name: master"), HasSubstr("meaning of its own"));
  EXPECT_THAT(complaint_of("name: few", "name: t7"), HasSubstr("is no name"));
  EXPECT_THAT(complaint_of("name: few", "name: few-2"), HasSubstr("is no name"));
  EXPECT_THAT(complaint_of("name: few", "name: a/b"), HasSubstr("is no name"));
}

TEST(ExchangeReader, WhoMustBeThere) {
  EXPECT_THAT(complaint_of("kill: leechers-7", "kill: leechers-101"),
              HasSubstr("the group has 100"));
  EXPECT_THAT(complaint_of("kill: leechers-7", "kill: lechers"),
              HasSubstr("did you mean `leechers`"));
  EXPECT_THAT(complaint_of("kill: leechers-7, for: 1s", "hand-over: seed"),
              HasSubstr("cannot be said of `seed`"));
  EXPECT_THAT(complaint_of("damage: seed", "damage: master"), HasSubstr("cannot be said of"));
  EXPECT_THAT(complaint_of("complete: leechers", "complete: lechers"),
              HasSubstr("did you mean `leechers`"));
  EXPECT_THAT(complaint_of("complete: leechers", "complete: liar"), HasSubstr("not honest"));
}

TEST(ExchangeReader, ExpectationsCanFail) {
  EXPECT_THAT(complaint_of("within: 30s", "within: 58s"), HasSubstr("could never be seen to fail"));
  EXPECT_THAT(complaint_of(", within: 30s", ""), HasSubstr("needs a bound"));
  EXPECT_THAT(complaint_of(", at_most: 2.5", ""), HasSubstr("add `at_most"));
  EXPECT_THAT(complaint_of("at_most: 2.5", "at_most: 2.5x"), HasSubstr("a factor is wanted"));
  EXPECT_THAT(complaint_of("at_most: 2.5", "within: 3s"), HasSubstr("only said of"));
}

TEST(ExchangeReader, AKeyOfAGroupOrAContentCanBeSet) {
  Scenario s = parse_scenario(whole, "x.yaml");
  set_key(s, "exchange.leechers.count", "1000");
  set_key(s, "exchange.film.size", "1MiB");
  EXPECT_EQ(s.exchange.peers[1].count, 1000u);
  EXPECT_EQ(s.exchange.peers[1].downlink, 50'000'000u);
  EXPECT_EQ(s.exchange.contents[0].size, 1u << 20);
  EXPECT_THROW(set_key(s, "exchange.nobody.count", "2"), ScenarioError);
  EXPECT_THROW(set_key(s, "exchange.film.size", "64KiB"), ScenarioError);  // chunks 0..9
  EXPECT_EQ(s.exchange.contents[0].size, 1u << 20);
}

}  // namespace
}  // namespace swarm::sim
