// A snapshot's bytes, made row by row: the same as encode_snapshot() gives in one go, and the same
// hash as hash_bytes(). For a master, of which no step may take as long as its table is large.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "engine/node/tracker_db.hpp"

namespace swarm::wire {

// hash_bytes() of all that was added.
class SnapshotHash {
 public:
  SnapshotHash();
  void add(Bytes bytes);
  std::uint64_t finish();  // once

 private:
  void word(std::uint64_t m);
  void round();

  std::array<std::uint64_t, 4> v_;
  std::array<std::uint8_t, 8> tail_{};
  std::size_t size_ = 0;
};

class SnapshotWriter {
 public:
  // head: of it all but the rows. The others: how many rows will come, about; memory for them is
  // taken at once, so that it need not move.
  SnapshotWriter(const db::Snapshot& head, std::size_t peers, std::size_t contents);

  void add(const db::PeerRow& row);       // all of them first, by id
  void add(const db::ContentRow& row);    // then these, by (info_hash, peer)
  void add(const db::CompletedRow& row);  // then these, by (info_hash, v6)
  std::vector<std::uint8_t> finish();     // once

 private:
  void end_peers();

  std::vector<std::uint8_t> out_;  // head, PEER-INFO of IPv4, CONTENTS
  std::vector<std::uint8_t> peers6_, completed_;
  std::size_t count_at_;     // in out_: the count of the list that is being written
  std::uint64_t count_ = 0;  // of its rows
  std::uint64_t v6_ = 0, completed_rows_ = 0;
  bool peers_ended_ = false;
};

}  // namespace swarm::wire
