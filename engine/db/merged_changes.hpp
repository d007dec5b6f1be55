// Merges the row changes of a group of writes. Only the last change of each row remains. The
// remaining changes are ordered by the keys of their rows.
#pragma once

#include <algorithm>
#include <tuple>
#include <vector>

#include "engine/node/tracker_db.hpp"

namespace swarm::db {

class MergedChanges {
 public:
  struct Peer {
    PeerRowId id;
    const PeerRow* put;  // null: the row is dropped
  };
  struct Content {
    InfoHash info_hash;
    PeerRowId peer;
    const ContentRow* put;  // null: the row is dropped
  };

  void add(const std::vector<RowChange>& changes) {
    for (const auto& change : changes) std::visit(*this, change);
  }
  void clear() {
    peers_.clear();
    contents_.clear();
    completed_.clear();
  }
  const std::vector<Peer>& peers() {
    keep_last(peers_, [](const Peer& p) { return p.id; });
    return peers_;
  }
  const std::vector<Content>& contents() {
    keep_last(contents_, [](const Content& c) { return std::tie(c.info_hash, c.peer); });
    return contents_;
  }
  const std::vector<CompletedRow>& completed() {
    keep_last(completed_, [](const CompletedRow& c) { return std::tie(c.info_hash, c.v6); });
    return completed_;
  }

  void operator()(const PutPeer& c) { peers_.push_back({c.row.id, &c.row}); }
  void operator()(const DropPeer& c) { peers_.push_back({c.id, nullptr}); }
  void operator()(const PutContent& c) {
    contents_.push_back({c.row.info_hash, c.row.peer, &c.row});
  }
  void operator()(const DropContent& c) { contents_.push_back({c.info_hash, c.peer, nullptr}); }
  void operator()(const PutCompleted& c) { completed_.push_back(c.row); }

 private:
  template <class Change, class Key>
  static void keep_last(std::vector<Change>& changes, Key key) {
    std::stable_sort(changes.begin(), changes.end(),
                     [&](const Change& a, const Change& b) { return key(a) < key(b); });
    const auto last_first =
        std::unique(changes.rbegin(), changes.rend(),
                    [&](const Change& a, const Change& b) { return key(a) == key(b); });
    changes.erase(changes.begin(), last_first.base());
  }

  std::vector<Peer> peers_;
  std::vector<Content> contents_;
  std::vector<CompletedRow> completed_;
};

}  // namespace swarm::db
