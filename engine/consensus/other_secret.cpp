#include "engine/consensus/other_secret.hpp"

#include <algorithm>

#include "engine/base/assert.hpp"
#include "engine/wire/cluster_protocol.hpp"

namespace swarm {

// A member gets every STATUS of this swarm. So if it uses another secret, it notices by itself.
bool OtherSecret::is_of_this_swarm(const Endpoint& address) const {
  const auto& members = s_.config().members;
  return std::any_of(members.begin(), members.end(),
                     [&](const Member& m) { return m.cluster == address; });
}

// An UNVERIFIED is not answered. Otherwise two swarms would answer each other for ever. A DEAD is
// not answered either, because its process has ended.
void OtherSecret::heard(const Endpoint& from, Bytes datagram) {
  constexpr std::size_t version_at = 4;
  // Who speaks the previous version would not know what the answer says.
  if (datagram[version_at] != wire::protocol_version) return;
  if (!s_.is_member() || is_of_this_swarm(from) || wire::claims_to_be<wire::Unverified>(datagram) ||
      wire::claims_to_be<wire::Dead>(datagram))
    return;
  std::erase_if(told_, [this](const Told& told) { return s_.now - told.when >= rest; });
  const bool known =
      std::any_of(told_.begin(), told_.end(), [&](const Told& told) { return told.who == from; });
  if (known || told_.size() == most) return;
  told_.push_back({from, s_.now});
  SWARM_ASSERT(told_.size() <= most, "few sources are told (R32)");
  s_.send_to(from, MemberId{}, wire::Unverified{});
}

}  // namespace swarm
