// The registrations that peers were told they have: a set, ordered by peer and content. Small (16
// bytes each), because a run may have hundreds of thousands of them.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "engine/base/types.hpp"

namespace swarm::sim {

class Registrations {
 public:
  void insert(const Endpoint& peer, const InfoHash& content);
  void erase(const Endpoint& peer, const InfoHash& content);
  void erase_all_of(const Endpoint& peer);
  std::size_t size() const { return merged_.size() + recent_.size(); }

  // f(peer, content) for each, in an order that depends on what was inserted and erased only.
  template <class F>
  void for_each(const F& f) const {
    for (const auto& one : merged_) f(one.peer, contents_[one.content]);
    for (const auto& one : recent_) f(one.peer, contents_[one.content]);
  }

 private:
  struct Registration {
    Endpoint peer;
    std::uint32_t content{};  // index in contents_
    friend auto operator<=>(const Registration&, const Registration&) = default;
  };
  static constexpr std::size_t most_recent = 4096;
  void merge();

  std::vector<InfoHash> contents_;
  std::map<InfoHash, std::uint32_t> numbers_;
  std::vector<Registration> merged_;  // ordered
  std::set<Registration> recent_;     // none of them in merged_
};

}  // namespace swarm::sim
