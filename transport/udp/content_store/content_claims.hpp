// Which files other records of a state folder claim. A file belongs to one content at a time: what
// a record says is there, by its path or by another name of the same file, is never written for
// another content.
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
  std::filesystem::path file;  // that both have
  bool in_use{};
};

struct Claims {
  std::optional<Claim> against;  // the first that stands
  // Records whose files are all gone, or have another one in their place, on the disk that they
  // were on.
  std::vector<InfoHash> outdated;
};

std::string sentence(const Claim& claim);  // why its file is not written to

// Of the files that `content` has or will have in `directory`. `in_use`: whether a content is open
// now, here or in another process.
Claims claims_against(const Metainfo& content, const std::filesystem::path& directory,
                      db::PeerDb& db, const std::function<bool(const InfoHash&)>& in_use);

}  // namespace swarm::udp
