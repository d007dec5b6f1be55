// Calls an application at once for each answer of a tracker, with more detail than the events have.
#pragma once

#include <span>

#include "engine/base/clock.hpp"
#include "engine/base/types.hpp"
#include "engine/wire/seed_protocol.hpp"

namespace swarm {

struct TrackerAnswer {
  Endpoint tracker;          // the source of the answer
  Time first_sent;           // the time at which the answered request was first sent
  std::uint32_t sendings{};  // how often the answered request was sent
};

// The answer to an announce. It is valid only during the call.
struct AnnounceAnswer {
  const InfoHash& content;
  wire::AnnounceEvent event;  // the event that was announced
  std::uint32_t interval{};   // seconds until the next announce, as set by the tracker
  std::span<const Endpoint> peers;
  Endpoint tracker;  // the source of the answer
};

class PeerListener {
 public:
  virtual ~PeerListener() = default;
  // An answer to a connect, announce or scrape came, or an error reply. For an announce, answered()
  // is called before announced().
  virtual void answered(Time now, const TrackerAnswer& answer) = 0;
  virtual void announced(Time now, const AnnounceAnswer& answer) = 0;
};

}  // namespace swarm
