// Counts a tracker's events and prints them for Prometheus (text format 0.0.4, each metric with
// HELP and TYPE; `promtool check metrics` finds nothing). docs/OPERATING.md lists every metric.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "engine/node/events.hpp"
#include "observe/live/status.hpp"

namespace swarm::observe {

// What the host counts besides the events: plain values, since the start.
struct ChannelCounts {
  std::uint64_t received{}, received_bytes{}, sent{}, sent_bytes{}, receive_overflows{},
      send_dropped{}, truncated{};
};
struct DiskCounts {
  std::uint64_t tickets{}, commits{}, checkpoints{};
  Duration longest_commit{}, total_commit{};
};
struct HttpCounts {  // for clients that ask over HTTP
  std::uint64_t connections{}, requests{}, made_room{}, unanswered{};
};
struct HostCounts {
  ChannelCounts cluster, peers;
  HttpCounts http;
  // contents of the allow list and of the deny list; 0 without one
  std::uint64_t allowed{}, denied{};
  DiskCounts log, ballot;
  std::uint64_t answers_too_late{}, steps{};
  Duration longest_lateness{};  // how late the event loop served a timer
  struct LongestSteps {         // CPU time of the network's thread
    Duration datagrams{}, timer{}, disk{}, other{};
  } longest_step;
  Duration cpu{};  // of the whole process
  std::uint64_t resident_bytes{};
};

// Counts of events.
struct EventCounts {
  static constexpr std::size_t causes = static_cast<std::size_t>(Cause::stopping) + 1;
  using ByCause = std::array<std::uint64_t, causes>;

  std::array<std::uint64_t, std::variant_size_v<Event>> events{};  // by kind
  std::array<std::uint64_t, static_cast<std::size_t>(Reject::count)> rejects{};
  std::array<std::uint64_t, 4> answers{};  // by action: connect, announce, scrape, error
  // answers by dialect
  std::array<std::uint64_t, static_cast<std::size_t>(Dialect::count)> dialects{};
  ByCause suspected{}, elections{}, stepped_down{};
  std::uint64_t kept_answered{};  // the number of requests
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
