// The fixture of all tests of the Swarm Table, with peers and contents that are named by numbers.
#pragma once

#include "engine/tracker/table/swarm_table.hpp"

namespace swarm::tables {

inline constexpr auto leecher = PeerState::leecher;
inline constexpr auto seeder = PeerState::seeder;

inline InfoHash content(std::uint32_t n) {
  InfoHash hash;
  for (std::size_t i = 0; i < 4; ++i) hash.bytes[i] = static_cast<std::uint8_t>(n >> (8 * i));
  hash.bytes[19] = 1;
  return hash;
}

inline Endpoint peer(std::uint32_t n) {
  return {0x0a000000 + n, 6881};
}
inline Endpoint peer6(std::uint32_t n) {
  return {
      Ip::v6({0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, static_cast<std::uint8_t>(n)}),
      6881};
}
inline Time at(int seconds) {
  return Time(std::chrono::seconds(seconds));
}

// A table, and the functions that apply operations to it.
struct Room {
  SwarmTable table{42};
  std::vector<db::RowChange> rows;

  std::vector<db::RowChange> apply(const Operation& operation, Time now = at(0)) {
    rows.clear();
    table.apply(operation, now, rows);
    return rows;
  }
  void add(std::uint32_t c, std::uint32_t p, PeerState state = leecher, Time now = at(0)) {
    apply(Register{content(c), peer(p), state}, now);
  }
  std::vector<Endpoint> sample(std::uint32_t c, std::uint32_t requester, PeerState state,
                               std::size_t n, Random& random) const {
    std::vector<Endpoint> out;
    table.sample(content(c), peer(requester), state, n, random, out);
    return out;
  }
  std::vector<Endpoint> sample(std::uint32_t c, std::uint32_t requester, PeerState state,
                               std::size_t n) const {
    Random random(1);
    return sample(c, requester, state, n, random);
  }
  std::vector<Endpoint> unheard(Time limit, std::size_t most = 100) const {
    std::vector<Endpoint> out;
    table.unheard_since(limit, most, out);
    return out;
  }
  db::Snapshot saved() const {
    db::Snapshot snapshot;
    table.save(snapshot);
    return snapshot;
  }
};

inline std::uint32_t completed(const Room& room) {
  return room.table.counts(content(1)).completed;
}

}  // namespace swarm::tables
