// Contents that the Peer Info Sender takes, and those that it does not.
#include "tests/engine/tracker/answering/dialect_room.hpp"

namespace swarm::dialects {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST(ContentsTaken, AnotherContentIsAnErrorInEachDialectAndIsNotStored) {
  AnsweringSettings settings;
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
  AnsweringSettings settings;
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
  AnsweringSettings settings;
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
  AnsweringSettings settings;
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

}  // namespace
}  // namespace swarm::dialects
