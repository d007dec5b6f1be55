// Opens a content: compares its record with its files, decides which files are the user's own, and
// checks that there is room for the rest. Nothing changes before all of this is known.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/db/peer_db.hpp"
#include "transport/udp/content_store/content_files.hpp"
#include "transport/udp/content_store/content_locks.hpp"
#include "transport/udp/content_store/content_store.hpp"
#include "transport/udp/system/file_systems.hpp"

namespace swarm::udp {

struct OpenContent {
  OpenContent(MetainfoPtr m, std::filesystem::path directory, OpenFiles& open_files)
      : metainfo(m), files(std::move(m), std::move(directory), open_files) {}

  db::ContentRecord record() const;  // leaves out the info dictionary

  const MetainfoPtr metainfo;
  ContentFiles files;
  Bitmap had, doubtful;
  std::vector<bool> made;  // which files were made for the content; the others are the user's own
  bool clean = false;      // the value in its record
  bool shared = false;     // opened with Purpose::share: never written to
  std::uint64_t file_system = 0;
  std::atomic<bool> failed = false;  // does nothing more until it is closed

  // Set if the content's record is of another folder: the chunks that are there. That record stays
  // until this folder has all of these chunks too; until then this folder is recorded as a copy.
  // Not set if the record is of this folder.
  std::optional<Bitmap> elsewhere;
  bool has_all_of_elsewhere() const;
  // Makes the record one of this folder, and returns the rows to write: all chunks that are had.
  db::PeerWrite taken_over();
};

// For each file: true if it is missing, or if the record says that it was made for the content and
// the same file is still there. False for a file that was put in its place. `here`: the record is
// of this folder.
std::vector<bool> made_for_content(const std::optional<db::ContentRecord>& record, bool here,
                                   const ContentFiles& files, const ContentFiles::Marks& found);
// An older version listed a content's links among its files, as empty files. Reduces `marks` to
// those of the files, in their order, and returns those of the links.
std::vector<db::FileMark> take_marks_of_links(std::vector<db::FileMark>& marks,
                                              const Metainfo& metainfo);
bool all_there(const ContentFiles::Marks& found, const Metainfo& metainfo);  // with the right sizes
bool same_folder(const std::filesystem::path& a, const std::filesystem::path& b);

class ContentOpening {
 public:
  struct Context {
    db::PeerDb& db;
    ContentLocks& locks;
    OpenFiles& open_files;
    std::filesystem::path state;
    std::function<bool(const InfoHash&)> in_use;  // in this or another process
    // disk -> bytes that other open contents will write there
    std::function<std::uint64_t(std::uint64_t)> promised;
    std::function<bool()> given_up;           // asked after each chunk
    std::function<void(std::string)> remark;  // gets a sentence that the user should know
    std::function<std::optional<Room>(const std::filesystem::path&)> room = room_in;
  };

  // `hashed`: the marks of a shared content's files at the time of hashing; empty if unknown.
  ContentOpening(Context& context, MetainfoPtr content,
                 std::optional<std::filesystem::path> directory, Purpose purpose,
                 std::vector<db::FileMark> hashed = {});

  // Opens the content, and adds the number of transactions to `commits`. Throws FileError or
  // db::DbError, and leaves the record unchanged then.
  std::shared_ptr<OpenContent> run(std::uint64_t& commits);

 private:
  void take_as_complete();
  void find_or_make();
  void choose_record();
  bool is_kept_elsewhere() const;

  void refuse_lost_folder() const;
  void refuse_state_folder() const;
  Bitmap from_rows() const;
  Bitmap may_be_there() const;
  Bitmap hashed() const;
  void refuse_other_sizes(const ContentFiles::Marks& found, const std::vector<bool>& ours);
  void refuse_harm(const std::vector<bool>& ours);
  void refuse_harm(std::size_t file, std::string_view what);
  std::vector<InfoHash> refuse_claimed() const;
  void note_made(const std::vector<bool>& ours);
  void look_for_room() const;

  void take_complete(const std::vector<bool>& ours);
  void make(const ContentFiles::Marks& found, const std::vector<bool>& ours);
  void put();

  Context& context_;
  const MetainfoPtr metainfo_;
  const Purpose purpose_;
  std::optional<db::ContentRecord> record_;
  std::vector<std::uint64_t> rows_;
  std::shared_ptr<OpenContent> content_;
  std::vector<db::FileMark> hashed_;
  bool here_ = false;          // the record is of this folder
  std::vector<bool> kept_;     // files that are compared instead of written in some chunk
  bool claims_known_ = false;  // it was checked that no claim forbids writing
  db::PeerWrite write_;
};

}  // namespace swarm::udp
