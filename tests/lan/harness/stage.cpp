#include "tests/lan/harness/stage.hpp"

#include <signal.h>
#include <stdlib.h>

#include <algorithm>
#include <iostream>

#include "tests/lan/harness/verdict.hpp"

namespace swarm::lan {
namespace {

const std::string told_of_a_death = "swarm_tracker_masters_suspected_total{cause=\"certificate\"}";

std::filesystem::path new_folder() {
  std::string name = (std::filesystem::temp_directory_path() / "swarm-lan-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
  return name;
}

unsigned load_factor() {
  const char* text = ::getenv("SWARM_LOAD");
  return text == nullptr ? 1 : static_cast<unsigned>(std::clamp(std::atoi(text), 1, 100));
}

std::string line_of(const TrackerProcess& tracker) {
  const auto status = tracker.status();
  return tracker.name() + ": " + (status ? observe::status_json(*status) : "does not answer");
}

}  // namespace

Stage::Stage() : folder_(new_folder()) {}

void Stage::TearDown() {
  const bool keep = HasFailure() || ::getenv("SWARM_KEEP") != nullptr;
  if (HasFailure())
    for (const auto* tracker : running()) std::cout << line_of(*tracker) << '\n';
  if (keep) std::cout << "logs, traces and databases are kept in " << folder_.string() << '\n';
  load_.reset();
  end_all();
  if (!keep) std::filesystem::remove_all(folder_);
}

void Stage::load(std::optional<Endpoint> tracker, Duration every) {
  LoadSettings settings;
  settings.tracker = tracker;
  settings.every = every;
  settings.every /= load_factor();
  load_ = std::make_unique<Load>(where(), settings);
}

void Stage::end_load() {
  load_->settle();
}

void Stage::await_registrations(std::size_t count) {
  load_->await_registrations(count * load_factor());
}

void Stage::kill_the_masters_worker() {
  const auto& old = master();
  old.kill_worker();
  await_master_other_than(old);
  EXPECT_GE(metric(master().host(), told_of_a_death), 1) << "it waited for the promise's end";
}

void Stage::restart_one_after_another() {
  for (const unsigned host : {1u, 2u, 3u}) {
    await_registrations();
    t(host).supervisor().signal(SIGTERM);
    EXPECT_EQ(t(host).wait_for_exit(), 0) << t(host).name();
    start(host);
    await_members();
  }
  await_registrations();
}

void Stage::verdict() {
  load_->settle();
  const auto answers = load_->ask();
  const auto ledger = load_->ledger();
  load_.reset();
  await_members(running().size());
  await_in_step();
  std::vector<Remains> members, others;
  for (const auto& tracker : trackers())
    (tracker->runs() ? members : others)
        .push_back({tracker->name(), tracker->peers_address(), tracker->data() / "tracker.db",
                    tracker->trace()});
  for (auto* tracker : running()) {
    tracker->supervisor().signal(SIGTERM);
    EXPECT_EQ(tracker->wait_for_exit(), 0) << tracker->name();
  }
  const auto verdict = judge(ledger, answers, members, others);
  std::cout << verdict.line << '\n';
  for (const auto& complaint : verdict.complaints) ADD_FAILURE() << complaint;
}

void LanStage::SetUp() {
  static const std::string missing = Lan::missing();
  if (!missing.empty()) GTEST_SKIP() << "needs hosts of a network: " << missing;
  site_.emplace(folder(), 4);
}

}  // namespace swarm::lan
