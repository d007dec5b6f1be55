// The operations that the log replicates (docs/PROTOCOL.md, Operations). Every operation is
// idempotent. A member assigns the row ids while it applies the log, so all members assign the same
// ids.
#pragma once

#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "engine/base/clock.hpp"
#include "engine/base/types.hpp"
#include "engine/node/block.hpp"

namespace swarm {

// A leecher is downloading the content; a seeder has all of it.
enum class PeerState : std::uint8_t { leecher = 0, seeder = 1 };

struct Register {  // the peer has the content, or is downloading it
  InfoHash info_hash;
  Endpoint peer;
  PeerState state{};
  bool completed{};  // the peer has just finished its download; a scrape counts such peers
  friend auto operator<=>(const Register&, const Register&) = default;
};

struct Remove {  // the peer stopped this content, or did not announce it for a full lifetime
  InfoHash info_hash;
  Endpoint peer;
  friend auto operator<=>(const Remove&, const Remove&) = default;
};

struct Expire {  // these peers were silent for a full lifetime: all their contents are removed
  std::vector<Endpoint> peers;  // all IPv4 (at most `most`), or all IPv6 (at most `most6`)
  static constexpr std::size_t most = 128, most6 = 56;
  friend auto operator<=>(const Expire&, const Expire&) = default;
};

using Operation = std::variant<Register, Remove, Expire, Noop, Config>;

}  // namespace swarm
