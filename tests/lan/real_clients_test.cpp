// Unmodified BitTorrent clients find each other by the real trackers, and do not notice that a
// master dies.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "tests/lan/harness/error_listener.hpp"
#include "tests/lan/harness/real_clients_stage.hpp"

namespace swarm::lan {
namespace {

using wire::AnnounceEvent;
using namespace wire::bep15;
using enum ClientKind;

// Those that are small to install: with them the cases are played by every developer.
const Kinds small{libtorrent, aria2, transmission_cli};
const Kinds small6{libtorrent, libtorrent};
const Kinds six{libtorrent, qbittorrent, deluge, transmission, aria2, rtorrent};
const Kinds udp6{libtorrent, qbittorrent, deluge};  // read what a tracker answers to them over IPv6
const Kinds web{libtorrent, webtorrent};
const Kinds early{qbittorrent, transmission, aria2};
const Kinds late{qbittorrent, rtorrent, libtorrent, transmission, aria2};

class RealClients : public RealClientsStage {
 protected:
  static constexpr std::uint16_t any_port = 4711;

  AnnounceRequest announce(ConnectionId id, AnnounceEvent event) const {
    AnnounceRequest request{id, TransactionId{3}, info_hash(), {}};
    request.event = event;
    request.left = event == AnnounceEvent::completed ? 0 : 1;
    request.port = any_port;
    return request;
  }
  // The first of these shares, the others download; each knows all of these addresses.
  void exchange(const Kinds& kinds, const std::vector<Endpoint>& tiers,
                const std::string& scheme = "udp") {
    const auto file = torrent(tiers, scheme);
    share(kinds.front(), file, tiers.front());
    join(Kinds(kinds.begin() + 1, kinds.end()), file, "complete");
    await_complete();
  }
  void exchange_over_ipv6_by_http(const Kinds& kinds) {
    found({{"announce-http-address", fmt::format("[::]:{}", tracker(1).port)}});
    exchange(kinds, all6(), "http");
  }
  // What is counted in a time, not awaited.
  static void watch_for(Duration time) {
    const Time until = udp::boot_clock_now() + time;
    eventually(
        "the end of a watch", [&] { return udp::boot_clock_now() > until; }, 2 * time);
  }
  // Debian's serves what is on a list alone.
  std::unique_ptr<ChildProcess> opentracker(unsigned host) {
    const auto root = folder() / "opentracker";
    std::filesystem::create_directories(root);
    std::ofstream(root / "list") << to_hex(info_hash().bytes) << '\n';
    const Endpoint at = tracker(host);
    const std::vector<std::string> command{
        "/usr/bin/opentracker", "-i", to_string(at.ip), "-P", std::to_string(at.port), "-d",
        root.string(),          "-w", "/list"};
    return std::make_unique<ChildProcess>(command, STDOUT_FILENO, lan().network(host));
  }
  TrackerProcess& other_than(const TrackerProcess& one) { return t(one.host() == 1 ? 2 : 1); }
};

#define NEEDS(kinds) \
  if (const auto complaint = lan::missing(kinds); !complaint.empty()) GTEST_SKIP() << complaint
#define NEEDS_IPV6 \
  if (!Lan::has_ipv6()) GTEST_SKIP() << "the kernel has no IPv6"
#define ON_REQUEST(kinds)                                                             \
  if (!on_request()) GTEST_SKIP() << "takes long: scripts/lab/real-clients plays it"; \
  NEEDS(kinds)

// --- The quick ones ------------------------------------------------------------------------------

TEST_F(RealClients, FindEachOtherByAnyInstance) {
  NEEDS(small);
  found();
  for (const unsigned host : {1u, 2u, 3u}) {
    const Kinds one{small[host - 1]};
    const auto file = torrent({tracker(host)});
    if (host == 1)
      share(one.front(), file, tracker(2));
    else
      join(one, file, "complete");
  }
  await_complete();
  eventually("a completion is counted",
             [&] { return requester().scrape(tracker(3), info_hash()).completed >= 1; });
}

TEST_F(RealClients, ACompletedWithTheDeadMastersIdIsCounted) {
  found();
  torrent({tracker(1)});
  auto& old = master();
  const auto other = tracker(other_than(old).host());
  const auto id = requester().connect(tracker(old.host()));
  requester().insist<AnnounceResponse>(tracker(old.host()), announce(id, AnnounceEvent::started));
  const Time killed = old.kill();
  requester().insist<AnnounceResponse>(other, announce(id, AnnounceEvent::completed));
  figure("asker", "answered", udp::boot_clock_now() - killed);
  const SwarmCounts expected{1, 1, 0};
  EXPECT_EQ(requester().scrape(other, info_hash()), expected);
}

TEST_F(RealClients, DownloadOverIpv6) {
  NEEDS(small6);
  NEEDS_IPV6;
  found();
  exchange(small6, {tracker6(slave().host())});
}

// --- Those that take long ------------------------------------------------------------------------

TEST_F(RealClients, SixKindsDownload) {
  ON_REQUEST(six);
  found();
  exchange(six, all_after(1));
}

TEST_F(RealClients, SixKindsDownloadByASlaveAlone) {
  ON_REQUEST(six);
  found();
  exchange(six, {tracker(slave().host())});
}

TEST_F(RealClients, WebTorrentDownloads) {
  ON_REQUEST(web);
  found();
  exchange(web, all_after(slave().host()));
}

TEST_F(RealClients, ThreeKindsDownloadOverIpv6) {
  ON_REQUEST(udp6);
  NEEDS_IPV6;
  found();
  exchange(udp6, all6());
}

// The others do not ask UDP over IPv6, or take the peers that they are told for IPv4 ones.
TEST_F(RealClients, SixKindsDownloadOverIpv6ByHttp) {
  ON_REQUEST(six);
  NEEDS_IPV6;
  exchange_over_ipv6_by_http(six);
}

TEST_F(RealClients, WebTorrentDownloadsOverIpv6ByHttp) {
  ON_REQUEST(web);
  NEEDS_IPV6;
  exchange_over_ipv6_by_http(web);
}

// It answers each error with a request at once, tens of thousands a second.
TEST_F(RealClients, AnErringTrackerSendsFewErrors) {
  ON_REQUEST(Kinds{lftp});
  const auto file = torrent(all_after(1)), denied = folder() / "denied";
  std::ofstream(denied) << to_hex(info_hash().bytes) << '\n';
  found({{"deny-list", denied.string()}});
  ErrorListener listener(*lan().network(first_client));
  join({lftp}, file, "denied");
  eventually("a first error", [&] { return listener.errors() > 0; });
  watch_for(5s);
  figure("lftp", "errors", static_cast<double>(listener.errors()));
  figure("lftp", "datagrams", static_cast<double>(listener.datagrams()));
  EXPECT_LE(listener.errors(), 50);
}

// For comparison: trackers that know nothing of each other. The sharer announces itself to the
// first alone, as most clients do while it answers.
TEST_F(RealClients, OfTwoOpentrackersTheSecondIsNoHelp) {
  ON_REQUEST(late);
  if (!program_exists("opentracker")) GTEST_SKIP() << "opentracker is not installed";
  std::vector<std::unique_ptr<ChildProcess>> opentrackers;
  const auto file = torrent({tracker(1), tracker(2)});
  for (const unsigned host : {1u, 2u}) opentrackers.push_back(opentracker(host));
  share(libtorrent, file, tracker(1));
  join({aria2}, file, "early");
  await_complete();
  opentrackers.front().reset();
  join(late, file, "late");
  watch_for(60s);
  figure("opentracker", "incomplete", static_cast<double>(incomplete()));
}

enum class Loss { process, host };
class LateJoiners : public RealClients, public testing::WithParamInterface<Loss> {
 protected:
  void lose(TrackerProcess& tracker) {
    if (GetParam() == Loss::process)
      tracker.kill();
    else
      lan().unplug(tracker.host());
  }
  // The first address of the torrent is that of a master that is lost: before anybody has asked it,
  // or while the early ones download.
  void play(bool lost_from_the_start) {
    found();
    auto& old = master();
    const auto file = torrent(all_after(old.host()));
    if (lost_from_the_start) lose(old);
    const auto teller = tracker(other_than(old).host());
    const auto& sharer = share(libtorrent, file, teller);
    narrow(sharer);
    join(early, file, "early");
    await_begun(teller);
    EXPECT_EQ(incomplete(), early.size()) << "the master is lost too late";
    if (!lost_from_the_start) lose(old);
    join(late, file, "late");
    widen(sharer);
    await_complete();
  }
};
INSTANTIATE_TEST_SUITE_P(Of, LateJoiners, testing::Values(Loss::process, Loss::host),
                         [](const auto& param) {
                           return param.param == Loss::process ? "Process" : "Host";
                         });

TEST_P(LateJoiners, TheMasterIsLostWhileOthersDownload) {
  ON_REQUEST(late);
  play(false);
}

TEST_P(LateJoiners, ItsAddressIsDeadFromTheStart) {
  ON_REQUEST(late);
  play(true);
}

}  // namespace
}  // namespace swarm::lan
