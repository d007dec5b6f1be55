// A worker's answers about itself: status and metrics.
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

#include "engine/base/counted.hpp"
#include "engine/base/version.hpp"
#include "transport/udp/system/process_usage.hpp"
#include "transport/udp/tracker/worker_impl.hpp"

namespace swarm::udp {
namespace {

observe::ChannelCounts counts(const SocketCounters& c) {
  return {c.received,          c.received_bytes, c.sent,     c.sent_bytes,
          c.receive_overflows, c.send_dropped,   c.truncated};
}
observe::DiskCounts counts(const DiskCounters& c) {
  return {c.tickets, c.commits, c.checkpoints, c.longest_commit, c.total_commit};
}

observe::HttpCounts counts(const HttpCounters& c) {
  return {c.connections, c.requests, c.made_room, c.unanswered};
}

}  // namespace

std::string Worker::standing() const {
  const auto& view = tracker_.view();
  if (!view.member) return fmt::format("{}, waits for its swarm", observe::name_of(view.role));
  return fmt::format(
      "{} in term {}, {}, {}, {} of {}{}{}", observe::name_of(view.role), view.term.value,
      view.master ? fmt::format("member {} is the master", view.master.value) : "no master",
      counted(view.members, "member"), counted(tracker_.table().peers(), "peer"),
      counted(tracker_.table().contents(), "content"), view.deaf ? ", deaf to the group" : "",
      has_moved() ? ", not at the address that its swarm knows" : "");
}

bool Worker::has_moved() const {
  const auto* self = tracker_.config().find(tracker_.view().member);
  return self != nullptr && self->cluster != configuration_.tracker.cluster_address;
}

bool Worker::is_copied() const {
  const auto all = tracker_.members(host_.now());
  return std::any_of(all.begin(), all.end(),
                     [](const MemberReport& m) { return m.self && m.two_processes; });
}

observe::Status Worker::status() {
  const auto& view = tracker_.view();
  const Time now = host_.now();
  observe::Status status;
  status.name = configuration_.name;
  status.version = version;
  status.pid = ::getpid();
  status.cluster = view.cluster;
  status.member = view.member;
  status.master = view.master;
  status.role = view.role;
  status.term = view.term;
  status.serving = view.serving && now < view.lease_until;
  status.deaf = view.deaf;
  status.group_heard = view.group_heard;
  status.ready = !has_moved() &&
                 ((status.serving && !status.deaf) || (view.role == Role::slave && view.master));
  status.uptime = now - born_;
  status.log_begin = view.log_begin;
  status.last = view.last;
  status.durable = view.durable;
  status.commit = view.commit;
  status.applied = view.applied;
  status.rows_applied = view.rows_applied;
  status.contents = tracker_.table().contents();
  status.peers = tracker_.table().peers();
  status.memory_bytes = tracker_.memory();
  status.full = tracker_.full();
  status.remarks = neighbours_.remarks(now);
  if (view.role == Role::stranger)
    status.remarks.push_back(HealthMonitor::what_it_waits_for(seen_of_itself()));
  status.members = tracker_.members(now);
  return status;
}

observe::HostCounts Worker::host_counts() const {
  observe::HostCounts c;
  c.cluster = counts(host_.sockets(Channel::cluster));
  c.peers = counts(host_.sockets(Channel::peers));
  if (clients_) c.http = counts(clients_->counters());
  if (const auto& list = configuration_.tracker.contents_taken)
    (list->kind() == ContentList::Kind::allow ? c.allowed : c.denied) = list->size();
  c.log = counts(log_disk_->counters());
  c.ballot = counts(ballot_disk_->counters());
  c.answers_too_late = host_.counters().answers_too_late;
  c.steps = host_.counters().steps;
  c.longest_lateness = host_.counters().longest_lateness;
  const auto longest = [this](StepKind kind) {
    return host_.counters().longest_step[static_cast<std::size_t>(kind)];
  };
  c.longest_step = {longest(StepKind::datagrams), longest(StepKind::timer), longest(StepKind::disk),
                    longest(StepKind::other)};
  const auto usage = process_usage();
  c.cpu = usage.cpu;
  c.resident_bytes = usage.resident_bytes;
  return c;
}

}  // namespace swarm::udp
