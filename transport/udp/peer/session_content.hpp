// A content of a session: its source, its progress, and since when it has been waiting.
#pragma once

#include <cstdint>
#include <string>

#include "engine/base/clock.hpp"
#include "engine/peer/peer.hpp"
#include "transport/udp/content_store/content_progress.hpp"
#include "transport/udp/peer/content_source.hpp"

namespace swarm::udp {

struct SessionContent {
  explicit SessionContent(ContentSource its_source) : source(std::move(its_source)) {}

  ContentSource source;
  enum class State : std::uint8_t { active, stopping, failed } state{};
  bool opened = false, complete = false;
  bool told = false;  // the user has been told that it is complete
  Duration took{};    // the time from the session's start until it was complete
  ContentFigures figures;
  RateMeter down, up;
  std::uint32_t lost = 0;  // chunks that were lost since the user was last told of lost chunks
  // For each condition: the time of the last check at which it did not hold. `never` if the user
  // has been warned of the condition.
  Time alone_since = never;    // the content has no peers
  Time stalled_since = never;  // the content has peers, but receives nothing
  Time mute_since = never;     // all its peers are mute: they answer, but send no requested data
  std::uint64_t received = 0;  // ContentFigures::received at the last check
  std::uint32_t mute = 0;      // the number of mute peers
  Endpoint mute_peer;          // one of the mute peers

  std::string name() const { return shortened(source.name(), 60); }
};

void update(SessionContent& content, Time now, const ContentProgress& progress);

// The advice for the user if `peers` peers of a content are mute. `one` is one of these peers.
std::string mute_text(const std::string& name, std::uint32_t peers, const Endpoint& one);

}  // namespace swarm::udp
