#include "tests/lan/harness/small_disk.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <string>
#include <system_error>

namespace swarm::lan {
namespace {

void check(bool done, const std::string& what) {
  if (!done) throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

SmallDisk::SmallDisk(const std::filesystem::path& folder) : folder_(folder) {
  check(::unshare(CLONE_NEWNS) == 0, "no mounts of this process's own can be had");
  check(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0, "mounts stay shared");
  check(::mount("swarm", folder_.c_str(), "tmpfs", 0, "size=32m") == 0, "no small disk");
}

SmallDisk::~SmallDisk() {
  ::umount2(folder_.c_str(), MNT_DETACH);
}

// In ever smaller pieces, until not a byte more is taken.
void SmallDisk::fill() const {
  const int file = ::open(filler().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  check(file >= 0, "no filler");
  for (std::size_t size = 1 << 20; size > 0;) {
    const std::string piece(size, 'x');
    if (::write(file, piece.data(), size) <= 0) size /= 2;
  }
  ::close(file);
}

void SmallDisk::clear() const {
  ::unlink(filler().c_str());
}

}  // namespace swarm::lan
