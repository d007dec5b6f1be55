#include "transport/sim/actors/record.hpp"

#include <utility>

#include "transport/sim/world/keyed_random.hpp"

namespace swarm::sim {
namespace {

std::uint64_t below(std::uint64_t word, std::uint64_t n) {
  return static_cast<std::uint64_t>((Wide{word} * n) >> 64);
}

}  // namespace

std::optional<Record::Place> Record::add(Recording recording, std::uint64_t word) {
  if (has_room(recording.bytes.size())) {
    too_many_ = 0;
    const std::uint32_t slot = free_slot();
    slots_[slot].at = static_cast<std::uint32_t>(used_.size());
    used_.push_back(slot);
    return put(slot, std::move(recording));
  }
  const std::uint64_t drawn = below(word, used_.size() + ++too_many_);
  if (drawn >= used_.size()) return std::nullopt;
  Slot& other = slots_[used_[drawn]];
  const std::size_t rest = bytes_ - other.recording.bytes.size();
  if (rest + recording.bytes.size() > most_bytes_) return std::nullopt;
  bytes_ = rest;
  return put(used_[drawn], std::move(recording));
}

std::uint32_t Record::free_slot() {
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  const std::uint32_t slot = free_.back();
  free_.pop_back();
  return slot;
}

Record::Place Record::put(std::uint32_t slot, Recording recording) {
  Slot& into = slots_[slot];
  bytes_ += recording.bytes.size();
  into.recording = std::move(recording);
  into.used = true;
  return {slot, ++into.generation};
}

const Recording* Record::find(Place place) const {
  const Slot& slot = slots_[place.slot];
  return slot.used && slot.generation == place.generation ? &slot.recording : nullptr;
}

void Record::drop(Place place) {
  if (find(place) == nullptr) return;
  Slot& slot = slots_[place.slot];
  bytes_ -= slot.recording.bytes.size();
  slot.recording = {};
  slot.used = false;
  slots_[used_.back()].at = slot.at;
  used_[slot.at] = used_.back();
  used_.pop_back();
  free_.push_back(place.slot);
}

const Recording* Record::any(std::uint64_t word) const {
  return used_.empty() ? nullptr : &slots_[used_[below(word, used_.size())]].recording;
}

}  // namespace swarm::sim
