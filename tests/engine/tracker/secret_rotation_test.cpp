// R26 of the cluster protocol at a whole tracker.
#include "engine/tracker/answering/secret_rotation.hpp"

#include <gtest/gtest.h>

#include "engine/tracker/answering/connection_id.hpp"
#include "engine/wire/secret.hpp"
#include "tests/engine/tracker/solo_tracker.hpp"

namespace swarm::test {
namespace {

const Endpoint alice{Ip(0x0a010001), 6881};

SoloTracker::Options often() {
  SoloTracker::Options options;
  options.settings.secret_rotation = 10s;
  return options;
}

// A serving master, which a majority acknowledges.
struct Room {
  explicit Room(SoloTracker::Options options = often()) : t(std::move(options)) { t.serve(); }
  const Config& config() { return t.tracker().config(); }
  void rotate() {  // its CONFIG is out, nobody has acknowledged it
    const auto before = config().current_secret;
    for (int i = 0; i < 12'000 && config().current_secret == before; ++i) {
      t.ready(2, t.view().last.value);
      t.pass(1ms);
    }
  }
  ConnectionId connect() {
    t.hear_peer(alice, wire::ConnectRequest{TransactionId{++transactions}});
    return t.replied<wire::ConnectResponse>().back().connection;
  }
  bool accepts(ConnectionId id) {
    wire::ScrapeRequest request;
    request.connection = id;
    request.transaction = TransactionId{++transactions};
    request.contents.push_back(content(1));
    const auto errors = t.replied<wire::ErrorResponse>().size();
    t.hear_peer(alice, request);
    return t.replied<wire::ErrorResponse>().size() == errors;
  }
  SoloTracker t;
  std::uint32_t transactions = 0;
};

TEST(R26Rotation, WaitsItsTimeFromTheFirstServingOn) {
  Room room;
  const auto before = room.config();
  room.t.pass_as_master(9'800ms);
  EXPECT_EQ(room.config(), before);
  room.rotate();
  EXPECT_EQ(room.config().previous_secret, before.current_secret);
  EXPECT_NE(room.config().current_secret, before.current_secret);
  EXPECT_GT(room.config().secret_since.us, 9'800'000u);
  EXPECT_EQ(room.config().members, before.members);
}

TEST(R26Rotation, GoesOnFromTheLastOneWhoeverTheMasterIs) {
  auto config = voters(3);
  config.secret_since = {5'000'000};
  auto options = often();
  options.config = config;
  options.log = {block(2, 1, Noop{}, 10'000'000)};
  SoloTracker t(options);
  t.serve();  // when swarm time is a little more than ten seconds
  t.pass_as_master(4'500ms);
  EXPECT_EQ(t.tracker().config().current_secret, config.current_secret);
  t.pass_as_master(1s);
  EXPECT_NE(t.tracker().config().current_secret, config.current_secret);
}

TEST(R26Rotation, MakesNoIdUnderASecretThatIsNotCommitted) {
  Room room;
  const auto old = room.config().current_secret;
  room.rotate();
  room.t.ready(2, room.t.view().commit.value);  // alive, without the CONFIG
  ConnectionIds before;
  before.set_secrets(wire::connection_key(room.t.secret(), old), {});
  const auto made = [&] {
    const auto id = room.connect();
    for (std::uint64_t minute = 0; minute < 3; ++minute)
      if (before.accepts(id, alice.ip, {minute * 60'000'000})) return true;
    return false;
  };
  EXPECT_TRUE(made());
  room.t.ready(2, room.t.view().last.value);
  EXPECT_FALSE(made());
}

TEST(R26Rotation, AnIdOfBeforeStaysGood) {
  Room room;
  const auto id = room.connect();
  room.rotate();
  EXPECT_TRUE(room.accepts(id));
  room.t.ready(2, room.t.view().last.value);
  EXPECT_TRUE(room.accepts(id));
  const auto after = room.connect();
  EXPECT_NE(after, id);
  EXPECT_TRUE(room.accepts(after));
}

TEST(R26Rotation, IdsAreGoodAtTheNextMaster) {
  Room room;
  const auto before = room.connect();
  room.rotate();
  room.t.ready(2, room.t.view().last.value);
  const auto after = room.connect();
  // What any member has of it: the log.
  auto options = often();
  options.term = room.t.view().term.value;
  options.config = room.config();
  Room next(options);
  EXPECT_TRUE(next.accepts(before));
  EXPECT_TRUE(next.accepts(after));
}

TEST(R26Rotation, IsTheMastersAlone) {
  SoloTracker t(often());
  for (int i = 0; i < 12'000; ++i) {
    t.keep_alive(2, 1);
    t.pass(1ms);
  }
  EXPECT_EQ(t.tracker().config(), voters(3));
}

TEST(NextSecret, DependsOnAllThatItIsMadeOf) {
  const Secret swarm{1}, old{2};
  const auto next = wire::next_secret(swarm, old, 3);
  EXPECT_EQ(next, wire::next_secret(swarm, old, 3));
  EXPECT_NE(next, wire::next_secret(Secret{4}, old, 3));
  EXPECT_NE(next, wire::next_secret(swarm, Secret{4}, 3));
  EXPECT_NE(next, wire::next_secret(swarm, old, 4));
}

// Who reads the CONFIG, but does not know the swarm's secret, cannot make ids.
TEST(R26Rotation, TheSecretOfTheConfigIsNotTheKeyOfTheIds) {
  Room room;
  const auto id = room.connect();
  const auto accepts = [&](const Secret& key) {
    ConnectionIds ids;
    ids.set_secrets(key, {});
    for (std::uint64_t minute = 0; minute < 3; ++minute)
      if (ids.accepts(id, alice.ip, {minute * 60'000'000})) return true;
    return false;
  };
  const auto in_config = room.config().current_secret;
  EXPECT_FALSE(accepts(in_config));
  EXPECT_FALSE(accepts(wire::connection_key(Secret{}, in_config)));
  EXPECT_TRUE(accepts(wire::connection_key(room.t.secret(), in_config)));
}

}  // namespace
}  // namespace swarm::test
