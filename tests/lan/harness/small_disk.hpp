// A disk of a few megabytes. Only this process and its children see the mount. Needs root.
#pragma once

#include <filesystem>

namespace swarm::lan {

class SmallDisk {
 public:
  explicit SmallDisk(const std::filesystem::path& folder);  // throws std::system_error
  ~SmallDisk();
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  void fill() const;  // leaves no free byte
  void clear() const;

 private:
  std::filesystem::path filler() const { return folder_ / "filler"; }
  std::filesystem::path folder_;
};

}  // namespace swarm::lan
