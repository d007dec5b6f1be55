// Which contents a tracker takes: only those of an allow list, or all but those of a deny list.
#pragma once

#include <algorithm>
#include <vector>

#include "engine/types.hpp"

namespace swarm {

class ContentList {
 public:
  enum class Kind : std::uint8_t { allow, deny };

  ContentList(Kind kind, std::vector<InfoHash> contents)
      : kind_(kind), contents_(std::move(contents)) {
    std::sort(contents_.begin(), contents_.end());
    contents_.erase(std::unique(contents_.begin(), contents_.end()), contents_.end());
  }

  bool takes(const InfoHash& content) const {
    const bool listed = std::binary_search(contents_.begin(), contents_.end(), content);
    return listed == (kind_ == Kind::allow);
  }
  Kind kind() const { return kind_; }
  std::size_t size() const { return contents_.size(); }
  friend bool operator==(const ContentList&, const ContentList&) = default;

 private:
  Kind kind_;
  std::vector<InfoHash> contents_;
};

}  // namespace swarm
