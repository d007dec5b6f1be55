// Hashes what is on disk of a content, chunk for chunk, by its store: so the database knows it
// afterwards, and no other process writes to it meanwhile.
#pragma once

#include <functional>
#include <vector>

#include "transport/udp/content_source.hpp"

namespace swarm::udp {

// The chunks that are not there, ascending. `progress`: called now and then, on this thread.
// `state`: the folder of the database. Throws ContentError (in use by another process, a file that
// cannot be read), db::DbError.
std::vector<std::uint32_t> check_content(
    const ContentSource& content, const std::filesystem::path& state,
    const std::function<void(std::uint32_t checked)>& progress);

}  // namespace swarm::udp
