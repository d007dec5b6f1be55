// Chunks that failed their hash although several peers had sent their blocks. At that time nobody
// knows who of them lied. When the chunk has come right, its bytes show it: the liars are all peers
// that had sent another block. This object keeps only digests of blocks. It forgets the oldest
// chunk when it has too many blocks.
#pragma once

#include <map>
#include <vector>

#include "engine/base/types.hpp"

namespace swarm {

class SpoiltChunks {
 public:
  static constexpr std::size_t most_blocks = 1 << 17;  // of all chunks together

  // `wrong`: the bytes of the chunk. `sender_of`: for each block, an index into `senders`.
  void keep(const InfoHash& content, std::uint32_t chunk, Bytes wrong,
            std::vector<Endpoint> senders, std::vector<std::uint16_t> sender_of);
  // The chunk has come right. Returns the peers that had sent other bytes, and forgets the chunk.
  std::vector<Endpoint> liars(const InfoHash& content, std::uint32_t chunk, Bytes right);
  void forget(const InfoHash& content);
  std::size_t blocks() const { return blocks_; }

 private:
  struct Spoilt {
    std::uint64_t number;  // the lowest is of the oldest chunk
    std::vector<Endpoint> senders;
    std::vector<std::uint16_t> sender_of;
    std::vector<std::uint64_t> digests;
  };
  using Chunks = std::map<std::pair<InfoHash, std::uint32_t>, Spoilt>;

  void erase(Chunks::iterator chunk);

  Chunks chunks_;
  std::size_t blocks_ = 0;
  std::uint64_t kept_ = 0;
};

}  // namespace swarm
