// A part of a sentence that says what is wrong with a disk and what the operator can do.
#pragma once

#include <string_view>

namespace swarm::db {

// `error` is an errno. The text is empty unless `error` means that the disk is full, over quota,
// read-only or failing.
std::string_view disk_trouble(int error);

}  // namespace swarm::db
