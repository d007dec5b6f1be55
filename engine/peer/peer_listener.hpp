// Tells an application at once about the trackers' answers, in more detail than the events do.
#pragma once

#include <span>

#include "engine/base/clock.hpp"
#include "engine/base/types.hpp"
#include "engine/wire/seed_protocol.hpp"

namespace swarm {

struct TrackerAnswer {
  Endpoint tracker;          // the source of the answer
  Time first_sent;           // when the answered request was first sent
  std::uint32_t sendings{};  // how often that request was sent
};

// The answer to an announce, valid during the call.
struct AnnounceAnswer {
  const InfoHash& content;
  wire::AnnounceEvent event;  // the event that was announced
  std::uint32_t interval{};   // seconds until the next announce, as the tracker told it
  std::span<const Endpoint> peers;
};

class PeerListener {
 public:
  virtual ~PeerListener() = default;
  // An answer of any kind came: to a connect, announce or scrape, or an error. It is called before
  // announced().
  virtual void answered(Time now, const TrackerAnswer& answer) = 0;
  virtual void announced(Time now, const AnnounceAnswer& answer) = 0;
};

}  // namespace swarm
