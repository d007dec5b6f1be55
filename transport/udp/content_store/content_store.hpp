// The store of a real peer (engine/node/content_store.hpp): files and CHUNK rows. It has two
// threads of its own, so that the network never waits for a disk. The file thread hashes, reads and
// writes. It reports a write as soon as the chunk is in the file. The committing thread syncs files
// and commits rows in groups. While it commits one group, the chunks that are written meanwhile
// form the next group. So no write waits for a sync.
//
// Several processes of a user share one database. A lock makes sure that a content is open in one
// process at a time; the lock ends with the process. If a content was not closed in good order, or
// if its files have changed since it was closed, all its chunks with data are doubtful. A doubtful
// chunk counts as present only after it was hashed. A complete content need not be closed, because
// no more of it will be written. After a report `failed`, the store does nothing with a content
// until it is closed and opened again.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/db/peer_db.hpp"
#include "engine/node/content_store.hpp"
#include "transport/udp/net/asio.hpp"

namespace swarm::udp {

// The purpose for which a content is opened.
enum class Purpose : std::uint8_t {
  // The content will be fetched. The store writes only to files that were made for this content
  // according to its record, and to places without data, which are missing files and holes. If it
  // would have to write anything else, the opening fails before anything is changed. The opening
  // also fails if another content's record claims a file, or if another process uses it.
  fetch,
  // Like `fetch`, but the store may write over files that no record claims and no process uses.
  overwrite,
  // The content will be shared, and its files are never written. Every file must have the right
  // size and match its mark in `hashed` (see place()). All chunks count as right.
  share,
};

class ContentFiles;

struct StoreCounters {
  std::uint64_t chunks_written{}, chunks_read{}, chunks_checked{}, wrong{};
  std::uint64_t commits{};  // number of transactions
};

class ContentStore {
 public:
  // `state` is the folder of the database (peer.db); it is made if it is missing. `report` is
  // called once per request, on the thread that runs `io`. It is also called if a content fails
  // while its chunks are committed: with a failed close that has no ticket. Throws db::DbError.
  ContentStore(asio::io_context& io, const std::filesystem::path& state,
               std::function<void(StoreReport)> report);
  // Carries out the pending requests without reporting them, and closes open contents in good
  // order.
  ~ContentStore();

  // Sets the folder that has or will have the content's file or folder, and the purpose, for later
  // openings. Purpose::share applies to the next opening only; after that, the purpose is
  // Purpose::fetch. If place() was never called, the purpose is Purpose::fetch, and the folder is
  // that of the content's record; without a record, the working directory. `hashed` has the marks
  // that a shared content's files had when they were hashed; empty if unknown.
  void place(const InfoHash& content, const std::filesystem::path& directory,
             Purpose purpose = Purpose::fetch, std::vector<db::FileMark> hashed = {});
  // `from`, only for a write, is another copy of the content that holds this chunk. It must outlive
  // the store.
  void request(StoreRequest request, const ContentFiles* from = nullptr);

  // Returns a sentence about the last report `failed` of a content; "" if there was none since the
  // content was opened.
  std::string failure(const InfoHash& content) const;
  // Returns sentences about the opening or repair of a content that the user should know. Each
  // sentence is returned once.
  std::vector<std::string> take_remarks(const InfoHash& content);
  std::size_t under_way() const;    // number of requests that have no report yet
  std::size_t uncommitted() const;  // number of written chunks that have no row yet
  StoreCounters counters() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace swarm::udp
