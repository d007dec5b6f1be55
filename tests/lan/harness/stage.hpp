// What the cases are played on: a site, trackers and peers. What a case does not put away itself
// ends with it. Its files are kept when it has failed, or when SWARM_KEEP is set. SWARM_LOAD=10:
// ten times as many registrations in the same time.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>

#include "tests/lan/harness/eventually.hpp"
#include "tests/lan/harness/load.hpp"
#include "tests/lan/harness/tracker_swarm.hpp"

namespace swarm::lan {

class Stage : public testing::Test, protected TrackerSwarm {
 protected:
  Stage();
  void TearDown() override;

  // Peers register from now on, without a pause; at the group, or at one address.
  void load(std::optional<Endpoint> tracker = {}, Duration every = 2ms);
  void end_load();  // no new registrations; those under way are answered
  void await_registrations(std::size_t count = 200);  // first sent from now on, and acknowledged

  // kill -9, and waits for another master, which must have been told by the dead one's supervisor.
  // With a long promise nobody can have taken it for dead before.
  void kill_the_masters_worker();
  static inline const Keys long_promise{{"promise", "400ms"}};

  // t1, t2 and t3 in turn, each when the one before has everything: stopped with SIGTERM, exits
  // with 0, started again. Registrations are acknowledged before, between and after.
  void restart_one_after_another();

  // The load ends and the swarm answers for what it holds; all that run are stopped with SIGTERM
  // and must exit with 0; their files are judged (verdict.hpp). Prints the figures.
  void verdict();

  const std::filesystem::path& folder() const { return folder_; }

 private:
  std::filesystem::path folder_;
  std::unique_ptr<Load> load_;
};

// Cases that need no more than this machine's loopback.
class LoopbackStage : public Stage {
 protected:
  const Site& where() const override { return site_; }

 private:
  Loopback site_{folder()};
};

// Cases on hosts of a network; skipped where there can be none.
class LanStage : public Stage {
 protected:
  void SetUp() override;
  const Site& where() const override { return *site_; }
  Lan& site() { return *site_; }

 private:
  std::optional<Lan> site_;
};

}  // namespace swarm::lan
