// A content in a simulation. Its bytes are a function of its name, so a checker can tell whether a
// peer's bytes are right. Each chunk is in memory once, and all peers that hold it share it.
#pragma once

#include <string>
#include <vector>

#include "engine/node/content_store.hpp"
#include "engine/wire/metainfo.hpp"

namespace swarm::sim {

class VirtualContent {
 public:
  // `size`: bytes, at least 1. `chunk_size`: bytes.
  VirtualContent(const std::string& name, std::uint64_t size, std::uint32_t chunk_size);

  const MetainfoPtr& metainfo() const { return metainfo_; }
  const InfoHash& hash() const { return metainfo_->info_hash; }
  std::uint32_t chunks() const { return metainfo_->chunk_count(); }
  const ChunkBytes& chunk(std::uint32_t number) const { return chunks_[number]; }
  // True if this chunk has exactly `bytes` at `offset`.
  bool equals(std::uint32_t chunk, std::size_t offset, Bytes bytes) const;

 private:
  std::vector<ChunkBytes> chunks_;
  MetainfoPtr metainfo_;
};

}  // namespace swarm::sim
