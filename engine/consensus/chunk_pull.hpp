// Chooses which chunks of a snapshot a receiver requests, and when it requests a chunk again. A
// window, which follows loss and round trip (RequestWindow), limits the chunks under way. A chunk
// is requested again when it is overdue and later chunks have overtaken it. When no chunk comes at
// all, only the oldest chunk under way is requested again. Its answer shows which others are lost.
#pragma once

#include <cstdint>
#include <deque>
#include <set>
#include <vector>

#include "engine/base/request_window.hpp"

namespace swarm {

class ChunkPull {
 public:
  // `most`: the largest number of chunks under way at once.
  ChunkPull(std::uint32_t chunks, std::uint32_t most, Time now);

  // Returns the chunks to request now, in the order of the requests. From now on they count as
  // under way. Returns none while the window has room for only a few, unless some chunks are lost.
  std::vector<std::uint32_t> ask(Time now);
  bool was_asked(std::uint32_t chunk) const { return chunk < next_; }
  void has(std::uint32_t chunk);  // this chunk is on the disk; called before any ask()
  // A chunk came. False: the same chunk had come before.
  bool received(Time now, std::uint32_t chunk);
  void wake(Time now);
  Time next_wake() const;
  // Continues after a pause, perhaps over another path. Chunks that were under way count as lost.
  void resume(Time now);

  bool complete() const { return missing_ == 0; }
  Time heard() const { return heard_; }  // when the last chunk came, or the pull began or resumed

 private:
  struct Asked {
    Time at;
    std::uint32_t chunk;
    bool repeated;  // the chunk was requested before, so its answer shows no round trip
    bool settled;   // the chunk came, or was given up
  };
  Asked& asked(std::uint64_t number) { return asked_[number - first_]; }
  const Asked& asked(std::uint64_t number) const { return asked_[number - first_]; }
  void give_up_overtaken(Time now);
  void give_up(Asked& asked);
  void forget_settled();
  void silence(Time now);

  std::vector<bool> have_;
  std::size_t missing_;
  std::uint32_t next_ = 0;         // the first chunk that was never requested
  std::set<std::uint32_t> again_;  // chunks that were given up; they are requested again
  RequestWindow window_;
  std::deque<Asked> asked_;  // the requests in their order, numbered from `first_` on
  std::uint64_t first_ = 0;
  std::uint64_t open_ = 0;  // all entries before this number are settled
  // The highest entry whose chunk came. Open entries before it are overtaken.
  std::uint64_t reached_ = 0;
  std::uint32_t under_way_ = 0;  // entries that are not settled
  Time heard_;
  Time waits_since_;  // the start of the present wait for a chunk
};

}  // namespace swarm
