// The operations that the log replicates (docs/PROTOCOL.md, Operations). Every operation is
// idempotent. Row ids are assigned while the log is applied, in the same order at every member.
#pragma once

#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "engine/base/clock.hpp"
#include "engine/base/types.hpp"
#include "engine/node/block.hpp"

namespace swarm {

// The state of a peer at a content: it is downloading it, or it has all of it.
enum class PeerState : std::uint8_t { leecher = 0, seeder = 1 };

struct Register {  // the peer has the content (or is fetching it)
  InfoHash info_hash;
  Endpoint peer;
  PeerState state{};
  bool completed{};  // a seeder, because it has just fetched the last of it (scrape counts those)
  friend auto operator<=>(const Register&, const Register&) = default;
};

struct Remove {  // the peer stopped this content, or did not announce it for a full lifetime
  InfoHash info_hash;
  Endpoint peer;
  friend auto operator<=>(const Remove&, const Remove&) = default;
};

struct Expire {  // these peers were not heard for a full lifetime: all their contents go
  std::vector<Endpoint> peers;  // of one address family; at most `most`, or `most6` of IPv6
  static constexpr std::size_t most = 128, most6 = 56;
  friend auto operator<=>(const Expire&, const Expire&) = default;
};

using Operation = std::variant<Register, Remove, Expire, Noop, Config>;

}  // namespace swarm
