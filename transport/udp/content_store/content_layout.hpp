// Makes the symbolic links of a content (BEP 47), and checks that its paths in the chosen folder
// are no longer than the system allows.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/db/peer_db.hpp"
#include "engine/wire/metainfo.hpp"

namespace swarm::udp {

// The marks, from the content's record, of empty files that an older version made in place of
// links. If such a file is unchanged, a link may replace it.
using EmptyFiles = std::vector<db::FileMark>;

// Must be called before any part of the content is made in `directory`. Throws FileError if a path
// would be longer than the system allows. Throws FileError if there is anything at the path of a
// link, except this link itself or one of the `empty` files.
void refuse_other_layout(const Metainfo& content, const std::filesystem::path& directory,
                         const EmptyFiles& empty = {});

// Makes the missing links and syncs their folders to make the names durable. Each link holds a
// relative path to its target in the content's folder, whether or not the target exists. Replaces
// `empty` files, but nothing else. If the disk supports no links, returns a sentence that says so;
// otherwise returns "". Throws FileError.
std::string make_links(const Metainfo& content, const std::filesystem::path& directory,
                       const EmptyFiles& empty = {});

}  // namespace swarm::udp
