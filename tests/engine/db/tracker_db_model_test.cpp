// The database of a tracker agrees with a model of it over random groups of writes.
#include "engine/db/sqlite_tracker_db.hpp"

#include <gtest/gtest.h>

#include <map>

#include "engine/base/random.hpp"
#include "engine/node/row_digest.hpp"
#include "tests/engine/db/temporary_directory.hpp"
#include "tests/engine/db/tracker_writes.hpp"

namespace swarm::db::writes {
namespace {

// A model that is plain to see: what the log did to the tables, one change at a time.
class Model {
 public:
  explicit Model(std::uint64_t seed) : random_(seed) {}

  TrackerWrite random_write() {
    TrackerWrite w;
    if (random_.below(40) == 0) install_one(w);
    if (random_.below(8) == 0) truncate(w);
    for (auto n = random_.below(4); n > 0; --n) append(w);
    if (random_.below(3) != 0) apply(w);
    if (random_.below(10) == 0) drop_before(w);
    return w;
  }
  TrackerImage image() const {
    TrackerImage image = image_;
    for (const auto& [id, endpoint] : peers_) image.tables.peers.push_back({id, endpoint});
    for (const auto& [key, state] : contents_)
      image.tables.contents.push_back({key.first, key.second, state});
    for (const auto& [swarm, count] : completed_)
      image.tables.completed.push_back({swarm.first, swarm.second, count});
    return image;
  }

 private:
  LogIndex end() const { return image_.log_begin + image_.log.size(); }

  void install_one(TrackerWrite& w) {
    Snapshot snapshot = image().tables;
    auto& applied = snapshot.applied;
    applied.index = end() + random_.below(20);
    applied.term = {++term_};
    applied.next_peer = applied.next_peer + 5;
    snapshot.config_index = applied.index;
    snapshot.config = config_of(static_cast<std::uint32_t>(1 + random_.below(5)));
    const PeerRowId extra = applied.next_peer - 1;
    snapshot.peers.push_back({extra, {static_cast<std::uint32_t>(extra.value), 1}});
    install(w, snapshot);

    image_.tables.applied = applied;
    image_.tables.config_index = snapshot.config_index;
    image_.tables.config = snapshot.config;
    image_.log_begin = applied.index + 1;
    image_.previous_term = applied.term;
    image_.log.clear();
    peers_[extra] = snapshot.peers.back().address;
  }
  void truncate(TrackerWrite& w) {
    const LogIndex lowest = image_.tables.applied.index + 1;
    w.truncate_from = lowest + random_.below(end() - lowest + 1);
    image_.log.resize(*w.truncate_from - image_.log_begin);
    ++term_;
  }
  void append(TrackerWrite& w) {
    image_.log.push_back(block(end().value, term_, random_.below(1025)));
    w.append.push_back(image_.log.back());
  }
  void apply(TrackerWrite& w) {
    Applied& applied = image_.tables.applied;
    const std::uint64_t ahead = end() - applied.index - 1;
    if (ahead == 0) return;
    applied.index = applied.index + 1 + random_.below(ahead);
    applied.term = image_.log[applied.index - image_.log_begin]->term;
    applied.stamp.us += random_.below(1000);
    for (auto n = random_.below(20); n > 0; --n) change(w.rows);
    w.applied = applied;
    w.digest.reset();  // of a snapshot that is installed before
  }
  void drop_before(TrackerWrite& w) {
    const std::uint64_t droppable = image_.tables.applied.index + 1 - image_.log_begin;
    if (droppable == 0) return;
    const std::uint64_t n = 1 + random_.below(droppable);
    const Term previous = image_.log[n - 1]->term;
    const LogIndex index = image_.log_begin + n;
    w.drop_before = {index, previous, index - 1,
                     config_of(static_cast<std::uint32_t>(random_.below(6)))};
    image_.log.erase(image_.log.begin(), image_.log.begin() + static_cast<std::ptrdiff_t>(n));
    image_.log_begin = index;
    image_.previous_term = previous;
    image_.tables.config_index = w.drop_before->config_index;
    image_.tables.config = w.drop_before->config;
  }

  // What a registration or a removal does to the rows.
  void change(std::vector<RowChange>& rows) {
    const InfoHash hash = hash_of(static_cast<std::uint8_t>(random_.below(6)));
    const auto n = static_cast<std::uint8_t>(random_.below(12));
    const bool v6 = n % 3 == 0;
    const Endpoint endpoint = v6 ? address6(n) : address(n);
    const auto known = std::find_if(peers_.begin(), peers_.end(),
                                    [&](const auto& p) { return p.second == endpoint; });
    if (random_.below(5) < 3) {
      PeerRowId id = image_.tables.applied.next_peer;
      if (known == peers_.end()) {
        ++image_.tables.applied.next_peer;
        peers_[id] = endpoint;
        rows.push_back(PutPeer{{id, endpoint}});
      } else {
        id = known->first;
      }
      const auto state = static_cast<PeerState>(random_.below(2));
      contents_[{hash, id}] = state;
      rows.push_back(PutContent{{hash, id, state}});
      if (random_.below(4) == 0) rows.push_back(PutCompleted{{hash, v6, ++completed_[{hash, v6}]}});
    } else if (known != peers_.end()) {
      remove(hash, known->first, rows);
    }
  }
  void remove(const InfoHash& hash, PeerRowId id, std::vector<RowChange>& rows) {
    contents_.erase({hash, id});
    rows.push_back(DropContent{hash, id});
    const bool v6 = !peers_.at(id).ip.is_v4();
    if (!has_peers(hash, v6) && completed_.erase({hash, v6}) == 1)
      rows.push_back(PutCompleted{{hash, v6, 0}});
    for (const auto& [key, state] : contents_)
      if (key.second == id) return;
    peers_.erase(id);
    rows.push_back(DropPeer{id});
  }
  bool has_peers(const InfoHash& hash, bool v6) const {
    return std::any_of(contents_.begin(), contents_.end(), [&](const auto& row) {
      return row.first.first == hash && peers_.at(row.first.second).ip.is_v4() != v6;
    });
  }

  Random random_;
  std::uint64_t term_ = 1;
  TrackerImage image_;  // without its rows
  std::map<PeerRowId, Endpoint> peers_;
  std::map<std::pair<InfoHash, PeerRowId>, PeerState> contents_;
  std::map<std::pair<InfoHash, bool>, std::uint32_t> completed_;  // of IPv6 peers: true
};

TEST(SqliteTrackerDb, AgreesWithAModelOverRandomGroups) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Model model(seed);
    Random random(1000 + seed);
    SqliteTrackerDb grouped(":memory:"), single(":memory:");
    for (int round = 0; round < 60; ++round) {
      std::vector<TrackerWrite> group;
      for (auto n = random.below(6); n > 0; --n) group.push_back(model.random_write());
      write(grouped, group);
      for (const auto& one : group) write(single, one);
      ASSERT_TRUE(grouped.load() == model.image()) << "seed " << seed << " round " << round;
      ASSERT_TRUE(single.load() == model.image()) << "seed " << seed << " round " << round;
      ASSERT_EQ(first_difference(grouped, single), "");
      ASSERT_EQ(grouped.rows_digest(), single.rows_digest());
    }
  }
}

TEST(SqliteTrackerDb, AgreesWithAModelOverReopenings) {
  TemporaryDirectory directory;
  const std::string path = directory / "tracker.db";
  Model model(7);
  auto db = std::make_unique<SqliteTrackerDb>(path);
  for (int round = 0; round < 60; ++round) {
    write(*db, model.random_write());
    if (round % 7 == 0) db->checkpoint();
    if (round % 5 == 0) {
      db.reset();
      db = std::make_unique<SqliteTrackerDb>(path);
    }
    ASSERT_TRUE(db->load() == model.image()) << "round " << round;
  }
}

}  // namespace
}  // namespace swarm::db::writes
