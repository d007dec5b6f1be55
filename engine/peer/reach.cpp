#include "engine/peer/reach.hpp"

#include <algorithm>

namespace swarm {
namespace {

constexpr Duration look_again = 100ms;  // while the calls under way are as many as may be
constexpr std::uint32_t most_doublings = 5;

bool is_loopback(const Ip& ip) {
  return ip.is_v4() && ip.v4() >> 24 == 127;
}

}  // namespace

Time Reach::may_call(Time now, const Ip& address) const {
  const auto at = addresses_.find(address.network());
  if (at == addresses_.end()) return now;
  if (at->second.calling >= calls_at_once) return now + look_again;
  return std::max(now, at->second.rests_until);
}

std::uint8_t Reach::call(const Ip& address) {
  const auto [at, is_new] = addresses_.try_emplace(address.network());
  ++at->second.calling;
  const bool first = at->second.rests == 0;
  if (is_new && addresses_.size() > most_addresses) make_room();
  return first ? first_hellos : later_hellos;
}

void Reach::answered(const Ip& address) {
  const auto at = addresses_.find(address.network());
  if (at == addresses_.end()) return;
  if (at->second.calling > 0) --at->second.calling;
  at->second.rests = 0;
  at->second.rests_until = {};
  if (at->second.calling == 0) addresses_.erase(at);
}

// Calls that fail together count once.
void Reach::failed(Time now, const Ip& address) {
  const auto at = addresses_.find(address.network());
  if (at == addresses_.end()) return;
  Address& silent = at->second;
  if (silent.calling > 0) --silent.calling;
  if (silent.rests_until > now) return;
  const Duration rest = first_rest * (1 << std::min(silent.rests, most_doublings));
  silent.rests_until = now + std::min<Duration>(rest, longest_rest);
  ++silent.rests;
}

void Reach::cancelled(const Ip& address) {
  const auto at = addresses_.find(address.network());
  if (at == addresses_.end()) return;
  if (at->second.calling > 0) --at->second.calling;
  if (at->second.calling == 0 && at->second.rests == 0) addresses_.erase(at);
}

// Forgets the address whose rest ends, or has ended, first, of those that are not being called.
void Reach::make_room() {
  auto first = addresses_.end();
  for (auto at = addresses_.begin(); at != addresses_.end(); ++at)
    if (at->second.calling == 0 &&
        (first == addresses_.end() || at->second.rests_until < first->second.rests_until))
      first = at;
  if (first != addresses_.end()) addresses_.erase(first);
}

bool may_be_peer(const Endpoint& peer, const Endpoint& tracker) {
  if (peer.port == 0 || peer == tracker || !peer.ip.is_v4()) return false;
  constexpr std::uint32_t this_network = 0, multicast = 224;  // all above multicast is reserved
  const std::uint32_t first_byte = peer.ip.v4() >> 24;
  if (first_byte == this_network || first_byte >= multicast) return false;
  return !is_loopback(peer.ip) || is_loopback(tracker.ip);
}

}  // namespace swarm
