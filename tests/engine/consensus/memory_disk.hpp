// The two disks of a member, in memory. A write becomes durable at once, or when the test says so.
// A crash loses all writes that are not durable. The disks keep a ballot and a TrackerImage. The
// image has the log and the applied index, but no rows, because the counter has none.
#pragma once

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>

#include "engine/node/outbox.hpp"

namespace swarm::test {

class MemoryDisk {
 public:
  // The durable data, which a start finds.
  std::optional<db::Ballot> ballot;
  db::TrackerImage image;

  // While a disk is held, it reports no write, and makes no write durable.
  bool hold_log = false, hold_ballot = false;
  // If true, the log's disk reports writes as durable, but does not carry them out.
  bool lies = false;

  void give(Outbox::LogWrite write) { log_.push_back(std::move(write)); }
  void give(Outbox::BallotWrite write) { ballots_.push_back(std::move(write)); }
  std::size_t logs_pending() const { return log_.size(); }
  std::size_t ballots_pending() const { return ballots_.size(); }
  void crash() {
    log_.clear();
    ballots_.clear();
  }

  // Makes the next write durable whose disk is not held, and returns its ticket. Returns nullopt if
  // there is no such write.
  std::optional<Ticket> sync() {
    if (!hold_ballot && !ballots_.empty()) {
      const auto write = take(ballots_);
      ballot = write.ballot;
      return write.ticket;
    }
    if (hold_log || log_.empty()) return std::nullopt;
    const auto write = take(log_);
    if (!lies) carry_out(write.write);
    return write.ticket;
  }

 private:
  template <class Write>
  static Write take(std::deque<Write>& writes) {
    auto write = std::move(writes.front());
    writes.pop_front();
    return write;
  }

  void carry_out(const db::TrackerWrite& w) {
    auto& log = image.log;
    if (w.staging.pull) {
      image.left_over += std::exchange(image.chunks, {}).size();
      image.pull = *w.staging.pull;
    }
    image.left_over -= std::min(image.left_over, w.staging.clear);
    for (const auto& chunk : w.staging.chunks) image.chunks.push_back(chunk);
    if (w.install) {
      image.left_over += log.size() + std::exchange(image.chunks, {}).size();
      image.pull = {};
      static_cast<db::SnapshotHead&>(image.tables) = *w.install;
      log.clear();
      image.log_begin = w.install->applied.index + 1;
      image.previous_term = w.install->applied.term;
    }
    if (w.truncate_from)
      std::erase_if(log, [&](const BlockPtr& b) { return b->index >= *w.truncate_from; });
    log.insert(log.end(), w.append.begin(), w.append.end());
    if (w.applied) image.tables.applied = *w.applied;
    if (w.drop_before) {
      std::erase_if(log, [&](const BlockPtr& b) { return b->index < w.drop_before->index; });
      image.log_begin = w.drop_before->index;
      image.previous_term = w.drop_before->previous_term;
      image.tables.config_index = w.drop_before->config_index;
      image.tables.config = w.drop_before->config;
    }
  }

  std::deque<Outbox::LogWrite> log_;
  std::deque<Outbox::BallotWrite> ballots_;
};

}  // namespace swarm::test
