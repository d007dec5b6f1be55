// Which contents of a state folder are in use, by this or another process: a lock for each, that
// ends with its process at the latest. All are bytes of one file.
#pragma once

#include <filesystem>

#include "engine/types.hpp"
#include "transport/udp/open_files.hpp"

namespace swarm::udp {

class ContentLocks {
 public:
  explicit ContentLocks(const std::filesystem::path& file);  // made when missing; throws FileError

  bool take(const InfoHash& content);  // false: another ContentLocks has it
  void release(const InfoHash& content);
  bool taken(const InfoHash& content) const;  // by another ContentLocks

 private:
  bool lock(const InfoHash& content, int kind);

  std::filesystem::path path_;
  Descriptor file_;
};

}  // namespace swarm::udp
