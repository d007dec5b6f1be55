// How a content is opened: what its record and its files say of each other, whose the files are,
// and whether there is room for the rest. Nothing is changed before all of this is known.
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

  db::ContentRecord record() const;  // without its info

  const MetainfoPtr metainfo;
  ContentFiles files;
  Bitmap had, doubtful;
  std::vector<bool> made;  // which files were made for it; the others are the user's own
  bool clean = false;      // as its record says
  bool shared = false;     // and never written to
  std::uint64_t file_system = 0;
  std::atomic<bool> failed = false;  // it stands still until it is closed

  // Another folder has it, as its record says, which stays as it is until these chunks are here
  // too: what is here is remembered as a copy. None: the record is of this folder.
  std::optional<Bitmap> elsewhere;
  bool has_all_of_elsewhere() const;
  // The record is of this folder from now on, with all chunks that are had.
  db::PeerWrite taken_over();
};

// Which files are missing, or were made for the content, as its record says, and are those still:
// not what was put in their place since. `here`: the record is of their folder.
std::vector<bool> made_for_content(const std::optional<db::ContentRecord>& record, bool here,
                                   const ContentFiles& files, const ContentFiles::Marks& found);
// An older version counted the links of a content among its files, as empty ones. Leaves the marks
// of the files, in their order, and returns those of the links.
std::vector<db::FileMark> take_marks_of_links(std::vector<db::FileMark>& marks,
                                              const Metainfo& metainfo);
bool all_there(const ContentFiles::Marks& found, const Metainfo& metainfo);  // in their sizes
bool same_folder(const std::filesystem::path& a, const std::filesystem::path& b);

class ContentOpening {
 public:
  struct Context {
    db::PeerDb& db;
    ContentLocks& locks;
    OpenFiles& open_files;
    std::filesystem::path state;
    std::function<bool(const InfoHash&)> in_use;           // here, or in another process
    std::function<std::uint64_t(std::uint64_t)> promised;  // bytes, to other contents of a disk
    std::function<bool()> given_up;                        // asked between chunks
    std::function<void(std::string)> remark;               // what the user should know: a sentence
    std::function<std::optional<Room>(const std::filesystem::path&)> room = room_in;
  };

  // `hashed`: of what is shared, its files as they were when they were hashed; none: not known.
  ContentOpening(Context& context, MetainfoPtr content,
                 std::optional<std::filesystem::path> directory, Purpose purpose,
                 std::vector<db::FileMark> hashed = {});

  // Throws FileError, db::DbError. Its record is as it is then; `commits`: transactions.
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
  std::vector<bool> kept_;     // files that are compared somewhere, instead of written
  bool claims_known_ = false;  // none stands against it
  db::PeerWrite write_;
};

}  // namespace swarm::udp
