// Finds out which files of a content are claimed by records of other contents in the same state
// folder. A file belongs to one content at a time. If a record claims a file, no other content
// writes to the file, even under another name (a link).
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/db/peer_db.hpp"

namespace swarm::udp {

struct Claim {
  InfoHash content;            // the content that claims the file
  std::string name;            // its name
  std::filesystem::path file;  // the file that both contents have
  bool in_use{};               // true if the claiming content is open now
};

struct Claims {
  std::optional<Claim> against;  // the first claim that forbids writing
  // Contents whose records are outdated: their disk is mounted, but each file is gone or was
  // replaced by another file.
  std::vector<InfoHash> outdated;
};

std::string sentence(const Claim& claim);  // says why the claimed file is not written to

// Returns the claims on files that `content` has, or will have, in `directory`. `in_use` returns
// true if a content is open now, in this process or another.
Claims claims_against(const Metainfo& content, const std::filesystem::path& directory,
                      db::PeerDb& db, const std::function<bool(const InfoHash&)>& in_use);

}  // namespace swarm::udp
