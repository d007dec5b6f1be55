// Chooses the chunks of a snapshot that a receiver asks for, and when it asks again. A window that
// follows loss and round trip (RequestWindow) limits them. A chunk is asked for again when later
// chunks have overtaken it and it is overdue. When no chunk came at all, only the oldest one is
// asked for again: its answer shows which others are lost.
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

  // Returns the chunks to ask for now, in their order; they are under way from here on. Returns
  // none while there is room for a few only.
  std::vector<std::uint32_t> ask(Time now);
  bool was_asked(std::uint32_t chunk) const { return chunk < next_; }
  void has(std::uint32_t chunk);  // a chunk kept from before; called before ask()
  // A chunk came. False: it was here before.
  bool received(Time now, std::uint32_t chunk);
  void wake(Time now);
  Time next_wake() const;
  // Continues after a pause, maybe over another path. Chunks that were under way count as lost.
  void resume(Time now);

  bool complete() const { return missing_ == 0; }
  Time heard() const { return heard_; }  // when the last chunk came, or the pull began

 private:
  struct Asked {
    Time at;
    std::uint32_t chunk;
    bool repeated;  // it was asked for before, so its answer shows no round trip
    bool settled;   // it came, or is given up
  };
  Asked& asked(std::uint64_t number) { return asked_[number - first_]; }
  const Asked& asked(std::uint64_t number) const { return asked_[number - first_]; }
  void give_up_overtaken(Time now);
  void give_up(Asked& asked);
  void forget_settled();
  void silence(Time now);

  std::vector<bool> have_;
  std::size_t missing_;
  std::uint32_t next_ = 0;         // the first chunk that was never asked for
  std::set<std::uint32_t> again_;  // given up
  RequestWindow window_;
  std::deque<Asked> asked_;  // in the order of asking, numbered from `first_` on
  std::uint64_t first_ = 0;  // all before `open_` are settled
  std::uint64_t open_ = 0;
  std::uint64_t reached_ = 0;    // the last one that came: those before it are overtaken
  std::uint32_t under_way_ = 0;  // not settled
  Time heard_;
  Time waits_since_;  // the last chunk, or the asking that began to wait for one
};

}  // namespace swarm
