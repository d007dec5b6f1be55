#include "engine/base/disk_trouble.hpp"

#include <cerrno>

namespace swarm::db {

std::string_view disk_trouble(int error) {
  switch (error) {
    case ENOSPC:
      return "the disk is full; free some space and start again";
    case EDQUOT:
      return "this user's quota of the disk is used up; free some space and start again";
    case EROFS:
      return "the disk is mounted read-only; mount it writable, or name a folder of another disk";
    case EIO:
      return "the disk fails; look into the system's log";
    default:
      return {};
  }
}

}  // namespace swarm::db
