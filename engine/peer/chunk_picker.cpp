#include "engine/peer/chunk_picker.hpp"

#include <bit>
#include <limits>

namespace swarm {

namespace {
constexpr std::uint16_t most_copies = std::numeric_limits<std::uint16_t>::max();
}

ChunkPicker::ChunkPicker(std::uint32_t chunks) : wanted_(chunks, true), copies_(chunks) {}

void ChunkPicker::came(std::uint32_t chunk) {
  if (copies_[chunk] < most_copies) ++copies_[chunk];
}

void ChunkPicker::came(const Bitmap& has) {
  has.for_each([this](std::uint32_t chunk) { came(chunk); });
}

void ChunkPicker::went(std::uint32_t chunk) {
  SWARM_ASSERT(copies_[chunk] > 0, "what goes came before");
  if (copies_[chunk] < most_copies) --copies_[chunk];
}

void ChunkPicker::went(const Bitmap& has) {
  has.for_each([this](std::uint32_t chunk) { went(chunk); });
}

// Begins at a random word of the bitmap, wraps around, and ends after `sample` candidates. If there
// are more candidates, each peer and each call looks at different ones.
std::optional<std::uint32_t> ChunkPicker::pick(const Bitmap& has, Random& random) const {
  const auto &wanted = wanted_.words(), &had = has.words();
  const std::size_t words = wanted.size(), first = words == 0 ? 0 : random.below(words);
  std::optional<std::uint32_t> best;
  std::uint32_t seen = 0, equals = 0;
  for (std::size_t i = 0; i < words && seen < sample; ++i) {
    const std::size_t w = first + i < words ? first + i : first + i - words;
    for (std::uint64_t left = wanted[w] & had[w]; left != 0; left &= left - 1, ++seen) {
      const auto chunk =
          static_cast<std::uint32_t>(w * 64 + static_cast<unsigned>(std::countr_zero(left)));
      if (best && copies_[chunk] > copies_[*best]) continue;
      equals = best && copies_[chunk] == copies_[*best] ? equals + 1 : 1;
      if (equals == 1 || random.quick_below(equals) == 0) best = chunk;
    }
  }
  return best;
}

}  // namespace swarm
