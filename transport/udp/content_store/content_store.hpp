// The store of a real peer (engine/node/content_store.hpp): files and CHUNK rows. It has two
// threads of its own, so that the network never waits for a disk. The file thread hashes, reads and
// writes; a write is reported as soon as it is in the file. The committing thread syncs files and
// commits rows in groups: each group has the chunks written during the commit before. No write
// waits for a sync.
//
// Several processes of a user share one database. A content belongs to one process at a time, by a
// lock that ends with the process. If a content was not closed in good order, or if its files have
// changed since, it is doubtful as a whole: each chunk is hashed before it counts, except where the
// files have holes. A complete content needs no closing, because nothing is written any more. After
// `failed` a content does nothing until it is closed and opened again.
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
  // To be fetched. Writes only to files that were made for this content according to its record,
  // and to places without data: missing files, and holes where the content is not right. Any other
  // need to write makes the opening fail before anything is changed. So do files that another
  // content's record claims or another process uses.
  fetch,
  overwrite,  // like fetch, but may write over files that no record claims and nobody uses
  // Every file must be as it was when it was hashed, or when its record was closed. Never written.
  share,
};

class ContentFiles;

struct StoreCounters {
  std::uint64_t chunks_written{}, chunks_read{}, chunks_checked{}, wrong{};
  std::uint64_t commits{};  // transactions
};

class ContentStore {
 public:
  // `state`: the folder of the database (peer.db); made if it is missing. `report` is called once
  // per request, on the thread that runs `io`. If a content fails while its chunks are committed,
  // it is also called with a failed close without a ticket. Throws db::DbError.
  ContentStore(asio::io_context& io, const std::filesystem::path& state,
               std::function<void(StoreReport)> report);
  // Carries out the requests it has without reporting them, and closes open contents in good order.
  ~ContentStore();

  // Sets, before a content is opened, the folder in which its file or folder lies or will lie, and
  // the purpose. Default: its last folder, else the working directory, to be fetched.
  // Purpose::share applies to the next opening only.
  // `hashed`: the marks of a shared content's files at the time of hashing; empty if unknown.
  void place(const InfoHash& content, const std::filesystem::path& directory,
             Purpose purpose = Purpose::fetch, std::vector<db::FileMark> hashed = {});
  // `from`: for a write, other files of the content that hold this chunk; they must outlive the
  // store.
  void request(StoreRequest request, const ContentFiles* from = nullptr);

  // One sentence about the last failure of a content (a report `failed`); empty if there was none
  // since it was opened.
  std::string failure(const InfoHash& content) const;
  // Sentences that the user should know about the opening or repair of a content. Each is returned
  // once.
  std::vector<std::string> take_remarks(const InfoHash& content);
  std::size_t under_way() const;    // requests without a report so far
  std::size_t uncommitted() const;  // written chunks that have no row yet
  StoreCounters counters() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace swarm::udp
