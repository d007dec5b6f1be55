#include "engine/peer/spoilt_chunks.hpp"

#include <algorithm>

#include "engine/base/bytes.hpp"
#include "engine/base/sha1.hpp"
#include "engine/wire/peer_protocol.hpp"

namespace swarm {
namespace {

// Eight bytes of a SHA-1: a liar cannot find wrong bytes with the digest of the right ones.
std::uint64_t digest(Bytes chunk, std::size_t block) {
  const std::size_t at = block * wire::block_size;
  const auto hash =
      sha1(chunk.subspan(at, std::min<std::size_t>(wire::block_size, chunk.size() - at)));
  Reader reader(hash.bytes);
  return reader.u64();
}

}  // namespace

void SpoiltChunks::keep(const InfoHash& content, std::uint32_t chunk, Bytes wrong,
                        std::vector<Endpoint> senders, std::vector<std::uint16_t> sender_of) {
  if (sender_of.size() > most_blocks) return;
  const auto [at, is_new] = chunks_.try_emplace({content, chunk});
  if (!is_new) return;
  Spoilt& spoilt = at->second;
  for (std::size_t block = 0; block < sender_of.size(); ++block)
    spoilt.digests.push_back(digest(wrong, block));
  spoilt.number = ++kept_;
  blocks_ += sender_of.size();
  spoilt.senders = std::move(senders);
  spoilt.sender_of = std::move(sender_of);
  while (blocks_ > most_blocks)
    erase(std::min_element(chunks_.begin(), chunks_.end(), [](const auto& a, const auto& b) {
      return a.second.number < b.second.number;
    }));
}

std::vector<Endpoint> SpoiltChunks::liars(const InfoHash& content, std::uint32_t chunk,
                                          Bytes right) {
  std::vector<Endpoint> found;
  const auto at = chunks_.find({content, chunk});
  if (at == chunks_.end()) return found;
  const Spoilt& spoilt = at->second;
  for (std::size_t block = 0; block < spoilt.digests.size(); ++block) {
    const Endpoint& sender = spoilt.senders[spoilt.sender_of[block]];
    if (std::find(found.begin(), found.end(), sender) != found.end()) continue;
    if (digest(right, block) != spoilt.digests[block]) found.push_back(sender);
  }
  erase(at);
  return found;
}

void SpoiltChunks::forget(const InfoHash& content) {
  for (auto at = chunks_.begin(); at != chunks_.end();) {
    const auto next = std::next(at);
    if (at->first.first == content) erase(at);
    at = next;
  }
}

void SpoiltChunks::erase(Chunks::iterator chunk) {
  blocks_ -= chunk->second.sender_of.size();
  chunks_.erase(chunk);
}

}  // namespace swarm
