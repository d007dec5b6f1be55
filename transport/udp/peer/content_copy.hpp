// Copies a content from the folder where this host already has it, instead of fetching it again.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "transport/udp/content_store/content_store.hpp"
#include "transport/udp/peer/content_source.hpp"

namespace swarm::udp {

// Called now and then on the caller's thread.
struct CopyListener {
  std::function<void()> opened;  // called once, before the first chunk, if the copy is possible
  std::function<void(std::uint32_t chunks)> progress;  // gets the number of chunks copied so far
  std::function<void(const std::string&)> remark;      // gets a sentence of the store for the user
};

// Copies into `content.directory` each chunk that is missing there and right in
// `content.elsewhere`. Returns the number of copied chunks. The content's record in the database
// keeps the folder `content.elsewhere` until `content.directory` has all chunks. If no copy is
// possible, it returns 0; the next opening of the content reports why. `state`: the folder of the
// database. Throws db::DbError.
std::uint32_t copy_content(const ContentSource& content, const std::filesystem::path& state,
                           Purpose purpose, const CopyListener& listener);

}  // namespace swarm::udp
