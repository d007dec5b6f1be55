// Collects the fragments of a message (RELAY, RELAY_REPLY) until all have come.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "engine/wire/relay_protocol.hpp"

namespace swarm {

class RelayFragments {
 public:
  // Adds a fragment. Returns the whole message if no fragment is missing now. The result is a view
  // of `bytes` or of this object.
  std::optional<Bytes> add(const wire::RelayFragment& is, Bytes bytes) {
    if (is.count == 1) return bytes;
    if (is.count != count_) *this = RelayFragments(is.count);
    here_[is.number].emplace(bytes.begin(), bytes.end());
    if (!std::all_of(here_.begin(), here_.begin() + count_, [](auto& p) { return p.has_value(); }))
      return std::nullopt;
    whole_.clear();
    for (std::size_t i = 0; i < count_; ++i)
      whole_.insert(whole_.end(), here_[i]->begin(), here_[i]->end());
    return whole_;
  }

  RelayFragments() = default;

 private:
  explicit RelayFragments(std::uint8_t count) : count_(count) {}

  std::uint8_t count_ = 0;
  std::array<std::optional<std::vector<std::uint8_t>>, wire::most_relay_fragments> here_;
  std::vector<std::uint8_t> whole_;
};

}  // namespace swarm
