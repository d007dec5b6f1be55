// Hashes a content's files on disk, chunk by chunk, and changes none of these files. Records the
// result in the database if the database has the content with this folder, or if the database does
// not have the content and all chunks are right.
#pragma once

#include <functional>
#include <vector>

#include "transport/udp/peer/content_source.hpp"

namespace swarm::udp {

struct Checked {
  std::vector<std::uint32_t> wrong;  // missing or wrong chunks, ascending
  std::vector<db::FileMark> marks;   // the marks of the checked files; empty if a file is missing
  bool harms{};  // a repair would write over files that were not made for this content
};

// `state`: the folder of the database. `believe`: if the content was closed in good order and its
// files have not changed since, trusts the database and hashes nothing. `progress` is called after
// each hashed chunk, on the caller's thread. Throws db::DbError. Throws ContentError if another
// process uses the content, if a file cannot be read, or if a file changes during the check.
Checked check_content(const ContentSource& content, const std::filesystem::path& state,
                      bool believe, const std::function<void(std::uint32_t checked)>& progress);

}  // namespace swarm::udp
