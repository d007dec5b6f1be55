#include "transport/sim/world/virtual_content.hpp"

#include <algorithm>
#include <cstring>

#include "transport/sim/world/keyed_random.hpp"

namespace swarm::sim {
namespace {

std::uint64_t key_of(const std::string& name) {
  std::uint64_t key = name.size();
  for (const char c : name) key = mix(key ^ static_cast<unsigned char>(c));
  return key;
}

ChunkBytes make_chunk(std::uint64_t key, std::uint64_t offset, std::size_t length) {
  auto bytes = std::make_shared<std::vector<std::uint8_t>>(length);
  for (std::size_t at = 0; at < length; at += 8) {
    const std::uint64_t word = mix(key + offset + at);
    for (std::size_t i = 0; i < std::min<std::size_t>(8, length - at); ++i)
      (*bytes)[at + i] = static_cast<std::uint8_t>(word >> (8 * i));
  }
  return bytes;
}

}  // namespace

VirtualContent::VirtualContent(const std::string& name, std::uint64_t size,
                               std::uint32_t chunk_size) {
  const std::uint64_t key = key_of(name);
  std::vector<Sha1Digest> hashes;
  for (std::uint64_t offset = 0; offset < size; offset += chunk_size) {
    const auto length = std::min<std::uint64_t>(chunk_size, size - offset);
    chunks_.push_back(make_chunk(key, offset, static_cast<std::size_t>(length)));
    hashes.push_back(sha1(*chunks_.back()));
  }
  metainfo_ = make_metainfo(name, false, {{name, size}}, chunk_size, std::move(hashes));
}

bool VirtualContent::equals(std::uint32_t chunk, std::size_t offset, Bytes bytes) const {
  if (chunk >= chunks_.size()) return false;
  const auto& own = *chunks_[chunk];
  return offset <= own.size() && bytes.size() <= own.size() - offset &&
         std::memcmp(own.data() + offset, bytes.data(), bytes.size()) == 0;
}

}  // namespace swarm::sim
