// The store of a peer, as its state machine sees it: requests go out with a ticket (engine/
// node/outbox.hpp), reports come back to Peer::stored. The peer's host carries out the wishes and
// never holds up the network for them. A real host uses transport/udp/content_store/content_store,
// a simulated host uses transport/sim/world/virtual_store.
//
// A chunk is written in the order of the DB Manager: hash it, write it into the files, sync them,
// commit CHUNK(sha1, offset). The store may report a chunk as soon as its bytes are written to the
// files, before the sync and the commit. By then the chunk is verified, so the peer can offer it.
// If the host crashes before the commit, the chunk is doubtful again, so it is checked.
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
    open,   // the first wish for a content: the store makes or finds the files, and reports the
            // chunks that are had
    write,  // a chunk whose blocks have all come; not yet verified
    read,   // a chunk that is had; verified once more, so that nothing false is ever sent
    check,  // hash a doubtful chunk: after an unclean end it is not known whether the files hold it
    close,  // the last wish for a content: the store syncs the files and marks the content as
            // closed in good order
  };
  Kind kind{};
  std::uint64_t ticket{};  // counted from 1 at each start of the peer; reports come in any order
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
    failed,  // disk full, file unreadable, in use by another process: nothing more happens to this
             // content until it is closed and opened again
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
