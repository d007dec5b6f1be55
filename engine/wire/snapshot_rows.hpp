// Sizes of the rows of a snapshot, in bytes (cluster_protocol.hpp has the grammar).
#pragma once

#include <cstddef>

namespace swarm::wire::snapshot_rows {

inline constexpr std::size_t peer_size = 8 + 4 + 2;
inline constexpr std::size_t peer6_size = 8 + 16 + 2;
inline constexpr std::size_t content_size = 20 + 8 + 1;
inline constexpr std::size_t completed_size = 20 + 1 + 4;

}  // namespace swarm::wire::snapshot_rows
