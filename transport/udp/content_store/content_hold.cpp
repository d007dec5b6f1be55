#include "transport/udp/content_store/content_hold.hpp"

#include <sys/file.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <cerrno>

namespace swarm::udp {
namespace {

// The number of files that all holds of this process keep open.
std::atomic<std::size_t> kept = 0;

// Holds may use a third of the files that this process may open, because sockets, databases and
// chunks need the rest. The upper limit keeps memory use small.
std::size_t most_kept() {
  constexpr rlim_t enough = 4096;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  return static_cast<std::size_t>(std::min(limit.rlim_cur / 3, enough));
}

bool lock(const Descriptor& file, ContentHold::Kind kind) {
  const int how = (kind == ContentHold::Kind::sole ? LOCK_EX : LOCK_SH) | LOCK_NB;
  while (::flock(file.number(), how) != 0) {
    if (errno == EINTR) continue;
    return errno != EWOULDBLOCK;
  }
  return true;
}

}  // namespace

bool ContentHold::take(Descriptor file, Kind kind) {
  if (!lock(file, kind)) return false;
  if (kept >= most_kept()) return true;
  ++kept;
  held_.push_back(std::move(file));
  return true;
}

bool ContentHold::change(Kind kind) {
  return std::all_of(held_.begin(), held_.end(),
                     [kind](const Descriptor& file) { return lock(file, kind); });
}

void ContentHold::release() {
  kept -= held_.size();
  held_.clear();
}

}  // namespace swarm::udp
