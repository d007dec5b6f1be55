// Makes the bytes of a snapshot row by row. encode_snapshot() makes the same bytes at once, and
// hash_bytes() the same hash. A master uses the writer, because none of its steps may take longer
// for a larger table.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "engine/node/tracker_db.hpp"

namespace swarm::wire {

// Computes hash_bytes() of bytes that come in parts.
class SnapshotHash {
 public:
  SnapshotHash();
  void add(Bytes bytes);
  std::uint64_t finish();  // may be called only once

 private:
  void word(std::uint64_t m);
  void round();

  std::array<std::uint64_t, 4> v_;
  std::array<std::uint8_t, 8> tail_{};
  std::size_t size_ = 0;
};

class SnapshotWriter {
 public:
  // Ignores the rows of `head`. `peers` and `contents` say about how many rows will come. The
  // writer reserves memory for so many, so that the bytes need not move later.
  SnapshotWriter(const db::Snapshot& head, std::size_t peers, std::size_t contents);

  void add(const db::PeerRow& row);       // first all of these, ordered by id
  void add(const db::ContentRow& row);    // then all of these, ordered by (info_hash, peer)
  void add(const db::CompletedRow& row);  // then all of these, ordered by (info_hash, v6)
  std::vector<std::uint8_t> finish();     // may be called only once

 private:
  void end_peers();

  std::vector<std::uint8_t> out_;  // head, PEER-INFO of IPv4, CONTENTS
  std::vector<std::uint8_t> peers6_, completed_;
  std::size_t count_at_;     // where out_ has the count of the list that is being written
  std::uint64_t count_ = 0;  // rows of this list so far
  std::uint64_t v6_ = 0, completed_rows_ = 0;
  bool peers_ended_ = false;
};

}  // namespace swarm::wire
