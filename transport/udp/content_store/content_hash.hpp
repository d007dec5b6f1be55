// Makes the metainfo of what a user shares: a file, or a folder with all regular files below it and
// the links among them (BEP 47). Two threads hash.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "engine/db/peer_db.hpp"
#include "engine/wire/metainfo.hpp"

namespace swarm::udp {

struct HashedContent {
  MetainfoPtr metainfo;             // its files are sorted by path
  std::filesystem::path directory;  // absolute: where the file or folder lies
  std::vector<db::FileMark> marks;  // the files' marks; the files did not change during hashing
  // a clause for each entry that is not shared: sockets, links that lead out of the folder
  std::vector<std::string> skipped;
};

// Called on the caller's thread, several times a second and once at the end. Returning false
// cancels.
using HashProgress = std::function<bool(std::uint64_t done, std::uint64_t size)>;

// On failure returns one sentence. While hashing: a file cannot be read or changes. Before hashing:
// nothing is there, there are no bytes at all, a name could not be written on other machines
// (wire::problem_of_name), or there are more files or chunks than a metainfo can hold. If
// cancelled, the sentence is "cancelled".
tl::expected<HashedContent, std::string> hash_content(const std::filesystem::path& path,
                                                      std::uint32_t chunk_size,
                                                      const HashProgress& progress);

}  // namespace swarm::udp
