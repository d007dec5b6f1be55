#include "tests/lan/harness/tracker_swarm.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "tests/lan/harness/eventually.hpp"

namespace swarm::lan {

TrackerProcess& TrackerSwarm::t(unsigned host) {
  while (trackers_.size() < host)
    trackers_.push_back(std::make_unique<TrackerProcess>(
        where(), static_cast<unsigned>(trackers_.size()) + 1, Keys{}));
  return *trackers_[host - 1];
}

void TrackerSwarm::start(unsigned host, const Keys& keys) {
  for (const auto& [key, value] : keys) t(host).keys()[key] = value;
  t(host).start();
}

void TrackerSwarm::found(const Keys& keys) {
  for (const unsigned host : {1u, 2u, 3u}) start(host, keys);
  await_members();
}

std::vector<TrackerProcess*> TrackerSwarm::running() const {
  std::vector<TrackerProcess*> out;
  for (const auto& tracker : trackers_)
    if (tracker->runs()) out.push_back(tracker.get());
  return out;
}

LogIndex TrackerSwarm::highest_commit() const {
  LogIndex highest;
  for (const auto* tracker : running())
    if (const auto status = tracker->status()) highest = std::max(highest, status->commit);
  return highest;
}

bool TrackerSwarm::have(std::size_t count, LogIndex target) const {
  const auto all = running();
  return all.size() == count && std::all_of(all.begin(), all.end(), [&](const auto* tracker) {
           const auto status = tracker->status();
           if (!status || !status->ready || status->members.size() != count) return false;
           const auto& members = status->members;
           return status->rows_applied >= target &&
                  std::all_of(members.begin(), members.end(),
                              [](const auto& m) { return m.member.standing == Standing::voter; });
         });
}

void TrackerSwarm::await_members(std::size_t count) {
  const LogIndex target = highest_commit();
  eventually(fmt::format("{} members that have everything", count),
             [&] { return have(count, target); });
}

bool TrackerSwarm::in_step() const {
  const LogIndex commit = highest_commit();
  const auto all = running();
  return std::all_of(all.begin(), all.end(), [&](const auto* tracker) {
    const auto status = tracker->status();
    return status && status->commit == commit && status->applied == commit &&
           status->rows_applied == commit;
  });
}

void TrackerSwarm::await_in_step() {
  eventually("all databases at the same index", [&] { return in_step(); });
}

double TrackerSwarm::metric(unsigned host, const std::string& name) {
  const auto page = t(host).metrics();
  const auto at = page ? page->find("\n" + name + " ") : std::string::npos;
  return at == std::string::npos ? 0 : std::stod(page->substr(at + name.size() + 2));
}

void TrackerSwarm::await_metric(unsigned host, const std::string& name, double least) {
  eventually(fmt::format("{} of {} at {}", name, t(host).name(), least),
             [&] { return metric(host, name) >= least; });
}

void TrackerSwarm::await_logged(unsigned host, const std::string& words) {
  eventually(fmt::format("`{}` in the log of {}", words, t(host).name()), [&] {
    std::ifstream log(t(host).log());
    const std::string text{std::istreambuf_iterator<char>(log), {}};
    return text.find(words) != text.npos;
  });
}

TrackerProcess* TrackerSwarm::serving(const TrackerProcess* but) const {
  for (auto* tracker : running())
    if (tracker != but)
      if (const auto status = tracker->status(); status && status->serving) return tracker;
  return nullptr;
}

TrackerProcess& TrackerSwarm::master() {
  TrackerProcess* found = nullptr;
  eventually("some master", [&] { return (found = serving(nullptr)) != nullptr; });
  return *found;
}

TrackerProcess& TrackerSwarm::slave() {
  const auto* lord = &master();
  for (auto* tracker : running())
    if (tracker != lord) return *tracker;
  throw NeverHappened("there is no slave");
}

void TrackerSwarm::await_master_other_than(const TrackerProcess& old) {
  eventually("a master other than " + old.name(), [&] { return serving(&old) != nullptr; });
}

// A master whose disks cannot be drained within four promises (another program keeps this machine's
// busy) stays the master: it is asked again.
void TrackerSwarm::hand_over() {
  const auto& old = master();
  const auto answer = old.order("/handover");
  if (answer.status != 200) throw std::runtime_error("no hand-over: " + answer.body);
  Time asked = udp::boot_clock_now();
  eventually("a master other than " + old.name(), [&] {
    if (serving(&old) != nullptr) return true;
    if (udp::boot_clock_now() < asked + 2s) return false;
    old.order("/handover");
    asked = udp::boot_clock_now();
    return false;
  });
}

}  // namespace swarm::lan
