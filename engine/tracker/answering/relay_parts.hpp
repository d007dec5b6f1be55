// Messages in several parts (RELAY, RELAY_REPLY), until all parts are here.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "engine/wire/relay_protocol.hpp"

namespace swarm {

class RelayParts {
 public:
  // The whole, with the last part that was missing; a view of `bytes` or of this object.
  std::optional<Bytes> add(const wire::RelayPart& is, Bytes bytes) {
    if (is.parts == 1) return bytes;
    if (is.parts != parts_) *this = RelayParts(is.parts);
    here_[is.part].emplace(bytes.begin(), bytes.end());
    if (!std::all_of(here_.begin(), here_.begin() + parts_, [](auto& p) { return p.has_value(); }))
      return std::nullopt;
    whole_.clear();
    for (std::size_t i = 0; i < parts_; ++i)
      whole_.insert(whole_.end(), here_[i]->begin(), here_[i]->end());
    return whole_;
  }

  RelayParts() = default;

 private:
  explicit RelayParts(std::uint8_t parts) : parts_(parts) {}

  std::uint8_t parts_ = 0;
  std::array<std::optional<std::vector<std::uint8_t>>, wire::most_relay_parts> here_;
  std::vector<std::uint8_t> whole_;
};

}  // namespace swarm
