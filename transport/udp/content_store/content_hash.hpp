// Makes the metainfo of a file or folder that a user shares. A folder is shared with all regular
// files below it, and with the symbolic links among them (BEP 47). Two threads hash.
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
  std::vector<db::FileMark> marks;  // the files' marks, which did not change during hashing
  // One clause for each entry that is not shared, such as a socket, or a link that leads out of the
  // folder.
  std::vector<std::string> skipped;
};

// hash_content() calls this on its caller's thread, several times a second and once at the end. If
// it returns false, hashing is cancelled. `done` and `size` are bytes.
using HashProgress = std::function<bool(std::uint64_t done, std::uint64_t size)>;

// The error is one sentence. Before hashing, it is an error if there is no such file or folder, if
// it has no bytes at all, if a name could not be written on other machines (wire::problem_of_name),
// or if there are more files or chunks than a metainfo can hold. While hashing, it is an error if a
// file cannot be read or changes. If hashing was cancelled, the sentence is "cancelled".
tl::expected<HashedContent, std::string> hash_content(const std::filesystem::path& path,
                                                      std::uint32_t chunk_size,
                                                      const HashProgress& progress);

}  // namespace swarm::udp
