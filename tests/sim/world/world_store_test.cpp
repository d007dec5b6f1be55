// Stores in the world, and hosts with rates of their own.
#include <gtest/gtest.h>

#include "transport/sim/world/world.hpp"

namespace swarm::sim {
namespace {

constexpr std::uint16_t port = 6881;

// Opens a content at its start and notes what comes.
class Fetcher final : public Node {
 public:
  struct Log {
    std::vector<std::pair<Time, StoreReport>> reports;
    std::vector<Time> received;
  };
  Fetcher(const VirtualContent& content, Log& log) : content_(content), log_(log) {}
  void start(Time, Outbox& out) override {
    out.persist(
        StoreRequest{StoreRequest::Kind::open, 1, content_.hash(), 0, content_.metainfo(), {}});
  }
  void receive(Time now, const Arrival&, Bytes, Outbox&) override { log_.received.push_back(now); }
  void wake(Time, Outbox&) override {}
  Time next_wake() const override { return never; }
  void persisted(Time, Ticket, Outbox&) override {}
  void stored(Time now, const StoreReport& report, Outbox& out) override {
    log_.reports.emplace_back(now, report);
    if (report.kind == StoreRequest::Kind::open)
      out.persist(
          StoreRequest{StoreRequest::Kind::write, 2, content_.hash(), 0, {}, content_.chunk(0)});
  }

 private:
  const VirtualContent& content_;
  Log& log_;
};

class WorldStore : public testing::Test, public Boot {
 protected:
  WorldStore() {
    contents_.emplace_back("film", 100'000, 65'536);
    model_.latency = {1ms, 1ms, std::nullopt};
    world_.emplace(3, model_);
    host_ = add(0x0a000001);
    store_.emplace(3, host_, StoreModel{8'000'000'000, {1ms, 1ms, std::nullopt}}, contents_);
    world_->add_store(host_, *store_);
  }
  HostId add(std::uint32_t ip) {
    HostSettings settings;
    settings.ip = ip;
    settings.peers_port = port;
    settings.boot = this;
    return world_->add_host(settings);
  }
  std::unique_ptr<Node> boot(HostId, std::uint32_t) override {
    return std::make_unique<Fetcher>(contents_[0], log_);
  }

  std::vector<VirtualContent> contents_;
  NetworkModel model_;
  std::optional<World> world_;
  std::optional<VirtualStore> store_;
  HostId host_;
  Fetcher::Log log_;
};

TEST_F(WorldStore, ReportsComeWhenTheirTimeHasPassed) {
  world_->start(host_);
  world_->run_until(TrueTime(10ms));
  ASSERT_EQ(log_.reports.size(), 2u);
  EXPECT_EQ(log_.reports[0].first, Time(1ms));             // a sync
  EXPECT_EQ(log_.reports[1].first, Time(2ms) + 65'536ns);  // and 65,536 bytes
  EXPECT_EQ(log_.reports[1].second.outcome, StoreReport::Outcome::done);
  EXPECT_TRUE(store_->find(contents_[0].hash())->rows.test(0));
}

TEST_F(WorldStore, AHostThatStandsStillHearsOfItWhenItGoesOn) {
  world_->start(host_);
  world_->at(TrueTime(500us), [&] { world_->pause(host_); });
  world_->at(TrueTime(5ms), [&] { world_->resume(host_); });
  world_->run_until(TrueTime(20ms));
  ASSERT_EQ(log_.reports.size(), 2u);
  EXPECT_EQ(log_.reports[0].first, Time(5ms));
}

TEST_F(WorldStore, ACrashTakesTheRequestsAndLeavesTheFiles) {
  world_->start(host_);
  world_->run_until(TrueTime(1500us));
  world_->crash(host_);
  world_->run_until(TrueTime(20ms));
  EXPECT_EQ(log_.reports.size(), 1u);
  EXPECT_TRUE(store_->idle());
  world_->start(host_);
  world_->run_until(TrueTime(40ms));
  EXPECT_EQ(log_.reports.size(), 3u);
  EXPECT_TRUE(store_->find(contents_[0].hash())->rows.test(0));
}

TEST_F(WorldStore, TheFingerprintKnowsOfIt) {
  world_->start(host_);
  const auto nothing = world_->fingerprint();
  world_->run_until(TrueTime(10ms));
  World other(3, model_);
  EXPECT_EQ(other.fingerprint(), nothing);
  EXPECT_NE(world_->fingerprint(), nothing);
}

// 1,000 bytes and 66 of their frames at 8 Mbit/s: 1,066 us for each.
TEST_F(WorldStore, AHostMayHaveRatesOfItsOwn) {
  const HostId slow = add(0x0a000002), receiver = host_;
  world_->network().set_rates(slow, 8'000'000, 0);
  world_->start(receiver);
  world_->run_until(TrueTime(100ms));
  Outbox out;
  const std::vector<std::uint8_t> bytes(1000);
  for (int i = 0; i < 3; ++i) out.send(Channel::peers, {0x0a000001, port}, bytes);
  log_.received.clear();
  world_->inject(slow, out);
  world_->run_until(TrueTime(200ms));
  ASSERT_EQ(log_.received.size(), 3u);
  EXPECT_EQ(log_.received[1] - log_.received[0], 1066us);
  EXPECT_EQ(log_.received[2] - log_.received[1], 1066us);
}

TEST_F(WorldStore, ASlowDownlinkHoldsUpWhatComesTogether) {
  const HostId sender = add(0x0a000002);
  world_->network().set_rates(host_, 0, 8'000'000);
  world_->start(host_);
  world_->run_until(TrueTime(100ms));
  Outbox out;
  const std::vector<std::uint8_t> bytes(1000);
  for (int i = 0; i < 3; ++i) out.send(Channel::peers, {0x0a000001, port}, bytes);
  world_->inject(sender, out);
  world_->run_until(TrueTime(200ms));
  ASSERT_EQ(log_.received.size(), 3u);
  EXPECT_GT(log_.received[2] - log_.received[1], 1ms);
}

}  // namespace
}  // namespace swarm::sim
