// The store of a real peer (engine/node/content_store.hpp): files and CHUNK rows, on threads of its
// own, so that the network never waits for a disk. One hashes, reads and writes: what it has
// written is reported. The other syncs the files and commits their rows, in groups: what waited for
// the one before it. Nobody waits for a sync.
//
// Several processes of a user share one database; a content belongs to one of them at a time (a
// lock that ends with its process). A content that was not closed in good order, or whose files are
// not as it left them, is doubtful in whole: each chunk is hashed before it counts (but not where
// the files have holes). One that is complete needs no closing: nothing is written any more. After
// `failed` a content stands still until it is closed and opened again.
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

// What a content is opened for.
enum class Purpose : std::uint8_t {
  // To be fetched. Written to are only files that were made for this content, as its record says,
  // and what holds nothing yet: a file that is missing, or that has holes where it is not right.
  // All else makes the opening fail, before anything is changed; so does what the record of another
  // content claims, and what another process uses.
  fetch,
  overwrite,  // the same, but a file that no record claims, and nobody uses, may be written over
  share,      // all there as it was hashed, just now or before its record was closed; never written
};

class ContentFiles;

struct StoreCounters {
  std::uint64_t chunks_written{}, chunks_read{}, chunks_checked{}, wrong{};
  std::uint64_t commits{};  // transactions
};

class ContentStore {
 public:
  // `state`: the folder of the database (peer.db), made when it is missing. `report` is called on
  // the thread that runs `io`, once per request; and without a ticket, as a failed close, when a
  // content fails while its chunks are committed. Throws db::DbError.
  ContentStore(asio::io_context& io, const std::filesystem::path& state,
               std::function<void(StoreReport)> report);
  // Carries out what it was given (without reports), and closes what is open in good order.
  ~ContentStore();

  // Before the content is opened: the folder in which its file or folder lies or will lie, and what
  // it is opened for. Default: where it was the last time, else the working directory; to be
  // fetched. That it is shared counts for the next opening only.
  // `hashed`: of what is shared, its files as they were when they were hashed; none: not known.
  void place(const InfoHash& content, const std::filesystem::path& directory,
             Purpose purpose = Purpose::fetch, std::vector<db::FileMark> hashed = {});
  // `from`: of a write, other files of the content that hold this chunk; they outlive the store.
  void request(StoreRequest request, const ContentFiles* from = nullptr);

  // One sentence about the last failure of a content (of a report `failed`); empty: none since it
  // was opened.
  std::string failure(const InfoHash& content) const;
  // What the user should know of a content while it is opened or mended, a sentence each: once.
  std::vector<std::string> take_remarks(const InfoHash& content);
  std::size_t under_way() const;    // requests that were not reported yet
  std::size_t uncommitted() const;  // chunks that were written and have no row yet
  StoreCounters counters() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace swarm::udp
