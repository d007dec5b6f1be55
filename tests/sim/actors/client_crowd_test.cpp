// The clients of a scenario against trackers that are put up for them, and what is checked of the
// answers.
#include "transport/sim/actors/client_crowd.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "transport/sim/checks/client_checkers.hpp"
#include "transport/sim/scenario/scenario_reader.hpp"

namespace swarm::sim {
namespace {

using namespace wire::bep15;
using testing::ElementsAre;
using testing::HasSubstr;

struct Heard {
  Endpoint from;
  AnnounceRequest announce;
};

// Answers at once, or with errors only.
class FakeTracker final : public Node {
 public:
  FakeTracker(std::vector<Heard>& heard, bool refuses) : heard_(heard), refuses_(refuses) {}
  void start(Time, Outbox&) override {}
  void wake(Time, Outbox&) override {}
  Time next_wake() const override { return never; }
  void persisted(Time, Ticket, Outbox&) override {}
  void receive(Time, const Arrival& arrival, Bytes datagram, Outbox& out) override {
    const auto request = decode_request(datagram);
    ASSERT_TRUE(request);
    const auto transaction = std::visit([](const auto& one) { return one.transaction; }, *request);
    Response response = ConnectResponse{transaction, {7}};
    if (const auto* announce = std::get_if<AnnounceRequest>(&*request)) {
      heard_.push_back({arrival.from, *announce});
      response = AnnounceResponse{transaction, 300, 1, 0, {}};
    }
    if (refuses_) response = ErrorResponse{transaction, "no"};
    std::vector<std::uint8_t> bytes;
    encode(response, bytes);
    out.send(Channel::peers, arrival.from, bytes);
  }

 private:
  std::vector<Heard>& heard_;
  bool refuses_;
};

class ClientCrowdTest : public testing::Test, public Boot {
 protected:
  void make(const std::string& clients, bool refuse = false) {
    refuses_ = refuse;
    scenario_ =
        parse_scenario("swarm: { trackers: 3, contents: 2 }\nclients: " + clients, "x.yaml");
    world_.emplace(1, scenario_.network);
    for (std::uint32_t i = 0; i < 3; ++i) {
      HostSettings settings;
      settings.ip = 0x0a000001 + i;
      settings.peers_port = 6969;
      settings.boot = this;
      world_->start(world_->add_host(settings));
    }
    crowd_.emplace(scenario_, 1, *world_);
    crowd_->schedule();
  }
  std::unique_ptr<Node> boot(HostId host, std::uint32_t) override {
    return std::make_unique<FakeTracker>(heard_[host.value], refuses_);
  }
  HostId client(std::uint32_t i) const { return {3 + i}; }
  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (std::uint32_t i = 0; i < crowd_->size(); ++i) out.push_back(crowd_->name(client(i)));
    return out;
  }

  bool refuses_ = false;
  Scenario scenario_;
  std::array<std::vector<Heard>, 3> heard_;
  std::optional<World> world_;
  std::optional<ClientCrowd> crowd_;
};

TEST_F(ClientCrowdTest, KindsTakeTurnsAndBeginWithDifferentTrackers) {
  make("{ count: 6, kinds: [aria2, libtorrent], trackers: rotated }");
  world_->run_until(TrueTime(2s));
  EXPECT_THAT(names(), ElementsAre("aria2-1", "libtorrent-1", "aria2-2", "libtorrent-2", "aria2-3",
                                   "libtorrent-3"));
  for (const auto& heard : heard_) EXPECT_EQ(heard.size(), 2u);
  std::set<std::uint32_t> of_aria2;  // which of them begin where
  for (std::uint32_t tracker = 0; tracker < 3; ++tracker)
    for (const auto& one : heard_[tracker])
      for (std::uint32_t i = 0; i < 6; i += 2)
        if (one.from.ip == crowd_->endpoint(client(i)).ip) of_aria2.insert(tracker);
  EXPECT_EQ(of_aria2.size(), 3u);
}

TEST_F(ClientCrowdTest, AKindNamedTwiceHasTwiceAsMany) {
  make("{ count: 6, kinds: [aria2, libtorrent, aria2] }");
  EXPECT_THAT(names(), ElementsAre("aria2-1", "libtorrent-1", "aria2-2", "aria2-3", "libtorrent-2",
                                   "aria2-4"));
}

TEST_F(ClientCrowdTest, InOrderAllBeginWithTheFirst) {
  make("{ count: 6, kinds: libtorrent }");
  world_->run_until(TrueTime(2s));
  EXPECT_EQ(heard_[0].size(), 6u);
  EXPECT_TRUE(heard_[1].empty());
}

TEST_F(ClientCrowdTest, OneAsksOneAlone) {
  make("{ count: 7, trackers: one }");
  world_->run_until(TrueTime(2s));
  EXPECT_EQ(heard_[0].size() + heard_[1].size() + heard_[2].size(), 7u);
}

TEST_F(ClientCrowdTest, ALifeIsToldInOrderAndEnds) {
  make("{ count: 1, kinds: libtorrent, arrive: 1s, completes: 2s, stays: 4s }");
  world_->run_until(TrueTime(9s));
  ASSERT_EQ(heard_[0].size(), 3u);
  EXPECT_EQ(heard_[0][0].announce.event, wire::AnnounceEvent::started);
  EXPECT_EQ(heard_[0][1].announce.event, wire::AnnounceEvent::completed);
  EXPECT_EQ(heard_[0][2].announce.event, wire::AnnounceEvent::stopped);
  EXPECT_EQ(heard_[0][0].announce.port, crowd_->endpoint(client(0)).port);
  EXPECT_NE(heard_[0][0].from.port, crowd_->endpoint(client(0)).port);
  EXPECT_FALSE(world_->up(client(0)));
  const auto outcomes = crowd_->outcomes();
  ASSERT_EQ(outcomes.size(), 3u);
  EXPECT_EQ(outcomes[1].event, "completed");
  EXPECT_EQ(outcomes[1].wanted, 3s);
  EXPECT_LT(*outcomes[1].answered, 3s + 10ms);
  EXPECT_EQ(outcomes[0].until, 5s);
}

TEST_F(ClientCrowdTest, WhoCompletesAfterItWouldHaveLeftDoesNot) {
  make("{ count: 1, kinds: libtorrent, arrive: 1s, completes: 3s..300s, stays: 4s }");
  world_->run_until(TrueTime(9s));
  EXPECT_EQ(crowd_->outcomes().size(), 2u);
}

// --- what is checked ---------------------------------------------------------------------------

TEST_F(ClientCrowdTest, AnErrorIsAFailure) {
  make("{ count: 1, kinds: libtorrent, arrive: 1s }", true);
  ClientCheckers checkers(*crowd_);
  EXPECT_NO_THROW(checkers.stepped(client(0), 1, Outbox{}));
  world_->run_until(TrueTime(2s));
  try {
    checkers.stepped(client(0), 1, Outbox{});
    FAIL() << "the error was not noticed";
  } catch (const CheckFailed& failed) {
    EXPECT_EQ(failed.name, "clients_hear_no_error");
    EXPECT_THAT(failed.what(), HasSubstr("libtorrent-1 was answered with the error “no”"));
  }
}

class CompletedIsKept : public ClientCrowdTest {
 protected:
  // A client has been told that it has completed.
  CompletedIsKept() {
    make("{ count: 1, kinds: libtorrent, arrive: 1s, completes: 2s }");
    checkers_.emplace(*crowd_);
    for (const auto answered : {2s, 5s}) {  // `started`, and `completed`
      world_->run_until(TrueTime(answered));
      Outbox out;
      out.event(event::PeerRegistered{content(), {}, {}, 1});
      checkers_->stepped(client(0), 1, out);
    }
  }
  InfoHash content() const { return crowd_->content(client(0)); }
  void put(PeerState state, bool completed) {
    std::vector<db::RowChange> rows;
    Register registration;
    registration.info_hash = content();
    registration.peer = crowd_->endpoint(client(0));
    registration.state = state;
    registration.completed = completed;
    table_.apply(registration, Time{}, rows);
  }
  std::string complaint() {
    Outbox out;
    out.event(event::Serving{});
    try {
      checkers_->tracker_stepped(2, table_, out);
      return "";
    } catch (const CheckFailed& failed) {
      return failed.name + ": " + failed.what();
    }
  }

  SwarmTable table_{1};
  std::optional<ClientCheckers> checkers_;
};

TEST_F(CompletedIsKept, ByTheNextMaster) {
  put(PeerState::seeder, true);
  EXPECT_EQ(complaint(), "");
}

TEST_F(CompletedIsKept, NotWhenItIsUnknown) {
  EXPECT_THAT(complaint(), HasSubstr("completed_is_kept: the new master does not know"));
}

TEST_F(CompletedIsKept, NotAsALeecher) {
  put(PeerState::leecher, false);
  EXPECT_THAT(complaint(), HasSubstr("as a seeder"));
}

TEST_F(CompletedIsKept, NotWhenItIsNotCounted) {
  put(PeerState::seeder, false);
  EXPECT_THAT(complaint(), HasSubstr("counts 0 downloads where 1"));
}

TEST_F(CompletedIsKept, UntilItStopsOrExpires) {
  Outbox out;
  out.event(event::PeerStopping{content()});
  checkers_->stepped(client(0), 1, out);
  EXPECT_EQ(complaint(), "");
}

}  // namespace
}  // namespace swarm::sim
