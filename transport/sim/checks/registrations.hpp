// The set of registrations that peers were told they have. Each takes only 32 bytes, because a run
// may have hundreds of thousands of them.
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

  // Calls f(peer, content) for each registration. The order depends only on what was inserted and
  // erased.
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
  std::vector<Registration> merged_;  // sorted
  std::set<Registration> recent_;     // those that are not in merged_ yet
};

}  // namespace swarm::sim
