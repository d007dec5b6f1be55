// Makes the metainfo of what somebody shares: a file, or a folder with all regular files beneath
// it, hashed by two threads, and with the links among them (BEP 47).
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
  MetainfoPtr metainfo;              // its files are sorted by path
  std::filesystem::path directory;   // absolute: where the file or folder lies
  std::vector<db::FileMark> marks;   // its files as they were until the last of them was hashed
  std::vector<std::string> skipped;  // what is not shared, a clause each: sockets, links that lead
                                     // out of the folder
};

// Called on the caller's thread, several times a second, and once at the end; false: give up.
using HashProgress = std::function<bool(std::uint64_t done, std::uint64_t size)>;

// Or one sentence: nothing there, a file that cannot be read or that changes meanwhile; before
// anything is hashed: no bytes at all, a name that other machines could not write
// (wire::problem_of_name), more files or chunks than a metainfo holds. Given up: the sentence
// "cancelled".
tl::expected<HashedContent, std::string> hash_content(const std::filesystem::path& path,
                                                      std::uint32_t chunk_size,
                                                      const HashProgress& progress);

}  // namespace swarm::udp
