// The fixture of the test cases with real trackers: a site, trackers and peers. It ends all
// processes of a case. It keeps the files of a case that failed, or of all cases if SWARM_KEEP is
// set. With SWARM_LOAD=10 there are ten times as many registrations per second.
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

  // Starts peers that register without a pause, at the trackers' group or at one tracker.
  void load(std::optional<Endpoint> tracker = {}, Duration every = 2ms);
  void end_load();  // stops new registrations, and waits until all requests are answered
  // Waits until so many registrations have been acknowledged that were first sent after this call.
  void await_registrations(std::size_t count = 200);

  // Kills the master's worker with SIGKILL, and waits for a new master. The supervisor of the dead
  // worker must have told the other members. With `long_promise`, no member can have noticed the
  // death by silence before that.
  void kill_the_masters_worker();
  static inline const Keys long_promise{{"promise", "400ms"}};

  // Restarts t1, t2 and t3 one after the other: stops the tracker with SIGTERM, expects exit code
  // 0, starts it again, and waits until it has everything. Before, between and after the restarts,
  // registrations must be acknowledged.
  void restart_one_after_another();

  // Ends the load, asks the swarm for all registrations, and stops all trackers with SIGTERM. They
  // must exit with code 0. Then checks their files (verdict.hpp) and prints the figures.
  void verdict();

  const std::filesystem::path& folder() const { return folder_; }

 private:
  std::filesystem::path folder_;
  std::unique_ptr<Load> load_;
};

// The fixture of cases that need only the loopback interface of this machine.
class LoopbackStage : public Stage {
 protected:
  const Site& where() const override { return site_; }

 private:
  Loopback site_{folder()};
};

// The fixture of cases that need a Lan. They are skipped if this machine cannot have one.
class LanStage : public Stage {
 protected:
  void SetUp() override;
  const Site& where() const override { return *site_; }
  Lan& site() { return *site_; }

 private:
  std::optional<Lan> site_;
};

}  // namespace swarm::lan
