#include "transport/sim/actors/directory.hpp"

#include <fmt/format.h>

#include <utility>

#include "engine/db/pairing.hpp"

namespace swarm::sim {
namespace {

struct LogOfHost final : db::TrackerDb {
  explicit LogOfHost(std::function<db::TrackerDb&()> here) : now(std::move(here)) {}
  db::TrackerImage load() override { return now().load(); }
  void write(std::span<const db::TrackerWrite* const> group) override { now().write(group); }
  std::function<db::TrackerDb&()> now;
};

struct BallotOfHost final : db::BallotDb {
  explicit BallotOfHost(std::function<db::BallotDb&()> here) : now(std::move(here)) {}
  std::optional<db::Ballot> load() override { return now().load(); }
  void write(const db::Ballot& ballot) override { now().write(ballot); }
  std::function<db::BallotDb&()> now;
};

}  // namespace

Directory::Found Directory::open(const std::function<std::uint64_t()>& random) {
  Found found{log_->load(), ballot_->load()};
  const auto marks = log_->marks();
  if (!db::never_held_anything(found.ballot, marks)) {
    const auto why = found.ballot ? db::why_apart(*found.ballot, ballot_->marks(), marks)
                                  : std::string("ballot.db is missing or empty");
    if (!why.empty())
      throw db::Damaged(
          fmt::format("its files do not belong together: {}; {}", why, db::rejoin_remedy));
  }
  paired_.emplace(*log_, *ballot_);
  paired_->mark(found.ballot, random);
  return found;
}

std::unique_ptr<db::TrackerDb> Directory::log_of_host() {
  return std::make_unique<LogOfHost>([this]() -> db::TrackerDb& {
    if (paired_) return paired_->tracker_db();
    return *log_;
  });
}

std::unique_ptr<db::BallotDb> Directory::ballot_of_host() {
  return std::make_unique<BallotOfHost>([this]() -> db::BallotDb& {
    if (paired_) return paired_->ballot_db();
    return *ballot_;
  });
}

void Directory::lose(File file) {
  paired_.reset();
  if (file != File::ballot) log_ = std::make_unique<db::SqliteTrackerDb>(":memory:");
  if (file != File::log) ballot_ = std::make_unique<db::SqliteBallotDb>(":memory:");
}

void Directory::put_back(const Copy& copy, File file) {
  paired_.reset();
  if (file != File::ballot) log_ = copy.log->copy();
  if (file != File::log) ballot_ = copy.ballot->copy();
}

bool Directory::is_noticed(const Copy& copy, File file) const {
  if (file != File::ballot) return true;
  const auto older = copy.ballot->marks().number;
  return older == ballot_->marks().number || log_->marks().ballot > older;
}

}  // namespace swarm::sim
