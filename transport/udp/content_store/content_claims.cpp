#include "transport/udp/content_store/content_claims.hpp"

#include <sys/stat.h>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "transport/udp/system/file_systems.hpp"
#include "transport/udp/system/open_files.hpp"

namespace swarm::udp {
namespace {

namespace fs = std::filesystem;

using Inode = std::pair<dev_t, ino_t>;

std::optional<struct stat> status_of(const fs::path& file) {
  struct stat status {};
  if (::lstat(file.c_str(), &status) != 0) return std::nullopt;
  return status;
}

std::optional<Inode> inode_of(const fs::path& file) {
  const auto status = status_of(file);
  return status ? std::optional(Inode{status->st_dev, status->st_ino}) : std::nullopt;
}

bool lies_beneath(const fs::path& path, const fs::path& folder) {
  return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first ==
         folder.end();
}

class Search {
 public:
  Search(const Metainfo& content, const fs::path& directory, db::PeerDb& db,
         const std::function<bool(const InfoHash&)>& in_use)
      : content_(content), db_(db), in_use_(in_use), root_(real(directory) / content.name) {
    for (const auto& file : content.files) {
      const fs::path path = root_.parent_path() / file.path;
      if (const auto inode = inode_of(path)) inodes_.insert(*inode);
      paths_.insert(path);
    }
    if (const auto inode = inode_of(root_)) inodes_.insert(*inode);
  }

  Claims run() {
    for (const auto& record : db_.contents())
      if (concerns(record))
        if (const auto whole = db_.content(record.sha1)) look(*whole, false);
    for (const auto& copy : db_.copies())
      if (concerns(copy))
        if (auto whole = db_.copy(copy.sha1)) look(*whole, true);
    return std::move(found_);
  }

 private:
  // Returns the directory with its links resolved. Below the directory, no links are followed.
  const fs::path& real(const fs::path& directory) {
    const auto [at, fresh] = real_.try_emplace(directory);
    std::error_code error;
    if (fresh) at->second = fs::weakly_canonical(directory, error);
    if (error) at->second = directory;
    return at->second;
  }

  bool may_meet(const db::ContentRecord& record) {
    const fs::path root = real(record.directory) / record.name;
    if (lies_beneath(root, root_) || lies_beneath(root_, root)) return true;
    const auto inode = inode_of(root);
    return inode && inodes_.contains(*inode);
  }

  bool concerns(const db::ContentRecord& record) {
    return record.sha1 != content_.info_hash && !found_.against && may_meet(record);
  }

  // Notes whether a record claims a file, or is outdated. `is_copy` means that the record is one of
  // a copy. If the copy's files are gone, the content's record is not outdated, because the content
  // lies elsewhere.
  void look(const db::ContentRecord& record, bool is_copy) {
    const auto metainfo = parse_info(record.info);
    if (!metainfo) return look_at_root(record);
    const fs::path directory = real(record.directory);
    bool any_there = false;
    std::optional<fs::path> gone;  // the first file of both contents that is gone
    for (std::size_t i = 0; i < (*metainfo)->files.size(); ++i) {
      const fs::path file = directory / (*metainfo)->files[i].path;
      const auto status = status_of(file);
      const bool there = status && !was_replaced(record, i, *status);
      const bool same = paths_.contains(file) ||
                        (status && inodes_.contains(Inode{status->st_dev, status->st_ino}));
      if (same && (there || in_use_(record.sha1))) return stand(record, file);
      if (same && !gone) gone = file;
      any_there = any_there || there;
    }
    if (!gone) return;
    if (any_there || !is_of_its_disk(record)) return stand(record, *gone);
    if (!is_copy) found_.outdated.push_back(record.sha1);
  }

  // Returns false if the record's disk may be unmounted now, so that its files only seem to be
  // gone.
  static bool is_of_its_disk(const db::ContentRecord& record) {
    return record.file_system == 0 || record.file_system == file_system_of(record.directory);
  }

  // Looks at a record whose info cannot be parsed. Its files are unknown, so its file or folder
  // stands for all of them.
  void look_at_root(const db::ContentRecord& record) {
    const fs::path root = real(record.directory) / record.name;
    if (status_of(root) || in_use_(record.sha1) || !is_of_its_disk(record)) stand(record, root);
  }

  void stand(const db::ContentRecord& record, const fs::path& file) {
    found_.against = Claim{record.sha1, record.name, file, in_use_(record.sha1)};
  }

  // True if the record was closed cleanly, and the file's inode and modification time both differ
  // from those in the record.
  static bool was_replaced(const db::ContentRecord& record, std::size_t file,
                           const struct stat& status) {
    if (!record.clean || file >= record.marks.size()) return false;
    const auto& mark = record.marks[file];
    const auto changed =
        std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
    return mark.inode != 0 && mark.inode != status.st_ino && mark.changed_ns != changed;
  }

  const Metainfo& content_;
  db::PeerDb& db_;
  const std::function<bool(const InfoHash&)>& in_use_;
  std::map<fs::path, fs::path> real_;
  const fs::path root_;
  std::set<fs::path> paths_;
  std::set<Inode> inodes_;
  Claims found_;
};

}  // namespace

std::string sentence(const Claim& claim) {
  return fmt::format(
      "{} belongs to another content, {} ({}), {}, and is not written over, not even with "
      "--overwrite; name another folder with -o",
      shown(claim.file), shown(claim.name), to_hex(claim.content.bytes),
      claim.in_use ? "which is in use right now" : "which was fetched or shared here");
}

Claims claims_against(const Metainfo& content, const fs::path& directory, db::PeerDb& db,
                      const std::function<bool(const InfoHash&)>& in_use) {
  return Search(content, directory, db, in_use).run();
}

}  // namespace swarm::udp
