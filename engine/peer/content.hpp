// A content that is exchanged: what is had of it, what is under way, with whom.
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
    Time at{};           // asked
  };
  std::shared_ptr<std::vector<std::uint8_t>> bytes;
  std::vector<Block> blocks;
  std::uint32_t missing = 0;      // blocks that are not here
  std::uint32_t next = 0;         // none before it is free
  Time help_from{};               // before it there is nothing that others could help with
  Time moved{};                   // a block of it came, or its owner took it
  Session* owner = nullptr;       // fetches it from the front; others may help from the end
  std::vector<Endpoint> senders;  // whose blocks are in it
  bool alone = false;             // from one source only: a mixed one has failed its hash
};

// The info dictionary, while it is fetched.
struct InfoFetch {
  Session* from = nullptr;
  std::vector<std::uint8_t> bytes;
  Bitmap pieces;  // that are here
  Time retry = never;
  std::uint32_t retries = 0;
};

struct Content {
  explicit Content(const InfoHash& info_hash) : hash(info_hash) {}

  InfoHash hash;
  MetainfoPtr metainfo;
  bool fetches = true;               // false: shared only, nothing is ever written
  std::uint64_t tickets_before = 0;  // reports of these are of an earlier life
  bool opened = false, failed = false;
  bool told_complete = false;
  bool registered = false;    // with the trackers
  bool may_be_seeder = true;  // there, though it is not: nobody who has it is named to it

  Bitmap had;       // verified and on disk
  Bitmap doubtful;  // to be checked on disk; the next to be asked for is next_check
  std::uint32_t next_check = 0, checking = 0;
  std::vector<std::uint32_t> came;  // chunks in the order in which they came to be had
  Time push_at = never;             // when sessions are told of them
  Time pushed_at{};

  std::optional<ChunkPicker> picker;
  std::map<std::uint32_t, PartialChunk> partial;
  std::map<std::uint32_t, std::vector<Endpoint>> writing;  // chunk -> whose blocks are in it
  // Chunks that must come from one source, and how often another one has taken each over.
  std::map<std::uint32_t, std::uint32_t> alone;
  InfoFetch info;
  std::string useless_info;  // its hash is right, and it cannot be used: why, as parse_info says

  std::vector<std::unique_ptr<Session>> sessions;
  std::vector<Endpoint> candidates;  // that trackers named and nobody has called
  std::set<Endpoint> given;          // by the application: called again and again
  std::set<Endpoint> banned;
  Time next_call = never;      // of those given
  Time next_search = never;    // at the trackers, while too few have anything
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
