// What the system says of a disk, as a part of a sentence: what is wrong, and what to do.
#pragma once

#include <string_view>

namespace swarm::db {

// Of an errno that is about the disk itself, full, read-only or failing; empty: of another one.
std::string_view disk_trouble(int error);

}  // namespace swarm::db
