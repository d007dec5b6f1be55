// Reads the bytes of a snapshot row by row and checks them. The receiver of a snapshot uses it,
// because the receiver trusts no byte, and none of its steps may take longer for a larger table.
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

  // The snapshot has `size` bytes. `read` copies to.size() of them, from byte `at` on. The
  // constructor reads the head and the counts of the lists. next() reads the rows, each byte once.
  SnapshotReader(std::size_t size, Read read);

  // True if all bytes read so far are valid: the sizes, the values, and the order of the rows. No
  // row may come twice. Three things are not checked: that no two peers have one address, that the
  // peer of each content exists, and that a content with a count has peers of the count's family.
  bool ok() const { return ok_; }
  const db::SnapshotHead& head() const { return head_; }
  // Returns the next row: first each PutPeer, ordered by id; then each PutContent, ordered by
  // (info_hash, peer); then each PutCompleted, ordered by (info_hash, v6). Returns nothing after
  // the last row, or if not ok().
  std::optional<db::RowChange> next();
  bool done() const { return ok_ && rows_left() == 0; }
  std::uint64_t rows_left() const {
    return peers_.left + contents_.left + peers6_.left + completed_.left;
  }
  // next() reads no byte before this index. While rows of peers are left, it is 0.
  std::size_t needed_from() const;

 private:
  struct List {  // the rows of a list that are not read yet
    std::size_t at = 0;
    std::uint64_t left = 0;
    std::size_t row = 0;  // bytes of a row
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
  std::optional<db::PeerRow> peer_, peer6_;  // the next row of each list, if it was read
  PeerRowId last_peer_;
  std::optional<db::ContentRow> last_content_;
  std::optional<db::CompletedRow> last_completed_;
};

}  // namespace swarm::wire
