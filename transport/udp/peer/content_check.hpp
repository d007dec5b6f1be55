// Hashes what is on disk of a content, chunk for chunk. No file is made or changed by it: what it
// finds is remembered in the database, of the copy that the database knows.
#pragma once

#include <functional>
#include <vector>

#include "transport/udp/peer/content_source.hpp"

namespace swarm::udp {

struct Checked {
  std::vector<std::uint32_t> wrong;  // chunks that are not there, ascending
  std::vector<db::FileMark> marks;   // its files as they were all the while; none: one is missing
  bool harms{};  // to mend it would write over files that were not made for this content
};

// `believe`: what was closed in good order, and is as it was, need not be hashed. `progress`:
// called now and then, on this thread. `state`: the folder of the database. Throws ContentError (in
// use by another process, a file that cannot be read), db::DbError.
Checked check_content(const ContentSource& content, const std::filesystem::path& state,
                      bool believe, const std::function<void(std::uint32_t checked)>& progress);

}  // namespace swarm::udp
