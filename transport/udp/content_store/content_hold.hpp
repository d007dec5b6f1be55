// Who uses the files of a content: an advisory lock (flock) on its folder and on each of its files,
// that ends with its process at the latest. Unlike what a state folder remembers it is seen by
// every swarm-peer of the host, whatever its state folder and its user, and by whatever name the
// file is reached.
#pragma once

#include <vector>

#include "transport/udp/system/open_files.hpp"

namespace swarm::udp {

class ContentHold {
 public:
  enum class Kind {
    shared,  // read by any number
    sole,    // written by one, and read by no other
  };

  ContentHold() = default;
  ~ContentHold() { release(); }
  ContentHold(const ContentHold&) = delete;
  ContentHold& operator=(const ContentHold&) = delete;

  // Takes and keeps an open file or folder. False: another hold stands against it. A file system
  // that knows no locks is taken as if nobody else were there. So is a file beyond those that a
  // process may keep open: the folder that it lies in is held all the same.
  bool take(Descriptor file, Kind kind);
  // All of them, from now on. False: another hold stands against it; some may have changed.
  bool change(Kind kind);
  void release();

 private:
  std::vector<Descriptor> held_;
};

}  // namespace swarm::udp
