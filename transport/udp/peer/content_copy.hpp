// Makes a content in one folder of what another folder of this host has of it, instead of fetching
// it from the network once more.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "transport/udp/content_store/content_store.hpp"
#include "transport/udp/peer/content_source.hpp"

namespace swarm::udp {

// Called now and then, on the caller's thread.
struct CopyListener {
  std::function<void()> opened;  // once, if nothing stands against it
  std::function<void(std::uint32_t chunks)> progress;
  std::function<void(const std::string&)> remark;  // of the store: a sentence for the user
};

// From `content.elsewhere` into `content.directory`: each chunk that is right there and missing
// here. Returns how many there were. Until all of them are here the database goes on naming the
// folder that has them. What stands against it, the next opening of the content will say. Throws
// db::DbError.
std::uint32_t copy_content(const ContentSource& content, const std::filesystem::path& state,
                           Purpose purpose, const CopyListener& listener);

}  // namespace swarm::udp
