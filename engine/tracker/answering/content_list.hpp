// The contents that a tracker registers: those on an allow list, or all but those on a deny list.
#pragma once

#include <algorithm>
#include <vector>

#include "engine/base/random.hpp"
#include "engine/base/types.hpp"

namespace swarm {

class ContentList {
 public:
  enum class Kind : std::uint8_t { allow, deny };

  ContentList(Kind kind, std::vector<InfoHash> contents)
      : kind_(kind), contents_(std::move(contents)) {
    std::sort(contents_.begin(), contents_.end());
    contents_.erase(std::unique(contents_.begin(), contents_.end()), contents_.end());
    for (const auto& content : contents_)
      for (const auto byte : content.bytes) digest_ = mix(digest_ ^ byte);
  }

  bool takes(const InfoHash& content) const {
    const bool listed = std::binary_search(contents_.begin(), contents_.end(), content);
    return listed == (kind_ == Kind::allow);
  }
  Kind kind() const { return kind_; }
  std::size_t size() const { return contents_.size(); }
  // Compares digests, so that long lists take no more time than short ones.
  friend bool operator==(const ContentList& a, const ContentList& b) {
    return a.kind_ == b.kind_ && a.size() == b.size() && a.digest_ == b.digest_;
  }

 private:
  Kind kind_;
  std::vector<InfoHash> contents_;
  std::uint64_t digest_ = 0;
};

}  // namespace swarm
