// Fixtures for tests of snapshots: masters whose log no longer has the blocks that a slave needs.
#pragma once

#include "tests/engine/tracker/solo_tracker.hpp"

namespace swarm::test::snapshots {

inline const Endpoint peer{0x0a010001, 6881};

inline db::Snapshot snapshot_at(std::uint64_t index, std::uint64_t term) {
  db::Snapshot s;
  s.applied = {LogIndex{index}, Term{term}, SwarmTime{2'000'000}, PeerRowId{3}};
  s.config_index = LogIndex{1};
  s.config = voters(3);
  s.peers = {{PeerRowId{1}, peer}, {PeerRowId{2}, {0x0a010002, 6881}}};
  s.contents = {{content(1), PeerRowId{1}, PeerState::seeder},
                {content(1), PeerRowId{2}, PeerState::leecher}};
  return s;
}
inline wire::SnapshotMeta meta_of(const db::Snapshot& s, Bytes bytes, std::uint64_t id = 4) {
  return {id, s.applied.index, s.applied.term, bytes.size(), wire::hash_bytes(bytes)};
}

// A master whose log begins after the blocks that its slaves need.
struct ShortLog {
  explicit ShortLog(std::uint32_t log_keep = 4) : t(options(log_keep)) {
    t.serve();
    for (std::uint8_t n = 1; n <= 20; ++n) commit_one(n);
    t.pass_as_master(20ms);
    t.forget();
  }
  static SoloTracker::Options options(std::uint32_t log_keep) {
    TrackerSettings settings;
    settings.log_keep = log_keep;
    return {.settings = settings};
  }
  // Registers a peer, which adds one block to the log.
  void commit_one(std::uint8_t n) {
    const Endpoint from{0x0a020000u + n, 6881};
    t.hear_peer(from, wire::ConnectRequest{TransactionId{n}});
    wire::AnnounceRequest announce;
    announce.connection = t.replied<wire::ConnectResponse>().back().connection;
    announce.info_hash = content(n);
    announce.event = wire::AnnounceEvent::started;
    announce.transaction = TransactionId{n};
    announce.port = 6881;
    t.hear_peer(from, announce);
    t.pass_as_master(7ms);
  }
  void register_200() {
    for (std::uint32_t i = 0; i < 200; ++i) {
      const Endpoint from{0x0a040000u + i, 6881};
      t.hear_peer(from, wire::ConnectRequest{TransactionId{1}});
      wire::AnnounceRequest announce;
      announce.connection = t.replied<wire::ConnectResponse>().back().connection;
      announce.info_hash = content(1);
      announce.event = wire::AnnounceEvent::started;
      announce.transaction = TransactionId{2};
      announce.port = 6881;
      t.hear_peer(from, announce);
      if (i % 20 == 0) t.pass(300us);
    }
  }
  std::vector<std::uint8_t> pull(const wire::SnapshotMeta& meta) {
    std::vector<std::uint8_t> bytes;
    const auto chunks = static_cast<std::uint32_t>((meta.size + 1023) / 1024);
    for (std::uint32_t i = 0; i < chunks; ++i) {
      t.forget();
      t.hear(3, t.view().term.value, wire::SnapshotGet{meta.id, i, 1});
      pass(20ms);
      for (const auto& data : t.said_to<wire::SnapshotData>(3))
        bytes.insert(bytes.end(), data.bytes.begin(), data.bytes.end());
    }
    return bytes;
  }
  // Lets time pass. Every millisecond, both slaves acknowledge all blocks. They echo the send time
  // from `late` ago.
  void pass(Duration d, Duration late = 0ns) {
    for (Duration passed = 0ns; passed < d; passed += 1ms) {
      t.pass(1ms);
      for (const std::uint32_t n : {2u, 3u})
        t.hear(n, t.view().term.value,
               wire::KeepAliveAck{
                   t.acknowledgement(t.view().last.value, static_cast<std::uint64_t>(late / 1us))});
    }
  }
  std::size_t chunks_sent(std::uint32_t to = 3) { return t.said_to<wire::SnapshotData>(to).size(); }
  SoloTracker t;
};

inline constexpr std::uint64_t all_of_a_window = ~std::uint64_t{0};

// A master that has offered a snapshot of more than 64 chunks to slave 3.
struct LargeSnapshot : ShortLog {
  LargeSnapshot() {
    for (std::uint32_t i = 0; i < 600; ++i) {
      const Endpoint from{0x0a030000u + i, 6881};
      t.hear_peer(from, wire::ConnectRequest{TransactionId{1}});
      wire::ScrapeRequest told;
      told.connection = t.replied<wire::ConnectResponse>().back().connection;
      told.transaction = TransactionId{2};
      for (std::uint8_t n = 100; n < 105; ++n) told.contents.push_back(content(n));
      t.hear_peer(from, told);
      pass(1ms);
      t.forget();
    }
    pass(100ms);
    t.forget();
    for (; t.said<wire::SnapshotMeta>().empty() && fetches < 100; ++fetches) {
      t.hear(3, t.view().term.value, wire::Fetch{LogIndex{2}, 1});
      pass(1ms);
    }
    meta = t.said_to<wire::SnapshotMeta>(3).at(0);
    t.forget();
  }
  int fetches = 0;  // number of FETCH messages until the snapshot was ready
  void get(std::uint32_t first = 0, std::uint64_t wanted = all_of_a_window) {
    t.hear(3, t.view().term.value, wire::SnapshotGet{meta.id, first, wanted});
  }
  wire::SnapshotMeta meta;
};

}  // namespace swarm::test::snapshots
