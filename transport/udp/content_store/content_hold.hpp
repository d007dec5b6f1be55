// Marks the files of a content as in use: an advisory lock (flock) on its folder and on each of its
// files. The locks end with the process at the latest. Every swarm-peer on the host sees them,
// whatever its state folder or user and whatever name it reaches the file by. In contrast,
// only the processes that use a state folder know its records.
#pragma once

#include <vector>

#include "transport/udp/system/open_files.hpp"

namespace swarm::udp {

class ContentHold {
 public:
  enum class Kind {
    shared,  // several may read
    sole,    // one writes, and nobody else reads
  };

  ContentHold() = default;
  ~ContentHold() { release(); }
  ContentHold(const ContentHold&) = delete;
  ContentHold& operator=(const ContentHold&) = delete;

  // Locks an open file or folder and keeps it open. False if another hold conflicts. On a file
  // system without locks it succeeds, as if nobody else were there. It also succeeds without a
  // lasting lock if the process may keep no more files open; the lock on the file's folder remains.
  bool take(Descriptor file, Kind kind);
  // Changes the kind of all locks. False if another hold conflicts; some locks may have changed by
  // then.
  bool change(Kind kind);
  void release();

 private:
  std::vector<Descriptor> held_;
};

}  // namespace swarm::udp
