// Marks the files of a content as in use, by an advisory lock (flock) on its folder and on each of
// its files. The locks end with the process at the latest. Every swarm-peer on the host sees these
// locks, even if it has another user or state folder, or opens a file by another name. The records
// of a state folder (content_claims.hpp) are known only to the processes that use this state
// folder.
#pragma once

#include <vector>

#include "transport/udp/system/open_files.hpp"

namespace swarm::udp {

class ContentHold {
 public:
  enum class Kind {
    shared,  // several processes may read
    sole,    // one process may write, and no other process may read
  };

  ContentHold() = default;
  ~ContentHold() { release(); }
  ContentHold(const ContentHold&) = delete;
  ContentHold& operator=(const ContentHold&) = delete;

  // Locks an open file or folder and keeps it open. Returns false if another hold conflicts.
  // Returns true on a file system without locks, as if no other process used the file. Also returns
  // true if this process already keeps too many files open: the lock then ends at once, and only
  // the lock on the content's folder remains.
  bool take(Descriptor file, Kind kind);
  // Changes the kind of all locks. Returns false if another hold conflicts; some of the locks may
  // have changed nevertheless.
  bool change(Kind kind);
  void release();

 private:
  std::vector<Descriptor> held_;
};

}  // namespace swarm::udp
