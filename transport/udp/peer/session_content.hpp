// A content of a session: its source, its progress, and how long it has been waiting.
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
  bool told = false;  // the user knows that it is complete
  Duration took{};    // time until it was complete
  ContentFigures figures;
  RateMeter down, up;
  std::uint32_t lost = 0;  // lost chunks that the user does not know of yet
  // Since when the condition holds; never if it does not hold or the user knows already.
  Time alone_since = never;
  Time stalled_since = never;
  Time mute_since = never;  // its peers answer, but send nothing that they are asked for
  std::uint64_t received = 0;
  std::uint32_t mute = 0;  // the number of such peers
  Endpoint mute_peer;      // one of them

  std::string name() const { return shortened(source.name(), 60); }
};

void update(SessionContent& content, Time now, const ContentProgress& progress);

// The advice for the user if so many peers of a content are mute.
std::string mute_text(const std::string& name, std::uint32_t peers, const Endpoint& one);

}  // namespace swarm::udp
