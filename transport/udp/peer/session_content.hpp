// A content of a session: where it comes from, how far it is, and since when it has been waited
// for.
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
  bool told = false;  // that it is complete
  Duration took{};    // until it was
  ContentFigures figures;
  RateMeter down, up;
  std::uint32_t lost = 0;  // chunks, since the user was told
  // Never: it is not so, or the user was told.
  Time alone_since = never;
  Time stalled_since = never;
  Time mute_since = never;  // its peers are there, and nothing that they are asked for comes
  std::uint64_t received = 0;
  std::uint32_t mute = 0;  // peers of that kind
  Endpoint mute_peer;      // one of them

  std::string name() const { return shortened(source.name(), 60); }
};

void update(SessionContent& content, Time now, const ContentProgress& progress);

// What to do when so many peers of a content are mute.
std::string mute_text(const std::string& name, std::uint32_t peers, const Endpoint& one);

}  // namespace swarm::udp
