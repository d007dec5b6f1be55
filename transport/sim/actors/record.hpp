// The datagrams that a Recorder keeps to play them later. Their number and their bytes are bounded.
// When there is no room for a new datagram, a draw decides whether it takes the place of another
// one (reservoir sampling). So old datagrams stay, however many come after them.
#pragma once

#include <optional>
#include <vector>

#include "engine/base/types.hpp"

namespace swarm::sim {

struct Recording {
  Endpoint from, to;
  std::vector<std::uint8_t> bytes;
  std::uint64_t key{};  // tells the draws about this recording from those about others
};

class Record {
 public:
  Record(std::size_t most, std::size_t most_bytes) : most_(most), most_bytes_(most_bytes) {}

  struct Place {
    std::uint32_t slot{};
    std::uint32_t generation{};  // a slot that is used again has another generation
  };
  // Keeps the recording, perhaps in place of another one. Nothing: it is not kept. `word`: a random
  // word.
  std::optional<Place> add(Recording recording, std::uint64_t word);
  // Null: another recording has taken its place. The result is valid until the next add().
  const Recording* find(Place place) const;
  void drop(Place place);  // does nothing if another recording has taken its place
  // Any of the recordings, chosen by a random word. Null: there is none.
  const Recording* any(std::uint64_t word) const;

  std::size_t size() const { return used_.size(); }
  std::size_t bytes() const { return bytes_; }

 private:
  struct Slot {
    Recording recording;
    std::uint32_t generation{};
    std::uint32_t at{};  // its index in used_
    bool used{};
  };
  bool has_room(std::size_t size) const {
    return used_.size() < most_ && bytes_ + size <= most_bytes_;
  }
  std::uint32_t free_slot();
  Place put(std::uint32_t slot, Recording recording);

  std::size_t most_, most_bytes_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> used_, free_;  // slots
  std::size_t bytes_ = 0;
  std::uint64_t too_many_ = 0;  // recordings that found no room since there was room last
};

}  // namespace swarm::sim
