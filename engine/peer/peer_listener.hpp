// What an application wants to know of the trackers' answers beyond the events; told at once.
#pragma once

#include <span>

#include "engine/base/clock.hpp"
#include "engine/base/types.hpp"
#include "engine/wire/seed_protocol.hpp"

namespace swarm {

struct TrackerAnswer {
  Endpoint tracker;          // where it came from
  Time first_sent;           // of the request that it answers
  std::uint32_t sendings{};  // of that request so far
};

// To an announce; valid during the call.
struct AnnounceAnswer {
  const InfoHash& content;
  wire::AnnounceEvent event;  // that was announced
  std::uint32_t interval{};   // seconds until the next announce, as the tracker told it
  std::span<const Endpoint> peers;
};

class PeerListener {
 public:
  virtual ~PeerListener() = default;
  // Of any kind: connect, announce, scrape or error. The first call that it causes.
  virtual void answered(Time now, const TrackerAnswer& answer) = 0;
  virtual void announced(Time now, const AnnounceAnswer& answer) = 0;
};

}  // namespace swarm
