// The store of a peer, as the peer's state machine sees it. The peer puts requests with tickets
// into its outbox (engine/node/outbox.hpp). The peer's host carries out the requests without
// delaying the network, and reports each outcome to Peer::stored. A real host uses
// transport/udp/content_store/content_store, a simulated host transport/sim/world/virtual_store.
//
// The store writes a chunk in the order of the DB Manager: it hashes the chunk, writes it into the
// files, syncs them and commits CHUNK(sha1, offset). It may report the chunk as soon as the files
// have the bytes, before the sync and the commit. The chunk is already verified at that time, so
// the peer can offer it. If the host crashes before the commit, the chunk is doubtful and the store
// checks it again.
#pragma once

#include <memory>
#include <vector>

#include "engine/base/bitmap.hpp"
#include "engine/base/types.hpp"

namespace swarm {

struct Metainfo;  // engine/wire/metainfo.hpp; this port only passes it on to the store
using MetainfoPtr = std::shared_ptr<const Metainfo>;
using ChunkBytes = std::shared_ptr<const std::vector<std::uint8_t>>;

struct StoreRequest {
  enum class Kind : std::uint8_t {
    open,   // the first request for a content: the store makes or finds the files, and reports
            // which chunks they have
    write,  // write a chunk whose blocks have all come; the store verifies it first
    read,   // read a chunk; the store verifies it again, so that the peer never sends wrong bytes
    check,  // hash a doubtful chunk, which the files may not have after an unclean end
    close,  // the last request for a content: the store syncs its files and marks the content as
            // cleanly closed
  };
  Kind kind{};
  std::uint64_t ticket{};  // from 1 at each start of the peer; the reports come in any order
  InfoHash content;
  std::uint32_t chunk{};
  MetainfoPtr metainfo;  // only for open
  ChunkBytes bytes;      // only for write
};

struct StoreReport {
  enum class Outcome : std::uint8_t {
    done,
    wrong,   // the bytes do not have the chunk's hash. After write: nothing was written. After read
             // or check: the store has deleted the chunk's row and no longer has the chunk
    failed,  // the disk is full, or a file is unreadable or in use by another process. The store
             // does nothing more for this content until the peer closes and opens it again
  };
  StoreRequest::Kind kind{};
  Outcome outcome{};
  std::uint64_t ticket{};
  InfoHash content;
  std::uint32_t chunk{};
  ChunkBytes bytes;  // read or write that is done: the verified chunk; the store may keep it too
  Bitmap had;        // open: the chunks that are verified and on disk
  Bitmap doubtful;   // open: the chunks that may be on disk and need a check; none is in `had`
};

}  // namespace swarm
