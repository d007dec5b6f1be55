#include "transport/udp/peer/content_source.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>

#include "engine/db/sqlite_peer_db.hpp"
#include "transport/udp/content_store/content_progress.hpp"
#include "transport/udp/peer/peer_options.hpp"
#include "transport/udp/system/open_files.hpp"

namespace swarm::udp {
namespace {

namespace fs = std::filesystem;

// The most bytes that a torrent may have: the longest info dictionary, and room for trackers.
constexpr std::uintmax_t longest_torrent = longest_info + (1 << 20);

std::string why() {
  return std::strerror(errno);
}

std::vector<std::uint8_t> read_bytes(const fs::path& file) {
  std::error_code error;
  if (fs::is_directory(file, error))
    throw ContentError(fmt::format("{} is a folder, not a FILE.torrent", file.string()));
  errno = 0;
  std::ifstream in(file, std::ios::binary);
  if (!in) throw ContentError(fmt::format("{} cannot be read: {}", file.string(), why()));
  if (const auto size = fs::file_size(file, error); !error && size > longest_torrent)
    throw ContentError(fmt::format("{} is no FILE.torrent: it has {} bytes", file.string(), size));
  std::vector<std::uint8_t> bytes(std::istreambuf_iterator<char>(in), {});
  if (in.bad()) throw ContentError(fmt::format("{} cannot be read: {}", file.string(), why()));
  return bytes;
}

bool is_of(const fs::path& file, const InfoHash& content) {
  try {
    return read_torrent(file)->info_hash == content;
  } catch (const ContentError&) {
    return false;
  }
}

// Writes a new file under an unused name, so that no existing file is overwritten. Returns the
// name.
fs::path write_beside(const fs::path& file, Bytes bytes) {
  std::string name;
  Descriptor fresh;
  constexpr int most_names = 100;
  for (int i = 0; !fresh && i < most_names; ++i) {
    name = fmt::format("{}.new{}", file.string(), i == 0 ? "" : std::to_string(i));
    fresh = Descriptor(::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (!fresh && errno != EEXIST) break;
  }
  bool written = static_cast<bool>(fresh);
  while (written && !bytes.empty()) {
    const auto n = ::write(fresh.number(), bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    written = n >= 0;
    if (written) bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  if (written && ::fsync(fresh.number()) == 0) return name;
  const auto reason = why();
  std::error_code ignored;
  if (fresh) fs::remove(name, ignored);
  throw ContentError(
      fmt::format("{} cannot be written: {}; name another file with -o", file.string(), reason));
}

// Renames `fresh` to `file`. Without `force` it does not replace a file that has appeared
// meanwhile. False on failure; errno is then set.
bool put_in_place(const fs::path& fresh, const fs::path& file, bool force) {
  if (!force && ::renameat2(AT_FDCWD, fresh.c_str(), AT_FDCWD, file.c_str(), RENAME_NOREPLACE) == 0)
    return true;
  // EINVAL or ENOSYS: the file system does not support RENAME_NOREPLACE, so link() is tried.
  if (!force && errno != EINVAL && errno != ENOSYS) return false;
  if (!force && ::link(fresh.c_str(), file.c_str()) == 0) return ::unlink(fresh.c_str()) == 0;
  if (!force && errno == EEXIST) return false;
  return ::rename(fresh.c_str(), file.c_str()) == 0;
}

MetainfoPtr remembered(const db::ContentRecord& record) {
  if (record.info.empty()) return nullptr;
  const auto parsed = parse_info(record.info);
  return parsed && (*parsed)->info_hash == record.sha1 ? *parsed : nullptr;
}

}  // namespace

std::string ContentSource::name() const {
  return metainfo ? metainfo->name : to_hex(hash.bytes);
}

fs::path ContentSource::path() const {
  return (directory / name()).lexically_normal();
}

MetainfoPtr read_torrent(const fs::path& file) {
  const auto parsed = parse_metainfo(read_bytes(file));
  if (!parsed)
    throw ContentError(
        fmt::format("{} is no FILE.torrent that can be used: {}", file.string(), parsed.error()));
  return *parsed;
}

void write_torrent(const fs::path& file, const Metainfo& metainfo, bool force) {
  std::error_code error;
  if (fs::exists(file, error)) {
    if (is_of(file, metainfo.info_hash)) return;
    if (!force)
      throw ContentError(
          fmt::format("{} is there already, and of another content; name another file with -o, or "
                      "overwrite it with --force",
                      file.string()));
  }
  const auto bytes = to_torrent(metainfo);
  const fs::path fresh = write_beside(file, bytes);
  if (put_in_place(fresh, file, force)) return;
  const auto reason = why();
  fs::remove(fresh, error);
  throw ContentError(
      fmt::format("{} cannot be written: {}; name another file with -o", file.string(), reason));
}

ContentSource find_content(const std::string& word, const fs::path& directory, db::PeerDb* db) {
  ContentSource found;
  std::error_code error;
  if (fs::exists(word, error)) {
    found.metainfo = read_torrent(word);
    found.hash = found.metainfo->info_hash;
  } else if (looks_like_info_hash(word)) {
    found.hash = read_info_hash(word);
  } else {
    throw ContentError(fmt::format(
        "there is no file {}, and an info-hash has 40 hexadecimal digits", printable(word)));
  }
  found.directory = directory.empty() ? fs::path(".") : directory;
  const auto record = db != nullptr ? db->content(found.hash) : std::nullopt;
  if (!record) return found;
  if (!found.metainfo) found.metainfo = remembered(*record);
  if (directory.empty()) found.directory = record->directory;
  found.known = fs::weakly_canonical(found.directory, error) ==
                fs::weakly_canonical(record->directory, error);
  if (!found.known) found.elsewhere = record->directory;
  return found;
}

std::optional<ContentSource> content_of_word(const std::string& word) {
  ContentSource found;
  std::error_code error;
  try {
    if (fs::is_regular_file(word, error)) {
      found.metainfo = read_torrent(word);
      found.hash = found.metainfo->info_hash;
      return found;
    }
  } catch (const ContentError&) {
    return std::nullopt;
  }
  if (fs::exists(word, error) || !looks_like_info_hash(word)) return std::nullopt;
  found.hash = read_info_hash(word);
  return found;
}

std::vector<std::string> files_of_chunk(const Metainfo& metainfo, std::uint32_t chunk) {
  const std::uint64_t first = metainfo.offset(chunk), end = first + metainfo.length(chunk);
  std::vector<std::string> files;
  std::uint64_t at = 0;
  for (const auto& file : metainfo.files) {
    if (file.size > 0 && at < end && at + file.size > first) files.push_back(file.path);
    at += file.size;
  }
  return files;
}

std::unique_ptr<db::PeerDb> open_peer_db(const fs::path& state) {
  std::error_code error;
  const auto file = state / "peer.db";
  if (!fs::exists(file, error)) return nullptr;
  return std::make_unique<db::SqlitePeerDb>(file.string());
}

}  // namespace swarm::udp
