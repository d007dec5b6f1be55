// The store of a peer, as its state machine sees it: requests go out with a ticket (engine/
// node/outbox.hpp), reports come back to Peer::stored. Its host carries them out away from the
// network: really by transport/udp/content_store/content_store, simulated by
// transport/sim/world/virtual_store.
//
// A chunk is written in the order of the DB Manager: hash it, write it into the files, sync them,
// commit CHUNK(sha1, offset). It may be reported from the writing on, because it is verified and
// can be offered. If the host crashes before the commit, the chunk is doubtful again, so it is
// checked.
#pragma once

#include <memory>
#include <vector>

#include "engine/base/bitmap.hpp"
#include "engine/base/types.hpp"

namespace swarm {

struct Metainfo;  // engine/wire/metainfo.hpp: the store reads it, this port passes it on
using MetainfoPtr = std::shared_ptr<const Metainfo>;
using ChunkBytes = std::shared_ptr<const std::vector<std::uint8_t>>;

struct StoreRequest {
  enum class Kind : std::uint8_t {
    open,   // before all else of this content: makes or finds its files, says what is had
    write,  // a chunk whose blocks have all come; not yet verified
    read,   // a chunk that is had; verified once more, so that nothing false is ever sent
    check,  // hash a chunk of the files that may or may not be there (after an unclean end)
    close,  // the last one of this content: sync, the clean mark
  };
  Kind kind{};
  std::uint64_t ticket{};  // 1, 2, ... of one start of a peer; reports come in any order
  InfoHash content;
  std::uint32_t chunk{};
  MetainfoPtr metainfo;  // open
  ChunkBytes bytes;      // write
};

struct StoreReport {
  enum class Outcome : std::uint8_t {
    done,
    wrong,   // the bytes are not the chunk (write: nothing was written; read, check: it is not had
             // any more, its row is gone)
    failed,  // disk full, file unreadable, in use by another process: the content stands still
  };
  StoreRequest::Kind kind{};
  Outcome outcome{};
  std::uint64_t ticket{};
  InfoHash content;
  std::uint32_t chunk{};
  ChunkBytes bytes;  // read and write, when done: the verified chunk (the store may share it)
  Bitmap had;        // open: chunks that are verified and on disk
  Bitmap doubtful;   // open: chunks that may be there; to be checked, none of them in `had`
};

}  // namespace swarm
