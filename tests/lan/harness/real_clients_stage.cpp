#include "tests/lan/harness/real_clients_stage.hpp"

#include <fmt/format.h>
#include <stdlib.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>

#include "engine/wire/metainfo.hpp"
#include "tests/lan/harness/files.hpp"

namespace swarm::lan {
namespace {

constexpr std::uint64_t content_size = 8 << 20;
constexpr auto chunk_size_as_power = "16";  // of two

std::string url(const std::string& scheme, const Endpoint& tracker) {
  return scheme + "://" + to_string(tracker) + "/announce";
}

// Some ask a dead tracker for minutes first; not in the quick cases.
Duration patience() {
  return on_request() ? 240s : 100s;
}

MetainfoPtr read_torrent(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<std::uint8_t> bytes(std::istreambuf_iterator<char>(file), {});
  return parse_metainfo(bytes).value();
}

}  // namespace

bool on_request() {
  return ::getenv("SWARM_REAL_CLIENTS") != nullptr;
}

std::string missing(const Kinds& kinds) {
  for (const auto kind : kinds)
    if (const auto complaint = missing(kind); !complaint.empty()) return complaint;
  return {};
}

void RealClientsStage::SetUp() {
  static const std::string missing_hosts = Lan::missing();
  if (!missing_hosts.empty()) GTEST_SKIP() << "needs hosts of a network: " << missing_hosts;
  if (!program_exists("mktorrent")) GTEST_SKIP() << "mktorrent is not installed";
  site_.emplace(folder(), last_host);
  write_random(original(), content_size);
}

void RealClientsStage::TearDown() {
  clients_.clear();
  Stage::TearDown();
}

Endpoint RealClientsStage::tracker(unsigned host) {
  return t(host).peers_address();
}
Endpoint RealClientsStage::tracker6(unsigned host) {
  return {site_->address6(host), tracker(host).port};
}

std::vector<Endpoint> RealClientsStage::all_after(unsigned first) {
  std::vector<Endpoint> all{tracker(first)};
  for (const unsigned host : {1u, 2u, 3u})
    if (host != first) all.push_back(tracker(host));
  return all;
}

std::vector<Endpoint> RealClientsStage::all6() {
  return {tracker6(1), tracker6(2), tracker6(3)};
}

std::filesystem::path RealClientsStage::torrent(const std::vector<Endpoint>& tiers,
                                                const std::string& scheme) {
  const auto path = folder() / fmt::format("{}.torrent", ++torrents_);
  std::vector<std::string> command{"mktorrent",         "-p", "-d",         "-l",
                                   chunk_size_as_power, "-o", path.string()};
  for (const auto& tier : tiers) command.insert(command.end(), {"-a", url(scheme, tier)});
  command.push_back(original().string());
  run_command(command);
  info_hash_ = read_torrent(path)->info_hash;
  return path;
}

RealClient& RealClientsStage::make(ClientKind kind) {
  const auto host = first_client + static_cast<unsigned>(clients_.size());
  return *clients_.emplace_back(std::make_unique<RealClient>(kind, *site_, host));
}

RealClient& RealClientsStage::share(ClientKind kind, const std::filesystem::path& torrent,
                                    const Endpoint& teller) {
  auto& client = make(kind);
  client.give(original());
  client.start(torrent);
  auto& from = teller.ip.is_v4() ? requester() : requester6();
  eventually(
      "the trackers know " + client.name(),
      [&] { return from.scrape(teller, info_hash_).seeders > 0; }, patience());
  return client;
}

void RealClientsStage::join(const Kinds& kinds, const std::filesystem::path& torrent,
                            const std::string& who) {
  for (const auto kind : kinds) {
    auto& client = make(kind);
    joined_.push_back({&client, who, client.start(torrent)});
  }
}

// Some keep what they have downloaded in memory for long: one of them is enough.
void RealClientsStage::await_begun(const Endpoint& teller) {
  const auto has_something = [](const Joined& joined) {
    return bytes_on_disk(joined.client->downloads() / "content") > 0;
  };
  eventually(
      "the download has begun",
      [&] {
        return std::any_of(joined_.begin(), joined_.end(), has_something) &&
               requester().scrape(teller, info_hash_).leechers >= joined_.size();
      },
      patience());
}

void RealClientsStage::look(Joined& joined) {
  if (joined.complete) return;
  const auto file = joined.client->downloads() / "content";
  const Time now = udp::boot_clock_now();
  if (!equal_files(original(), file)) return;
  joined.complete = true;
  EXPECT_EQ(sha256(file), sha256(original()));
  figure(name_of(joined.client->kind()), joined.who, now - joined.at);
}

std::size_t RealClientsStage::incomplete() {
  for (auto& joined : joined_) look(joined);
  return static_cast<std::size_t>(
      std::count_if(joined_.begin(), joined_.end(), [](const auto& one) { return !one.complete; }));
}

void RealClientsStage::await_complete() {
  try {
    eventually(
        "all downloads are complete", [&] { return incomplete() == 0; }, patience());
  } catch (const NeverHappened&) {
    for (const auto& joined : joined_)
      EXPECT_TRUE(joined.complete)
          << joined.client->name() << " has not all, see " << joined.client->log().string();
  }
}

void RealClientsStage::narrow(const RealClient& client) {
  run_command({"tc", "qdisc", "replace", "dev", "eth0", "root", "tbf", "rate", "3mbit", "burst",
               "32kb", "latency", "400ms"},
              site_->network(client.host()));
}
void RealClientsStage::widen(const RealClient& client) {
  run_command({"tc", "qdisc", "del", "dev", "eth0", "root"}, site_->network(client.host()));
}

Bep15Requester& RealClientsStage::requester() {
  if (!requester_) requester_ = std::make_unique<Bep15Requester>(*site_, asking_host);
  return *requester_;
}
Bep15Requester& RealClientsStage::requester6() {
  if (!requester6_) requester6_ = std::make_unique<Bep15Requester>(*site_, asking_host, true);
  return *requester6_;
}

void RealClientsStage::figure(const std::string& client, const std::string& what,
                              double value) const {
  const auto line =
      fmt::format("{},{},{},{:.2f}", testing::UnitTest::GetInstance()->current_test_info()->name(),
                  client, what, value);
  std::cout << line << '\n';
  if (on_request()) std::ofstream(::getenv("SWARM_REAL_CLIENTS"), std::ios::app) << line << '\n';
}

void RealClientsStage::figure(const std::string& client, const std::string& what,
                              Duration value) const {
  figure(client, what, static_cast<double>(value / 1ms) / 1000);
}

}  // namespace swarm::lan
