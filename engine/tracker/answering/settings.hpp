// All settings of the Peer Info Sender, with units, defaults and reasons.
#pragma once

#include <cstdint>
#include <memory>

#include "engine/base/clock.hpp"
#include "engine/tracker/answering/announce_interval.hpp"
#include "engine/tracker/answering/content_list.hpp"

namespace swarm {

struct AnsweringSettings {
  Duration announce_interval = 300s;  // the shortest in answers (see announce_interval.hpp)
  Duration longest_interval = AnnounceInterval::most_for_many;  // reached with many registrations
  // The longest interval that clients use although they are told a shorter one. A peer expires if
  // it was not heard for 2.2 times the longer of this and the interval in answers, plus 30 s.
  Duration client_interval = 600s;
  Duration kept_requests_age = 1s;  // R18
  std::uint32_t kept_requests = 65536;
  std::uint32_t relay_requests = 4096;  // R23: the most pending requests that came to it alone
  Duration relay_age = 5s;
  std::uint32_t max_peers_per_reply = 82;
  std::uint32_t max_contents = 1'000'000;
  std::uint32_t max_peers = 4'000'000;
  std::uint32_t max_contents_per_peer = 10'000;       // 0: no cap
  std::uint32_t max_contents_per_network = 100'000;   // of an IPv4 address, IPv6 /64; 0: no cap
  std::uint64_t max_memory = std::uint64_t{2} << 30;  // bytes of the in-memory index; 0: no cap
  std::shared_ptr<const ContentList> contents_taken;  // null: all contents are taken
  // Connection ids
  Duration secret_rotation = 1h;  // R26

  Duration lifetime() const {  // the shortest lifetime of a peer
    return AnnounceInterval(announce_interval, client_interval, longest_interval).lifetime();
  }
};

}  // namespace swarm
