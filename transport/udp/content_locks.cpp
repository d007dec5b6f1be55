#include "transport/udp/content_locks.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "engine/bytes.hpp"

namespace swarm::udp {

namespace {

// The byte at the place that the first 62 bits of the hash say.
struct flock range_of(const InfoHash& content, int kind) {
  struct flock range {};
  range.l_type = static_cast<short>(kind);
  range.l_whence = SEEK_SET;
  range.l_start = static_cast<off_t>(Reader(content.bytes).u64() >> 2);
  range.l_len = 1;
  return range;
}

}  // namespace

ContentLocks::ContentLocks(const std::filesystem::path& file)
    : path_(file), file_(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
  if (!file_) throw_file_error("make", file);
}

bool ContentLocks::take(const InfoHash& content) {
  return lock(content, F_WRLCK);
}

void ContentLocks::release(const InfoHash& content) {
  lock(content, F_UNLCK);
}

bool ContentLocks::taken(const InfoHash& content) const {
  struct flock range = range_of(content, F_WRLCK);
  if (::fcntl(file_.number(), F_OFD_GETLK, &range) != 0) throw_file_error("look at", path_);
  return range.l_type != F_UNLCK;
}

// Locks of the open file, not of the process: two stores of one process exclude each other too.
bool ContentLocks::lock(const InfoHash& content, int kind) {
  struct flock range = range_of(content, kind);
  if (::fcntl(file_.number(), F_OFD_SETLK, &range) == 0) return true;
  if (errno != EAGAIN && errno != EACCES) throw_file_error("lock", path_);
  return false;
}

}  // namespace swarm::udp
