// Picks the chunk to fetch next: the rarest one that the other peer has. Draws at random among
// equally rare chunks, so that peers that begin together fetch different chunks.
#pragma once

#include <optional>
#include <vector>

#include "engine/base/bitmap.hpp"
#include "engine/base/random.hpp"

namespace swarm {

class ChunkPicker {
 public:
  // At first every chunk is wanted.
  explicit ChunkPicker(std::uint32_t chunks);

  // Each chunk has a count of its copies at other peers. came() adds one copy and went() removes
  // one. With a Bitmap they do so for each chunk in it.
  void came(std::uint32_t chunk);
  void came(const Bitmap& has);
  void went(std::uint32_t chunk);
  void went(const Bitmap& has);
  std::uint32_t copies(std::uint32_t chunk) const { return copies_[chunk]; }

  // A chunk is wanted if it is not on disk (verified or doubtful) and is not being fetched.
  void want(std::uint32_t chunk) { wanted_.set(chunk); }
  void unwant(std::uint32_t chunk) { wanted_.reset(chunk); }
  bool wants(std::uint32_t chunk) const { return wanted_.test(chunk); }
  std::uint32_t wanted() const { return wanted_.count(); }

  // Returns the rarest candidate. The candidates are the wanted chunks in `has`. If there are more
  // than `sample`, only a random stretch of about `sample` candidates is looked at, to bound the
  // time. Empty if there is no candidate.
  static constexpr std::uint32_t sample = 4096;
  std::optional<std::uint32_t> pick(const Bitmap& has, Random& random) const;

 private:
  Bitmap wanted_;
  std::vector<std::uint16_t> copies_;  // a count that has reached its maximum stays there
};

}  // namespace swarm
