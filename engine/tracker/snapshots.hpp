// Snapshots (R19): for a slave whose gap begins before the master's log. Pulled by the receiver in
// chunks, installed in one transaction.
#pragma once

#include "engine/clock.hpp"
#include "engine/db/tracker_db.hpp"
#include "engine/wire/cluster_protocol.hpp"

namespace swarm {

struct Parts;

class Snapshots {
 public:
  explicit Snapshots(Parts& parts) : p_(parts) {}

  // Master
  void offer(MemberId to);
  void on_get(MemberId to, const wire::SnapshotGet& m);
  LogIndex needed_from() const;  // log blocks from here on are kept for receivers
  void forget_old();

  // Slave
  void on_meta(const wire::SnapshotMeta& m);
  void on_data(const wire::SnapshotData& m);
  void pull_timer();
  void stop_pulling() { pull_.reset(); }
  // Chunks come, or are asked for again: there is nothing to FETCH.
  bool pulling() const { return pull_.has_value(); }

 private:
  struct Source {
    std::uint64_t id{};
    LogIndex index;
    Term term;
    std::vector<std::uint8_t> bytes;
    std::uint64_t hash{};
    Time used{};
  };
  struct Pull {
    wire::SnapshotMeta meta;
    std::vector<std::uint8_t> bytes;
    std::vector<bool> have;
    std::size_t missing{}, first_missing{}, asked_to{};
    int tries = 0;  // since the last chunk came
  };
  void ask();
  void complete();

  Parts& p_;
  std::optional<Source> source_;
  std::optional<Pull> pull_;
};

}  // namespace swarm
