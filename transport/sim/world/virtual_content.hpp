// A content of a simulation: bytes that are a function of its name, so that anybody can say whether
// what a peer has is the content. Kept once, chunk by chunk, and shared by all who hold it.
#pragma once

#include <string>
#include <vector>

#include "engine/node/content_store.hpp"
#include "engine/wire/metainfo.hpp"

namespace swarm::sim {

class VirtualContent {
 public:
  // At least one byte; `chunk_size` in bytes.
  VirtualContent(const std::string& name, std::uint64_t size, std::uint32_t chunk_size);

  const MetainfoPtr& metainfo() const { return metainfo_; }
  const InfoHash& hash() const { return metainfo_->info_hash; }
  std::uint32_t chunks() const { return metainfo_->chunk_count(); }
  const ChunkBytes& chunk(std::uint32_t number) const { return chunks_[number]; }
  // These are the bytes of that chunk from `offset` on.
  bool equals(std::uint32_t chunk, std::size_t offset, Bytes bytes) const;

 private:
  std::vector<ChunkBytes> chunks_;
  MetainfoPtr metainfo_;
};

}  // namespace swarm::sim
