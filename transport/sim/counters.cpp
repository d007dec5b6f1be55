#include "transport/sim/counters.hpp"

#include "engine/wire/cluster_protocol.hpp"
#include "transport/sim/scenario_reader.hpp"

namespace swarm::sim {
namespace {

bool is_fetch(const Outbox::Datagram& datagram) {
  constexpr std::size_t type_at = 5;
  return datagram.channel == Channel::cluster && datagram.bytes.size() > type_at &&
         datagram.bytes[type_at] == wire::Body(wire::Fetch{}).index() + 1;
}

}  // namespace

void Counters::stepped(std::uint32_t tracker, bool joins, const Outbox& out) {
  for (const swarm::Event& one : out.events()) event(tracker, joins, one);
  for (std::size_t i = 0; i < out.datagrams(); ++i)
    if (is_fetch(out.datagram(i))) ++counts_["blocks_refetched"];
}

void Counters::event(std::uint32_t tracker, bool joins, const swarm::Event& event) {
  if (const auto* started = std::get_if<event::ElectionStarted>(&event)) {
    const auto [first, is_first] = candidates_.try_emplace(started->term, tracker);
    if (first->second != tracker) ++counts_["elections_contested"];
  } else if (std::holds_alternative<event::LogTruncated>(event)) {
    ++counts_["logs_conflicted"];
  } else if (std::holds_alternative<event::SnapshotInstalled>(event)) {
    ++counts_["snapshots_installed"];
  } else if (const auto* kept = std::get_if<event::KeptAnswered>(&event)) {
    counts_["kept_requests_answered"] += kept->requests;
  } else if (std::holds_alternative<event::Relayed>(event)) {
    ++counts_["requests_relayed"];
  } else if (std::holds_alternative<event::HandOver>(event)) {
    ++counts_["hand_overs"];
  } else if (const auto* won = std::get_if<event::ElectionWon>(&event)) {
    if (won->cause == Cause::certificate) ++counts_["certificates_used"];
  } else if (std::holds_alternative<event::Founded>(event)) {
    if (joins) ++counts_["members_joined"];
  } else if (const auto* down = std::get_if<event::SteppedDown>(&event)) {
    if (down->cause == Cause::no_quorum) ++counts_["stepped_down_without_quorum"];
  }
}

void Counters::peer_event(const swarm::Event& event) {
  using Why = event::PeerDropped::Why;
  if (std::holds_alternative<event::InfoFetched>(event)) ++counts_["infos_fetched"];
  const auto* dropped = std::get_if<event::PeerDropped>(&event);
  if (dropped == nullptr) return;
  if (dropped->why == Why::poison) ++counts_["poisoners_dropped"];
  if (dropped->why == Why::silent) ++counts_["silent_peers_dropped"];
  if (dropped->why == Why::restarted) ++counts_["peers_restarted"];
}

std::map<std::string, std::uint64_t> Counters::finish(const NetworkCounters& network,
                                                      std::uint64_t disks_hung,
                                                      std::uint64_t damage_found,
                                                      std::uint64_t clients_turned) const {
  auto out = counts_;
  for (const auto& name : counter_names()) out.try_emplace(name, 0);
  out["datagrams_lost"] = network.lost + network.lost_in_burst;
  out["datagrams_reordered"] = network.reordered;
  out["disks_hung"] = disks_hung;
  out["damage_found"] = damage_found;
  out["clients_turned"] = clients_turned;
  return out;
}

}  // namespace swarm::sim
