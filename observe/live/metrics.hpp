// Counts what happens in a tracker and prints it for Prometheus (text format 0.0.4; HELP and TYPE
// of each; `promtool check metrics` finds nothing). docs/OPERATING.md lists every metric.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "engine/node/events.hpp"
#include "observe/live/status.hpp"

namespace swarm::observe {

// What the host knows beside the events. Plain values, since the start.
struct ChannelCounts {
  std::uint64_t received{}, received_bytes{}, sent{}, sent_bytes{}, receive_overflows{},
      send_dropped{}, truncated{};
};
struct DiskCounts {
  std::uint64_t tickets{}, commits{}, checkpoints{};
  Duration longest_commit{}, total_commit{};
};
struct HttpCounts {  // of clients that ask over HTTP
  std::uint64_t connections{}, requests{}, made_room{}, unanswered{};
};
struct HostCounts {
  ChannelCounts cluster, peers;
  HttpCounts http;
  std::uint64_t allowed{}, denied{};  // contents of the lists; 0 without one
  DiskCounts log, ballot;
  std::uint64_t answers_too_late{}, steps{};
  Duration longest_lateness{};  // of the event loop behind a timer
  struct LongestSteps {         // in CPU time of the network's thread
    Duration datagrams{}, timer{}, disk{}, other{};
  } longest_step;
  Duration cpu{};  // of the process
  std::uint64_t resident_bytes{};
};

// What was counted of the events.
struct EventCounts {
  static constexpr std::size_t causes = static_cast<std::size_t>(Cause::stopping) + 1;
  using ByCause = std::array<std::uint64_t, causes>;

  std::array<std::uint64_t, std::variant_size_v<Event>> events{};  // by kind
  std::array<std::uint64_t, static_cast<std::size_t>(Reject::count)> rejects{};
  std::array<std::uint64_t, 4> answers{};  // by action: connect, announce, scrape, error
  std::array<std::uint64_t, static_cast<std::size_t>(Dialect::count)> dialects{};  // answers
  ByCause suspected{}, elections{}, stepped_down{};
  std::uint64_t kept_answered{};  // requests
};

class Metrics {
 public:
  // What /metrics is sent as.
  static constexpr std::string_view content_type = "text/plain; version=0.0.4; charset=utf-8";

  // For every event of the tracker; some nanoseconds, no allocation.
  void event(const Event& event);
  std::string text(const Status& status, const HostCounts& host) const;

 private:
  EventCounts counts_;
};

}  // namespace swarm::observe
