// Databases in memory for tests of the world. They remember which writes were made in one group.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "transport/sim/world/sim_disk.hpp"

namespace swarm::sim::test {

// Makes a log write. Its applied index equals its ticket, so that a test recognises it.
inline Outbox::LogWrite log_write(std::uint64_t ticket) {
  Outbox::LogWrite write{{Disk::log, ticket}, {}};
  write.write.applied.emplace().index = LogIndex{ticket};
  return write;
}

inline Outbox::BallotWrite ballot_write(std::uint64_t ticket) {
  Outbox::BallotWrite write{{Disk::ballot, ticket}, {}};
  write.ballot.term = Term{ticket};
  return write;
}

using Groups = std::vector<std::vector<std::uint64_t>>;

class MemoryTrackerDb final : public db::TrackerDb {
 public:
  MemoryTrackerDb(Groups& groups, const bool& broken) : groups_(groups), broken_(broken) {}
  db::TrackerImage load() override { return {}; }
  void write(std::span<const db::TrackerWrite* const> group) override {
    if (broken_) throw db::DbError("the disk is full");
    auto& written = groups_.emplace_back();
    for (const auto* write : group) written.push_back(write->applied->index.value);
  }

 private:
  Groups& groups_;
  const bool& broken_;
};

class MemoryBallotDb final : public db::BallotDb {
 public:
  explicit MemoryBallotDb(std::vector<std::uint64_t>& terms) : terms_(terms) {}
  std::optional<db::Ballot> load() override { return std::nullopt; }
  void write(const db::Ballot& ballot) override { terms_.push_back(ballot.term.value); }

 private:
  std::vector<std::uint64_t>& terms_;
};

struct MemoryStore final : Store {
  std::map<std::uint32_t, Groups> logs;  // by generation
  std::map<std::uint32_t, std::vector<std::uint64_t>> ballots;
  bool broken = false;

  std::unique_ptr<db::TrackerDb> tracker_db(HostId, std::uint32_t generation) override {
    return std::make_unique<MemoryTrackerDb>(logs[generation], broken);
  }
  std::unique_ptr<db::BallotDb> ballot_db(HostId, std::uint32_t generation) override {
    return std::make_unique<MemoryBallotDb>(ballots[generation]);
  }
};

}  // namespace swarm::sim::test
