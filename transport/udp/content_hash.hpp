// Makes the metainfo of what somebody shares: a file, or a folder with all regular files beneath
// it, hashed by two threads.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "engine/wire/metainfo.hpp"

namespace swarm::udp {

struct HashedContent {
  MetainfoPtr metainfo;              // its files are sorted by path
  std::filesystem::path directory;   // absolute: where the file or folder lies
  std::vector<std::string> skipped;  // paths that are neither files nor folders: links, sockets
};

// Called on the caller's thread, several times a second, and once at the end; false: give up.
using HashProgress = std::function<bool(std::uint64_t done, std::uint64_t size)>;

// Or one sentence: nothing there, no bytes at all, a file that cannot be read or that changes
// meanwhile, a name that other machines could not write (not UTF-8, control characters), more
// chunks than a metainfo holds. Given up: the sentence "cancelled".
tl::expected<HashedContent, std::string> hash_content(const std::filesystem::path& path,
                                                      std::uint32_t chunk_size,
                                                      const HashProgress& progress);

}  // namespace swarm::udp
