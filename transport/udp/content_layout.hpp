// What a content has beside the bytes of its files: symbolic links (BEP 47), and paths that must
// fit where they shall lie.
#pragma once

#include <filesystem>

#include "engine/wire/metainfo.hpp"

namespace swarm::udp {

// Before anything of the content is made in `directory`: throws FileError when a path of it would
// be longer than the system takes, or when something else lies in the place of a link.
void refuse_other_layout(const Metainfo& content, const std::filesystem::path& directory);

// Makes the links that are missing; their names are durable. Each has words that lead from where it
// lies to its target, which is in the content's folder, there or not. Whatever lies in the place of
// one stays as it is. Throws FileError.
void make_links(const Metainfo& content, const std::filesystem::path& directory);

}  // namespace swarm::udp
