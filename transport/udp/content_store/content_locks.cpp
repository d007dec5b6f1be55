#include "transport/udp/content_store/content_locks.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <thread>
#include <utility>

#include "engine/base/bytes.hpp"

namespace swarm::udp {

namespace {

// Returns the position of a content's byte in the file: the first 62 bits of its info-hash.
std::int64_t place_of(const InfoHash& content) {
  return static_cast<std::int64_t>(Reader(content.bytes).u64() >> 2);
}
// The position of the byte for placing contents, behind the bytes of all contents.
constexpr std::int64_t place_of_placing = std::int64_t{1} << 62;

struct flock range_of(std::int64_t place, int kind) {
  struct flock range {};
  range.l_type = static_cast<short>(kind);
  range.l_whence = SEEK_SET;
  range.l_start = place;
  range.l_len = 1;
  return range;
}

constexpr auto between_tries = std::chrono::milliseconds(10);

}  // namespace

std::string sentence_in_use(std::string_view name) {
  return fmt::format(
      "{} is in use by another swarm-peer of this user; stop that one, or name "
      "another state folder",
      shown(std::string(name)));
}

ContentLocks::ContentLocks(const std::filesystem::path& file)
    : path_(file), file_(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
  if (!file_) throw_file_error("make", file);
}

bool ContentLocks::take(const InfoHash& content) {
  return lock(place_of(content), F_WRLCK);
}

void ContentLocks::release(const InfoHash& content) {
  lock(place_of(content), F_UNLCK);
}

bool ContentLocks::taken(const InfoHash& content) const {
  struct flock range = range_of(place_of(content), F_WRLCK);
  if (::fcntl(file_.number(), F_OFD_GETLK, &range) != 0) throw_file_error("look at", path_);
  return range.l_type != F_UNLCK;
}

// The lock belongs to the open file, not to the process. So two stores in one process exclude each
// other, as two processes do.
bool ContentLocks::lock(std::int64_t place, int kind) {
  struct flock range = range_of(place, kind);
  if (::fcntl(file_.number(), F_OFD_SETLK, &range) == 0) return true;
  if (errno != EAGAIN && errno != EACCES) throw_file_error("lock", path_);
  return false;
}

// The process that holds the lock may be waiting for a slow disk, so it gets some time. It may also
// be suspended and never release the lock, so the wait has a limit.
ContentLocks::Placing::Placing(ContentLocks& locks, const Waiting& waiting) : locks_(locks) {
  const auto begin = std::chrono::steady_clock::now();
  for (bool told = !waiting.tell; !locks_.lock(place_of_placing, F_WRLCK);) {
    const auto waited = std::chrono::steady_clock::now() - begin;
    if (waited >= waiting.longest)
      throw FileError(fmt::format(
          "another swarm-peer of this user is placing a content, and has held {} for {} s: it does "
          "not go on; end that one and start again, or name another state folder with --state",
          shown(locks_.path_),
          std::chrono::duration_cast<std::chrono::seconds>(waiting.longest).count()));
    if (waited >= waiting.silent && !std::exchange(told, true))
      waiting.tell(fmt::format(
          "waiting, at most {} s, for another swarm-peer of this user, which is placing a content "
          "and holds {}",
          std::chrono::duration_cast<std::chrono::seconds>(waiting.longest).count(),
          shown(locks_.path_)));
    std::this_thread::sleep_for(between_tries);
  }
}

ContentLocks::Placing::~Placing() {
  locks_.lock(place_of_placing, F_UNLCK);
}

}  // namespace swarm::udp
