// A snapshot's bytes, read row by row, by who takes nothing for granted: a receiver, of which no
// step may take as long as its table is large.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "engine/node/tracker_db.hpp"

namespace swarm::wire {

class SnapshotReader {
 public:
  using Read = std::function<void(std::size_t at, std::span<std::uint8_t> to)>;

  // `read` copies bytes of the `size` that there are. Each is read once, but for the head's.
  SnapshotReader(std::size_t size, Read read);

  // So far all is as it must be: sizes, values, the order of rows, and none twice. Not looked at:
  // whether an address is of one peer only, whose the contents are, and of which swarms the counts.
  bool ok() const { return ok_; }
  const db::SnapshotHead& head() const { return head_; }
  // PutPeer, by id; then PutContent, by (info_hash, peer); then PutCompleted, by (info_hash, v6).
  // Nothing: that was all, or it is not ok().
  std::optional<db::RowChange> next();
  bool done() const { return ok_ && rows_left() == 0; }
  std::uint64_t rows_left() const {
    return peers_.left + contents_.left + peers6_.left + completed_.left;
  }
  // Bytes before are not read any more.
  std::size_t needed_from() const;

 private:
  struct List {  // its rows that are not read yet
    std::size_t at = 0;
    std::uint64_t left = 0;
    std::size_t row = 0;  // bytes
    std::size_t end() const { return at + left * row; }
  };
  bool read_head();
  bool find_lists(std::size_t at);
  bool find_list(std::size_t& at, std::size_t row, List& list);
  std::optional<db::PeerRow> peek(const List& list, bool v6);
  db::RowChange next_peer();
  db::RowChange next_content();
  db::RowChange next_completed();
  void require(bool condition) { ok_ = ok_ && condition; }

  std::size_t size_;
  Read read_;
  bool ok_ = true;
  db::SnapshotHead head_;
  List peers_, contents_, peers6_, completed_;
  std::optional<db::PeerRow> peer_, peer6_;  // the next of each list
  PeerRowId last_peer_;
  std::optional<db::ContentRow> last_content_;
  std::optional<db::CompletedRow> last_completed_;
};

}  // namespace swarm::wire
