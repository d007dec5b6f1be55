// The work of a ContentStore's committing thread. It opens and closes contents, and commits CHUNK
// rows in groups. The file thread has already written the chunks of a group to their files. The
// keeper syncs the files, and then writes all rows in one transaction.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/db/sqlite_peer_db.hpp"
#include "engine/node/content_store.hpp"
#include "transport/udp/content_store/content_locks.hpp"
#include "transport/udp/content_store/content_opening.hpp"
#include "transport/udp/content_store/content_store.hpp"

namespace swarm::udp {

struct StoreWork {
  enum class Found : std::uint8_t { nothing, right, wrong, failed };
  StoreRequest request;
  std::optional<std::filesystem::path> directory{};  // for an open: the folder of place(), if any
  Purpose purpose{};                                 // for an open: the purpose of place()
  std::vector<db::FileMark> hashed{};                // for an open: the marks of a shared content
  const ContentFiles* from = nullptr;  // for a write: another copy that holds the chunk
  Found found{};                       // for a read, check or write: the result of the file thread
  std::string sentence{};              // the reason, if `found` is `failed`
};

class ContentKeeper {
 public:
  explicit ContentKeeper(const std::filesystem::path& state);  // throws db::DbError, FileError

  // Changes of rows wait for commit(); an open or a close calls commit() first. The file thread
  // reports a written chunk before the keeper gets it. If the commit of the chunk fails, the keeper
  // adds a report without a ticket, which says that the content has failed.
  void carry_out(StoreWork work);
  void commit();
  std::vector<StoreReport> take_reports();
  void close_all();

  StoreCounters counters;

  // The following functions may be called from any thread.
  std::shared_ptr<OpenContent> find(const InfoHash& content) const;  // nullptr if it is not open
  std::string failure(const InfoHash& content) const;
  std::vector<std::string> take_remarks(const InfoHash& content);
  // Makes an opening of this content stop early, because the content will be closed anyway.
  void give_up(const InfoHash& content);
  void give_up_all();

 private:
  using ContentPtr = std::shared_ptr<OpenContent>;
  struct Step {  // an entry of the group: a chunk whose row must be added or deleted
    ContentPtr content;
    StoreReport report;
  };

  void open(const StoreWork& work);
  ContentPtr opened(const StoreWork& work);
  std::uint64_t promised(std::uint64_t disk) const;
  // Returns a sentence about a claim that forbids writing, or about an error; "" if writing is
  // allowed.
  std::string claim_against(const OpenContent& content);
  bool is_in_use(const InfoHash& content) const;
  bool is_given_up(const InfoHash& content) const;
  void take_finding(const StoreWork& work, const ContentPtr& content);
  bool may_be_written_again(OpenContent& content, std::uint32_t chunk);
  void remark(const InfoHash& content, std::string sentence);
  void close(const StoreRequest& request);
  bool close(OpenContent& content);

  void report(Step& step);
  void sync_group();
  db::PeerWrite rows_of_group();
  void report(const StoreRequest& request, StoreReport::Outcome outcome);
  void fail(const StoreRequest& request, std::string sentence);
  void fail(OpenContent& content, std::string sentence);
  void remember(const InfoHash& content, std::string sentence);
  ContentPtr lookup(const InfoHash& content) const;

  const std::filesystem::path state_;
  OpenFiles open_files_;
  db::SqlitePeerDb db_;
  ContentLocks locks_;
  std::vector<Step> group_;
  std::vector<StoreReport> reports_;

  std::atomic<bool> all_given_up_ = false;
  mutable std::mutex mutex_;  // guards the members below
  std::set<InfoHash> given_up_;
  std::map<InfoHash, ContentPtr> contents_;
  std::map<InfoHash, std::string> failures_;
  std::map<InfoHash, std::vector<std::string>> remarks_;
};

}  // namespace swarm::udp
