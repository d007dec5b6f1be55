// Hashes a content's files on disk, chunk by chunk. It makes and changes no file. The result goes
// into the database if the files are the copy that the database knows.
#pragma once

#include <functional>
#include <vector>

#include "transport/udp/peer/content_source.hpp"

namespace swarm::udp {

struct Checked {
  std::vector<std::uint32_t> wrong;  // missing or wrong chunks, ascending
  std::vector<db::FileMark> marks;   // the files, unchanged throughout; empty if a file is missing
  bool harms{};  // mending would write over files that were not made for this content
};

// `believe`: trusts the database without hashing if the content was closed in good order and its
// files are unchanged. `progress` is called now and then on this thread. `state`: the folder of the
// database. Throws db::DbError, and ContentError if another process has the content or a file
// cannot be read.
Checked check_content(const ContentSource& content, const std::filesystem::path& state,
                      bool believe, const std::function<void(std::uint32_t checked)>& progress);

}  // namespace swarm::udp
