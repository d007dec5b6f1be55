// Encodes a snapshot as one string of bytes (cluster_protocol.hpp has the grammar).
#include <algorithm>

#include "engine/wire/field_io.hpp"
#include "engine/wire/snapshot_rows.hpp"

namespace swarm::wire {
using namespace snapshot_rows;

std::vector<std::uint8_t> encode_snapshot(const db::Snapshot& s) {
  std::vector<std::uint8_t> config, out;
  encode(Operation(s.config), config);
  const auto v4 = static_cast<std::size_t>(
      std::ranges::count_if(s.peers, [](const db::PeerRow& p) { return p.address.ip.is_v4(); }));
  const std::size_t v6 = s.peers.size() - v4;
  out.reserve(80 + config.size() + peer_size * v4 + peer6_size * v6 +
              content_size * s.contents.size() + completed_size * s.completed.size());
  Encode io{Writer(out)};
  io(s.applied.index, s.applied.term, s.applied.stamp.us, s.applied.next_peer, s.config_index,
     static_cast<std::uint32_t>(config.size()), Bytes(config));
  io(std::uint64_t{v4});
  for (const auto& p : s.peers)
    if (p.address.ip.is_v4()) io(p.id, p.address);
  io(std::uint64_t{s.contents.size()});
  for (const auto& c : s.contents)
    io(Bytes(c.info_hash.bytes), c.peer, static_cast<std::uint8_t>(c.state));
  if (v6 == 0 && s.completed.empty()) return out;
  io(std::uint64_t{v6});
  for (const auto& p : s.peers)
    if (!p.address.ip.is_v4()) {
      io(p.id);
      io.out.endpoint6(p.address);
    }
  io(std::uint64_t{s.completed.size()});
  for (const auto& c : s.completed)
    io(Bytes(c.info_hash.bytes), static_cast<std::uint8_t>(c.v6 ? 6 : 4), c.count);
  return out;
}

}  // namespace swarm::wire
