// Opens a content: compares its record with its files, decides which files are the user's own, and
// checks that the disk has room for the missing bytes. It writes nothing before all checks are
// done.
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

  db::ContentRecord record() const;  // returns the record without the info dictionary

  const MetainfoPtr metainfo;
  ContentFiles files;
  Bitmap had, doubtful;
  std::vector<bool> made;  // per file: true if made for the content, false if the user's own
  bool clean = false;      // the record's `clean`
  bool shared = false;     // true if opened with Purpose::share: the files are never written to
  std::uint64_t file_system = 0;
  std::atomic<bool> failed = false;  // if true, nothing more is done with it until it is closed

  // Set if the content's record names another folder than this one; then it holds the chunks in
  // that other folder. The record stays as it is until this folder has all of these chunks; until
  // then, this folder is recorded as a copy. Not set if the record names this folder.
  std::optional<Bitmap> elsewhere;
  bool has_all_of_elsewhere() const;
  // Makes this folder the one that the record names. Returns the transaction for it: the record, a
  // row for each chunk in `had`, and the end of the copy.
  db::PeerWrite taken_over();
};

// Returns for each file: true if it is missing, or if it is still the file that was made for the
// content according to the record; false for any other file. `here` means that the record names the
// folder of `files`.
std::vector<bool> made_for_content(const std::optional<db::ContentRecord>& record, bool here,
                                   const ContentFiles& files, const ContentFiles::Marks& found);
// An older version treated links as empty files, so its records have marks of links. Removes these
// from `marks` and returns them; the marks of the files stay, in the order of the files.
std::vector<db::FileMark> take_marks_of_links(std::vector<db::FileMark>& marks,
                                              const Metainfo& metainfo);
// True if all files exist and have the right sizes.
bool all_there(const ContentFiles::Marks& found, const Metainfo& metainfo);
bool same_folder(const std::filesystem::path& a, const std::filesystem::path& b);

class ContentOpening {
 public:
  struct Context {
    db::PeerDb& db;
    ContentLocks& locks;
    OpenFiles& open_files;
    std::filesystem::path state;
    std::function<bool(const InfoHash&)> in_use;  // true if this or another process has it open
    // Returns how many bytes other open contents will still write to a file system.
    std::function<std::uint64_t(std::uint64_t)> promised;
    std::function<bool()> given_up;           // called before each chunk; true stops the opening
    std::function<void(std::string)> remark;  // gets a sentence that the user should know
    std::function<std::optional<Room>(const std::filesystem::path&)> room = room_in;
  };

  // `hashed` has the marks that a shared content's files had when they were hashed; empty if
  // unknown.
  ContentOpening(Context& context, MetainfoPtr content,
                 std::optional<std::filesystem::path> directory, Purpose purpose,
                 std::vector<db::FileMark> hashed = {});

  // Opens the content, and adds the number of transactions to `commits`. Throws FileError or
  // db::DbError; the record is unchanged then.
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
  bool here_ = false;          // true if the record names this folder
  std::vector<bool> kept_;     // per file: true if ContentFiles::keep() was called for it
  bool claims_known_ = false;  // true if the claims were checked, and none forbids writing
  db::PeerWrite write_;
};

}  // namespace swarm::udp
