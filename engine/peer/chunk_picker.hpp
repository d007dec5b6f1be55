// Picks the chunk to fetch next: the rarest one. Among equally rare chunks it draws, so that peers
// that begin together fetch different chunks.
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

  // Count the copies at other peers: came() adds and went() removes a copy, either of one chunk or
  // of each chunk that a peer has.
  void came(std::uint32_t chunk);
  void came(const Bitmap& has);
  void went(std::uint32_t chunk);
  void went(const Bitmap& has);
  std::uint32_t copies(std::uint32_t chunk) const { return copies_[chunk]; }

  // A chunk is wanted if it is neither had, nor under way, nor doubtful.
  void want(std::uint32_t chunk) { wanted_.set(chunk); }
  void unwant(std::uint32_t chunk) { wanted_.reset(chunk); }
  bool wants(std::uint32_t chunk) const { return wanted_.test(chunk); }
  std::uint32_t wanted() const { return wanted_.count(); }

  // Picks the rarest of all candidates if there are no more than `sample`. If there are more, it
  // looks at a random stretch of about `sample` candidates, so that the time is bounded.
  static constexpr std::uint32_t sample = 4096;
  std::optional<std::uint32_t> pick(const Bitmap& has, Random& random) const;

 private:
  Bitmap wanted_;
  std::vector<std::uint16_t> copies_;  // a count that reaches its maximum stays there
};

}  // namespace swarm
