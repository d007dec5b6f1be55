// Copies a content from another folder of this host, instead of fetching it from the network again.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "transport/udp/content_store/content_store.hpp"
#include "transport/udp/peer/content_source.hpp"

namespace swarm::udp {

// Called now and then on the caller's thread.
struct CopyListener {
  std::function<void()> opened;  // called once, if the copy can begin
  std::function<void(std::uint32_t chunks)> progress;
  std::function<void(const std::string&)> remark;  // a sentence of the store for the user
};

// Copies from `content.elsewhere` into `content.directory` each chunk that is right there and
// missing here. Returns how many chunks it copied. Until all chunks are here, the database still
// names the other folder. If the copy is not possible, it returns 0; the next opening of the
// content reports why. Throws db::DbError.
std::uint32_t copy_content(const ContentSource& content, const std::filesystem::path& state,
                           Purpose purpose, const CopyListener& listener);

}  // namespace swarm::udp
