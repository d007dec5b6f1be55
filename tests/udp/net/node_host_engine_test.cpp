// The host of nodes that are trackers and a peer of the engine.
#include "transport/udp/net/node_host.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "engine/db/sqlite_ballot_db.hpp"
#include "engine/db/sqlite_tracker_db.hpp"
#include "engine/peer/peer.hpp"
#include "engine/tracker/tracker.hpp"
#include "tests/engine/base/words.hpp"
#include "tests/udp/net/test_host.hpp"
#include "tests/udp/run_until.hpp"
#include "transport/udp/tracker/disk_thread.hpp"

namespace swarm::udp::hosts {
namespace {

// A tracker with its disks, as a worker has it.
class RealTracker final : public HostCallbacks {
 public:
  RealTracker(asio::io_context& io, std::uint32_t ip, const Endpoint& group)
      : io_(io),
        cluster_(at(io, ip)),
        peers_(at(io, ip)),
        group_(DatagramSocket::group(io, group, {ip, 1})) {}

  Endpoint cluster() const { return cluster_.local(); }
  std::uint16_t group_port() const { return group_.local().port; }

  void start(const std::vector<Endpoint>& contacts) {
    TrackerSettings settings;
    settings.cluster_address = cluster_.local();
    settings.peers_address = peers_.local();
    settings.contacts = contacts;
    settings.swarm_secret.fill(5);
    const std::uint64_t number = cluster_.local().ip.v4();
    tracker_.emplace(Tracker::Start{settings, {}, {}, BootId{number}, test::draw_of(number)});
    log_disk_.emplace(io_, log_db_, reports());
    ballot_disk_.emplace(io_, ballot_db_, reports());
    host_.emplace(io_, *tracker_, *this);
    host_->listen(Channel::cluster, std::move(cluster_));
    host_->listen(Channel::peers, std::move(peers_));
    host_->listen(Channel::peers, std::move(group_));
    host_->start();
  }

  void event(Time, const Event&) override {}
  void persist(Outbox::LogWrite write) override { log_disk_->write(std::move(write)); }
  void persist(Outbox::BallotWrite write) override { ballot_disk_->write(std::move(write)); }
  bool may_answer_peers(Time now) override { return now < tracker_->view().answers_until; }
  void exit(std::string_view reason) override { ended = reason; }

  Tracker& tracker() { return *tracker_; }
  NodeHost& host() { return *host_; }
  std::string ended;

 private:
  DiskReports reports() {
    return {[this](Ticket ticket) { host_->persisted(ticket); },
            [](const std::string& sentence) { ADD_FAILURE() << sentence; }};
  }

  asio::io_context& io_;
  DatagramSocket cluster_, peers_, group_;
  db::SqliteTrackerDb log_db_{":memory:"};
  db::SqliteBallotDb ballot_db_{":memory:"};
  std::optional<Tracker> tracker_;
  std::optional<LogDisk> log_disk_;
  std::optional<BallotDisk> ballot_disk_;
  std::optional<NodeHost> host_;
};

// Its callbacks only note what was registered.
struct RealPeer final : HostCallbacks {
  void event(Time, const Event& event) override {
    registered += std::holds_alternative<event::PeerRegistered>(event);
  }
  void exit(std::string_view) override {}
  int registered = 0;
};

TEST(NodeHost, ThreeTrackersFormASwarmAndRegisterAPeer) {
  asio::io_context io;
  RealTracker a(io, 0x7f120201, {some_group + 1, 0});
  const Endpoint group{some_group + 1, a.group_port()};
  RealTracker b(io, 0x7f120202, group), c(io, 0x7f120203, group);
  const std::array trackers{&a, &b, &c};
  const std::vector<Endpoint> contacts{a.cluster(), b.cluster(), c.cluster()};
  for (auto* const tracker : trackers) tracker->start(contacts);

  PeerSettings settings;
  settings.trackers = group;
  RealPeer peer;
  auto socket = at(io, 0x7f120204);
  Peer node(settings, socket.local().port, test::draw_of(1));
  NodeHost host(io, node, peer);
  host.listen(Channel::peers, std::move(socket));
  host.start();
  host.step([&](Time now, Outbox& out) { node.join(now, InfoHash{}, out); });

  EXPECT_TRUE(run_until(io, [&] { return peer.registered == 1; }));
  std::size_t masters = 0;
  for (auto* const tracker : trackers) {
    masters += tracker->tracker().view().role == Role::master;
    EXPECT_EQ(tracker->tracker().view().members, 3u);
    EXPECT_EQ(tracker->ended, "");
  }
  EXPECT_EQ(masters, 1u);
  const auto applied = [](RealTracker* tracker) { return tracker->tracker().table().peers() == 1; };
  EXPECT_TRUE(
      run_until(io, [&] { return std::all_of(trackers.begin(), trackers.end(), applied); }));
}

}  // namespace
}  // namespace swarm::udp::hosts
