// Makes a content in one folder of what another folder of this host has of it, instead of fetching
// it from the network once more.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "transport/udp/content_source.hpp"
#include "transport/udp/content_store.hpp"

namespace swarm::udp {

struct Copied {
  std::uint32_t chunks{};
  std::vector<std::string> remarks;  // of the store
};

// From `content.elsewhere` into `content.directory`: each chunk that is right there and missing
// here. Until all of them are here the database goes on naming the folder that has them. What
// stands against it, the next opening of the content will say. `progress`: called now and then, on
// this thread. Throws db::DbError.
Copied copy_content(const ContentSource& content, const std::filesystem::path& state,
                    Purpose purpose, const std::function<void(std::uint32_t)>& progress);

}  // namespace swarm::udp
