// Finds the files that other records of a state folder claim. A file belongs to one content at a
// time. If a record claims a file, by its path or by another name of the same file, no other
// content writes to it.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/db/peer_db.hpp"

namespace swarm::udp {

struct Claim {
  InfoHash content;
  std::string name;
  std::filesystem::path file;  // the file that both contents have
  bool in_use{};
};

struct Claims {
  std::optional<Claim> against;  // the first claim that forbids writing
  // Contents whose records are outdated: the disk of the files is there, and each file is gone or
  // was replaced by another one.
  std::vector<InfoHash> outdated;
};

std::string sentence(const Claim& claim);  // why the claimed file is not written to

// The claims on files that `content` has or will have in `directory`. `in_use` says whether a
// content is open now, in this or another process.
Claims claims_against(const Metainfo& content, const std::filesystem::path& directory,
                      db::PeerDb& db, const std::function<bool(const InfoHash&)>& in_use);

}  // namespace swarm::udp
