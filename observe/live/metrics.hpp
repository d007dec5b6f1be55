// Counts a tracker's events and prints the metrics for Prometheus: text format 0.0.4, each metric
// with HELP and TYPE (`promtool check metrics` reports no problem). docs/OPERATING.md lists every
// metric.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "engine/node/events.hpp"
#include "observe/live/status.hpp"

namespace swarm::observe {

// Counts and times of the host since its start. They do not come from events.
struct ChannelCounts {
  std::uint64_t received{}, received_bytes{}, sent{}, sent_bytes{}, receive_overflows{},
      send_dropped{}, truncated{};
};
struct DiskCounts {
  std::uint64_t tickets{}, commits{}, checkpoints{};
  Duration longest_commit{}, total_commit{};
};
struct HttpCounts {  // of the BitTorrent clients that announce over HTTP
  std::uint64_t connections{}, requests{}, made_room{}, unanswered{};
};
struct HostCounts {
  ChannelCounts cluster, peers;
  HttpCounts http;
  // the number of contents in the allow list and in the deny list; 0 if there is no such list
  std::uint64_t allowed{}, denied{};
  DiskCounts log, ballot;
  std::uint64_t answers_too_late{}, steps{};
  Duration longest_lateness{};  // the longest delay of a timer in the event loop
  struct LongestSteps {         // CPU time of the network's thread for one step
    Duration datagrams{}, timer{}, disk{}, other{};
  } longest_step;
  Duration cpu{};  // CPU time of the whole process
  std::uint64_t resident_bytes{};
};

// Counts of events.
struct EventCounts {
  static constexpr std::size_t causes = static_cast<std::size_t>(Cause::stopping) + 1;
  using ByCause = std::array<std::uint64_t, causes>;

  std::array<std::uint64_t, std::variant_size_v<Event>> events{};  // by kind of event
  std::array<std::uint64_t, static_cast<std::size_t>(Reject::count)> rejects{};
  // answers to clients by action: connect, announce, scrape, error
  std::array<std::uint64_t, 4> answers{};
  // the same answers by dialect
  std::array<std::uint64_t, static_cast<std::size_t>(Dialect::count)> dialects{};
  ByCause suspected{}, elections{}, stepped_down{};
  // the number of requests that this instance kept during an election, and answered as new master
  std::uint64_t kept_answered{};
};

class Metrics {
 public:
  // The content type of /metrics.
  static constexpr std::string_view content_type = "text/plain; version=0.0.4; charset=utf-8";

  // To be called for every event of the tracker. Takes some nanoseconds and allocates nothing.
  void event(const Event& event);
  std::string text(const Status& status, const HostCounts& host) const;

 private:
  EventCounts counts_;
};

}  // namespace swarm::observe
