// Makes writes to the database of a tracker, and compares its images.
#pragma once

#include "engine/db/sqlite_tracker_db.hpp"
#include "engine/node/row_digest.hpp"

namespace swarm::db {

// Two images are equal if all their fields are equal. Blocks are compared by value, not by pointer.
inline bool operator==(const Block& a, const Block& b) {
  return a.index == b.index && a.term == b.term && a.stamp == b.stamp &&
         a.operations == b.operations;
}
inline bool operator==(const Snapshot& a, const Snapshot& b) {
  return a.applied == b.applied && a.config_index == b.config_index && a.config == b.config &&
         a.peers == b.peers && a.contents == b.contents && a.completed == b.completed;
}
inline bool operator==(const TrackerImage& a, const TrackerImage& b) {
  return a.tables == b.tables && a.log_begin == b.log_begin && a.previous_term == b.previous_term &&
         std::equal(a.log.begin(), a.log.end(), b.log.begin(), b.log.end(),
                    [](const BlockPtr& x, const BlockPtr& y) { return *x == *y; });
}

}  // namespace swarm::db

namespace swarm::db::writes {

inline constexpr PeerState leecher = PeerState::leecher;
inline constexpr PeerState seeder = PeerState::seeder;

inline InfoHash hash_of(std::uint8_t byte) {
  InfoHash hash;
  hash.bytes.fill(byte);
  return hash;
}
inline Endpoint address(std::uint8_t n) {
  return {0x0a000000u + n, static_cast<std::uint16_t>(6000 + n)};
}

inline Endpoint address6(std::uint8_t n) {
  return {Ip::v6({0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, n}),
          static_cast<std::uint16_t>(6000 + n)};
}

inline BlockPtr block(std::uint64_t index, std::uint64_t term, std::size_t size = 3) {
  return std::make_shared<const Block>(
      Block{{index}, {term}, {1000 * index}, std::vector<std::uint8_t>(size, 4)});
}

inline Config config_of(std::uint32_t members) {
  Config config;
  for (std::uint32_t id = 1; id <= members; ++id)
    config.members.push_back(
        {{id}, {0xfedcba9876543210 + id}, Standing::voter, id % 2 == 0, {0xc0a80000u + id, 7000}});
  config.ready = ReadyPolicy::in_sync;
  config.next_id = {members + 1};
  config.current_secret.fill(0xcc);
  config.previous_secret.fill(0xdd);
  config.secret_since = {members * std::uint64_t{1'000'000}};
  return config;
}

inline void write(TrackerDb& db, const TrackerWrite& one) {
  const TrackerWrite* group[] = {&one};
  db.write(group);
}
inline void write(TrackerDb& db, const std::vector<TrackerWrite>& many) {
  std::vector<const TrackerWrite*> group;
  for (const auto& one : many) group.push_back(&one);
  db.write(group);
}

// Returns a write with one block and the rows that it changes.
inline TrackerWrite step(std::uint64_t index, std::vector<RowChange> rows, std::int64_t next_peer) {
  TrackerWrite w;
  w.append = {block(index, 1)};
  w.rows = std::move(rows);
  w.applied = Applied{{index}, {1}, {1000 * index}, {next_peer}};
  return w;
}

inline TrackerWrite sample_write() {
  return step(1,
              {PutPeer{{{1}, address(1)}}, PutContent{{hash_of(7), {1}, seeder}},
               PutPeer{{{2}, address(2)}}, PutContent{{hash_of(7), {2}, leecher}},
               PutContent{{hash_of(3), {2}, seeder}}, PutCompleted{{hash_of(7), false, 3}}},
              3);
}

inline std::shared_ptr<Snapshot> snapshot_at(std::uint64_t index) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->applied = {{index}, {4}, {77}, {10}};
  snapshot->config_index = {index - 2};
  snapshot->config = config_of(5);
  snapshot->peers = {{{4}, address(1)}, {{9}, address(9)}};
  snapshot->contents = {{hash_of(1), {9}, seeder}, {hash_of(2), {4}, leecher}};
  return snapshot;
}

// Adds to `w` a whole snapshot, which replaces all leftover rows.
inline void install(TrackerWrite& w, const Snapshot& snapshot) {
  w.staging.clear = 1000;
  for (const auto& row : snapshot.peers) w.staging.rows.push_back(PutPeer{row});
  for (const auto& row : snapshot.contents) w.staging.rows.push_back(PutContent{row});
  for (const auto& row : snapshot.completed) w.staging.rows.push_back(PutCompleted{row});
  w.install = snapshot;
  w.digest = digest_of(snapshot);
}

}  // namespace swarm::db::writes
