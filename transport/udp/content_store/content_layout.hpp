// What a content has beside the bytes of its files: symbolic links (BEP 47), and paths that must
// fit where they shall lie.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/db/peer_db.hpp"
#include "engine/wire/metainfo.hpp"

namespace swarm::udp {

// Files that an older version made where a link belongs, as its record marked them. One that is
// empty still, and was not written since, is a link's place that is free.
using EmptyFiles = std::vector<db::FileMark>;

// Before anything of the content is made in `directory`: throws FileError when a path of it would
// be longer than the system takes, or when something else lies in the place of a link.
void refuse_other_layout(const Metainfo& content, const std::filesystem::path& directory,
                         const EmptyFiles& empty = {});

// Makes the links that are missing; their names are durable. Each has words that lead from where it
// lies to its target, which is in the content's folder, there or not. Whatever else lies in the
// place of one stays as it is. A disk that takes no links goes without them: a sentence says so;
// empty: all are there. Throws FileError.
std::string make_links(const Metainfo& content, const std::filesystem::path& directory,
                       const EmptyFiles& empty = {});

}  // namespace swarm::udp
