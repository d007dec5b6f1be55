// The state of a content that this peer exchanges: the chunks on disk, the chunks under way, and
// the sessions with other peers.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/node/content_store.hpp"
#include "engine/peer/bans.hpp"
#include "engine/peer/chunk_picker.hpp"
#include "engine/peer/info_turns.hpp"
#include "engine/peer/refusals.hpp"
#include "engine/peer/session.hpp"
#include "engine/wire/metainfo.hpp"

namespace swarm {

// A chunk whose blocks are being fetched.
struct PartialChunk {
  struct Block {
    enum class State : std::uint8_t { free, asked, here } state = State::free;
    bool twice = false;        // a second source has been asked for this block
    std::uint16_t sender = 0;  // an index into `senders`, once the block is here
    Time at{};                 // the time of the latest request for this block
  };
  std::shared_ptr<std::vector<std::uint8_t>> bytes;
  std::vector<Block> blocks;
  std::uint32_t missing = 0;      // the number of blocks that have not come
  std::uint32_t next = 0;         // the index of a block before which no block is free
  Time help_from{};               // helpers skip this chunk before this time
  Time moved{};                   // the time of its latest block; at first: when its owner took it
  Time taken{};                   // when its owner took it, if it must come from one source
  Session* owner = nullptr;       // fetches from the front; helpers fetch from the end
  std::vector<Endpoint> senders;  // the peers that sent its blocks
  bool alone = false;             // must come from one source, because it has failed its hash

  // The index of this peer in `senders`.
  std::uint16_t sender(const Endpoint& peer) {
    const auto at = std::find(senders.begin(), senders.end(), peer);
    const auto index = static_cast<std::uint16_t>(at - senders.begin());
    if (at == senders.end()) senders.push_back(peer);
    return index;
  }
};

// A chunk that must come from one source.
struct AloneChunk {
  static constexpr std::uint32_t most_doublings = 12;  // of the time before a take-over
  static constexpr std::size_t most_tried = 64;

  std::uint32_t times = 0;  // how often all addresses had their turn
  std::vector<Ip> tried;    // the networks that had the chunk since then, and lost it

  void next_round() {
    times = std::min(times + 1, most_doublings);
    tried.clear();
  }
  void lost_by(const Ip& address) {
    if (has_tried(address)) return;
    if (tried.size() >= most_tried) next_round();
    tried.push_back(address.network());
  }
  bool has_tried(const Ip& address) const {
    return std::find(tried.begin(), tried.end(), address.network()) != tried.end();
  }
};

// A chunk that the store is asked to write.
struct WrittenChunk {
  ChunkBytes bytes;
  std::vector<Endpoint> senders;
  std::vector<std::uint16_t> sender_of;  // of each block; empty if there is one sender
};

// The info dictionary, while this peer fetches it.
struct InfoFetch {
  Session* from = nullptr;  // the session that is asked for pieces; null: none
  std::vector<std::uint8_t> bytes;
  Bitmap pieces;              // the pieces that have come
  Time since{};               // when `from` was first asked
  Time retry = never;         // when to ask again or, without a session, to look for one
  std::uint32_t retries = 0;  // repeated requests since the latest new piece
};

struct Content {
  explicit Content(const InfoHash& info_hash) : hash(info_hash) {}

  InfoHash hash;
  MetainfoPtr metainfo;
  bool fetches = true;               // false: only uploaded, and nothing is ever written
  std::uint64_t tickets_before = 0;  // tickets up to this one are of an earlier exchange
  bool opened = false, failed = false;
  bool told_complete = false;  // ContentComplete was emitted, and the trackers are told
  bool registered = false;     // the trackers know, or are told, that this peer has joined
  // True: the trackers may know this peer as a seeder although it is not one. They would then name
  // no seeders to it.
  bool may_be_seeder = true;

  Bitmap had;       // chunks that are verified and on disk
  Bitmap doubtful;  // chunks that are perhaps on disk; the store still has to check them
  std::uint32_t next_check = 0, checking = 0;  // the next chunk to check; checks under way
  std::vector<std::uint32_t> came;  // chunks gained since the content was opened, oldest first
  Time push_at = never;             // when to tell the sessions of new chunks
  Time pushed_at{};                 // when the sessions were last told of new chunks

  std::optional<ChunkPicker> picker;
  std::map<std::uint32_t, PartialChunk> partial;  // chunks under way
  std::map<std::uint32_t, WrittenChunk> writing;
  std::map<std::uint32_t, AloneChunk> alone;
  InfoFetch info;
  InfoTurns info_turns;
  // If an info dictionary with the right hash came, but cannot be used: the reason, as parse_info
  // states it. Otherwise empty.
  std::string useless_info;

  std::vector<std::unique_ptr<Session>> sessions;
  std::vector<Endpoint> candidates;  // peers that trackers named, and that were not called yet
  std::set<Endpoint> given;  // peers that the application named; they are called again and again
  Bans banned;
  Time next_call = never;      // when to call the given peers again
  Time next_search = never;    // when to ask the trackers for more peers
  Duration search_pause = 1s;  // the time between searches; it doubles

  std::uint64_t received = 0, wasted = 0, sent = 0;  // bytes of blocks
  Refusals refusals;

  bool complete() const { return opened && had.all(); }
  bool may_fetch() const { return fetches && opened && !failed && !had.all(); }
  std::uint32_t blocks(std::uint32_t chunk) const {
    return (metainfo->length(chunk) + wire::block_size - 1) / wire::block_size;
  }
  std::uint32_t block_length(std::uint32_t chunk, std::uint32_t block) const {
    return std::min(wire::block_size, metainfo->length(chunk) - block * wire::block_size);
  }
  Session* find(const Endpoint& peer) {
    for (const auto& session : sessions)
      if (session->peer == peer && !session->over()) return session.get();
    return nullptr;
  }
};

}  // namespace swarm
