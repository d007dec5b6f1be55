// The parts of a content other than the bytes of its files: symbolic links (BEP 47), and paths,
// which must fit the system's limit in the chosen folder.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/db/peer_db.hpp"
#include "engine/wire/metainfo.hpp"

namespace swarm::udp {

// Files that an older version made in place of links, as the content's record marked them. If such
// a file is still empty and unchanged, a link may take its place.
using EmptyFiles = std::vector<db::FileMark>;

// To be called before anything of the content is made in `directory`. Throws FileError if a path
// would be longer than the system allows, or if something else is in the place of a link.
void refuse_other_layout(const Metainfo& content, const std::filesystem::path& directory,
                         const EmptyFiles& empty = {});

// Makes the missing links and syncs their folders to make the names durable. Each link holds a
// relative path to its target in the content's folder, whether or not the target exists. Anything
// else in the place of a link stays. If the disk supports no links, returns a sentence that says
// so; otherwise an empty string. Throws FileError.
std::string make_links(const Metainfo& content, const std::filesystem::path& directory,
                       const EmptyFiles& empty = {});

}  // namespace swarm::udp
