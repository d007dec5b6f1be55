// Which chunk to fetch next: the rarest one, by chance among equals, so that peers that begin
// together fetch different ones.
#pragma once

#include <optional>
#include <vector>

#include "engine/base/bitmap.hpp"
#include "engine/base/random.hpp"

namespace swarm {

class ChunkPicker {
 public:
  // All chunks are wanted at first.
  explicit ChunkPicker(std::uint32_t chunks);

  // What the others have; a chunk each, or all of a peer's at once.
  void came(std::uint32_t chunk);
  void came(const Bitmap& has);
  void went(std::uint32_t chunk);
  void went(const Bitmap& has);
  std::uint32_t copies(std::uint32_t chunk) const { return copies_[chunk]; }

  // Wanted: neither had, nor under way, nor doubtful.
  void want(std::uint32_t chunk) { wanted_.set(chunk); }
  void unwant(std::uint32_t chunk) { wanted_.reset(chunk); }
  bool wants(std::uint32_t chunk) const { return wanted_.test(chunk); }
  std::uint32_t wanted() const { return wanted_.count(); }

  // Exact up to `sample` candidates, among a random stretch of so many beyond (bounded time).
  static constexpr std::uint32_t sample = 4096;
  std::optional<std::uint32_t> pick(const Bitmap& has, Random& random) const;

 private:
  Bitmap wanted_;
  std::vector<std::uint16_t> copies_;  // stays at its maximum
};

}  // namespace swarm
