// Which chunks of a snapshot a receiver asks for, and when again: a window that follows loss and
// round trip (RequestWindow). A chunk is asked for again when later ones have overtaken it and it
// is overdue, or when nothing came at all: then the oldest, whose answer shows which others are
// lost.
#pragma once

#include <cstdint>
#include <deque>
#include <set>
#include <vector>

#include "engine/base/request_window.hpp"

namespace swarm {

class ChunkPull {
 public:
  // most: chunks under way at once, at most.
  ChunkPull(std::uint32_t chunks, std::uint32_t most, Time now);

  // The chunks to ask for now, in their order; they are under way from here on. None while too few
  // would be asked for at once.
  std::vector<std::uint32_t> ask(Time now);
  bool was_asked(std::uint32_t chunk) const { return chunk < next_; }
  void has(std::uint32_t chunk);  // from the beginning; before any is asked for
  // It came. False: it was here before.
  bool received(Time now, std::uint32_t chunk);
  void wake(Time now);
  Time next_wake() const;
  // After a pause, maybe over another path: what was under way is lost.
  void resume(Time now);

  bool complete() const { return missing_ == 0; }
  Time heard() const { return heard_; }  // the last chunk, or the beginning

 private:
  struct Asked {
    Time at;
    std::uint32_t chunk;
    bool repeated;  // it was asked for before: its answer tells no round trip
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
  std::uint32_t next_ = 0;         // never asked for so far
  std::set<std::uint32_t> again_;  // given up
  RequestWindow window_;
  std::deque<Asked> asked_;  // in the order of asking, numbered from `first_` on
  std::uint64_t first_ = 0;  // what is before `open_` is settled
  std::uint64_t open_ = 0;
  std::uint64_t reached_ = 0;    // the last one that came: those before it are overtaken
  std::uint32_t under_way_ = 0;  // not settled
  Time heard_;
  Time waits_since_;  // the last chunk, or the asking that began to wait for one
};

}  // namespace swarm
