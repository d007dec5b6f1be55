// A content that this peer exchanges: the chunks that it has, the chunks under way, the sessions.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/node/content_store.hpp"
#include "engine/peer/chunk_picker.hpp"
#include "engine/peer/session.hpp"
#include "engine/wire/metainfo.hpp"

namespace swarm {

// A chunk whose blocks are being fetched.
struct PartialChunk {
  struct Block {
    enum class State : std::uint8_t { free, asked, here } state = State::free;
    bool twice = false;  // asked from a second source, too
    Time at{};           // when it was last asked for
  };
  std::shared_ptr<std::vector<std::uint8_t>> bytes;
  std::vector<Block> blocks;
  std::uint32_t missing = 0;      // blocks that are not here
  std::uint32_t next = 0;         // no block before this one is free
  Time help_from{};               // before this time others find nothing to help with
  Time moved{};                   // when its last block came, or its owner took it
  Session* owner = nullptr;       // fetches it from the front; others may help from the end
  std::vector<Endpoint> senders;  // the peers that sent its blocks
  bool alone = false;             // one source only, because a mixed chunk has failed its hash
};

// The info dictionary, while it is fetched.
struct InfoFetch {
  Session* from = nullptr;  // the session that is being asked
  std::vector<std::uint8_t> bytes;
  Bitmap pieces;  // the pieces that are here
  Time retry = never;
  std::uint32_t retries = 0;
};

struct Content {
  explicit Content(const InfoHash& info_hash) : hash(info_hash) {}

  InfoHash hash;
  MetainfoPtr metainfo;
  bool fetches = true;               // false: shared only, nothing is ever written
  std::uint64_t tickets_before = 0;  // reports up to this ticket are of an earlier exchange of it
  bool opened = false, failed = false;
  bool told_complete = false;
  bool registered = false;  // with the trackers
  // The trackers may take this peer for a seeder although it is none. Then they name it no seeders.
  bool may_be_seeder = true;

  Bitmap had;       // verified and on disk
  Bitmap doubtful;  // to be checked on disk; next_check is the next chunk to check
  std::uint32_t next_check = 0, checking = 0;
  std::vector<std::uint32_t> came;  // chunks had since it was opened, in the order they came
  Time push_at = never;             // when to tell the sessions of new chunks
  Time pushed_at{};                 // when they were last told

  std::optional<ChunkPicker> picker;
  std::map<std::uint32_t, PartialChunk> partial;
  std::map<std::uint32_t, std::vector<Endpoint>> writing;  // chunk -> the senders of its blocks
  // Chunks that must come from one source -> how often another source has taken the chunk over.
  std::map<std::uint32_t, std::uint32_t> alone;
  InfoFetch info;
  // Why an info dictionary with the right hash cannot be used, as parse_info says; else empty.
  std::string useless_info;

  std::vector<std::unique_ptr<Session>> sessions;
  std::vector<Endpoint> candidates;  // peers that trackers named, not called yet
  std::set<Endpoint> given;          // peers that the application named, called again and again
  std::set<Endpoint> banned;
  Time next_call = never;      // when to call the given peers again
  Time next_search = never;    // when to ask the trackers again, while too few peers have anything
  Duration search_pause = 1s;  // doubling

  std::uint64_t received = 0, wasted = 0, sent = 0;

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
