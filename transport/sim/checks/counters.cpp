#include "transport/sim/checks/counters.hpp"

#include "engine/wire/cluster_protocol.hpp"
#include "transport/sim/scenario/scenario_reader.hpp"

namespace swarm::sim {
namespace {

// Returns the type byte of a cluster datagram, or 0 for any other datagram.
std::uint8_t type_of(const Outbox::Datagram& datagram) {
  const bool is = datagram.channel == Channel::cluster && datagram.bytes.size() > wire::type_at;
  return is ? datagram.bytes[wire::type_at] : std::uint8_t{0};
}

template <class T>
std::uint8_t type_byte() {
  return static_cast<std::uint8_t>(wire::Body(T{}).index() + 1);
}

// Returns the size field of a SNAPSHOT_META. The field comes after the id, the index and the term.
// The cipher of the simulator leaves it readable.
std::uint64_t size_told(Bytes datagram) {
  const auto size = datagram.subspan(wire::session_header_size + 3 * sizeof(std::uint64_t));
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof(value); ++i) value = value << 8 | size[i];
  return value;
}

}  // namespace

void Counters::stepped(std::uint32_t tracker, bool joins, const Outbox& out) {
  for (const swarm::Event& one : out.events()) event(tracker, joins, one);
  static const auto fetch = type_byte<wire::Fetch>(), data = type_byte<wire::SnapshotData>(),
                    meta = type_byte<wire::SnapshotMeta>();
  for (std::size_t i = 0; i < out.datagrams(); ++i) {
    const auto datagram = out.datagram(i);
    const auto type = type_of(datagram);
    if (type == fetch) ++counts_["blocks_refetched"];
    if (type == data) counts_["snapshot_bytes_sent"] += datagram.bytes.size();
    if (type == meta) snapshot_size_ = size_told(datagram.bytes);
  }
}

void Counters::event(std::uint32_t tracker, bool joins, const swarm::Event& event) {
  if (const auto* started = std::get_if<event::ElectionStarted>(&event)) {
    const auto [first, is_first] = candidates_.try_emplace(started->term, tracker);
    if (first->second != tracker) ++counts_["elections_contested"];
  } else if (std::holds_alternative<event::LogTruncated>(event)) {
    ++counts_["logs_conflicted"];
  } else if (std::holds_alternative<event::SnapshotInstalled>(event)) {
    ++counts_["snapshots_installed"];
    counts_["snapshot_bytes_installed"] += snapshot_size_;
  } else if (const auto* kept = std::get_if<event::KeptAnswered>(&event)) {
    counts_["kept_requests_answered"] += kept->requests;
  } else if (std::holds_alternative<event::Relayed>(event)) {
    ++counts_["requests_relayed"];
  } else if (std::holds_alternative<event::PeerExpired>(event)) {
    ++counts_["peers_expired"];
  } else if (std::holds_alternative<event::HandOver>(event)) {
    ++counts_["hand_overs"];
  } else if (std::holds_alternative<event::DeafHandOver>(event)) {
    ++counts_["deaf_hand_overs"];
  } else if (std::holds_alternative<event::DisksDiffer>(event)) {
    ++counts_["disks_differ"];
  } else if (std::holds_alternative<event::ClockWentBack>(event)) {
    ++counts_["clocks_went_back"];
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
                                                      std::uint64_t clients_turned,
                                                      std::uint64_t directories_refused) const {
  auto out = counts_;
  for (const auto& name : counter_names()) out.try_emplace(name, 0);
  out["datagrams_lost"] = network.lost + network.lost_in_burst;
  out["datagrams_reordered"] = network.reordered;
  out["disks_hung"] = disks_hung;
  out["damage_found"] = damage_found;
  out["clients_turned"] = clients_turned;
  out["directories_refused"] = directories_refused;
  return out;
}

}  // namespace swarm::sim
