#include "transport/udp/peer/session_content.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "engine/wire/peer_protocol.hpp"
#include "transport/udp/system/network_interfaces.hpp"

namespace swarm::udp {
namespace {

using Phase = ContentFigures::Phase;

Phase phase_of(const ContentProgress& progress) {
  if (!progress.metainfo) return Phase::searching;
  if (!progress.opened) return Phase::opening;
  if (progress.complete) return Phase::complete;
  return progress.doubtful > 0 ? Phase::checking : Phase::fetching;
}

}  // namespace

void update(SessionContent& content, Time now, const ContentProgress& progress) {
  if (progress.metainfo) content.source.metainfo = progress.metainfo;
  content.down.add(now, progress.received);
  content.up.add(now, progress.sent);
  content.mute = progress.mute;
  content.mute_peer = progress.mute_peer;
  auto& figures = content.figures;
  figures.name = content.source.name();
  figures.phase = phase_of(progress);
  figures.down_rate = content.down.per_second();
  figures.up_rate = content.up.per_second();
  figures.received = progress.received;
  figures.wasted = progress.wasted;
  figures.sent = progress.sent;
  figures.peers = progress.peers;
  figures.uploaders = progress.uploaders;
  if (!progress.metainfo) return;
  const auto bytes = [&](std::uint32_t chunks) {
    return std::min(progress.metainfo->size, std::uint64_t{chunks} * progress.metainfo->chunk_size);
  };
  figures.size = progress.metainfo->size;
  figures.had = bytes(progress.had);
  figures.doubtful = bytes(progress.doubtful);
}

std::string mute_text(const std::string& name, std::uint32_t peers, const Endpoint& one) {
  // The bytes of a UDP payload with a whole block.
  constexpr std::uint32_t longest = 18 + wire::block_size;
  constexpr std::uint32_t headers = 20 + 8;  // bytes of the IPv4 and UDP headers
  return fmt::format(
      "{}: {}, but nothing that is asked for comes: are long datagrams lost on the way? They need "
      "an MTU of {} bytes on every link; try `ping -M do -s {} {}`",
      name, peers == 1 ? "its peer answers" : fmt::format("its {} peers answer", peers),
      grouped(longest + headers), longest, address_text(one.ip));
}

}  // namespace swarm::udp
