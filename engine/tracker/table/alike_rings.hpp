// Links rows that are alike into rings, in which each row leads to the next one. Most rows are like
// no other row. Such a row is in no ring, and takes no memory here.
#pragma once

#include "engine/base/random.hpp"
#include "engine/tracker/table/row_index.hpp"
#include "engine/tracker/table/slab.hpp"

namespace swarm {

class AlikeRings {
 public:
  explicit AlikeRings(std::uint64_t key) : key_(key) {}

  // The row after `row` in its ring. If `row` is in no ring, returns `row`.
  Row next(Row row) const {
    const Row node = find(row);
    return node == no_row ? row : nodes_[nodes_[node].next].row;
  }
  // Puts `row`, which is in no ring, into the ring of `other`.
  void join(Row row, Row other) {
    Row before = find(other);
    if (before == no_row) before = add(other);
    const Row node = add(row);
    const Row after = nodes_[before].next;
    link(before, node);
    link(node, after);
  }
  void leave(Row row) {
    const Row node = find(row);
    if (node == no_row) return;
    const Row other = nodes_[node].previous;
    link(other, nodes_[node].next);
    drop(node);
    if (nodes_[other].next == other) drop(other);
  }

  std::size_t memory() const { return nodes_.memory() + index_.memory(); }
  Row end() const { return nodes_.end(); }
  void shed(std::size_t rows) { nodes_.shed(rows); }  // see Slab::shed()

 private:
  struct Node {
    Row row = no_row, next = no_row, previous = no_row;
    Row& link() { return next; }
  };

  std::uint64_t hash(Row row) const { return mix(row ^ key_); }
  auto node_hash() const {
    return [this](Row node) { return hash(nodes_[node].row); };
  }
  Row find(Row row) const {
    if (nodes_.size() == 0) return no_row;
    return index_.find(hash(row), [&](Row node) { return nodes_[node].row == row; });
  }
  Row add(Row row) {  // makes a ring of this one row
    const Row node = nodes_.add();
    nodes_[node] = {row, node, node};
    index_.insert(node, node_hash());
    return node;
  }
  void drop(Row node) {
    index_.erase(node, node_hash());
    nodes_.remove(node);
  }
  void link(Row node, Row after) {
    nodes_[node].next = after;
    nodes_[after].previous = node;
  }

  std::uint64_t key_;
  Slab<Node> nodes_;
  RowIndex index_;
};

}  // namespace swarm
